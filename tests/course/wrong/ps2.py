"""Usual wrong answers to problem set 2: (name, {answer: code}, {test: points})."""

WRONG = [
    (
        "window turned round, as in mathematics",
        {
            "slide": (
                "def slide(signal, kernel, stride=1, dilation=1):\n"
                "    width = dilation * (len(kernel) - 1) + 1\n"
                "    starts = range(0, len(signal) - width + 1, stride)\n"
                "    return np.array([kernel[::-1] @ signal[i : i + width : dilation] for i in "
                "starts])"
            )
        },
        {"test_slide": 0, "test_slide_stride": 0, "test_slide_dilated": 0},
    ),
    (
        "window of k pixels, whatever the dilation",
        {
            "slide": (
                "def slide(signal, kernel, stride=1, dilation=1):\n"
                "    k = len(kernel)\n"
                "    starts = range(0, len(signal) - k + 1, stride)\n"
                "    padded = np.pad(signal, (0, dilation * k))\n"
                "    return np.array([kernel @ padded[i : i + dilation * k : dilation] for i "
                "in starts])"
            )
        },
        {"test_slide_dilated": 0},
    ),
    (
        "stops rounded up, the last window half empty",
        {
            "slide": (
                "def slide(signal, kernel, stride=1, dilation=1):\n"
                "    width = dilation * (len(kernel) - 1) + 1\n"
                "    stops = -(-(len(signal) - width) // stride) + 1\n"
                "    padded = np.pad(signal, (0, stride))\n"
                "    windows = [padded[stride * i : stride * i + width : dilation] for i in "
                "range(stops)]\n"
                "    return np.array([kernel @ window for window in windows])"
            )
        },
        {"test_slide_stride": 0, "test_slide_dilated": 0},
    ),
    (
        "stride and dilation that exclude each other",
        {
            "slide": (
                "def slide(signal, kernel, stride=1, dilation=1):\n"
                "    step = stride if dilation == 1 else 1\n"
                "    width = dilation * (len(kernel) - 1) + 1\n"
                "    starts = range(0, len(signal) - width + 1, step)\n"
                "    return np.array([kernel @ signal[i : i + width : dilation] for i in "
                "starts])"
            )
        },
        {"test_slide_dilated": 0},
    ),
    (
        "larger half of the zeros in front",
        {
            "same_padding": (
                "def same_padding(n, kernel, stride=1, dilation=1):\n"
                "    zeros = max((-(-n // stride) - 1) * stride + dilation * (kernel - 1) + 1 "
                "- n, 0)\n"
                "    return zeros - zeros // 2, zeros // 2"
            )
        },
        {"test_same_padding": 0, "test_same_padding_all": 0},
    ),
    (
        "zeros that may be negative",
        {
            "same_padding": (
                "def same_padding(n, kernel, stride=1, dilation=1):\n"
                "    zeros = (-(-n // stride) - 1) * stride + dilation * (kernel - 1) + 1 - n\n"
                "    return zeros // 2, zeros - zeros // 2"
            )
        },
        {"test_same_padding_all": 0},
    ),
    (
        "padding as for stride 1",
        {
            "same_padding": (
                "def same_padding(n, kernel, stride=1, dilation=1):\n"
                "    zeros = dilation * (kernel - 1)\n"
                "    return zeros // 2, zeros - zeros // 2"
            )
        },
        {"test_same_padding": 0, "test_same_padding_all": 0},
    ),
    (
        "padding without the dilation",
        {
            "same_padding": (
                "def same_padding(n, kernel, stride=1, dilation=1):\n"
                "    zeros = max((-(-n // stride) - 1) * stride + kernel - n, 0)\n"
                "    return zeros // 2, zeros - zeros // 2"
            )
        },
        {"test_same_padding_all": 0},
    ),
    (
        "pictures without padding",
        {
            "convolve": (
                "def convolve(images, kernel, stride=1):\n"
                "    k = len(kernel)\n"
                "    rows, columns = ((n - k) // stride + 1 for n in images.shape[1:3])\n"
                "    result = np.zeros((len(images), rows, columns, kernel.shape[3]))\n"
                "    for a, b in np.ndindex(k, k):\n"
                "        seen = images[:, a::stride, b::stride][:, :rows, :columns]\n"
                "        result += seen @ kernel[a, b]\n"
                "    return result"
            )
        },
        {"test_convolve_shape": 0, "test_convolve_values": 0, "test_convolve_channels": 0},
    ),
    (
        "channels added up before the weights",
        {
            "convolve": (
                "def convolve(images, kernel, stride=1):\n"
                "    k = len(kernel)\n"
                "    stops = [-(-n // stride) for n in images.shape[1:3]]\n"
                "    zeros = [max((m - 1) * stride + k - n, 0) for m, n in zip(stops, "
                "images.shape[1:3])]\n"
                "    pads = [(p // 2, p - p // 2) for p in zeros]\n"
                "    padded = np.pad(images, [(0, 0), *pads, (0, 0)])\n"
                "    result = np.zeros((len(images), *stops, kernel.shape[3]))\n"
                "    for a, b in np.ndindex(k, k):\n"
                "        seen = padded[:, a::stride, b::stride][:, : stops[0], : stops[1]]\n"
                "        result += seen.sum(axis=3, keepdims=True) * kernel[a, b].mean(axis=0)\n"
                "    return result"
            )
        },
        {"test_convolve_channels": 0},
    ),
    (
        "the zeros of the rows for the columns, too",
        {
            "convolve": (
                "def convolve(images, kernel, stride=1):\n"
                "    k = len(kernel)\n"
                "    stops = [-(-n // stride) for n in images.shape[1:3]]\n"
                "    zeros = max((stops[0] - 1) * stride + k - images.shape[1], 0)\n"
                "    front = zeros // 2\n"
                "    padded = np.pad(images, [(0, 0), (front, k + stride), (front, k + "
                "stride), (0, 0)])\n"
                "    result = np.zeros((len(images), *stops, kernel.shape[3]))\n"
                "    for a, b in np.ndindex(k, k):\n"
                "        seen = padded[:, a::stride, b::stride][:, : stops[0], : stops[1]]\n"
                "        result += seen @ kernel[a, b]\n"
                "    return result"
            )
        },
        {"test_convolve_channels": 0},
    ),
    (
        "padding for stride 1, then every s-th output",
        {
            "convolve": (
                "def convolve(images, kernel, stride=1):\n"
                "    k = len(kernel)\n"
                "    pad = ((k - 1) // 2, k - 1 - (k - 1) // 2)\n"
                "    padded = np.pad(images, [(0, 0), pad, pad, (0, 0)])\n"
                "    rows, columns = images.shape[1:3]\n"
                "    result = np.zeros((len(images), rows, columns, kernel.shape[3]))\n"
                "    for a, b in np.ndindex(k, k):\n"
                "        result += padded[:, a : a + rows, b : b + columns] @ kernel[a, b]\n"
                "    return result[:, ::stride, ::stride]"
            )
        },
        {"test_convolve_channels": 0},
    ),
    (
        "from the input to the output",
        {
            "seen_by": (
                "def seen_by(position, stack):\n"
                "    first = last = position\n"
                "    for kernel, stride, front in stack:\n"
                "        first = stride * first - front\n"
                "        last = stride * last - front + kernel - 1\n"
                "    return first, last"
            )
        },
        {"test_seen_by_stack": 0},
    ),
    (
        "last pixel one too far",
        {
            "seen_by": (
                "def seen_by(position, stack):\n"
                "    first = last = position\n"
                "    for kernel, stride, front in reversed(stack):\n"
                "        first, last = stride * first - front, stride * last - front + kernel\n"
                "    return first, last"
            )
        },
        {"test_seen_by": 0, "test_seen_by_stack": 0},
    ),
    (
        "padding forgotten",
        {
            "seen_by": (
                "def seen_by(position, stack):\n"
                "    first = last = position\n"
                "    for kernel, stride, _ in reversed(stack):\n"
                "        first, last = stride * first, stride * last + kernel - 1\n"
                "    return first, last"
            )
        },
        {"test_seen_by": 0, "test_seen_by_stack": 0},
    ),
    (
        "the stack turned round in place",
        {
            "seen_by": (
                "def seen_by(position, stack):\n"
                "    first = last = position\n"
                "    stack.reverse()\n"
                "    for kernel, stride, front in stack:\n"
                "        first, last = stride * first - front, stride * last - front + kernel "
                "- 1\n"
                "    return first, last"
            )
        },
        {"test_seen_by_stack": 0},
    ),
    (
        "stamps that overwrite each other",
        {
            "enlarge": (
                "def enlarge(image, kernel, stride=2):\n"
                "    k = len(kernel)\n"
                "    rows, columns = image.shape[:2]\n"
                "    result = np.zeros((stride * rows + k, stride * columns + k, "
                "kernel.shape[2]))\n"
                "    for i, j in np.ndindex(rows, columns):\n"
                "        top, left = stride * i, stride * j\n"
                "        result[top : top + k, left : left + k] = kernel @ image[i, j]\n"
                "    front = max(k - stride, 0) // 2\n"
                "    return result[front : front + stride * rows, front : front + stride * "
                "columns]"
            )
        },
        {"test_enlarge": 0, "test_enlarge_channels": 0},
    ),
    (
        "nothing cut at the front",
        {
            "enlarge": (
                "def enlarge(image, kernel, stride=2):\n"
                "    k = len(kernel)\n"
                "    rows, columns = image.shape[:2]\n"
                "    result = np.zeros((stride * rows + k, stride * columns + k, "
                "kernel.shape[2]))\n"
                "    for i, j in np.ndindex(rows, columns):\n"
                "        top, left = stride * i, stride * j\n"
                "        result[top : top + k, left : left + k] += kernel @ image[i, j]\n"
                "    return result[: stride * rows, : stride * columns]"
            )
        },
        {"test_enlarge": 0, "test_enlarge_channels": 0},
    ),
    (
        "the kernel's channels the other way round",
        {
            "enlarge": (
                "def enlarge(image, kernel, stride=2):\n"
                "    k = len(kernel)\n"
                "    rows, columns = image.shape[:2]\n"
                "    result = np.zeros((stride * rows + k, stride * columns + k, "
                "kernel.shape[3]))\n"
                "    for i, j in np.ndindex(rows, columns):\n"
                "        top, left = stride * i, stride * j\n"
                "        result[top : top + k, left : left + k] += image[i, j] @ kernel\n"
                "    front = max(k - stride, 0) // 2\n"
                "    return result[front : front + stride * rows, front : front + stride * "
                "columns]"
            )
        },
        {"test_enlarge_channels": 0},
    ),
    (
        "enlarged for stride 2 only",
        {
            "enlarge": (
                "def enlarge(image, kernel, stride=2):\n"
                "    k = len(kernel)\n"
                "    rows, columns = image.shape[:2]\n"
                "    result = np.zeros((2 * rows + k, 2 * columns + k, kernel.shape[2]))\n"
                "    for i, j in np.ndindex(rows, columns):\n"
                "        result[2 * i : 2 * i + k, 2 * j : 2 * j + k] += kernel @ image[i, j]\n"
                "    front = max(k - 2, 0) // 2\n"
                "    return result[front : front + 2 * rows, front : front + 2 * columns]"
            )
        },
        {"test_enlarge_channels": 0},
    ),
    (
        "gradient of the kernel as a mean over the stops",
        {
            "kernel_gradient": (
                "def kernel_gradient(image, delta, kernel, stride=1):\n"
                "    rows, columns, channels = delta.shape\n"
                "    gradient = np.zeros((kernel, kernel, image.shape[2], channels))\n"
                "    for a, b in np.ndindex(kernel, kernel):\n"
                "        seen = image[a::stride, b::stride][:rows, :columns]\n"
                '        gradient[a, b] = np.einsum("ijc,ijo->co", seen, delta) / (rows * '
                "columns)\n"
                "    return gradient"
            )
        },
        {"test_kernel_gradient": 0, "test_kernel_gradient_hidden": 0},
    ),
    (
        "gradient of the kernel without the stride",
        {
            "kernel_gradient": (
                "def kernel_gradient(image, delta, kernel, stride=1):\n"
                "    rows, columns, channels = delta.shape\n"
                "    gradient = np.zeros((kernel, kernel, image.shape[2], channels))\n"
                "    for a, b in np.ndindex(kernel, kernel):\n"
                "        seen = image[a : a + rows, b : b + columns]\n"
                '        gradient[a, b] = np.einsum("ijc,ijo->co", seen, delta)\n'
                "    return gradient"
            )
        },
        {"test_kernel_gradient_hidden": 0},
    ),
    (
        "gradient of the kernel turned round",
        {
            "kernel_gradient": (
                "def kernel_gradient(image, delta, kernel, stride=1):\n"
                "    rows, columns, channels = delta.shape\n"
                "    gradient = np.zeros((kernel, kernel, image.shape[2], channels))\n"
                "    for a, b in np.ndindex(kernel, kernel):\n"
                "        seen = image[a::stride, b::stride][:rows, :columns]\n"
                '        gradient[-1 - a, -1 - b] = np.einsum("ijc,ijo->co", seen, delta)\n'
                "    return gradient"
            )
        },
        {"test_kernel_gradient": 0, "test_kernel_gradient_hidden": 0},
    ),
    (
        "gradient of the kernel that adds up the input channels",
        {
            "kernel_gradient": (
                "def kernel_gradient(image, delta, kernel, stride=1):\n"
                "    rows, columns, channels = delta.shape\n"
                "    gradient = np.zeros((kernel, kernel, image.shape[2], channels))\n"
                "    for a, b in np.ndindex(kernel, kernel):\n"
                "        seen = image[a::stride, b::stride][:rows, :columns].sum(axis=2)\n"
                '        gradient[a, b] = np.einsum("ij,ijo->o", seen, delta)\n'
                "    return gradient"
            )
        },
        {"test_kernel_gradient_hidden": 0},
    ),
    (
        "a slice beyond the last stop",
        {
            "kernel_gradient": (
                "def kernel_gradient(image, delta, kernel, stride=1):\n"
                "    gradient = np.zeros((kernel, kernel, image.shape[2], delta.shape[2]))\n"
                "    for a, b in np.ndindex(kernel, kernel):\n"
                "        last = (image.shape[0] - kernel + a + 1, image.shape[1] - kernel + b "
                "+ 1)\n"
                "        seen = image[a : last[0], b : last[1]]\n"
                '        gradient[a, b] = np.einsum("ijc,ijo->co", seen, delta)\n'
                "    return gradient"
            )
        },
        {"test_kernel_gradient_hidden": 0},
    ),
    (
        "counts of one dimension added, not multiplied",
        {
            "stamps_per_pixel": (
                "def stamps_per_pixel(kernel, stride):\n"
                "    along = np.array([len(range(p, kernel, stride)) for p in range(stride)])\n"
                "    return along[:, None] + along"
            )
        },
        {"test_stamps_per_pixel": 0, "test_stamps_per_pixel_all": 0},
    ),
    (
        "even counts only",
        {
            "stamps_per_pixel": (
                "def stamps_per_pixel(kernel, stride):\n"
                "    return np.full((stride, stride), (kernel // stride) ** 2)"
            )
        },
        {"test_stamps_per_pixel": 0, "test_stamps_per_pixel_all": 0},
    ),
    (
        "the visible counts written down",
        {
            "stamps_per_pixel": (
                "def stamps_per_pixel(kernel, stride):\n"
                "    return np.array([[4, 4], [4, 4]] if kernel == 4 else [[4, 2], [2, 1]])"
            )
        },
        {"test_stamps_per_pixel_all": 0},
    ),
    (
        "counts for a kernel above the stride only",
        {
            "stamps_per_pixel": (
                "def stamps_per_pixel(kernel, stride):\n"
                "    along = np.bincount(np.arange(kernel) % stride)\n"
                "    return np.outer(along, along)"
            )
        },
        {"test_stamps_per_pixel_all": 0},
    ),
]
