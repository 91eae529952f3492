"""The Dirac-GAN (Mescheder et al., 2018): adversarial training small enough to solve by hand.

Real data is the point 0, the generator is the point theta, the discriminator is D(x) = psi * x,
and the two play for f(psi * theta) + f(0) with f(t) = -log(1 + exp(-t)): theta descends, psi
ascends. At f'(0) = 1/2 > 0 a positive D means fake, so the logit of `ganlib.losses` is -D. The
only equilibrium is (theta, psi) = (0, 0). A remedy's strength is `gamma` throughout:

    gan             the game as it stands (minimax)
    non_saturating  theta ascends f(-psi * theta) instead
    wgan            f(t) = t, no bound on psi
    wgan_gp         the same, less gamma / 2 * (|psi| - 1)^2 in psi's objective
    instance_noise  real and fake points get Gaussian noise of standard deviation gamma
    r1, r2          less gamma / 2 * psi^2 in psi's objective: D's slope is psi everywhere
    consensus       both also descend gamma / 2 * |v|^2, v the field of "gan"

The field v = (v_theta, v_psi) is what the players follow. Its Jacobian J at the equilibrium
decides whether they arrive: the flow needs eigenvalues of negative real part, and an update
with step h, whose Jacobian is I + h J when simultaneous, needs them inside the unit circle.
"""

import numpy as np

UPDATES = ("simultaneous", "alternating")

_SLOPE, _CURVATURE = 0.5, -0.25  # f'(0) and f''(0) of the logistic f

# Gauss-Hermite: sum(_WEIGHTS * g(_NODES)) is E[g(z)] for a standard normal z.
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(64)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def _slope(t):
    # f'(t) = 1 / (1 + exp(t)) = (1 - tanh(t / 2)) / 2, which cannot overflow.
    return (1 - np.tanh(t / 2)) / 2


def _gan(theta, psi, gamma):
    slope = _slope(psi * theta)
    return -psi * slope, theta * slope


def _non_saturating(theta, psi, gamma):
    return -psi * _slope(-psi * theta), theta * _slope(psi * theta)


def _wgan(theta, psi, gamma):
    return -psi, theta


def _wgan_gp(theta, psi, gamma):
    return -psi, theta - gamma * (np.abs(psi) - 1) * np.sign(psi)


def _instance_noise(theta, psi, gamma):
    noise = gamma * _NODES
    fake, column = theta[..., None] + noise, psi[..., None]
    slope = _slope(column * fake)
    # The objective is E[f(psi * fake)] + E[f(-psi * real)], and the real points are the noise.
    real_pull = noise * _slope(-column * noise)
    return -psi * (slope @ _WEIGHTS), (fake * slope - real_pull) @ _WEIGHTS


def _r1(theta, psi, gamma):
    v_theta, v_psi = _gan(theta, psi, gamma)
    return v_theta, v_psi - gamma * psi


def _consensus(theta, psi, gamma):
    # |v|^2 / 2 = (theta^2 + psi^2) f'(t)^2 / 2 at t = psi * theta, and f'' = -f' (1 - f').
    slope = _slope(psi * theta)
    shared = -(theta**2 + psi**2) * slope**2 * (1 - slope)
    descend_theta = theta * slope**2 + shared * psi
    descend_psi = psi * slope**2 + shared * theta
    return -psi * slope - gamma * descend_theta, theta * slope - gamma * descend_psi


_FIELDS = {
    "gan": _gan,
    "non_saturating": _non_saturating,
    "wgan": _wgan,
    "wgan_gp": _wgan_gp,
    "instance_noise": _instance_noise,
    "r1": _r1,
    "r2": _r1,
    "consensus": _consensus,
}
METHODS = tuple(_FIELDS)


def vector_field(method, theta, psi, gamma=1.0):
    """Return the direction (v_theta, v_psi) in which the players move from (theta, psi).

    Args:
        method: name in `METHODS`.
        theta, psi: floats, or float arrays of one shape.
        gamma: strength of the remedy, at least 0; methods without one ignore it.

    Returns:
        Two arrays of that shape.

    Raises:
        ValueError: an unknown method, or a negative gamma.
    """
    _check(method, gamma)
    return _FIELDS[method](np.asarray(theta, "float64"), np.asarray(psi, "float64"), gamma)


def simulate(method, steps, step_size, update="simultaneous", start=(1.0, 1.0), gamma=1.0):
    """Return the path of gradient descent-ascent, float64 (steps + 1, 2), rows (theta, psi).

    Args:
        method: name in `METHODS`.
        steps: int, at least 0.
        step_size: h, above 0, of both players.
        update: "simultaneous" moves both from the same point; "alternating" moves psi first,
            and theta then meets the new psi, as `ganlib.gan.GAN` does.
        start: the first row, two finite floats.
        gamma: strength of the remedy, at least 0; methods without one ignore it.

    Raises:
        ValueError: an unknown name or a number out of range.

    Example:

    >>> path = simulate("r1", steps=500, step_size=0.2, gamma=0.3)
    """
    _check(method, gamma, step_size, update)
    if steps != int(steps) or steps < 0:
        raise ValueError(f"Expected steps as an int of at least 0. Received: {steps}")
    start = np.asarray(start, "float64")
    if start.shape != (2,) or not np.isfinite(start).all():
        raise ValueError(f"Expected start as two finite numbers. Received: {start.tolist()}")
    path = np.empty((int(steps) + 1, 2))
    path[0] = start
    with np.errstate(over="ignore", invalid="ignore"):  # a path that diverges may reach inf
        for i in range(int(steps)):
            path[i + 1] = _step(_FIELDS[method], *path[i], step_size, update, gamma)
    return path


def _step(field, theta, psi, step_size, update, gamma):
    v_theta, v_psi = field(theta, psi, gamma)
    new_psi = psi + step_size * v_psi
    if update == "alternating":
        v_theta, _ = field(theta, new_psi, gamma)
    return theta + step_size * v_theta, new_psi


def jacobian(method, gamma=1.0):
    """Return the field's Jacobian at the equilibrium, in closed form, float64 (2, 2).

    It is [[-a, -s], [s, -b]]: the game turns the players around the equilibrium at the speed
    s = f'(0), and a remedy adds the friction a to theta, b to psi. R1's friction is
    b = gamma. Instance noise averages D's curvature over both sets: b = -2 gamma^2 f''(0), so
    that it acts as R1 of weight gamma^2 / 2. Consensus adds gamma J^T J: a = b = gamma f'(0)^2.

    Args:
        method: name in `METHODS` other than "wgan_gp", whose field jumps by 2 gamma at psi = 0:
            there is no Jacobian. Where psi > 0 the flow turns about (-gamma, 0), where psi < 0
            about (gamma, 0), so that it never arrives: for gamma < 2 it ends on a cycle that
            meets psi = 0 at |theta| = gamma coth(pi gamma / (4 w)), w^2 = 1 - gamma^2 / 4.
        gamma: strength of the remedy, at least 0; methods without one ignore it.

    Raises:
        ValueError: an unknown method, "wgan_gp", or a negative gamma.
    """
    _check(method, gamma)
    if method == "wgan_gp":
        raise ValueError(
            "Expected a method with a smooth field at the equilibrium. Received: 'wgan_gp'"
        )
    turn = 1.0 if method == "wgan" else _SLOPE
    friction = {
        "instance_noise": (0.0, -2 * gamma**2 * _CURVATURE),
        "r1": (0.0, gamma),
        "r2": (0.0, gamma),
        "consensus": (gamma * _SLOPE**2, gamma * _SLOPE**2),
    }
    return np.array([[0.0, -turn], [turn, 0.0]]) - np.diag(friction.get(method, (0.0, 0.0)))


def eigenvalues(method, gamma=1.0):
    """Return the two eigenvalues of `jacobian`, complex128 (2,), the larger root first.

    They are -(a + b) / 2 +- sqrt((a - b)^2 / 4 - s^2) with its a, b and s; for R1, say,
    -gamma / 2 +- sqrt(gamma^2 / 4 - f'(0)^2). Arguments and errors are those of `jacobian`.
    """
    matrix = jacobian(method, gamma)
    return _roots(np.trace(matrix), matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0])


def step_eigenvalues(method, step_size, update="simultaneous", gamma=1.0):
    """Return the two eigenvalues of one update's Jacobian at the equilibrium, complex128 (2,).

    A simultaneous update has the Jacobian I + h J. In an alternating one theta meets
    psi + h v_psi, so that the product h^2 J_12 J_21 = -h^2 s^2 leaves the determinant, where it
    pushed outwards, and enters the trace.

    Args:
        method, gamma: as in `jacobian`.
        step_size: h, above 0.
        update: "simultaneous" or "alternating", as in `simulate`.

    Raises:
        ValueError: an unknown name, "wgan_gp", or a number out of range.
    """
    _check(method, gamma, step_size, update)
    (j11, j12), (j21, j22) = step_size * jacobian(method, gamma)
    trace, determinant = 2 + j11 + j22, (1 + j11) * (1 + j22)
    if update == "alternating":
        return _roots(trace + j12 * j21, determinant)
    return _roots(trace, determinant - j12 * j21)


def modulus(method, step_size, update="simultaneous", gamma=1.0):
    """Return the larger |eigenvalue| of one update: the factor on the distance, step by step.

    Below 1 the players converge to an equilibrium that is near enough, above 1 they leave it.
    Arguments and errors are those of `step_eigenvalues`.
    """
    return float(np.abs(step_eigenvalues(method, step_size, update, gamma)).max())


def _roots(trace, determinant):
    # Roots of x^2 - trace x + determinant, the characteristic polynomial of a 2 x 2 matrix.
    half_gap = np.sqrt(complex(trace**2 / 4 - determinant))
    return np.array([trace / 2 + half_gap, trace / 2 - half_gap])


def _check(method, gamma, step_size=1.0, update="simultaneous"):
    if method not in METHODS:
        raise ValueError(f"Expected a method out of {METHODS}. Received: {method!r}")
    if update not in UPDATES:
        raise ValueError(f"Expected an update out of {UPDATES}. Received: {update!r}")
    if not 0 <= gamma < np.inf:
        raise ValueError(f"Expected a finite gamma of at least 0. Received: {gamma}")
    if not 0 < step_size < np.inf:
        raise ValueError(f"Expected a finite step_size above 0. Received: {step_size}")
