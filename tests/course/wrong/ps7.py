"""Usual wrong answers to problem set 7: (name, {answer: code}, {test: points})."""

SAMPLE = "def sample_mixture(means, sigma, n, rng):\n"
COUNT = (
    "def count_modes(points, means, sigma):\n"
    "    distances = np.linalg.norm(points[:, None] - means, axis=-1)\n"
)
RATIO = "def sigma_ratio(points, labels, sigma):\n"
PACKED = "def packed_variation(p, q, m):\n"
SPREAD = "def append_spread(points, group):\n"

WRONG = [
    (
        "mixture with the variance for the standard deviation",
        {
            "sample_mixture": (
                SAMPLE + "    centres = means[rng.integers(len(means), size=n)]\n"
                "    return centres + sigma**2 * rng.normal(size=centres.shape)"
            )
        },
        {"test_sample_mixture": 0, "test_sample_mixture_noise": 0},
    ),
    (
        "mixture with the same noise on all axes",
        {
            "sample_mixture": (
                SAMPLE + "    centres = means[rng.integers(len(means), size=n)]\n"
                "    return centres + sigma * rng.normal(size=(n, 1))"
            )
        },
        {"test_sample_mixture": 1, "test_sample_mixture_noise": 0},
    ),
    (
        "mixture with its modes in turn",
        {
            "sample_mixture": (
                SAMPLE + "    centres = means[np.arange(n) % len(means)]\n"
                "    return centres + sigma * rng.normal(size=centres.shape)"
            )
        },
        {"test_sample_mixture": 1, "test_sample_mixture_noise": 0},
    ),
    (
        "mixture with a generator of its own",
        {
            "sample_mixture": (
                SAMPLE + "    rng = np.random.default_rng(0)\n"
                "    centres = means[rng.integers(len(means), size=n)]\n"
                "    return centres + sigma * rng.normal(size=centres.shape)"
            )
        },
        {"test_sample_mixture": 1, "test_sample_mixture_noise": 0},
    ),
    (
        "mixture from a single mode",
        {
            "sample_mixture": (
                SAMPLE + "    centre = means[rng.integers(len(means))]\n"
                "    return centre + sigma * rng.normal(size=(n, means.shape[1]))"
            )
        },
        {"test_sample_mixture": 0, "test_sample_mixture_noise": 0},
    ),
    (
        "modes that far points find, too",
        {
            "count_modes": (
                COUNT + "    good = distances.min(axis=1) <= 3 * sigma\n"
                "    return len(np.unique(distances.argmin(axis=1))), good.mean()"
            )
        },
        {"test_count_modes": 1, "test_count_modes_far": 0, "test_count_modes_hidden": 0},
    ),
    (
        "high quality within one σ",
        {
            "count_modes": (
                COUNT + "    good = distances.min(axis=1) <= sigma\n"
                "    return len(np.unique(distances.argmin(axis=1)[good])), good.mean()"
            )
        },
        {"test_count_modes": 0, "test_count_modes_far": 0, "test_count_modes_hidden": 0},
    ),
    (
        "minimum over the points, the wrong axis",
        {
            "count_modes": (
                COUNT + "    good = distances.min(axis=0) <= 3 * sigma\n"
                "    return good.sum(), good.mean()"
            )
        },
        {"test_count_modes": 0, "test_count_modes_far": 0, "test_count_modes_hidden": 0},
    ),
    (
        "each axis within 3σ, a square and no circle",
        {
            "count_modes": (
                "def count_modes(points, means, sigma):\n"
                "    distances = np.abs(points[:, None] - means).max(axis=-1)\n"
                "    good = distances.min(axis=1) <= 3 * sigma\n"
                "    return len(np.unique(distances.argmin(axis=1)[good])), good.mean()"
            )
        },
        {"test_count_modes": 1, "test_count_modes_far": 0, "test_count_modes_hidden": 0},
    ),
    (
        "a radius that is written down",
        {
            "count_modes": (
                COUNT + "    good = distances.min(axis=1) <= 0.3\n"
                "    return len(np.unique(distances.argmin(axis=1)[good])), good.mean()"
            )
        },
        {"test_count_modes": 1, "test_count_modes_far": 1, "test_count_modes_hidden": 0},
    ),
    (
        "counts for the plane only, with the points divided in place",
        {
            "count_modes": (
                "def count_modes(points, means, sigma):\n"
                "    points /= 3 * sigma\n"
                "    distances = np.hypot(*(points[:, None] - means / (3 * sigma)).T).T\n"
                "    good = distances.min(axis=1) <= 1\n"
                "    return len(np.unique(distances.argmin(axis=1)[good])), good.mean()"
            )
        },
        {"test_count_modes": 1, "test_count_modes_far": 1, "test_count_modes_hidden": 0},
    ),
    (
        "the ceiling of a line",
        {
            "share_within": (
                "def share_within(radius, spread=1.0):\n"
                "    from scipy.special import erf\n\n"
                "    return erf(radius / (spread * np.sqrt(2)))"
            )
        },
        {"test_share_within": 0, "test_share_within_hidden": 0},
    ),
    (
        "ceiling with the spread multiplied",
        {
            "share_within": (
                "def share_within(radius, spread=1.0):\n"
                "    return 1 - np.exp(-((radius * spread) ** 2) / 2)"
            )
        },
        {"test_share_within": 0, "test_share_within_hidden": 0},
    ),
    (
        "ceiling with both answers written down",
        {
            "share_within": (
                "def share_within(radius, spread=1.0):\n"
                "    return 0.9888910034617577 if spread == 1 else 0.3934693402873666"
            )
        },
        {"test_share_within": 1, "test_share_within_hidden": 0},
    ),
    (
        "divergence with 0 · log 0",
        {
            "reverse_kl": (
                "def reverse_kl(counts):\n"
                "    shares = counts / counts.sum()\n"
                "    return np.sum(shares * np.log(shares * len(counts)))"
            )
        },
        {"test_reverse_kl": 0, "test_reverse_kl_uneven": 0},
    ),
    (
        "divergence over the found modes only",
        {
            "reverse_kl": (
                "def reverse_kl(counts):\n"
                "    shares = counts[counts > 0] / counts.sum()\n"
                "    return np.sum(shares * np.log(shares * len(shares)))"
            )
        },
        {"test_reverse_kl": 0, "test_reverse_kl_uneven": 0},
    ),
    (
        "divergence as if the found modes were even",
        {
            "reverse_kl": (
                "def reverse_kl(counts):\n    return np.log(len(counts) / np.count_nonzero(counts))"
            )
        },
        {"test_reverse_kl": 1, "test_reverse_kl_uneven": 0},
    ),
    (
        "divergence with logarithms to the base 2",
        {
            "reverse_kl": (
                "def reverse_kl(counts):\n"
                "    shares = counts[counts > 0] / counts.sum()\n"
                "    return np.sum(shares * np.log2(shares * len(counts)))"
            )
        },
        {"test_reverse_kl": 0, "test_reverse_kl_uneven": 0},
    ),
    (
        "divergence the other way round",
        {
            "reverse_kl": (
                "def reverse_kl(counts):\n"
                "    shares = np.maximum(counts / counts.sum(), 1e-12)\n"
                "    return -np.mean(np.log(shares * len(counts)))"
            )
        },
        {"test_reverse_kl": 0, "test_reverse_kl_uneven": 0},
    ),
    (
        "σ ratio around the mean of all points",
        {
            "sigma_ratio": (
                RATIO + "    squares = np.sum((points - points.mean(axis=0)) ** 2)\n"
                "    freedom = points.shape[1] * (len(points) - len(np.unique(labels)))\n"
                "    return np.sqrt(squares / freedom) / sigma"
            )
        },
        {"test_sigma_ratio": 0, "test_sigma_ratio_pooled": 0},
    ),
    (
        "σ ratio divided by n",
        {
            "sigma_ratio": (
                RATIO + "    groups = [points[labels == k] for k in np.unique(labels)]\n"
                "    squares = sum(np.sum((g - g.mean(axis=0)) ** 2) for g in groups)\n"
                "    return np.sqrt(squares / points.size) / sigma"
            )
        },
        {"test_sigma_ratio": 0, "test_sigma_ratio_pooled": 0},
    ),
    (
        "σ ratio as the mean of the modes' own",
        {
            "sigma_ratio": (
                RATIO + "    groups = [points[labels == k] for k in np.unique(labels)]\n"
                "    ratios = [\n"
                "        np.sum((g - g.mean(axis=0)) ** 2) / (g.shape[1] * (len(g) - 1))\n"
                "        for g in groups\n"
                "    ]\n"
                "    return np.sqrt(np.mean(ratios)) / sigma"
            )
        },
        {"test_sigma_ratio": 1, "test_sigma_ratio_pooled": 0},
    ),
    (
        "σ ratio that counts modes by the largest label",
        {
            "sigma_ratio": (
                RATIO + "    groups = [points[labels == k] for k in np.unique(labels)]\n"
                "    squares = sum(np.sum((g - g.mean(axis=0)) ** 2) for g in groups)\n"
                "    freedom = points.shape[1] * abs(len(points) - labels.max() - 1)\n"
                "    return np.sqrt(squares / freedom) / sigma"
            )
        },
        {"test_sigma_ratio": 1, "test_sigma_ratio_pooled": 0},
    ),
    (
        "σ ratio that moves the points in place",
        {
            "sigma_ratio": (
                RATIO + "    found = np.unique(labels)\n"
                "    for k in found:\n"
                "        points[labels == k] -= points[labels == k].mean(axis=0)\n"
                "    freedom = points.shape[1] * (len(points) - len(found))\n"
                "    return np.sqrt(np.sum(points**2) / freedom) / sigma"
            )
        },
        {"test_sigma_ratio": 1, "test_sigma_ratio_pooled": 0},
    ),
    (
        "packing by the formula for missing modes",
        {"packed_variation": (PACKED + "    return 1 - (1 - 0.5 * np.sum(np.abs(p - q))) ** m")},
        {"test_packed_variation": 1, "test_packed_variation_uneven": 0},
    ),
    (
        "packing without the factor of a half",
        {
            "packed_variation": (
                PACKED + "    a, b = np.ones(1), np.ones(1)\n"
                "    for _ in range(m):\n"
                "        a, b = np.outer(a, p).ravel(), np.outer(b, q).ravel()\n"
                "    return np.sum(np.abs(a - b))"
            )
        },
        {"test_packed_variation": 0, "test_packed_variation_uneven": 0},
    ),
    (
        "packing with powers of the shares in place of all packs",
        {"packed_variation": PACKED + "    return 0.5 * np.sum(np.abs(p**m - q**m))"},
        {"test_packed_variation": 0, "test_packed_variation_uneven": 0},
    ),
    (
        "packing that stops at pairs",
        {
            "packed_variation": (
                PACKED + "    if m == 4:\n"
                "        return 1 - 0.75**4\n"
                "    if m == 1:\n"
                "        return 0.5 * np.sum(np.abs(p - q))\n"
                "    return 0.5 * np.sum(np.abs(np.outer(p, p) - np.outer(q, q)))"
            )
        },
        {"test_packed_variation": 1, "test_packed_variation_uneven": 0},
    ),
    (
        "spread over the coordinates, the wrong axis",
        {
            "append_spread": (
                SPREAD + "    spread = points.reshape(-1, group, points.shape[1]).std(axis=2)\n"
                "    column = np.repeat(spread.mean(axis=1), group)\n"
                "    return np.concatenate([points, column[:, None]], axis=1)"
            )
        },
        {"test_append_spread": 0, "test_append_spread_hidden": 0},
    ),
    (
        "spread of the whole batch",
        {
            "append_spread": (
                SPREAD + "    column = np.full((len(points), 1), points.std(axis=0).mean())\n"
                "    return np.concatenate([points, column], axis=1)"
            )
        },
        {"test_append_spread": 0, "test_append_spread_hidden": 0},
    ),
    (
        "spread divided by one less",
        {
            "append_spread": (
                SPREAD + "    groups = points.reshape(-1, group, points.shape[1])\n"
                "    spread = groups.std(axis=1, ddof=1).mean(axis=1)\n"
                "    return np.column_stack([points, np.repeat(spread, group)])"
            )
        },
        {"test_append_spread": 0, "test_append_spread_hidden": 0},
    ),
    (
        "spread for the plane only",
        {
            "append_spread": (
                SPREAD + "    spread = points.reshape(-1, group, 2).std(axis=1).mean(axis=1)\n"
                "    return np.column_stack([points, np.repeat(spread, group)])"
            )
        },
        {"test_append_spread": 1, "test_append_spread_hidden": 0},
    ),
]
