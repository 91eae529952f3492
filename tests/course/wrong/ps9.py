"""Usual wrong answers to problem set 9: (name, {answer: code}, {test: points})."""

FRECHET = "def frechet_distance(mean_1, a, mean_2, b):\n"
TRACES = "    return np.sum((mean_1 - mean_2) ** 2) + np.trace(a) + np.trace(b) - 2 * root_trace"
KERNEL = "def kid(x, y):\n    def kernel(u, v):\n        return (u @ v.T / u.shape[1] + 1) ** 3\n\n"
BALLS = (
    "def precision_recall(real, fake, k=3):\n"
    "    def distances(u, v):\n"
    "        return np.linalg.norm(u[:, None] - v, axis=-1)\n\n"
    "    across = distances(real, fake)\n"
)
NEAR = "def share_near_train(samples, train, held_out):\n"
SLERP = (
    "def slerp(a, b, t):\n"
    "    size_a, size_b = (np.linalg.norm(v, axis=-1, keepdims=True) for v in (a, b))\n"
)

WRONG = [
    (
        "covariance with images for features",
        {"moments": ("def moments(features):\n    return features.mean(axis=0), np.cov(features)")},
        {"test_moments": 0, "test_moments_hidden": 0},
    ),
    (
        "covariance divided by n",
        {
            "moments": (
                "def moments(features):\n"
                "    return features.mean(axis=0), np.cov(features, rowvar=False, bias=True)"
            )
        },
        {"test_moments": 0, "test_moments_hidden": 0},
    ),
    (
        "covariance that is no matrix for a single feature",
        {
            "moments": (
                "def moments(features):\n"
                "    return features.mean(axis=0), np.cov(features, rowvar=False)"
            )
        },
        {"test_moments": 1, "test_moments_hidden": 0},
    ),
    (
        "covariance that centres the features in place",
        {
            "moments": (
                "def moments(features):\n"
                "    mean = features.mean(axis=0)\n"
                "    features -= mean\n"
                "    return mean, features.T @ features / (len(features) - 1)"
            )
        },
        {"test_moments": 1, "test_moments_hidden": 0},
    ),
    (
        "Fréchet distance with the root of each entry",
        {
            "frechet_distance": (
                FRECHET + "    root_trace = np.trace(np.sqrt(np.maximum(a @ b, 0)))\n" + TRACES
            )
        },
        {
            "test_frechet_distance_line": 1,
            "test_frechet_distance_matrix": 0,
            "test_frechet_distance_hidden": 0,
        },
    ),
    (
        "Fréchet distance with the eigenvalues of AB, and no root",
        {
            "frechet_distance": (
                FRECHET + "    root_trace = np.linalg.eigvals(a @ b).real.sum()\n" + TRACES
            )
        },
        {
            "test_frechet_distance_line": 0,
            "test_frechet_distance_matrix": 0,
            "test_frechet_distance_hidden": 0,
        },
    ),
    (
        "Fréchet distance from the sorted eigenvalues of A and of B",
        {
            "frechet_distance": (
                FRECHET + "    values = (np.maximum(np.linalg.eigvalsh(c), 0) for c in (a, b))\n"
                "    root_trace = np.sqrt(np.prod(list(values), axis=0)).sum()\n" + TRACES
            )
        },
        {
            "test_frechet_distance_line": 1,
            "test_frechet_distance_matrix": 0,
            "test_frechet_distance_hidden": 0,
        },
    ),
    (
        "Fréchet distance by Cholesky, which a singular covariance stops",
        {
            "frechet_distance": (
                FRECHET + "    root = np.linalg.cholesky(a)\n"
                "    values = np.linalg.eigvalsh(root.T @ b @ root)\n"
                "    root_trace = np.sqrt(np.maximum(values, 0)).sum()\n" + TRACES
            )
        },
        {
            "test_frechet_distance_line": 1,
            "test_frechet_distance_matrix": 1,
            "test_frechet_distance_hidden": 0,
        },
    ),
    (
        "Fréchet distance that subtracts the means in place",
        {
            "frechet_distance": (
                FRECHET + "    mean_1 -= mean_2\n"
                "    values = np.maximum(np.linalg.eigvals(a @ b).real, 0)\n"
                "    shift = np.sum(mean_1**2)\n"
                "    return shift + np.trace(a + b) - 2 * np.sqrt(values).sum()"
            )
        },
        {
            "test_frechet_distance_line": 1,
            "test_frechet_distance_matrix": 1,
            "test_frechet_distance_hidden": 0,
        },
    ),
    (
        "Fréchet distance with both answers written down",
        {"frechet_distance": (FRECHET + "    return 5.0 if len(a) == 1 else 8 - 2 * np.sqrt(14)")},
        {
            "test_frechet_distance_line": 1,
            "test_frechet_distance_matrix": 1,
            "test_frechet_distance_hidden": 0,
        },
    ),
    (
        "the slope in place of the value at infinity",
        {
            "fid_at_infinity": (
                "def fid_at_infinity(counts, fids):\n    return np.polyfit(1 / counts, fids, 1)[0]"
            )
        },
        {"test_fid_at_infinity": 0, "test_fid_at_infinity_hidden": 0},
    ),
    (
        "a line over n",
        {
            "fid_at_infinity": (
                "def fid_at_infinity(counts, fids):\n    return np.polyfit(counts, fids, 1)[1]"
            )
        },
        {"test_fid_at_infinity": 0, "test_fid_at_infinity_hidden": 0},
    ),
    (
        "a line through two of the values",
        {
            "fid_at_infinity": (
                "def fid_at_infinity(counts, fids):\n"
                "    n, m = counts[0], counts[-1]\n"
                "    return (m * fids[-1] - n * fids[0]) / (m - n)"
            )
        },
        {"test_fid_at_infinity": 1, "test_fid_at_infinity_hidden": 0},
    ),
    (
        "biased KID, with pairs of a sample and itself",
        {
            "kid": (
                KERNEL
                + "    return kernel(x, x).mean() + kernel(y, y).mean() - 2 * kernel(x, y).mean()"
            )
        },
        {"test_kid": 0, "test_kid_sizes": 0},
    ),
    (
        "KID that leaves out the pairs, but divides by n²",
        {
            "kid": (
                KERNEL + "    def within(u):\n"
                "        pairs = kernel(u, u)\n"
                "        return (pairs.sum() - np.trace(pairs)) / len(u) ** 2\n\n"
                "    return within(x) + within(y) - 2 * kernel(x, y).mean()"
            )
        },
        {"test_kid": 0, "test_kid_sizes": 0},
    ),
    (
        "KID for sets of equal size",
        {
            "kid": (
                KERNEL + "    n = len(x)\n"
                "    pairs = kernel(x, x).sum() + kernel(y, y).sum()\n"
                "    pairs -= np.trace(kernel(x, x)) + np.trace(kernel(y, y))\n"
                "    return pairs / (n * (n - 1)) - 2 * kernel(x, y).mean()"
            )
        },
        {"test_kid": 1, "test_kid_sizes": 0},
    ),
    (
        "KID cut off at 0",
        {
            "kid": (
                KERNEL + "    def within(u):\n"
                "        pairs = kernel(u, u)\n"
                "        return (pairs.sum() - np.trace(pairs)) / (len(u) * (len(u) - 1))\n\n"
                "    return max(within(x) + within(y) - 2 * kernel(x, y).mean(), 0)"
            )
        },
        {"test_kid": 1, "test_kid_sizes": 0},
    ),
    (
        "KID with a kernel for two features",
        {
            "kid": (
                "def kid(x, y):\n"
                "    def kernel(u, v):\n"
                "        return (u @ v.T / 2 + 1) ** 3\n\n"
                "    def within(u):\n"
                "        pairs = kernel(u, u)\n"
                "        return (pairs.sum() - np.trace(pairs)) / (len(u) * (len(u) - 1))\n\n"
                "    return within(x) + within(y) - 2 * kernel(x, y).mean()"
            )
        },
        {"test_kid": 1, "test_kid_sizes": 0},
    ),
    (
        "a point as its own neighbour",
        {
            "precision_recall": (
                BALLS
                + "    r, s = (np.sort(distances(u, u), axis=1)[:, k - 1] for u in (real, fake))\n"
                "    precision = (across <= r[:, None]).any(axis=0).mean()\n"
                "    return precision, (across <= s).any(axis=1).mean()"
            )
        },
        {
            "test_precision_recall": 0,
            "test_precision_recall_spread": 0,
            "test_precision_recall_hidden": 0,
        },
    ),
    (
        "precision and recall exchanged",
        {
            "precision_recall": (
                BALLS
                + "    r, s = (np.sort(distances(u, u), axis=1)[:, k] for u in (real, fake))\n"
                "    precision = (across <= r[:, None]).any(axis=0).mean()\n"
                "    return (across <= s).any(axis=1).mean(), precision"
            )
        },
        {
            "test_precision_recall": 0,
            "test_precision_recall_spread": 0,
            "test_precision_recall_hidden": 0,
        },
    ),
    (
        "shares over the wrong axis",
        {
            "precision_recall": (
                BALLS
                + "    r, s = (np.sort(distances(u, u), axis=1)[:, k] for u in (real, fake))\n"
                "    precision = (across <= r[:, None]).any(axis=1).mean()\n"
                "    return precision, (across <= s).any(axis=0).mean()"
            )
        },
        {
            "test_precision_recall": 0,
            "test_precision_recall_spread": 0,
            "test_precision_recall_hidden": 0,
        },
    ),
    (
        "open balls",
        {
            "precision_recall": (
                BALLS
                + "    r, s = (np.sort(distances(u, u), axis=1)[:, k] for u in (real, fake))\n"
                "    precision = (across < r[:, None]).any(axis=0).mean()\n"
                "    return precision, (across < s).any(axis=1).mean()"
            )
        },
        {
            "test_precision_recall": 0,
            "test_precision_recall_spread": 0,
            "test_precision_recall_hidden": 0,
        },
    ),
    (
        "neighbours that copies at the same place are not",
        {
            "precision_recall": (
                BALLS + "    def radii(u):\n"
                "        table = distances(u, u)\n"
                "        return np.sort(np.where(table == 0, np.inf, table), axis=1)[:, k - 1]\n\n"
                "    precision = (across <= radii(real)[:, None]).any(axis=0).mean()\n"
                "    return precision, (across <= radii(fake)).any(axis=1).mean()"
            )
        },
        {
            "test_precision_recall": 1,
            "test_precision_recall_spread": 1,
            "test_precision_recall_hidden": 0,
        },
    ),
    (
        "precision and recall for k = 3 whatever is asked",
        {
            "precision_recall": (
                BALLS
                + "    r, s = (np.sort(distances(u, u), axis=1)[:, 3] for u in (real, fake))\n"
                "    precision = (across <= r[:, None]).any(axis=0).mean()\n"
                "    return precision, (across <= s).any(axis=1).mean()"
            )
        },
        {
            "test_precision_recall": 1,
            "test_precision_recall_spread": 1,
            "test_precision_recall_hidden": 0,
        },
    ),
    (
        "mean distances in place of the nearest",
        {
            "share_near_train": (
                NEAR + "    t = np.linalg.norm(samples[:, None] - train, axis=-1).mean(axis=1)\n"
                "    h = np.linalg.norm(samples[:, None] - held_out, axis=-1).mean(axis=1)\n"
                "    return np.mean(t < h) + np.mean(t == h) / 2"
            )
        },
        {"test_share_near_train": 0, "test_share_near_train_hidden": 0},
    ),
    (
        "nearest samples of the points, the wrong axis",
        {
            "share_near_train": (
                NEAR + "    t = np.linalg.norm(samples[:, None] - train, axis=-1).min(axis=0)\n"
                "    h = np.linalg.norm(samples[:, None] - held_out, axis=-1).min(axis=0)\n"
                "    return np.mean(t < h) + np.mean(t == h) / 2"
            )
        },
        {"test_share_near_train": 0, "test_share_near_train_hidden": 0},
    ),
    (
        "ties that do not count",
        {
            "share_near_train": (
                NEAR + "    t = np.linalg.norm(samples[:, None] - train, axis=-1).min(axis=1)\n"
                "    h = np.linalg.norm(samples[:, None] - held_out, axis=-1).min(axis=1)\n"
                "    return np.mean(t < h)"
            )
        },
        {"test_share_near_train": 0, "test_share_near_train_hidden": 0},
    ),
    (
        "the first coordinate only",
        {
            "share_near_train": (
                NEAR + "    t = np.abs(samples[:, :1] - train[:, 0]).min(axis=1)\n"
                "    h = np.abs(samples[:, :1] - held_out[:, 0]).min(axis=1)\n"
                "    return np.mean(t < h) + np.mean(t == h) / 2"
            )
        },
        {"test_share_near_train": 1, "test_share_near_train_hidden": 0},
    ),
    (
        "the share for the visible tests written down",
        {"share_near_train": NEAR + "    return 0.75"},
        {"test_share_near_train": 1, "test_share_near_train_hidden": 0},
    ),
    (
        "the straight line",
        {"slerp": "def slerp(a, b, t):\n    return (1 - t) * a + t * b"},
        {"test_slerp": 0, "test_slerp_pairs": 0},
    ),
    (
        "the arc without its length",
        {
            "slerp": (
                SLERP + "    a, b = a / size_a, b / size_b\n"
                "    angle = np.arccos(np.clip(np.sum(a * b, axis=-1, keepdims=True), -1, 1))\n"
                "    sine = np.maximum(np.sin(angle), 1e-12)\n"
                "    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / sine"
            )
        },
        {"test_slerp": 0, "test_slerp_pairs": 0},
    ),
    (
        "the arc that divides 0 by 0",
        {
            "slerp": (
                SLERP + "    a, b = a / size_a, b / size_b\n"
                "    angle = np.arccos(np.clip(np.sum(a * b, axis=-1, keepdims=True), -1, 1))\n"
                "    point = np.sin((1 - t) * angle) * a + np.sin(t * angle) * b\n"
                "    return ((1 - t) * size_a + t * size_b) * point / np.sin(angle)"
            )
        },
        {"test_slerp": 1, "test_slerp_pairs": 0},
    ),
    (
        "the arc for a single pair, with one norm for all",
        {
            "slerp": (
                "def slerp(a, b, t):\n"
                "    size_a, size_b = np.linalg.norm(a), np.linalg.norm(b)\n"
                "    angle = np.arccos(np.clip(np.sum(a * b) / (size_a * size_b), -1, 1))\n"
                "    if angle < 1e-6:\n"
                "        return (1 - t) * a + t * b\n"
                "    left, right = np.sin((1 - t) * angle) / size_a, np.sin(t * angle) / size_b\n"
                "    point = (left * a + right * b) / np.sin(angle)\n"
                "    return ((1 - t) * size_a + t * size_b) * point"
            )
        },
        {"test_slerp": 1, "test_slerp_pairs": 0},
    ),
    (
        "the arc that normalises its arguments in place",
        {
            "slerp": (
                SLERP + "    a /= size_a\n"
                "    b /= size_b\n"
                "    angle = np.arccos(np.clip(np.sum(a * b, axis=-1, keepdims=True), -1, 1))\n"
                "    left, right = (s * np.sinc(s * angle / np.pi) for s in (1 - t, t))\n"
                "    point = (left * a + right * b) / np.sinc(angle / np.pi)\n"
                "    return ((1 - t) * size_a + t * size_b) * point"
            )
        },
        {"test_slerp": 1, "test_slerp_pairs": 0},
    ),
    (
        "the mixture by sine and cosine, right for orthogonal vectors of equal length",
        {
            "slerp": (
                "def slerp(a, b, t):\n"
                "    return np.cos(np.pi / 2 * t) * a + np.sin(np.pi / 2 * t) * b"
            )
        },
        {"test_slerp": 0, "test_slerp_pairs": 0},
    ),
]
