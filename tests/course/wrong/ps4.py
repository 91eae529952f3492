"""Usual wrong answers to problem set 4: (name, {answer: code}, {test: points})."""

LOGIT = "def best_logit(x, mean_p, sigma_p, mean_q, sigma_q):\n"
SLOPES = "def generator_slopes(name, real, fake):\n"
BEST = "def best_losses(p, q, x):\n"
BOUND = "def divergence_bound(name, t_real, t_fake):\n"
ARROWS = "def arrows(W1, b1, W2, b2, x):\n"

CONJUGATES = (
    "    f = {\n"
    "        'kl': lambda t: np.exp(t - 1),\n"
    "        'reverse_kl': lambda t: -1 - np.log(-t),\n"
    "        'hellinger': lambda t: t / (1 - t),\n"
    "    }[name]\n"
)

WRONG = [
    (
        "logit with real and generated exchanged",
        {
            "best_logit": (
                LOGIT
                + "    squares = ((x - mean_p) / sigma_p) ** 2 - ((x - mean_q) / sigma_q) ** 2\n"
                "    return squares / 2 + np.log(sigma_p / sigma_q)"
            )
        },
        {"test_best_logit": 0, "test_best_logit_far": 0},
    ),
    (
        "logit by way of the densities, which are 0 far out",
        {
            "best_logit": (
                LOGIT + "    p = np.exp(-(((x - mean_p) / sigma_p) ** 2) / 2) / sigma_p\n"
                "    q = np.exp(-(((x - mean_q) / sigma_q) ** 2) / 2) / sigma_q\n"
                "    return np.log(p / q)"
            )
        },
        {"test_best_logit": 1, "test_best_logit_far": 0},
    ),
    (
        "logit without the factors in front of the exponentials",
        {
            "best_logit": (
                LOGIT
                + "    squares = ((x - mean_q) / sigma_q) ** 2 - ((x - mean_p) / sigma_p) ** 2\n"
                "    return squares / 2"
            )
        },
        {"test_best_logit": 0, "test_best_logit_far": 0},
    ),
    (
        "logit without the factor of a half",
        {
            "best_logit": (
                LOGIT
                + "    squares = ((x - mean_q) / sigma_q) ** 2 - ((x - mean_p) / sigma_p) ** 2\n"
                "    return squares + np.log(sigma_q / sigma_p)"
            )
        },
        {"test_best_logit": 0, "test_best_logit_far": 0},
    ),
    (
        "logit that moves its argument in place",
        {
            "best_logit": (
                LOGIT + "    x -= mean_p\n"
                "    squares = ((x + mean_p - mean_q) / sigma_q) ** 2 - (x / sigma_p) ** 2\n"
                "    return squares / 2 + np.log(sigma_q / sigma_p)"
            )
        },
        {"test_best_logit": 1, "test_best_logit_far": 0},
    ),
    (
        "logit for the two pairs of bells of the visible test",
        {
            "best_logit": (
                LOGIT + "    if sigma_q == 1:\n"
                "        return -2 * x\n"
                "    return np.log(2) - 3 * x**2 / 8"
            )
        },
        {"test_best_logit": 1, "test_best_logit_far": 0},
    ),
    (
        "losses with the sigmoid applied twice",
        {
            "logistic_losses": (
                "def logistic_losses(real, fake):\n"
                "    real, fake = ((1 + np.tanh(t / 2)) / 2 for t in (real, fake))\n"
                "    generated = np.mean(np.logaddexp(0, fake))\n"
                "    saturated = np.mean(np.logaddexp(0, -fake))\n"
                "    return np.mean(np.logaddexp(0, -real)) + generated, -generated, saturated"
            )
        },
        {"test_logistic_losses": 0, "test_logistic_losses_large": 0},
    ),
    (
        "losses by way of the probability",
        {
            "logistic_losses": (
                "def logistic_losses(real, fake):\n"
                "    real, fake = (1 / (1 + np.exp(-t)) for t in (real, fake))\n"
                "    generated = np.mean(np.log(1 - fake))\n"
                "    return -np.mean(np.log(real)) - generated, generated, -np.mean(np.log(fake))"
            )
        },
        {"test_logistic_losses": 1, "test_logistic_losses_large": 0},
    ),
    (
        "discriminator's loss with a factor of a half",
        {
            "logistic_losses": (
                "def logistic_losses(real, fake):\n"
                "    generated = np.mean(np.logaddexp(0, fake))\n"
                "    for_d = (np.mean(np.logaddexp(0, -real)) + generated) / 2\n"
                "    return for_d, -generated, np.mean(np.logaddexp(0, -fake))"
            )
        },
        {"test_logistic_losses": 0, "test_logistic_losses_large": 0},
    ),
    (
        "losses as sums",
        {
            "logistic_losses": (
                "def logistic_losses(real, fake):\n"
                "    generated = np.sum(np.logaddexp(0, fake))\n"
                "    unsure = np.sum(np.logaddexp(0, -fake))\n"
                "    return np.sum(np.logaddexp(0, -real)) + generated, -generated, unsure"
            )
        },
        {"test_logistic_losses": 0, "test_logistic_losses_large": 0},
    ),
    (
        "minimax loss without its sign",
        {
            "logistic_losses": (
                "def logistic_losses(real, fake):\n"
                "    generated = np.mean(np.logaddexp(0, fake))\n"
                "    unsure = np.mean(np.logaddexp(0, -fake))\n"
                "    return np.mean(np.logaddexp(0, -real)) + generated, generated, unsure"
            )
        },
        {"test_logistic_losses": 0, "test_logistic_losses_large": 0},
    ),
    (
        "one mean over both batches, right by chance when they are equally large",
        {
            "logistic_losses": (
                "def logistic_losses(real, fake):\n"
                "    for_d = 2 * np.mean(np.logaddexp(0, np.concatenate([-real, fake])))\n"
                "    minimax = -np.mean(np.logaddexp(0, fake))\n"
                "    return for_d, minimax, np.mean(np.logaddexp(0, -fake))"
            )
        },
        {"test_logistic_losses": 1, "test_logistic_losses_large": 0},
    ),
    (
        "least squares without the factor of a half",
        {
            "losses_of": (
                "def losses_of(name, real, fake):\n"
                "    if name == 'least_squares':\n"
                "        for_d = np.mean((real - 1) ** 2) + np.mean(fake**2)\n"
                "        return for_d, np.mean((fake - 1) ** 2)\n"
                "    if name == 'wasserstein':\n"
                "        return np.mean(fake) - np.mean(real), -np.mean(fake)\n"
                "    if name != 'hinge':\n"
                "        raise ValueError(name)\n"
                "    for_d = np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 + fake))\n"
                "    return for_d, -np.mean(fake)"
            )
        },
        {"test_losses_of": 0, "test_losses_of_hidden": 0},
    ),
    (
        "hinge that takes the mean first and cuts off afterwards",
        {
            "losses_of": (
                "def losses_of(name, real, fake):\n"
                "    if name == 'least_squares':\n"
                "        for_d = np.mean((real - 1) ** 2) / 2 + np.mean(fake**2) / 2\n"
                "        return for_d, np.mean((fake - 1) ** 2) / 2\n"
                "    if name == 'wasserstein':\n"
                "        return np.mean(fake) - np.mean(real), -np.mean(fake)\n"
                "    if name != 'hinge':\n"
                "        raise ValueError(name)\n"
                "    for_d = np.maximum(0, 1 - np.mean(real)) + np.maximum(0, 1 + np.mean(fake))\n"
                "    return for_d, -np.mean(fake)"
            )
        },
        {"test_losses_of": 0, "test_losses_of_hidden": 0},
    ),
    (
        "Wasserstein with the wrong sign",
        {
            "losses_of": (
                "def losses_of(name, real, fake):\n"
                "    if name == 'least_squares':\n"
                "        for_d = np.mean((real - 1) ** 2) / 2 + np.mean(fake**2) / 2\n"
                "        return for_d, np.mean((fake - 1) ** 2) / 2\n"
                "    if name == 'wasserstein':\n"
                "        return np.mean(real) - np.mean(fake), np.mean(fake)\n"
                "    if name != 'hinge':\n"
                "        raise ValueError(name)\n"
                "    for_d = np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 + fake))\n"
                "    return for_d, -np.mean(fake)"
            )
        },
        {"test_losses_of": 0, "test_losses_of_hidden": 0},
    ),
    (
        "hinge that cuts off in place",
        {
            "losses_of": (
                "def losses_of(name, real, fake):\n"
                "    if name == 'least_squares':\n"
                "        for_d = np.mean((real - 1) ** 2) / 2 + np.mean(fake**2) / 2\n"
                "        return for_d, np.mean((fake - 1) ** 2) / 2\n"
                "    for_g = -np.mean(fake)\n"
                "    if name == 'wasserstein':\n"
                "        return np.mean(fake) - np.mean(real), for_g\n"
                "    if name != 'hinge':\n"
                "        raise ValueError(name)\n"
                "    fake += 1\n"
                "    fake[fake < 0] = 0\n"
                "    return np.mean(np.maximum(0, 1 - real)) + np.mean(fake), for_g"
            )
        },
        {"test_losses_of": 1, "test_losses_of_hidden": 0},
    ),
    (
        "the visible losses written down",
        {
            "losses_of": (
                "def losses_of(name, real, fake):\n"
                "    known = {'least_squares': (3.5625, 4.0625), 'hinge': (1.75, 1.25)}\n"
                "    return known.get(name, (-1.75, 1.25))"
            )
        },
        {"test_losses_of": 1, "test_losses_of_hidden": 0},
    ),
    (
        "slopes without the 1/n of the mean",
        {
            "generator_slopes": (
                SLOPES + "    s = lambda t: (1 + np.tanh(t / 2)) / 2\n"
                "    all_of_them = {\n"
                "        'hinge': -1 + 0 * fake,\n"
                "        'minimax': -s(fake), 'non_saturating': -s(-fake),\n"
                "        'least_squares': fake - 1, 'relativistic': -s(real - fake),\n"
                "    }\n"
                "    return all_of_them[name]"
            )
        },
        {"test_generator_slopes": 0, "test_generator_slopes_hidden": 0},
    ),
    (
        "slopes with the wrong sign",
        {
            "generator_slopes": (
                SLOPES + "    s = lambda t: (1 + np.tanh(t / 2)) / 2\n"
                "    all_of_them = {\n"
                "        'minimax': s(fake), 'non_saturating': s(-fake), 'hinge': 1 + 0 * fake,\n"
                "        'least_squares': 1 - fake, 'relativistic': s(real - fake),\n"
                "    }\n"
                "    return all_of_them[name] / fake.size"
            )
        },
        {"test_generator_slopes": 0, "test_generator_slopes_hidden": 0},
    ),
    (
        "non-saturating slope that saturates",
        {
            "generator_slopes": (
                SLOPES + "    s = lambda t: (1 + np.tanh(t / 2)) / 2\n"
                "    all_of_them = {\n"
                "        'minimax': -s(fake), 'non_saturating': -s(fake), 'hinge': -1 + 0 * fake,\n"
                "        'least_squares': fake - 1, 'relativistic': -s(real - fake),\n"
                "    }\n"
                "    return all_of_them[name] / fake.size"
            )
        },
        {"test_generator_slopes": 0, "test_generator_slopes_hidden": 0},
    ),
    (
        "slopes with a sigmoid that overflows",
        {
            "generator_slopes": (
                SLOPES + "    s = lambda t: 1 / (1 + np.exp(-t))\n"
                "    all_of_them = {\n"
                "        'hinge': -1 + 0 * fake,\n"
                "        'minimax': -s(fake), 'non_saturating': -s(-fake),\n"
                "        'least_squares': fake - 1, 'relativistic': -s(real - fake),\n"
                "    }\n"
                "    return all_of_them[name] / fake.size"
            )
        },
        {"test_generator_slopes": 1, "test_generator_slopes_hidden": 0},
    ),
    (
        "relativistic slope with real and generated exchanged",
        {
            "generator_slopes": (
                SLOPES + "    s = lambda t: (1 + np.tanh(t / 2)) / 2\n"
                "    all_of_them = {\n"
                "        'hinge': -1 + 0 * fake,\n"
                "        'minimax': -s(fake), 'non_saturating': -s(-fake),\n"
                "        'least_squares': fake - 1, 'relativistic': -s(fake - real),\n"
                "    }\n"
                "    return all_of_them[name] / fake.size"
            )
        },
        {"test_generator_slopes": 1, "test_generator_slopes_hidden": 0},
    ),
    (
        "slopes divided by 2, the size of the visible batch",
        {
            "generator_slopes": (
                SLOPES + "    s = lambda t: (1 + np.tanh(t / 2)) / 2\n"
                "    all_of_them = {\n"
                "        'hinge': -1 + 0 * fake,\n"
                "        'minimax': -s(fake), 'non_saturating': -s(-fake),\n"
                "        'least_squares': fake - 1, 'relativistic': -s(real - fake),\n"
                "    }\n"
                "    return all_of_them[name] / 2"
            )
        },
        {"test_generator_slopes": 1, "test_generator_slopes_hidden": 0},
    ),
    (
        "best losses that are not a number where a density is 0",
        {
            "best_losses": (
                BEST + "    d = p / (p + q)\n"
                "    logistic = -p * np.log(d) - q * np.log(1 - d)\n"
                "    costs = logistic, p * (d - 1) ** 2 / 2 + q * d**2 / 2, 2 * np.minimum(p, q)\n"
                "    return [np.trapezoid(cost, x) for cost in costs]"
            )
        },
        {"test_best_losses": 1, "test_best_losses_hidden": 0},
    ),
    (
        "best value V, the loss with the sign of the score",
        {
            "best_losses": (
                BEST + "    m = np.maximum(p + q, 1e-300)\n"
                "    a, b = (np.log(np.maximum(part / m, 1e-300)) for part in (p, q))\n"
                "    costs = p * a + q * b, p * q / m / 2, 2 * np.minimum(p, q)\n"
                "    return [np.trapezoid(cost, x) for cost in costs]"
            )
        },
        {"test_best_losses": 0, "test_best_losses_hidden": 0},
    ),
    (
        "best losses with a mean for the integral",
        {
            "best_losses": (
                BEST + "    m = np.maximum(p + q, 1e-300)\n"
                "    a, b = (np.log(np.maximum(part / m, 1e-300)) for part in (p, q))\n"
                "    costs = -p * a - q * b, p * q / m / 2, 2 * np.minimum(p, q)\n"
                "    return [np.mean(cost) for cost in costs]"
            )
        },
        {"test_best_losses": 0, "test_best_losses_hidden": 0},
    ),
    (
        "best losses on a grid that is taken for even",
        {
            "best_losses": (
                BEST + "    m = np.maximum(p + q, 1e-300)\n"
                "    a, b = (np.log(np.maximum(part / m, 1e-300)) for part in (p, q))\n"
                "    costs = -p * a - q * b, p * q / m / 2, 2 * np.minimum(p, q)\n"
                "    return [np.sum(cost) * (x[1] - x[0]) for cost in costs]"
            )
        },
        {"test_best_losses": 1, "test_best_losses_hidden": 0},
    ),
    (
        "best least-squares loss without the factor of a half",
        {
            "best_losses": (
                BEST + "    m = np.maximum(p + q, 1e-300)\n"
                "    a, b = (np.log(np.maximum(part / m, 1e-300)) for part in (p, q))\n"
                "    costs = -p * a - q * b, p * q / m, 2 * np.minimum(p, q)\n"
                "    return [np.trapezoid(cost, x) for cost in costs]"
            )
        },
        {"test_best_losses": 0, "test_best_losses_hidden": 0},
    ),
    (
        "best losses that clip the densities in place",
        {
            "best_losses": (
                BEST + "    for part in (p, q):\n"
                "        part[part < 1e-12] = 1e-12\n"
                "    m = p + q\n"
                "    costs = -p * np.log(p / m) - q * np.log(q / m), p * q / m / 2\n"
                "    return [np.trapezoid(cost, x) for cost in (*costs, 2 * np.minimum(p, q))]"
            )
        },
        {"test_best_losses": 1, "test_best_losses_hidden": 0},
    ),
    (
        "best losses of the two bells written down",
        {"best_losses": BEST + "    return 0.712633, 0.112400, 0.634621"},
        {"test_best_losses": 1, "test_best_losses_hidden": 0},
    ),
    (
        "bound with a plus",
        {
            "divergence_bound": (
                BOUND + CONJUGATES + "    return np.mean(t_real) + np.mean(f(t_fake))"
            )
        },
        {"test_divergence_bound": 0, "test_divergence_bound_hidden": 0},
    ),
    (
        "bound without the range of the conjugates",
        {
            "divergence_bound": (
                BOUND + CONJUGATES + "    return np.mean(t_real) - np.mean(f(t_fake))"
            )
        },
        {"test_divergence_bound": 1, "test_divergence_bound_hidden": 0},
    ),
    (
        "bound with the conjugate of the mean for the mean of the conjugate",
        {
            "divergence_bound": (
                BOUND + CONJUGATES + "    return np.mean(t_real) - f(np.mean(t_fake))"
            )
        },
        {"test_divergence_bound": 0, "test_divergence_bound_hidden": 0},
    ),
    (
        "bound with sums",
        {
            "divergence_bound": (
                BOUND + CONJUGATES + "    return np.sum(t_real) - np.sum(f(t_fake))"
            )
        },
        {"test_divergence_bound": 0, "test_divergence_bound_hidden": 0},
    ),
    (
        "bound that also gives up where T is out of range at real samples",
        {
            "divergence_bound": (
                BOUND
                + CONJUGATES
                + "    end = {'kl': np.inf, 'reverse_kl': 0, 'hellinger': 1}[name]\n"
                "    if np.any(t_fake >= end) or np.any(t_real >= end):\n"
                "        return -np.inf\n"
                "    return np.mean(t_real) - np.mean(f(t_fake))"
            )
        },
        {"test_divergence_bound": 1, "test_divergence_bound_hidden": 0},
    ),
    (
        "arrows without the factor 1 - D",
        {
            "arrows": (
                ARROWS + "    before = x @ W1 + b1\n"
                "    return (np.where(before > 0, 1.0, 0.2) * W2[:, 0]) @ W1.T"
            )
        },
        {"test_arrows": 0, "test_arrows_hidden": 0},
    ),
    (
        "arrows of the minimax loss, with D for 1 - D",
        {
            "arrows": (
                ARROWS + "    before = x @ W1 + b1\n"
                "    logits = np.maximum(before, 0.2 * before) @ W2 + b2\n"
                "    slopes = (np.where(before > 0, 1.0, 0.2) * W2[:, 0]) @ W1.T\n"
                "    return (1 + np.tanh(logits / 2)) / 2 * slopes"
            )
        },
        {"test_arrows": 0, "test_arrows_hidden": 0},
    ),
    (
        "arrows through a ReLU",
        {
            "arrows": (
                ARROWS + "    before = x @ W1 + b1\n"
                "    logits = np.maximum(before, 0) @ W2 + b2\n"
                "    slopes = ((before > 0) * W2[:, 0]) @ W1.T\n"
                "    return (1 - np.tanh(logits / 2)) / 2 * slopes"
            )
        },
        {"test_arrows": 0, "test_arrows_hidden": 0},
    ),
    (
        "arrows averaged over the batch",
        {
            "arrows": (
                ARROWS + "    before = x @ W1 + b1\n"
                "    logits = np.maximum(before, 0.2 * before) @ W2 + b2\n"
                "    slopes = (np.where(before > 0, 1.0, 0.2) * W2[:, 0]) @ W1.T\n"
                "    return (1 - np.tanh(logits / 2)) / 2 * slopes / len(x)"
            )
        },
        {"test_arrows": 0, "test_arrows_hidden": 0},
    ),
    (
        "arrows with a sigmoid that overflows",
        {
            "arrows": (
                ARROWS + "    before = x @ W1 + b1\n"
                "    logits = np.maximum(before, 0.2 * before) @ W2 + b2\n"
                "    slopes = (np.where(before > 0, 1.0, 0.2) * W2[:, 0]) @ W1.T\n"
                "    return slopes / (1 + np.exp(logits))"
            )
        },
        {"test_arrows": 1, "test_arrows_hidden": 0},
    ),
    (
        "arrows that only know one unit",
        {
            "arrows": (
                ARROWS + "    before = x @ W1 + b1\n"
                "    logits = np.maximum(before, 0.2 * before) @ W2 + b2\n"
                "    slopes = np.where(before > 0, 1.0, 0.2) * W2[0, 0] * W1[0, 0]\n"
                "    return (1 - np.tanh(logits / 2)) / 2 * slopes"
            )
        },
        {"test_arrows": 1, "test_arrows_hidden": 0},
    ),
]
