"""Usual wrong answers to problem set 5: (name, {answer: code}, {test: points})."""

D_STEP = "def discriminator_step(generator, discriminator, real, noise, rate):\n"
G_STEP = "def generator_step(generator, discriminator, noise, rate):\n"
DESCENT = (
    "    for variable, slope in zip(variables, tape.gradient(loss, variables), strict=True):\n"
    "        variable.assign_sub(rate * slope)\n"
    "    return float(loss)"
)
GAME_STEP = "def game_step(d_loss, g_loss, d_variables, g_variables, rate, alternating):\n"
AVERAGE = "def update_average(average, generator, t, decay=0.999):\n"


def d_step(fake="generator(noise, training=True)", loss=None, variables=""):
    loss = loss or (
        "        loss = ops.mean(ops.softplus(-discriminator(real, training=True)))\n"
        "        loss += ops.mean(ops.softplus(discriminator(fake, training=True)))\n"
    )
    return (
        f"{D_STEP}    with tf.GradientTape() as tape:\n        fake = {fake}\n{loss}"
        f"    variables = discriminator.trainable_variables{variables}\n{DESCENT}"
    )


def g_step(loss="ops.mean(ops.softplus(-logits))", mode="True", before=""):
    return (
        f"{G_STEP}{before}    with tf.GradientTape() as tape:\n"
        f"        logits = discriminator(generator(noise, training={mode}), training={mode})\n"
        f"        loss = {loss}\n    variables = generator.trainable_variables\n{DESCENT}"
    )


def average(keep="min(decay, (1 + t) / (10 + t))", weights="weights", new="keep", old="1 - keep"):
    return (
        f"{AVERAGE}    keep = {keep}\n"
        f"    for mean, weight in zip(average.{weights}, generator.{weights}, strict=True):\n"
        f"        mean.assign({new} * mean + ({old}) * weight)"
    )


def game(order):
    """Return a step with the players' moves in this order, each a pair of a loss and variables."""
    return (
        f"{GAME_STEP}    d, g = (d_loss, d_variables), (g_loss, g_variables)\n"
        f"    for group in {order}:\n"
        "        slopes = []\n"
        "        for loss, variables in group:\n"
        "            with tf.GradientTape() as tape:\n"
        "                value = loss()\n"
        "            slopes.append(tape.gradient(value, variables))\n"
        "        for (_, variables), slope in zip(group, slopes):\n"
        "            for variable, each in zip(variables, slope):\n"
        "                variable.assign_sub(rate * each)"
    )


def loop(fake_logits="fake_logits", also="", noise_inside=True, mode="True"):
    draw = "noise = draw_noise()\n"
    return (
        "def train(generator, discriminator, g_optimizer, d_optimizer, draw_real, draw_noise, "
        f"steps):\n    {draw}    for _ in range(steps):\n"
        f"{'        ' + draw if noise_inside else ''}"
        "        with tf.GradientTape() as tape:\n"
        f"            real_logits = discriminator(draw_real(), training={mode})\n"
        f"            fake = generator(noise, training={mode})\n"
        f"            fake_logits = discriminator(fake, training={mode})\n"
        "            loss = ops.mean(ops.softplus(-real_logits))\n"
        f"            loss += ops.mean(ops.softplus({fake_logits}))\n"
        "        variables = discriminator.trainable_variables\n"
        "        d_optimizer.apply(tape.gradient(loss, variables), variables)\n"
        "        with tf.GradientTape() as tape:\n"
        f"            fake = generator(noise, training={mode})\n"
        f"            loss = ops.mean(ops.softplus(-discriminator(fake, training={mode})))\n"
        f"        variables = generator.trainable_variables{also}\n"
        "        g_optimizer.apply(tape.gradient(loss, variables), variables)"
    )


def points(*tests):
    return {f"test_{name}": value for name, value in tests}


def noise(visible, hidden):
    return points(("noise_source", visible), ("noise_source_hidden", hidden))


def shuffled(visible, labels, order):
    return points(("epoch", visible), ("epoch_labels", labels), ("epoch_order", order))


def d_points(visible, hidden):
    return points(("discriminator_step", visible), ("discriminator_step_hidden", hidden))


def g_points(*values):
    names = ("generator_step", "generator_step_sure", "generator_step_hidden")
    return points(*zip(names, values, strict=True))


def game_points(visible, hidden):
    return points(("game_step", visible), ("game_step_hidden", hidden))


def average_points(*values):
    names = ("update_average", "update_average_path", "update_average_statistics")
    return points(*zip(names, values, strict=True))


def train_points(*values):
    names = ("train_verdict", "train_apart", "train_noise", "train_whole")
    return points(*zip(names, values, strict=True))


SOURCE = "def noise_source(seed, n, dim):\n"
EPOCH = "def epoch(images, labels, size, rng):\n"
PAIRS = "    return [(images[p], labels[p]) for p in parts]"
CUT = "    parts = [order[k : k + size] for k in range(0, len(order), size)]\n"

WRONG = [
    (
        "noise from the same number at each call",
        {"noise_source": SOURCE + "    return lambda: keras.random.normal((n, dim), seed=seed)"},
        noise(0, 0),
    ),
    (
        "noise from NumPy, which a graph takes for a constant",
        {
            "noise_source": SOURCE + "    rng = np.random.default_rng(seed)\n"
            "    return lambda: rng.normal(size=(n, dim)).astype('float32')"
        },
        noise(1, 0),
    ),
    (
        "noise from the global state",
        {
            "noise_source": SOURCE + "    keras.utils.set_random_seed(seed)\n"
            "    return lambda: keras.random.normal((n, dim))"
        },
        noise(1, 0),
    ),
    (
        "uniform noise",
        {
            "noise_source": SOURCE + "    generator = keras.random.SeedGenerator(seed)\n"
            "    return lambda: keras.random.uniform((n, dim), -1, 1, seed=generator)"
        },
        noise(0, 0),
    ),
    (
        "an epoch without its last images",
        {
            "epoch": EPOCH + "    order = rng.permutation(len(images))\n"
            "    n = len(images) // size\n"
            "    parts = [order[k * size : (k + 1) * size] for k in range(n)]\n" + PAIRS
        },
        shuffled(0, 0, 0),
    ),
    (
        "an epoch with replacement",
        {
            "epoch": EPOCH + "    order = rng.integers(len(images), size=len(images))\n"
            "    order = np.asarray(order)\n" + CUT + PAIRS
        },
        shuffled(0, 1, 0),
    ),
    (
        "images and labels shuffled apart",
        {
            "epoch": EPOCH + "    order = rng.permutation(len(images))\n"
            "    labels = rng.permutation(labels)\n" + CUT + PAIRS
        },
        shuffled(1, 0, 1),
    ),
    (
        "the arrays themselves shuffled",
        {
            "epoch": EPOCH + "    order = rng.permutation(len(images))\n"
            "    images[:], labels[:] = images[order], labels[order]\n"
            "    order = np.arange(len(images))\n" + CUT + PAIRS
        },
        shuffled(1, 0, 0),
    ),
    (
        "D's step with a factor of a half",
        {
            "discriminator_step": d_step(
                loss="        loss = ops.mean(ops.softplus(-discriminator(real, training=True)))\n"
                "        loss += ops.mean(ops.softplus(discriminator(fake, training=True)))\n"
                "        loss /= 2\n"
            )
        },
        d_points(0, 0),
    ),
    (
        "D's step with the generator in use",
        {"discriminator_step": d_step(fake="generator(noise)")},
        d_points(1, 0),
    ),
    (
        "D's step on the joined batch",
        {
            "discriminator_step": d_step(
                loss="        both = ops.concatenate([real, fake])\n"
                "        logits = discriminator(both, training=True)\n"
                "        loss = ops.mean(ops.softplus(-logits[: len(real)]))\n"
                "        loss += ops.mean(ops.softplus(logits[len(real) :]))\n"
            )
        },
        d_points(1, 0),
    ),
    (
        "D's step that moves the generator too",
        {"discriminator_step": d_step(variables=" + generator.trainable_variables")},
        d_points(0, 0),
    ),
    (
        "G's step on the minimax loss",
        {"generator_step": g_step(loss="-ops.mean(ops.softplus(logits))")},
        g_points(0, 0, 0),
    ),
    (
        "G's step by way of the probability",
        {"generator_step": g_step(loss="-ops.mean(ops.log(ops.sigmoid(logits) + 1e-7))")},
        g_points(1, 0, 1),
    ),
    (
        "G's step with the discriminator frozen",
        {"generator_step": g_step(before="    discriminator.trainable = False\n")},
        g_points(1, 1, 0),
    ),
    (
        "G's step without training=True",
        {"generator_step": g_step(mode="False")},
        g_points(1, 1, 0),
    ),
    (
        "always alternating",
        {"game_step": game("([d], [g])")},
        game_points(0, 0),
    ),
    (
        "always simultaneous",
        {"game_step": game("([d, g],)")},
        game_points(0, 0),
    ),
    (
        "the generator first",
        {"game_step": game("([g], [d]) if alternating else ([d, g],)")},
        game_points(0, 0),
    ),
    (
        "only the first variable of each player",
        {
            "game_step": game("([d], [g]) if alternating else ([d, g],)").replace(
                "(d_loss, d_variables), (g_loss, g_variables)",
                "(d_loss, d_variables[:1]), (g_loss, g_variables[:1])",
            )
        },
        game_points(1, 0),
    ),
    (
        "an average that keeps what it should forget",
        {"update_average": average(new="(1 - keep)", old="keep")},
        average_points(0, 0, 0),
    ),
    (
        "an average without the warm-up",
        {"update_average": average(keep="decay")},
        average_points(0, 0, 0),
    ),
    (
        "an average of the trainable weights",
        {"update_average": average(weights="trainable_weights")},
        average_points(1, 1, 0),
    ),
    (
        "an average with the decay written down",
        {"update_average": average(keep="min(0.999, (1 + t) / (10 + t))")},
        average_points(1, 0, 1),
    ),
    (
        "a loop that asks the discriminator to call fakes real",
        {"train": loop(fake_logits="-fake_logits")},
        train_points(0, 1, 1, 0),
    ),
    (
        "a loop whose generator moves the discriminator",
        {"train": loop(also=" + discriminator.trainable_variables")},
        train_points(1, 0, 1, 0),
    ),
    (
        "a loop with one batch of noise for all steps",
        {"train": loop(noise_inside=False)},
        train_points(1, 1, 0, 0),
    ),
    (
        "a loop without training=True",
        {"train": loop(mode="False")},
        train_points(1, 1, 1, 0),
    ),
]
