"""Usual wrong answers to problem set 1: (name, {answer: code}, {test: points})."""

ADAM = "def adam_step(w, g, m, s, t, rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):\n"
BATCH_NORM = "def batch_norm(x, gamma, beta, mean, variance, training, keep=0.99, epsilon=1e-3):\n"

WRONG = [
    (
        "sigmoid as the formula stands, which overflows",
        {"sigmoid": "def sigmoid(logits):\n    return 1 / (1 + np.exp(-logits))"},
        {"test_sigmoid": 1, "test_sigmoid_large": 0},
    ),
    (
        "sigmoid with the wrong sign",
        {"sigmoid": "def sigmoid(logits):\n    return 1 / (1 + np.exp(logits))"},
        {"test_sigmoid": 0, "test_sigmoid_large": 0},
    ),
    (
        "sigmoid that clips its argument in place",
        {
            "sigmoid": (
                "def sigmoid(logits):\n"
                "    np.clip(logits, -700, 700, out=logits)\n"
                "    return np.where(logits > -699, 1 / (1 + np.exp(-logits)), 0.0)"
            )
        },
        {"test_sigmoid": 1, "test_sigmoid_large": 0},
    ),
    (
        "sigmoid with the visible answers written down",
        {
            "sigmoid": (
                "def sigmoid(logits):\n"
                "    if len(logits) == 3:\n"
                "        return np.array([0.5, 0.7310585786300049, 0.11920292202211755])\n"
                "    return np.array([0.0, 4.248354255291589e-18, 1.0, 1.0])"
            )
        },
        {"test_sigmoid": 1, "test_sigmoid_large": 0},
    ),
    (
        "loss with the sigmoid applied twice",
        {
            "logistic_loss": (
                "def logistic_loss(logits, labels):\n"
                "    p = 1 / (1 + np.exp(-1 / (1 + np.exp(-logits))))\n"
                "    return -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))"
            )
        },
        {"test_logistic_loss": 0, "test_logistic_loss_large": 0},
    ),
    (
        "loss by way of the probability",
        {
            "logistic_loss": (
                "def logistic_loss(logits, labels):\n"
                "    p = 1 / (1 + np.exp(-logits))\n"
                "    return -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))"
            )
        },
        {"test_logistic_loss": 1, "test_logistic_loss_large": 0},
    ),
    (
        "loss as a sum",
        {
            "logistic_loss": (
                "def logistic_loss(logits, labels):\n"
                "    return np.sum(np.logaddexp(0, logits) - labels * logits)"
            )
        },
        {"test_logistic_loss": 0, "test_logistic_loss_large": 0},
    ),
    (
        "loss with a factor of a half",
        {
            "logistic_loss": (
                "def logistic_loss(logits, labels):\n"
                "    return np.mean(np.logaddexp(0, logits) - labels * logits) / 2"
            )
        },
        {"test_logistic_loss": 0, "test_logistic_loss_large": 0},
    ),
    (
        "difference to one side",
        {
            "numerical_gradient": (
                "def numerical_gradient(f, w, h=1e-5):\n"
                "    gradient = np.zeros_like(w)\n"
                "    for place in np.ndindex(w.shape):\n"
                "        step = np.zeros_like(w)\n"
                "        step[place] = h / 100\n"
                "        gradient[place] = (f(w + step) - f(w)) / (h / 100)\n"
                "    return gradient"
            )
        },
        {"test_numerical_gradient": 1, "test_numerical_gradient_central": 0},
    ),
    (
        "central difference divided by h",
        {
            "numerical_gradient": (
                "def numerical_gradient(f, w, h=1e-5):\n"
                "    return np.array([(f(w + s) - f(w - s)) / h for s in h * np.eye(len(w))])"
            )
        },
        {"test_numerical_gradient": 0, "test_numerical_gradient_central": 0},
    ),
    (
        "differences for vectors only",
        {
            "numerical_gradient": (
                "def numerical_gradient(f, w, h=1e-5):\n"
                "    steps = h * np.eye(len(w))\n"
                "    return np.array([(f(w + s) - f(w - s)) / (2 * h) for s in steps])"
            )
        },
        {"test_numerical_gradient": 1, "test_numerical_gradient_central": 0},
    ),
    (
        "differences that leave the weights moved",
        {
            "numerical_gradient": (
                "def numerical_gradient(f, w, h=1e-5):\n"
                "    gradient = np.zeros_like(w)\n"
                "    for place in np.ndindex(w.shape):\n"
                "        w[place] += h\n"
                "        above = f(w)\n"
                "        w[place] -= 2 * h\n"
                "        gradient[place] = (above - f(w)) / (2 * h)\n"
                "    return gradient"
            )
        },
        {"test_numerical_gradient": 1, "test_numerical_gradient_central": 0},
    ),
    (
        "backward without the 1/n of the mean",
        {
            "backward": (
                "def backward(W1, b1, W2, b2, x, y):\n"
                "    hidden = np.tanh(x @ W1 + b1)\n"
                "    delta = 1 / (1 + np.exp(-hidden @ W2 - b2)) - y\n"
                "    below = (delta @ W2.T) * (1 - hidden**2)\n"
                "    return x.T @ below, below.sum(axis=0), hidden.T @ delta, delta.sum(axis=0)"
            )
        },
        {"test_backward_shapes": 1, "test_backward_output": 0, "test_backward_hidden": 0},
    ),
    (
        "backward with the slope of tanh at the wrong place",
        {
            "backward": (
                "def backward(W1, b1, W2, b2, x, y):\n"
                "    hidden = np.tanh(x @ W1 + b1)\n"
                "    delta = (1 / (1 + np.exp(-hidden @ W2 - b2)) - y) / len(x)\n"
                "    below = (delta @ W2.T) * (1 - np.tanh(hidden) ** 2)\n"
                "    return x.T @ below, below.sum(axis=0), hidden.T @ delta, delta.sum(axis=0)"
            )
        },
        {"test_backward_shapes": 1, "test_backward_output": 1, "test_backward_hidden": 0},
    ),
    (
        "backward that sums the biases over the wrong axis",
        {
            "backward": (
                "def backward(W1, b1, W2, b2, x, y):\n"
                "    hidden = np.tanh(x @ W1 + b1)\n"
                "    delta = (1 / (1 + np.exp(-hidden @ W2 - b2)) - y) / len(x)\n"
                "    below = (delta @ W2.T) * (1 - hidden**2)\n"
                "    return x.T @ below, below.sum(axis=1), hidden.T @ delta, delta.sum(axis=0)"
            )
        },
        {"test_backward_shapes": 0, "test_backward_output": 1, "test_backward_hidden": 0},
    ),
    (
        "He with the variance for the standard deviation",
        {
            "he_weights": (
                "def he_weights(inputs, outputs, rng):\n"
                "    return rng.normal(0, 2 / inputs, (inputs, outputs))"
            )
        },
        {"test_he_weights": 0, "test_he_weights_signal": 0},
    ),
    (
        "He by the outputs, right by chance in the visible test's shape",
        {
            "he_weights": (
                "def he_weights(inputs, outputs, rng):\n"
                "    n = inputs if inputs == 400 else outputs\n"
                "    return rng.normal(0, np.sqrt(2 / n), (inputs, outputs)) * 1.3"
            )
        },
        {"test_he_weights": 0, "test_he_weights_signal": 0},
    ),
    (
        "He with a generator of its own, so that every layer is the same",
        {
            "he_weights": (
                "def he_weights(inputs, outputs, rng):\n"
                "    rng = np.random.default_rng(0)\n"
                "    return rng.normal(0, np.sqrt(2 / inputs), (inputs, outputs))"
            )
        },
        {"test_he_weights": 1, "test_he_weights_signal": 0},
    ),
    (
        "Adam without the correction of the bias",
        {
            "adam_step": (
                ADAM + "    m = beta_1 * m + (1 - beta_1) * g\n"
                "    s = beta_2 * s + (1 - beta_2) * g**2\n"
                "    return w - rate * m / (np.sqrt(s) + epsilon), m, s"
            )
        },
        {"test_adam_step": 0, "test_adam_step_later": 0},
    ),
    (
        "Adam that changes the weights in place",
        {
            "adam_step": (
                ADAM + "    m = beta_1 * m + (1 - beta_1) * g\n"
                "    s = beta_2 * s + (1 - beta_2) * g**2\n"
                "    root = np.sqrt(s / (1 - beta_2**t)) + epsilon\n"
                "    w -= rate * m / (1 - beta_1**t) / root\n"
                "    return w, m, s"
            )
        },
        {"test_adam_step": 1, "test_adam_step_later": 0},
    ),
    (
        "Adam with constants for its arguments",
        {
            "adam_step": (
                ADAM + "    m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2\n"
                "    step = m / (1 - 0.9**t) / (np.sqrt(s / (1 - 0.999**t)) + epsilon)\n"
                "    return w - rate * step, m, s"
            )
        },
        {"test_adam_step": 1, "test_adam_step_later": 0},
    ),
    (
        "batch normalisation that always uses the batch",
        {
            "batch_norm": (
                BATCH_NORM + "    m, v = x.mean(axis=0), x.var(axis=0)\n"
                "    y = gamma * (x - m) / np.sqrt(v + epsilon) + beta\n"
                "    return y, keep * mean + (1 - keep) * m, keep * variance + (1 - keep) * v"
            )
        },
        {"test_batch_norm_training": 1, "test_batch_norm_use": 0, "test_batch_norm_hidden": 0},
    ),
    (
        "batch normalisation over the wrong axis",
        {
            "batch_norm": (
                BATCH_NORM + "    m, v = mean, variance\n"
                "    if training:\n"
                "        m, v = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)\n"
                "        mean = keep * mean + (1 - keep) * m\n"
                "        variance = keep * variance + (1 - keep) * v\n"
                "    return gamma * (x - m) / np.sqrt(v + epsilon) + beta, mean, variance"
            )
        },
        {"test_batch_norm_training": 0, "test_batch_norm_use": 1, "test_batch_norm_hidden": 0},
    ),
    (
        "batch normalisation with ε outside the root",
        {
            "batch_norm": (
                BATCH_NORM
                + "    m, v = (x.mean(axis=0), x.var(axis=0)) if training else (mean, variance)\n"
                "    if training:\n"
                "        mean = keep * mean + (1 - keep) * m\n"
                "        variance = keep * variance + (1 - keep) * v\n"
                "    return gamma * (x - m) / (np.sqrt(v) + epsilon) + beta, mean, variance"
            )
        },
        {"test_batch_norm_training": 1, "test_batch_norm_use": 1, "test_batch_norm_hidden": 0},
    ),
]
