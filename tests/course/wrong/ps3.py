"""Usual wrong answers to problem set 3: (name, {answer: code}, {test: points})."""

WRONG = [
    (
        "waiting times as the formula stands, which loses its digits",
        {
            "waiting_times": (
                "def waiting_times(u, end):\n    return -np.log(1 - u * (1 - np.exp(-end)))"
            )
        },
        {"test_waiting_times_exact": 0},
    ),
    (
        "waiting times without an end, cut off",
        {
            "waiting_times": (
                "def waiting_times(u, end):\n"
                "    return np.minimum(-np.log1p(-np.minimum(u, 1 - 1e-16)), end)"
            )
        },
        {"test_waiting_times": 0, "test_waiting_times_exact": 0},
    ),
    (
        "the distribution function for its inverse",
        {"waiting_times": ("def waiting_times(u, end):\n    return np.expm1(-u) / np.expm1(-end)")},
        {"test_waiting_times": 0, "test_waiting_times_exact": 0},
    ),
    (
        "waiting times from the far end",
        {
            "waiting_times": (
                "def waiting_times(u, end):\n    return -np.log1p((1 - u) * np.expm1(-end))"
            )
        },
        {"test_waiting_times": 0, "test_waiting_times_exact": 0},
    ),
    (
        "waiting times that change the noise in place",
        {
            "waiting_times": (
                "def waiting_times(u, end):\n    u *= np.expm1(-end)\n    return -np.log1p(u)"
            )
        },
        {"test_waiting_times_exact": 0},
    ),
    (
        "the noise's density without the slope",
        {
            "softplus_density": (
                "def softplus_density(x):\n"
                "    positive = x > 0\n"
                "    inside = np.where(positive, x, 1.0)\n"
                "    z = inside + np.log(-np.expm1(-inside))\n"
                "    return np.where(positive, np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), 0.0)"
            )
        },
        {
            "test_softplus_density": 0,
            "test_softplus_density_outside": 0,
            "test_softplus_density_hidden": 0,
        },
    ),
    (
        "density times the slope",
        {
            "softplus_density": (
                "def softplus_density(x):\n"
                "    positive = x > 0\n"
                "    inside = np.where(positive, x, 1.0)\n"
                "    slope = -np.expm1(-inside)\n"
                "    z = inside + np.log(slope)\n"
                "    return np.where(positive, np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * "
                "slope, 0.0)"
            )
        },
        {
            "test_softplus_density": 0,
            "test_softplus_density_outside": 0,
            "test_softplus_density_hidden": 0,
        },
    ),
    (
        "density for positive numbers only",
        {
            "softplus_density": (
                "def softplus_density(x):\n"
                "    slope = -np.expm1(-x)\n"
                "    z = x + np.log(slope)\n"
                "    return np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * slope)"
            )
        },
        {"test_softplus_density_outside": 0, "test_softplus_density_hidden": 0},
    ),
    (
        "density by way of a power that overflows",
        {
            "softplus_density": (
                "def softplus_density(x):\n"
                "    positive = x > 0\n"
                "    inside = np.where(positive, x, 1.0)\n"
                "    z = np.log(np.expm1(inside))\n"
                "    return np.where(positive, np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * "
                "-np.expm1(-inside)), 0.0)"
            )
        },
        {"test_softplus_density_hidden": 0},
    ),
    (
        "density that puts its argument inside, in place",
        {
            "softplus_density": (
                "def softplus_density(x):\n"
                "    outside = x <= 0\n"
                "    x[outside] = 1.0\n"
                "    slope = -np.expm1(-x)\n"
                "    z = x + np.log(slope)\n"
                "    return np.where(outside, 0.0, np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * "
                "slope))"
            )
        },
        {"test_softplus_density_hidden": 0},
    ),
    (
        "radii that are uniform",
        {
            "ball_noise": (
                "def ball_noise(n, dim, rng):\n"
                "    points = rng.normal(size=(n, dim))\n"
                "    return points / np.linalg.norm(points, axis=1, keepdims=True) * "
                "rng.random((n, 1))"
            )
        },
        {"test_ball_noise_radius": 0},
    ),
    (
        "directions from a cube",
        {
            "ball_noise": (
                "def ball_noise(n, dim, rng):\n"
                "    points = rng.uniform(-1, 1, size=(n, dim))\n"
                "    directions = points / np.linalg.norm(points, axis=1, keepdims=True)\n"
                "    return directions * rng.random((n, 1)) ** (1 / dim)"
            )
        },
        {"test_ball_noise_direction": 0},
    ),
    (
        "points on the sphere, not in the ball",
        {
            "ball_noise": (
                "def ball_noise(n, dim, rng):\n"
                "    points = rng.normal(size=(n, dim))\n"
                "    return points / np.linalg.norm(points, axis=1, keepdims=True)"
            )
        },
        {"test_ball_noise_radius": 0},
    ),
    (
        "columns divided by their length",
        {
            "ball_noise": (
                "def ball_noise(n, dim, rng):\n"
                "    points = rng.normal(size=(n, dim))\n"
                "    return points / np.linalg.norm(points, axis=0) * rng.random((n, 1)) ** (1 "
                "/ dim)"
            )
        },
        {"test_ball_noise": 0, "test_ball_noise_radius": 0},
    ),
    (
        "vectors from the positive corner",
        {
            "ball_noise": (
                "def ball_noise(n, dim, rng):\n"
                "    points = np.abs(rng.normal(size=(n, dim)))\n"
                "    directions = points / np.linalg.norm(points, axis=1, keepdims=True)\n"
                "    return directions * rng.random((n, 1)) ** (1 / dim)"
            )
        },
        {"test_ball_noise_direction": 0},
    ),
    (
        "a generator of its own, so that every batch is the same",
        {
            "ball_noise": (
                "def ball_noise(n, dim, rng):\n"
                "    rng = np.random.default_rng(0)\n"
                "    points = rng.normal(size=(n, dim))\n"
                "    directions = points / np.linalg.norm(points, axis=1, keepdims=True)\n"
                "    return directions * rng.random((n, 1)) ** (1 / dim)"
            )
        },
        {"test_ball_noise_radius": 0},
    ),
    (
        "density times the stretching",
        {
            "log_density": (
                "def log_density(z, A, b, C):\n"
                "    slopes = 1 - np.tanh(z @ A + b) ** 2\n"
                "    noise = -np.sum(z**2, axis=1) / 2 - z.shape[1] / 2 * np.log(2 * np.pi)\n"
                "    return noise + np.linalg.slogdet((A * slopes[:, None, :]) @ C)[1]"
            )
        },
        {
            "test_log_density": 0,
            "test_log_density_sign": 0,
            "test_log_density_differences": 0,
            "test_log_density_large": 0,
        },
    ),
    (
        "determinant first, then its logarithm",
        {
            "log_density": (
                "def log_density(z, A, b, C):\n"
                "    slopes = 1 - np.tanh(z @ A + b) ** 2\n"
                "    noise = -np.sum(z**2, axis=1) / 2 - z.shape[1] / 2 * np.log(2 * np.pi)\n"
                "    return noise - np.log(np.abs(np.linalg.det((A * slopes[:, None, :]) @ C)))"
            )
        },
        {"test_log_density_large": 0},
    ),
    (
        "determinant with its sign",
        {
            "log_density": (
                "def log_density(z, A, b, C):\n"
                "    slopes = 1 - np.tanh(z @ A + b) ** 2\n"
                "    noise = -np.sum(z**2, axis=1) / 2 - z.shape[1] / 2 * np.log(2 * np.pi)\n"
                "    return noise - np.log(np.linalg.det((A * slopes[:, None, :]) @ C))"
            )
        },
        {
            "test_log_density_sign": 0,
            "test_log_density_differences": 0,
            "test_log_density_large": 0,
        },
    ),
    (
        "slope of tanh at the wrong place",
        {
            "log_density": (
                "def log_density(z, A, b, C):\n"
                "    slopes = 1 - np.tanh(np.tanh(z @ A + b)) ** 2\n"
                "    noise = -np.sum(z**2, axis=1) / 2 - z.shape[1] / 2 * np.log(2 * np.pi)\n"
                "    return noise - np.linalg.slogdet((A * slopes[:, None, :]) @ C)[1]"
            )
        },
        {"test_log_density": 0, "test_log_density_sign": 0, "test_log_density_differences": 0},
    ),
    (
        "product of three determinants, for square layers only",
        {
            "log_density": (
                "def log_density(z, A, b, C):\n"
                "    slopes = 1 - np.tanh(z @ A + b) ** 2\n"
                "    noise = -np.sum(z**2, axis=1) / 2 - z.shape[1] / 2 * np.log(2 * np.pi)\n"
                "    layers = np.linalg.slogdet(A)[1] + np.linalg.slogdet(C)[1]\n"
                "    return noise - np.log(slopes).sum(axis=1) - layers"
            )
        },
        {"test_log_density_differences": 0},
    ),
    (
        "the normalisation of one dimension for all",
        {
            "log_density": (
                "def log_density(z, A, b, C):\n"
                "    slopes = 1 - np.tanh(z @ A + b) ** 2\n"
                "    noise = -np.sum(z**2, axis=1) / 2 - np.log(2 * np.pi) / 2\n"
                "    return noise - np.linalg.slogdet((A * slopes[:, None, :]) @ C)[1]"
            )
        },
        {
            "test_log_density": 0,
            "test_log_density_sign": 0,
            "test_log_density_differences": 0,
            "test_log_density_large": 0,
        },
    ),
    (
        "gradient in sorted order",
        {
            "sorted_loss": (
                "def sorted_loss(fake, real):\n"
                "    difference = np.sort(fake) - np.sort(real)\n"
                "    return np.mean(difference**2), 2 * difference / len(fake)"
            )
        },
        {"test_sorted_loss_gradient": 0, "test_sorted_loss_hidden": 0},
    ),
    (
        "pairs as they came",
        {
            "sorted_loss": (
                "def sorted_loss(fake, real):\n"
                "    difference = fake - real\n"
                "    return np.mean(difference**2), 2 * difference / len(fake)"
            )
        },
        {"test_sorted_loss": 0, "test_sorted_loss_gradient": 0, "test_sorted_loss_hidden": 0},
    ),
    (
        "the order for the rank",
        {
            "sorted_loss": (
                "def sorted_loss(fake, real):\n"
                "    loss = np.mean((np.sort(fake) - np.sort(real)) ** 2)\n"
                "    return loss, 2 * (fake - np.sort(real)[np.argsort(fake)]) / len(fake)"
            )
        },
        {"test_sorted_loss_gradient": 0, "test_sorted_loss_hidden": 0},
    ),
    (
        "gradient with neither the 2 nor the 1/n",
        {
            "sorted_loss": (
                "def sorted_loss(fake, real):\n"
                "    rank = np.argsort(np.argsort(fake))\n"
                "    difference = fake - np.sort(real)[rank]\n"
                "    return np.mean(difference**2), difference"
            )
        },
        {"test_sorted_loss_gradient": 0, "test_sorted_loss_hidden": 0},
    ),
    (
        "loss as a sum",
        {
            "sorted_loss": (
                "def sorted_loss(fake, real):\n"
                "    rank = np.argsort(np.argsort(fake))\n"
                "    difference = fake - np.sort(real)[rank]\n"
                "    return np.sum(difference**2), 2 * difference"
            )
        },
        {"test_sorted_loss": 0, "test_sorted_loss_gradient": 0, "test_sorted_loss_hidden": 0},
    ),
    (
        "data sorted in place",
        {
            "sorted_loss": (
                "def sorted_loss(fake, real):\n"
                "    rank = np.argsort(np.argsort(fake))\n"
                "    real.sort()\n"
                "    difference = fake - real[rank]\n"
                "    return np.mean(difference**2), 2 * difference / len(fake)"
            )
        },
        {"test_sorted_loss_hidden": 0},
    ),
    (
        "variances divided by n − 1",
        {
            "linear_generator": (
                "def linear_generator(data, k):\n"
                "    mean = data.mean(axis=0)\n"
                "    _, lengths, directions = np.linalg.svd(data - mean, full_matrices=False)\n"
                "    return mean, lengths[:k, None] / np.sqrt(len(data) - 1) * directions[:k]"
            )
        },
        {"test_linear_generator": 0, "test_linear_generator_hidden": 0},
    ),
    (
        "directions of data that are not centred",
        {
            "linear_generator": (
                "def linear_generator(data, k):\n"
                "    _, lengths, directions = np.linalg.svd(data, full_matrices=False)\n"
                "    return data.mean(axis=0), lengths[:k, None] / np.sqrt(len(data)) * "
                "directions[:k]"
            )
        },
        {"test_linear_generator": 0, "test_linear_generator_hidden": 0},
    ),
    (
        "data centred in place",
        {
            "linear_generator": (
                "def linear_generator(data, k):\n"
                "    mean = data.mean(axis=0)\n"
                "    data -= mean\n"
                "    _, lengths, directions = np.linalg.svd(data, full_matrices=False)\n"
                "    return mean, lengths[:k, None] / np.sqrt(len(data)) * directions[:k]"
            )
        },
        {"test_linear_generator_hidden": 0},
    ),
    (
        "the weakest directions first",
        {
            "linear_generator": (
                "def linear_generator(data, k):\n"
                "    values, vectors = np.linalg.eigh(np.cov(data.T, bias=True))\n"
                "    lengths = np.sqrt(np.maximum(values, 0))\n"
                "    return data.mean(axis=0), (lengths * vectors).T[:k]"
            )
        },
        {"test_linear_generator_hidden": 0},
    ),
    (
        "a root of the covariance, cut off",
        {
            "linear_generator": (
                "def linear_generator(data, k):\n"
                "    covariance = np.cov(data.T, bias=True) + 1e-13 * np.eye(data.shape[1])\n"
                "    return data.mean(axis=0), np.linalg.cholesky(covariance).T[:k]"
            )
        },
        {"test_linear_generator_hidden": 0},
    ),
    (
        "normalisation with two parameters a number",
        {
            "count_parameters": (
                "def count_parameters(latent, side, channels, kernel):\n"
                "    units = side * side * channels[0]\n"
                "    total = (latent + 2) * units + channels[-1]\n"
                "    for k in range(len(channels) - 1):\n"
                "        total += kernel * kernel * channels[k] * channels[k + 1]\n"
                "    return total + 2 * sum(channels[1:-1])"
            )
        },
        {"test_count_parameters": 0, "test_count_parameters_hidden": 0},
    ),
    (
        "normalisation of the reshaped picture",
        {
            "count_parameters": (
                "def count_parameters(latent, side, channels, kernel):\n"
                "    total = latent * side * side * channels[0] + 4 * channels[0] + "
                "channels[-1]\n"
                "    for k in range(len(channels) - 1):\n"
                "        total += kernel * kernel * channels[k] * channels[k + 1]\n"
                "    return total + 4 * sum(channels[1:-1])"
            )
        },
        {"test_count_parameters": 0, "test_count_parameters_hidden": 0},
    ),
    (
        "the chapter's number written down",
        {
            "count_parameters": (
                "def count_parameters(latent, side, channels, kernel):\n    return 246_657"
            )
        },
        {"test_count_parameters_hidden": 0},
    ),
    (
        "one output channel, whatever the list says",
        {
            "count_parameters": (
                "def count_parameters(latent, side, channels, kernel):\n"
                "    total = (latent + 4) * side * side * channels[0]\n"
                "    for k in range(len(channels) - 2):\n"
                "        total += kernel * kernel * channels[k] * channels[k + 1] + 4 * "
                "channels[k + 1]\n"
                "    return total + kernel * kernel * channels[-2] + 1"
            )
        },
        {"test_count_parameters_hidden": 0},
    ),
    (
        "channels used up",
        {
            "count_parameters": (
                "def count_parameters(latent, side, channels, kernel):\n"
                "    before = channels.pop(0)\n"
                "    total = (latent + 4) * side * side * before\n"
                "    while channels:\n"
                "        after = channels.pop(0)\n"
                "        total += kernel * kernel * before * after + (4 * after if channels "
                "else after)\n"
                "        before = after\n"
                "    return total"
            )
        },
        {"test_count_parameters_hidden": 0},
    ),
]
