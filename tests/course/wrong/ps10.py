"""Usual wrong answers to problem set 10: (name, {answer: code}, {test: points})."""

# Four for each exercise at most: every submission trains whatever is not replaced.

RULES = """
def diagnose(chart):
    losses = np.concatenate([chart["d_loss"], chart["g_loss"]])
    if {finite}:
        return "not finite"
    d_loss, judge, move, spread = (chart[k]{end} for k in ("d_loss", "judge", "move", "spread"))
    if np.mean(d_loss) < 0.1:
        return "D wins"
    if {off} < 0.05 and np.mean(judge) > 0.95:
        return "G wins"
    {last}
    return "healthy"
"""
RIGHT = {
    "finite": "not np.all(np.abs(losses) <= 1e6)",
    "end": "[-5:]",
    "off": "np.mean(np.abs(d_loss - 2 * np.log(2)))",
    "last": (
        'if np.max(spread) < 0.35:\n        return "collapse"\n'
        '    if np.mean(move) > 0.3:\n        return "oscillation"'
    ),
}
SICK = (
    "    gan = GAN(*networks.mlp(width=64), ema=0.0, seed=seed)\n"
    "    gan.compile(*(keras.optimizers.Adam(rate, 0.9, 0.99) for rate in (5e-3, 5e-4)))\n"
)
CURED = (
    '    gan = GAN(*networks.mlp(width={width}), update="alternating", ema=0.99, seed=seed)\n'
    "    gan.compile(*(keras.optimizers.Adam(2e-3, 0.0, 0.99) for _ in range(2)))\n"
)
REACH = """
def reach(seed):
    gan = GAN(*networks.dcgan({size}), update="alternating", ema=0.99, seed=seed)
    gan.compile(*(keras.optimizers.Adam({rates}, 0.99) for _ in range(2)))
    return gan
"""
COPIES = """
def reach(seed):
    noise = keras.Input((16,))
    which = keras.ops.cast(1e6 * keras.ops.abs(noise[:, 0]), "int32") % len(images)
    drawn = keras.layers.Lambda(lambda k: keras.ops.take(images, k, axis=0), (28, 28, 1))(which)
    weight = keras.layers.Rescaling(0.0)(keras.layers.Dense(784)(noise))
    drawn = drawn + keras.layers.Reshape((28, 28, 1))(weight)
    discriminator = networks.dcgan(width=16)[1]
    gan = GAN(keras.Model(noise, drawn), discriminator, seed=seed)
    gan.compile(keras.optimizers.Adam(2e-3), keras.optimizers.Adam(2e-3))
    return gan
"""
CHECK = """
def check_images(images, shape):
    {checks}
    return images
"""
DTYPE = 'if images.dtype != np.float32:\n        raise TypeError(f"Received: {images.dtype}")'
SHAPE = (
    "if images.shape[1:] != tuple(shape) or len(images) == 0:\n"
    '        raise ValueError(f"Received: {images.shape}")'
)
RANGE = (
    "low, high = images.min(), images.max()\n    if {outside}:\n"
    '        raise ValueError(f"Received: {{low}} to {{high}}")'
)
KEEP = """
def train_and_keep(step, fid, weights, steps, every):
    weights = {start}
    best, lowest, done = weights.copy(), np.inf, 0
    for k in range(steps):
        {advance}
        if done % every == 0:
            distance = fid(weights)
            if distance {than} lowest:
                best, lowest = {copy}, distance
    return best, lowest, done
"""
LOOP = {
    "start": "weights.copy()",
    "advance": (
        "weights, loss = step(weights)\n        if not np.isfinite(loss):\n            break\n"
        "        done += 1"
    ),
    "than": "<",
    "copy": "weights.copy()",
}
PROJECTION = (
    "def projection_logits(phi, labels, table, w, b):\n"
    "    return phi @ w + b + np.sum(table[labels] * phi, axis=1)\n\n\n"
)
REQUESTS = (
    "def requests_met(confusion):\n"
    "    asked, met = confusion.sum(axis=1), np.diag(confusion)\n"
    "    by_class = np.full(len(confusion), np.nan)\n"
    "    by_class[asked > 0] = met[asked > 0] / asked[asked > 0]\n"
    "    return met.sum() / asked.sum(), by_class\n"
)
REPORT = """
def report(a, b):
    if min(len(a), len(b)) < {seeds}:
        raise ValueError("Expected two seeds.")
    pairs = [(np.mean(x), np.std(x, ddof={ddof})) for x in (a, b)]
    error = np.sqrt(pairs[0][1] ** 2 / len(a) + pairs[1][1] ** 2 / len(b))
    return *pairs, bool({gap} > {errors} * error)
"""
FAIR = {"seeds": 2, "ddof": 1, "gap": "abs(np.mean(a) - np.mean(b))", "errors": 2}

WRONG = [
    (
        "rules with the distance of the average for the average of the distances",
        {"diagnose": RULES.format(**RIGHT | {"off": "abs(np.mean(d_loss) - 2 * np.log(2))"})},
        {"test_diagnose": 0, "test_diagnose_hidden": 0},
    ),
    (
        "rules that let a loss of 10³⁰ pass as finite",
        {"diagnose": RULES.format(**RIGHT | {"finite": "not np.isfinite(losses).all()"})},
        {"test_diagnose": 1, "test_diagnose_hidden": 0},
    ),
    (
        "rules over all moments in place of the last five",
        {"diagnose": RULES.format(**RIGHT | {"end": ""})},
        {"test_diagnose": 1, "test_diagnose_hidden": 0},
    ),
    (
        "rules that ask for oscillation before collapse",
        {
            "diagnose": RULES.format(
                **RIGHT
                | {
                    "last": (
                        'if np.mean(move) > 0.3:\n        return "oscillation"\n'
                        '    if np.max(spread) < 0.35:\n        return "collapse"'
                    )
                }
            )
        },
        {"test_diagnose": 0, "test_diagnose_hidden": 0},
    ),
    (
        "the sick GAN as it was",
        {"cure": "def cure(seed):\n" + SICK + "    return gan"},
        {"test_cure": 0, "test_cure_hidden": 0},
    ),
    (
        "a cure for the visible seed only",
        {
            "cure": (
                "def cure(seed):\n"
                + SICK
                + "    if seed:\n        return gan\n"
                + CURED.format(width=64)
                + "    return gan"
            )
        },
        {"test_cure": 2, "test_cure_hidden": 0},
    ),
    (
        "a cure that has been trained already",
        {
            "cure": (
                "def cure(seed):\n"
                + CURED.format(width=64)
                + '    gan.fit(np.ones((64, 2), "float32"), verbose=0)\n    return gan'
            )
        },
        {"test_cure": 0, "test_cure_hidden": 0},
    ),
    (
        "a cure by networks that are too large",
        {"cure": "def cure(seed):\n" + CURED.format(width=256) + "    return gan"},
        {"test_cure": 0, "test_cure_hidden": 0},
    ),
    (
        "digits with the rates that are copied most often",
        {"reach": REACH.format(size="latent_dim=16, width=16", rates="2e-4, 0.5")},
        {"test_reach": 0, "test_reach_good": 0},
    ),
    (
        "digits at a quarter of the rate, which reach the modest goal",
        {"reach": REACH.format(size="latent_dim=16, width=16", rates="5e-4, 0.0")},
        {"test_reach": 2, "test_reach_good": 0},
    ),
    (
        "digits from networks that are too large",
        {"reach": REACH.format(size="", rates="2e-3, 0.0")},
        {"test_reach": 0, "test_reach_good": 0},
    ),
    (
        "digits that are the training images",
        {"reach": COPIES},
        {"test_reach": 0, "test_reach_good": 0},
    ),
    (
        "check that lets NaN pass",
        {
            "check_images": CHECK.format(
                checks="\n    ".join([DTYPE, SHAPE, RANGE.format(outside="low < -1 or high > 1")])
            )
        },
        {"test_check_images": 1, "test_check_images_hidden": 0},
    ),
    (
        "check that leaves out the ends of the range",
        {
            "check_images": CHECK.format(
                checks="\n    ".join(
                    [DTYPE, SHAPE, RANGE.format(outside="not (low > -1 and high < 1)")]
                )
            )
        },
        {"test_check_images": 1, "test_check_images_hidden": 0},
    ),
    (
        "check with the shape before the type",
        {
            "check_images": CHECK.format(
                checks="\n    ".join(
                    [SHAPE, DTYPE, RANGE.format(outside="not (low >= -1 and high <= 1)")]
                )
            )
        },
        {"test_check_images": 1, "test_check_images_hidden": 0},
    ),
    (
        "check that clips in place of raising",
        {"check_images": CHECK.format(checks="np.clip(images, -1, 1, out=images)")},
        {"test_check_images": 0, "test_check_images_hidden": 0},
    ),
    (
        "loop that keeps no copy",
        {"train_and_keep": KEEP.format(**LOOP | {"copy": "weights"})},
        {"test_train_and_keep": 1, "test_train_and_keep_stop": 1, "test_train_and_keep_hidden": 0},
    ),
    (
        "loop that changes the caller's weights",
        {"train_and_keep": KEEP.format(**LOOP | {"start": "weights"})},
        {"test_train_and_keep": 1, "test_train_and_keep_stop": 1, "test_train_and_keep_hidden": 0},
    ),
    (
        "loop that goes on after a NaN",
        {
            "train_and_keep": KEEP.format(
                **LOOP | {"advance": "weights, loss = step(weights)\n        done += 1"}
            )
        },
        {"test_train_and_keep": 1, "test_train_and_keep_stop": 0, "test_train_and_keep_hidden": 0},
    ),
    (
        "loop that keeps the last that was measured",
        {"train_and_keep": KEEP.format(**LOOP | {"than": "!="})},
        {"test_train_and_keep": 0, "test_train_and_keep_stop": 1, "test_train_and_keep_hidden": 0},
    ),
    (
        "projection of all images with all labels",
        {
            "conditional": PROJECTION.replace(
                "np.sum(table[labels] * phi, axis=1)", "phi @ table.T"
            )
            + REQUESTS
        },
        {"test_projection": 0, "test_requests": 1},
    ),
    (
        "projection without the offset, and the share by columns",
        {
            "conditional": PROJECTION.replace(" + b", "")
            + REQUESTS.replace("confusion.sum(axis=1)", "confusion.sum(axis=0)")
        },
        {"test_projection": 0, "test_requests": 0},
    ),
    (
        "requests met as the mean of the classes",
        {
            "conditional": PROJECTION
            + REQUESTS.replace("met.sum() / asked.sum()", "np.nanmean(by_class)")
        },
        {"test_projection": 1, "test_requests": 0},
    ),
    (
        "requests met with a division by 0",
        {
            "conditional": PROJECTION
            + "def requests_met(confusion):\n"
            + "    met, asked = np.diag(confusion), confusion.sum(axis=1)\n"
            + "    return met.sum() / asked.sum(), met / asked\n"
        },
        {"test_projection": 1, "test_requests": 0},
    ),
    (
        "report with n for n - 1",
        {"report": REPORT.format(**FAIR | {"ddof": 0})},
        {"test_report": 0, "test_report_hidden": 0},
    ),
    (
        "report with one standard error for two",
        {"report": REPORT.format(**FAIR | {"errors": 1})},
        {"test_report": 1, "test_report_hidden": 0},
    ),
    (
        "report that sees a difference to one side only",
        {"report": REPORT.format(**FAIR | {"gap": "np.mean(b) - np.mean(a)"})},
        {"test_report": 1, "test_report_hidden": 0},
    ),
    (
        "report of a single seed",
        {"report": REPORT.format(**FAIR | {"seeds": 1})},
        {"test_report": 1, "test_report_hidden": 0},
    ),
]
