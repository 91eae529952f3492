"""Usual wrong answers to problem set 6: (name, {answer: code}, {test: points})."""

FIELD = "def dirac_field(theta, psi, loss):\n"
PLAY = "def play(field, steps, h, alternating, start):\n"
JACOBIAN = "def jacobian(field, point, e=1e-5):\n    theta, psi = point\n"
MODULUS = "def modulus(J, h, alternating):\n"
EDGE = "def largest_step(gamma, s=0.5):\n"
CONSENSUS = "def consensus(field, theta, psi, gamma, e=1e-5):\n"
OPTIMISTIC = "def optimistic(field, steps, h, start):\n"

SLOPE = "    f = lambda t: (1 - np.tanh(t / 2)) / 2\n"

# The columns of J by central differences.
COLUMNS = (
    "    a = np.subtract(field(theta + e, psi), field(theta - e, psi)) / (2 * e)\n"
    "    b = np.subtract(field(theta, psi + e), field(theta, psi - e)) / (2 * e)\n"
)

WRONG = [
    (
        "field with a slope that overflows",
        {
            "dirac_field": (
                FIELD + "    f = lambda t: 1 / (1 + np.exp(t))\n"
                "    t = psi * theta\n"
                "    return -psi * f(t if loss == 'minimax' else -t), theta * f(t)"
            )
        },
        {"test_dirac_field": 1, "test_dirac_field_hidden": 0},
    ),
    (
        "field in which the generator ascends",
        {
            "dirac_field": (
                FIELD + SLOPE + "    t = psi * theta\n"
                "    return psi * f(t if loss == 'minimax' else -t), theta * f(t)"
            )
        },
        {"test_dirac_field": 0, "test_dirac_field_hidden": 0},
    ),
    (
        "non-saturating field with the minimax arrow",
        {
            "dirac_field": (
                FIELD + SLOPE + "    return -psi * f(psi * theta), theta * f(psi * theta)"
            )
        },
        {"test_dirac_field": 0, "test_dirac_field_hidden": 0},
    ),
    (
        "field with the sigmoid for the slope of f",
        {
            "dirac_field": (
                FIELD + "    f = lambda t: (1 + np.tanh(t / 2)) / 2\n"
                "    t = psi * theta\n"
                "    return -psi * f(t if loss == 'minimax' else -t), theta * f(t)"
            )
        },
        {"test_dirac_field": 0, "test_dirac_field_hidden": 0},
    ),
    (
        "field that turns psi round in place",
        {
            "dirac_field": (
                FIELD + SLOPE + "    for_psi = theta * f(psi * theta)\n"
                "    psi *= -1\n"
                "    return psi * f(-psi * theta if loss == 'minimax' else psi * theta), for_psi"
            )
        },
        {"test_dirac_field": 1, "test_dirac_field_hidden": 0},
    ),
    (
        "the visible arrows written down",
        {
            "dirac_field": (
                FIELD + "    if loss == 'minimax':\n"
                "        return 0.9269002115779661, 0.4991001139265971\n"
                "    return 0.37309978842203384, 0.4991001139265971"
            )
        },
        {"test_dirac_field": 1, "test_dirac_field_hidden": 0},
    ),
    (
        "players who are always simultaneous",
        {
            "play": (
                PLAY + "    path = [np.array(start, dtype='float64')]\n"
                "    for _ in range(steps):\n"
                "        path.append(path[-1] + h * np.array(field(*path[-1])))\n"
                "    return np.array(path)"
            )
        },
        {"test_play_simultaneous": 1, "test_play_alternating": 0, "test_play_hidden": 0},
    ),
    (
        "alternating players in the wrong order",
        {
            "play": (
                PLAY + "    theta, psi = start\n"
                "    path = [(theta, psi)]\n"
                "    for _ in range(steps):\n"
                "        new_theta = theta + h * field(theta, psi)[0]\n"
                "        psi = psi + h * field(new_theta if alternating else theta, psi)[1]\n"
                "        theta = new_theta\n"
                "        path.append((theta, psi))\n"
                "    return np.array(path)"
            )
        },
        {"test_play_simultaneous": 1, "test_play_alternating": 0, "test_play_hidden": 0},
    ),
    (
        "simultaneous players who see the other's move",
        {
            "play": (
                PLAY + "    theta, psi = start\n"
                "    path = [(theta, psi)]\n"
                "    for _ in range(steps):\n"
                "        psi = psi + h * field(theta, psi)[1]\n"
                "        theta = theta + h * field(theta, psi)[0]\n"
                "        path.append((theta, psi))\n"
                "    return np.array(path)"
            )
        },
        {"test_play_simultaneous": 0, "test_play_alternating": 1, "test_play_hidden": 0},
    ),
    (
        "path without its start",
        {
            "play": (
                PLAY + "    theta, psi = start\n"
                "    path = []\n"
                "    for _ in range(steps):\n"
                "        new_psi = psi + h * field(theta, psi)[1]\n"
                "        theta = theta + h * field(theta, new_psi if alternating else psi)[0]\n"
                "        psi = new_psi\n"
                "        path.append((theta, psi))\n"
                "    return np.array(path)"
            )
        },
        {"test_play_simultaneous": 0, "test_play_alternating": 0, "test_play_hidden": 0},
    ),
    (
        "players who move the start itself",
        {
            "play": (
                PLAY + "    point = np.asarray(start)\n"
                "    path = [point.copy()]\n"
                "    for _ in range(steps):\n"
                "        theta, psi = (float(number) for number in point)\n"
                "        point[1] += h * field(theta, psi)[1]\n"
                "        point[0] += h * field(theta, point[1] if alternating else psi)[0]\n"
                "        path.append(point.copy())\n"
                "    return np.array(path)"
            )
        },
        {"test_play_simultaneous": 1, "test_play_alternating": 1, "test_play_hidden": 0},
    ),
    (
        "Jacobian transposed",
        {"jacobian": JACOBIAN + COLUMNS + "    return np.array([a, b])"},
        {"test_jacobian": 0, "test_jacobian_hidden": 0},
    ),
    (
        "Jacobian divided by e",
        {"jacobian": JACOBIAN + COLUMNS + "    return 2 * np.stack([a, b], axis=1)"},
        {"test_jacobian": 0, "test_jacobian_hidden": 0},
    ),
    (
        "Jacobian by differences to one side",
        {
            "jacobian": (
                JACOBIAN + "    a = np.subtract(field(theta + e, psi), field(theta, psi)) / e\n"
                "    b = np.subtract(field(theta, psi + e), field(theta, psi)) / e\n"
                "    return np.stack([a, b], axis=1)"
            )
        },
        {"test_jacobian": 1, "test_jacobian_hidden": 0},
    ),
    (
        "Jacobian with an e of its own, right except for the argument",
        {
            "jacobian": (
                JACOBIAN + "    e = 1e-2\n" + COLUMNS + "    return np.stack([a, b], axis=1)"
            )
        },
        {"test_jacobian": 1, "test_jacobian_hidden": 0},
    ),
    (
        "Jacobian that leaves the point moved",
        {
            "jacobian": (
                "def jacobian(field, point, e=1e-5):\n"
                "    point, columns = np.asarray(point), []\n"
                "    for k in range(2):\n"
                "        point[k] += e\n"
                "        above = field(*point)\n"
                "        point[k] -= 2 * e\n"
                "        columns.append(np.subtract(above, field(*point)) / (2 * e))\n"
                "    return np.stack(columns, axis=1)"
            )
        },
        {"test_jacobian": 1, "test_jacobian_hidden": 0},
    ),
    (
        "the visible Jacobian written down",
        {"jacobian": JACOBIAN + "    return np.array([[5.0, 2.0], [3.0, -10.0]])"},
        {"test_jacobian": 1, "test_jacobian_hidden": 0},
    ),
    (
        "modulus of hJ without the identity",
        {
            "modulus": (
                MODULUS + "    step = h * J\n"
                "    if alternating:\n"
                "        step = step + np.outer([h * J[0, 1], 0], step[1])\n"
                "    return np.abs(np.linalg.eigvals(step)).max()"
            )
        },
        {"test_modulus_simultaneous": 0, "test_modulus_alternating": 0, "test_modulus_hidden": 0},
    ),
    (
        "modulus that takes the real part",
        {
            "modulus": (
                MODULUS + "    step = np.eye(2) + h * J\n"
                "    if alternating:\n"
                "        step[0] += h * J[0, 1] * h * J[1]\n"
                "    return np.linalg.eigvals(step).real.max()"
            )
        },
        {"test_modulus_simultaneous": 0, "test_modulus_alternating": 0, "test_modulus_hidden": 0},
    ),
    (
        "modulus as the root of the determinant, right for complex pairs only",
        {
            "modulus": (
                MODULUS + "    step = np.eye(2) + h * J\n"
                "    if alternating:\n"
                "        step[0] += h * J[0, 1] * h * J[1]\n"
                "    return np.sqrt(np.abs(np.linalg.det(step)))"
            )
        },
        {"test_modulus_simultaneous": 1, "test_modulus_alternating": 1, "test_modulus_hidden": 0},
    ),
    (
        "alternating modulus with the corner alone",
        {
            "modulus": (
                MODULUS + "    step = np.eye(2) + h * J\n"
                "    if alternating:\n"
                "        step[0, 0] += h * J[0, 1] * h * J[1, 0]\n"
                "    return np.abs(np.linalg.eigvals(step)).max()"
            )
        },
        {"test_modulus_simultaneous": 1, "test_modulus_alternating": 0, "test_modulus_hidden": 0},
    ),
    (
        "modulus of the simultaneous step in both orders",
        {"modulus": (MODULUS + "    return np.abs(np.linalg.eigvals(np.eye(2) + h * J)).max()")},
        {"test_modulus_simultaneous": 1, "test_modulus_alternating": 0, "test_modulus_hidden": 0},
    ),
    (
        "modulus that scales J in place",
        {
            "modulus": (
                MODULUS + "    J *= h\n"
                "    step = np.eye(2) + J\n"
                "    if alternating:\n"
                "        step[0] += J[0, 1] * J[1]\n"
                "    return np.abs(np.linalg.eigvals(step)).max()"
            )
        },
        {"test_modulus_simultaneous": 1, "test_modulus_alternating": 1, "test_modulus_hidden": 0},
    ),
    (
        "edge without the square on s",
        {"largest_step": EDGE + "    return gamma / s"},
        {"test_largest_step": 0, "test_largest_step_hidden": 0},
    ),
    (
        "edge of the logistic game whatever s is",
        {"largest_step": EDGE + "    return 4 * gamma"},
        {"test_largest_step": 0, "test_largest_step_hidden": 0},
    ),
    (
        "edge of a complex pair for real eigenvalues, too",
        {"largest_step": EDGE + "    return gamma / s**2"},
        {"test_largest_step": 1, "test_largest_step_hidden": 0},
    ),
    (
        "edge from the smaller of the two real eigenvalues",
        {
            "largest_step": (
                EDGE + "    if gamma < 2 * s:\n"
                "        return gamma / s**2\n"
                "    return 2 / (gamma / 2 - np.sqrt(gamma**2 / 4 - s**2))"
            )
        },
        {"test_largest_step": 1, "test_largest_step_hidden": 0},
    ),
    (
        "edge with a factor of a half",
        {"largest_step": EDGE + "    return gamma / (2 * s**2)"},
        {"test_largest_step": 0, "test_largest_step_hidden": 0},
    ),
    (
        "consensus with J for its transpose",
        {
            "consensus": (
                CONSENSUS + COLUMNS + "    v = np.array(field(theta, psi))\n"
                "    return v - gamma * np.stack([a, b], axis=1) @ v"
            )
        },
        {"test_consensus": 0, "test_consensus_hidden": 0},
    ),
    (
        "consensus that walks towards a longer arrow",
        {
            "consensus": (
                CONSENSUS + COLUMNS + "    v = np.array(field(theta, psi))\n"
                "    return v + gamma * np.array([a, b]) @ v"
            )
        },
        {"test_consensus": 0, "test_consensus_hidden": 0},
    ),
    (
        "consensus without the factor of a half",
        {
            "consensus": (
                CONSENSUS + COLUMNS + "    v = np.array(field(theta, psi))\n"
                "    return v - 2 * gamma * np.array([a, b]) @ v"
            )
        },
        {"test_consensus": 0, "test_consensus_hidden": 0},
    ),
    (
        "consensus as friction straight to the middle, right for the game of the visible test",
        {
            "consensus": (
                CONSENSUS + "    v = field(theta, psi)\n"
                "    return v[0] - gamma * theta, v[1] - gamma * psi"
            )
        },
        {"test_consensus": 1, "test_consensus_hidden": 0},
    ),
    (
        "consensus for the discriminator alone",
        {
            "consensus": (
                CONSENSUS + COLUMNS + "    v = np.array(field(theta, psi))\n"
                "    return v[0], v[1] - gamma * b @ v"
            )
        },
        {"test_consensus": 0, "test_consensus_hidden": 0},
    ),
    (
        "consensus by differences to one side",
        {
            "consensus": (
                CONSENSUS + "    v = np.array(field(theta, psi))\n"
                "    up = [np.array(field(theta + e, psi)), np.array(field(theta, psi + e))]\n"
                "    slopes = np.array([u @ u / 2 - v @ v / 2 for u in up]) / e\n"
                "    return v - gamma * slopes"
            )
        },
        {"test_consensus": 1, "test_consensus_hidden": 0},
    ),
    (
        "optimism with the two arrows exchanged",
        {
            "optimistic": (
                OPTIMISTIC + "    path, before = [np.array(start, dtype='float64')], None\n"
                "    for _ in range(steps):\n"
                "        now = np.array(field(*path[-1]))\n"
                "        before = now if before is None else before\n"
                "        path.append(path[-1] + h * (2 * before - now))\n"
                "        before = now\n"
                "    return np.array(path)"
            )
        },
        {"test_optimistic": 0, "test_optimistic_hidden": 0},
    ),
    (
        "optimism that starts from a zero arrow",
        {
            "optimistic": (
                OPTIMISTIC + "    path, before = [np.array(start, dtype='float64')], np.zeros(2)\n"
                "    for _ in range(steps):\n"
                "        now = np.array(field(*path[-1]))\n"
                "        path.append(path[-1] + h * (2 * now - before))\n"
                "        before = now\n"
                "    return np.array(path)"
            )
        },
        {"test_optimistic": 0, "test_optimistic_hidden": 0},
    ),
    (
        "the look ahead of chapter 10 for optimism",
        {
            "optimistic": (
                OPTIMISTIC + "    path = [np.array(start, dtype='float64')]\n"
                "    for _ in range(steps):\n"
                "        trial = path[-1] + h * np.array(field(*path[-1]))\n"
                "        path.append(path[-1] + h * np.array(field(*trial)))\n"
                "    return np.array(path)"
            )
        },
        {"test_optimistic": 0, "test_optimistic_hidden": 0},
    ),
    (
        "optimism that asks for the old arrow again",
        {
            "optimistic": (
                OPTIMISTIC + "    path = [np.array(start, dtype='float64')]\n"
                "    for k in range(steps):\n"
                "        before = np.array(field(*path[k - 1 if k else 0]))\n"
                "        path.append(path[-1] + h * (2 * np.array(field(*path[-1])) - before))\n"
                "    return np.array(path)"
            )
        },
        {"test_optimistic": 1, "test_optimistic_hidden": 0},
    ),
    (
        "optimism that moves the start itself",
        {
            "optimistic": (
                OPTIMISTIC + "    point, before = np.asarray(start), None\n"
                "    path = [point.copy()]\n"
                "    for _ in range(steps):\n"
                "        now = np.array(field(*point))\n"
                "        point += h * (now if before is None else 2 * now - before)\n"
                "        path.append(point.copy())\n"
                "        before = now\n"
                "    return np.array(path)"
            )
        },
        {"test_optimistic": 1, "test_optimistic_hidden": 0},
    ),
]
