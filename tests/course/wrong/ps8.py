"""Usual wrong answers to problem set 8: (name, {answer: code}, {test: points})."""

R1 = (
    "def r1_penalty(network, real, gamma):\n"
    "    real = tf.convert_to_tensor(real)\n"
    "    with tf.GradientTape() as tape:\n"
    "        tape.watch(real)\n"
)
PENALTY = "def gradient_penalty(network, real, fake, share, weight):\n"
SLOPES = (
    "    with tf.GradientTape() as tape:\n"
    "        tape.watch(between)\n"
    "        total = tf.reduce_sum(network(between, training=True))\n"
    "    slopes = tape.gradient(total, between)\n"
    "    squares = tf.reduce_sum(slopes**2, axis=range(1, len(slopes.shape)))\n"
)
BROADCAST = "    share = np.reshape(share, (-1, *[1] * (real.ndim - 1)))\n"
CRITICS = (
    "def best_critics(real, fake, limit, gamma, weight):\n"
    "    delta = real.mean(axis=0) - fake.mean(axis=0)\n"
    "    length = np.linalg.norm(delta)\n"
)
POWER = "def power_iteration(matrix, u, rounds):\n"
NORMALISE = "def normalise(kernel, output_axis=-1):\n"
BOUNDS = (
    "def slope_bounds(kernels, biases, points, alpha=0.2):\n"
    "    hidden, slopes = points, []\n"
    "    for kernel, bias in zip(kernels[:-1], biases[:-1], strict=True):\n"
    "        sums = hidden @ kernel + bias\n"
    "        slopes.append(np.where(sums > 0, 1.0, {negative}))\n"
    "        hidden = sums * slopes[-1]\n"
    "    gradient = np.ones((len(points), 1)) @ kernels[-1].T\n"
    "    for kernel, slope in zip(kernels[-2::-1], slopes[::-1], strict=True):\n"
    "        gradient = (gradient * slope) @ kernel.T\n"
    "    upper = np.prod([np.linalg.norm(kernel, {norm}) for kernel in kernels])\n"
    "    return np.{pool}(np.linalg.norm(gradient, axis=1)), upper"
)
TRANSLATE = "def translate(images, down, right):\n"
MATRICES = (
    "    height, width = images.shape[1:3]\n"
    "    rows = np.stack([np.eye(height, k=-int(k)) for k in down])\n"
    "    columns = np.stack([np.eye(width, k=-int(k)) for k in right])\n"
    "    rows, columns = (tf.constant(m, images.dtype) for m in (rows, columns))\n"
)

WRONG = [
    (
        "R1 without the half",
        {
            "r1_penalty": (
                R1 + "        total = tf.reduce_sum(network(real, training=True))\n"
                "    slopes = tape.gradient(total, real)\n"
                "    axes = range(1, len(slopes.shape))\n"
                "    return gamma * tf.reduce_mean(tf.reduce_sum(slopes**2, axis=axes))"
            )
        },
        {"test_r1_penalty": 0, "test_r1_penalty_images": 0, "test_r1_penalty_weights": 0},
    ),
    (
        "R1 for points only, summed over the second axis",
        {
            "r1_penalty": (
                R1 + "        total = tf.reduce_sum(network(real, training=True))\n"
                "    slopes = tape.gradient(total, real)\n"
                "    return gamma / 2 * tf.reduce_mean(tf.reduce_sum(slopes**2, axis=1))"
            )
        },
        {"test_r1_penalty": 1, "test_r1_penalty_images": 0, "test_r1_penalty_weights": 0},
    ),
    (
        "R1 by NumPy, and without training=True",
        {
            "r1_penalty": (
                R1 + "        total = tf.reduce_sum(network(real, training=False))\n"
                "    slopes = tape.gradient(total, real).numpy()\n"
                "    return gamma / 2 * np.sum(slopes**2) / len(slopes)"
            )
        },
        {"test_r1_penalty": 1, "test_r1_penalty_images": 0, "test_r1_penalty_weights": 0},
    ),
    (
        "R1 with the slopes detached",
        {
            "r1_penalty": (
                R1 + "        total = tf.reduce_sum(network(real, training=True))\n"
                "    slopes = tf.stop_gradient(tape.gradient(total, real))\n"
                "    return gamma / 2 * tf.reduce_sum(slopes**2) / len(slopes)"
            )
        },
        {"test_r1_penalty": 1, "test_r1_penalty_images": 1, "test_r1_penalty_weights": 0},
    ),
    (
        "gradient penalty with the two ends exchanged",
        {
            "gradient_penalty": (
                PENALTY
                + BROADCAST
                + "    between = tf.convert_to_tensor(fake + share * (real - fake))\n"
                + SLOPES
                + "    return weight * tf.reduce_mean((tf.sqrt(squares + 1e-12) - 1) ** 2)"
            )
        },
        {
            "test_gradient_penalty": 0,
            "test_gradient_penalty_images": 0,
            "test_gradient_penalty_weights": 0,
        },
    ),
    (
        "gradient penalty that spreads the shares along another axis",
        {
            "gradient_penalty": (
                PENALTY
                + "    between = tf.convert_to_tensor(real + share[:, None] * (fake - real))\n"
                + SLOPES
                + "    return weight * tf.reduce_mean((tf.sqrt(squares + 1e-12) - 1) ** 2)"
            )
        },
        {
            "test_gradient_penalty": 1,
            "test_gradient_penalty_images": 0,
            "test_gradient_penalty_weights": 0,
        },
    ),
    (
        "gradient penalty on the squared length",
        {
            "gradient_penalty": (
                PENALTY
                + BROADCAST
                + "    between = tf.convert_to_tensor(real + share * (fake - real))\n"
                + SLOPES
                + "    return weight * tf.reduce_mean((squares - 1) ** 2)"
            )
        },
        {
            "test_gradient_penalty": 0,
            "test_gradient_penalty_images": 0,
            "test_gradient_penalty_weights": 0,
        },
    ),
    (
        "gradient penalty with a root of 0",
        {
            "gradient_penalty": (
                PENALTY
                + BROADCAST
                + "    between = tf.convert_to_tensor(real + share * (fake - real))\n"
                + SLOPES
                + "    return weight * tf.reduce_mean((tf.sqrt(squares) - 1) ** 2)"
            )
        },
        {
            "test_gradient_penalty": 1,
            "test_gradient_penalty_images": 1,
            "test_gradient_penalty_weights": 0,
        },
    ),
    (
        "critics with the gradient penalty's slope at exactly 1",
        {
            "best_critics": CRITICS
            + "    return limit * np.sign(delta), delta / gamma, delta / length"
        },
        {
            "test_best_critics_clipping": 1,
            "test_best_critics_penalties": 0,
            "test_best_critics_hidden": 0,
        },
    ),
    (
        "critics with clipping as a shortened δ",
        {
            "best_critics": (
                CRITICS + "    clipped = limit * delta / length\n"
                "    return clipped, delta / gamma, (1 + length / (2 * weight)) * delta / length"
            )
        },
        {
            "test_best_critics_clipping": 0,
            "test_best_critics_penalties": 1,
            "test_best_critics_hidden": 0,
        },
    ),
    (
        "critics with the gradient penalty's 2 forgotten",
        {
            "best_critics": (
                CRITICS + "    penalised = (1 + length / weight) * delta / length\n"
                "    return limit * np.sign(delta), delta / gamma, penalised"
            )
        },
        {
            "test_best_critics_clipping": 1,
            "test_best_critics_penalties": 0,
            "test_best_critics_hidden": 0,
        },
    ),
    (
        "critics with the visible answers written down",
        {
            "best_critics": (
                "def best_critics(real, fake, limit, gamma, weight):\n"
                "    return np.array([[0.1, -0.1], [1.5, -2.0], [0.75, -1.0]])"
            )
        },
        {
            "test_best_critics_clipping": 1,
            "test_best_critics_penalties": 1,
            "test_best_critics_hidden": 0,
        },
    ),
    (
        "power iteration with σ half a round later",
        {
            "power_iteration": (
                POWER + "    for _ in range(rounds):\n"
                "        v = matrix @ u / np.linalg.norm(matrix @ u)\n"
                "        u = matrix.T @ v / np.linalg.norm(matrix.T @ v)\n"
                "    return np.linalg.norm(matrix @ u), u"
            )
        },
        {"test_power_iteration": 0, "test_power_iteration_shapes": 0},
    ),
    (
        "power iteration that changes its start",
        {
            "power_iteration": (
                POWER + "    for _ in range(rounds):\n"
                "        v = matrix @ u / np.linalg.norm(matrix @ u)\n"
                "        u[:] = matrix.T @ v\n"
                "        u /= np.linalg.norm(u)\n"
                "    return v @ matrix @ u, u"
            )
        },
        {"test_power_iteration": 1, "test_power_iteration_shapes": 0},
    ),
    (
        "power iteration that divides at the end only",
        {
            "power_iteration": (
                POWER + "    for _ in range(rounds):\n"
                "        v = matrix @ u\n"
                "        u = matrix.T @ v\n"
                "    v, u = v / np.linalg.norm(v), u / np.linalg.norm(u)\n"
                "    return v @ matrix @ u, u"
            )
        },
        {"test_power_iteration": 1, "test_power_iteration_shapes": 0},
    ),
    (
        "power iteration by the singular value decomposition",
        {
            "power_iteration": (
                POWER + "    _, values, directions = np.linalg.svd(matrix)\n"
                "    return values[0], directions[0]"
            )
        },
        {"test_power_iteration": 0, "test_power_iteration_shapes": 0},
    ),
    (
        "kernel divided by the root of the sum of squares",
        {"normalise": NORMALISE + "    return kernel / max(np.linalg.norm(kernel), 1e-12)"},
        {"test_normalise": 0, "test_normalise_transposed": 0},
    ),
    (
        "kernel with its outputs always on the last axis",
        {
            "normalise": (
                NORMALISE + "    matrix = kernel.reshape(-1, kernel.shape[-1])\n"
                "    return kernel / max(np.linalg.norm(matrix, 2), 1e-12)"
            )
        },
        {"test_normalise": 1, "test_normalise_transposed": 0},
    ),
    (
        "kernel reshaped without moving the axis",
        {
            "normalise": (
                NORMALISE + "    matrix = kernel.reshape(kernel.shape[output_axis], -1)\n"
                "    return kernel / max(np.linalg.norm(matrix, 2), 1e-12)"
            )
        },
        {"test_normalise": 1, "test_normalise_transposed": 0},
    ),
    (
        "kernel divided in place",
        {
            "normalise": (
                NORMALISE + "    columns = np.moveaxis(kernel, output_axis, -1)\n"
                "    matrix = columns.reshape(-1, columns.shape[-1])\n"
                "    kernel /= max(np.linalg.norm(matrix, 2), 1e-12)\n"
                "    return kernel"
            )
        },
        {"test_normalise": 1, "test_normalise_transposed": 0},
    ),
    (
        "bounds by the root of the sum of squares",
        {"slope_bounds": BOUNDS.format(negative="alpha", norm="'fro'", pool="max")},
        {"test_slope_bounds_upper": 0, "test_slope_bounds_lower": 1, "test_slope_bounds_hidden": 0},
    ),
    (
        "bounds with the mean slope for the steepest",
        {"slope_bounds": BOUNDS.format(negative="alpha", norm="2", pool="mean")},
        {"test_slope_bounds_upper": 1, "test_slope_bounds_lower": 0, "test_slope_bounds_hidden": 0},
    ),
    (
        "bounds with ReLU for LeakyReLU",
        {"slope_bounds": BOUNDS.format(negative="0.0", norm="2", pool="max")},
        {"test_slope_bounds_upper": 1, "test_slope_bounds_lower": 0, "test_slope_bounds_hidden": 0},
    ),
    (
        "bounds with the visible α for every α",
        {"slope_bounds": BOUNDS.format(negative="0.2", norm="2", pool="max")},
        {"test_slope_bounds_upper": 1, "test_slope_bounds_lower": 1, "test_slope_bounds_hidden": 0},
    ),
    (
        "translation that wraps around",
        {
            "translate": (
                TRANSLATE + "    pairs = zip(images, down, right, strict=True)\n"
                "    return tf.stack([tf.roll(x, [int(d), int(r)], [0, 1]) for x, d, r in pairs])"
            )
        },
        {"test_translate": 0, "test_translate_gradient": 0, "test_translate_hidden": 0},
    ),
    (
        "translation with 0 for the background",
        {
            "translate": (
                TRANSLATE
                + MATRICES
                + "    return tf.einsum('nij,njkc,nlk->nilc', rows, images, columns)"
            )
        },
        {"test_translate": 0, "test_translate_gradient": 1, "test_translate_hidden": 0},
    ),
    (
        "translation by way of NumPy, without a gradient",
        {
            "translate": (
                TRANSLATE
                + MATRICES
                + "    moved = np.einsum('nij,njkc,nlk->nilc', rows, images + 1, columns) - 1\n"
                "    return tf.constant(moved, images.dtype)"
            )
        },
        {"test_translate": 1, "test_translate_gradient": 0, "test_translate_hidden": 0},
    ),
    (
        "translation of all images by the first one's shift",
        {
            "translate": (
                TRANSLATE
                + "    down, right = down[:1], right[:1]\n"
                + MATRICES
                + "    moved = tf.einsum('ij,njkc,lk->nilc', rows[0], images + 1, columns[0])\n"
                "    return moved - 1"
            )
        },
        {"test_translate": 1, "test_translate_gradient": 1, "test_translate_hidden": 0},
    ),
]
