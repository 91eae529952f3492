import ast
import pathlib

import keras
import numpy as np
import pytest
import reference
import tensorflow as tf

from ganlib import dynamics, losses

SMOOTH = tuple(method for method in dynamics.METHODS if method != "wgan_gp")


def radii(path):
    return np.hypot(path[:, 0], path[:, 1])


def one_step(method, step_size, update, gamma):
    """Return the update as a function of the point (theta, psi)."""
    return lambda point: dynamics.simulate(method, 1, step_size, update, point, gamma)[1]


def assert_same_eigenvalues(closed, matrix):
    np.testing.assert_allclose(
        np.sort_complex(closed), np.sort_complex(np.linalg.eigvals(matrix)), atol=1e-6
    )


def test_imports_numpy_only():
    tree = ast.parse(pathlib.Path(dynamics.__file__).read_text())
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import numpy as np"]


class TestVectorField:
    @pytest.mark.parametrize(
        ("method", "loss"),
        [("gan", "minimax"), ("non_saturating", "non_saturating"), ("wgan", "wasserstein")],
    )
    @pytest.mark.parametrize("point", [(1.0, 1.0), (-0.5, 2.0), (0.3, -4.0)])
    def test_descends_the_losses_of_the_package(self, method, loss, point):
        theta, psi = (keras.Variable(value) for value in point)
        with tf.GradientTape(persistent=True) as tape:
            real, fake = -psi * tf.zeros((1,)), -psi * theta * tf.ones((1,))  # logit = -D
            d_loss = losses.LOSSES[loss].discriminator(real, fake)
            g_loss = losses.LOSSES[loss].generator(real, fake)
        expected = -tape.gradient(g_loss, theta.value), -tape.gradient(d_loss, psi.value)
        # float32 gradients
        np.testing.assert_allclose(dynamics.vector_field(method, *point), expected, rtol=1e-5)

    @pytest.mark.parametrize("gamma", [0.0, 0.3, 2.0])
    @pytest.mark.parametrize("point", [(1.0, 1.0), (-0.5, 2.0), (0.3, -1.0)])
    def test_consensus_descends_the_squared_field(self, point, gamma):
        def energy(p):
            return np.sum(np.square(dynamics.vector_field("gan", *p))) / 2 * np.ones(2)

        gradient = reference.jacobian(energy, point)[0]
        expected = dynamics.vector_field("gan", *point) - gamma * gradient
        np.testing.assert_allclose(
            dynamics.vector_field("consensus", *point, gamma), expected, atol=1e-8
        )

    @pytest.mark.parametrize("gamma", [0.3, 1.0])
    @pytest.mark.parametrize("point", [(1.0, 1.0), (-0.5, 2.0)])
    def test_instance_noise_is_an_average_over_noise(self, point, gamma):
        theta, psi = point
        z = np.linspace(-10, 10, 20_001)
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

        def objective(p):
            fake, real = p[1] * (p[0] + gamma * z), p[1] * gamma * z
            f = -np.logaddexp(0, -fake) - np.logaddexp(0, real)
            return np.trapezoid(f * density, z) * np.ones(2)

        d_theta, d_psi = reference.jacobian(objective, point)[0]
        np.testing.assert_allclose(
            dynamics.vector_field("instance_noise", theta, psi, gamma), (-d_theta, d_psi), atol=1e-8
        )

    @pytest.mark.parametrize(
        ("psi", "pull"), [(3.0, -2.0), (0.5, 0.5), (1.0, 0.0), (-3.0, 2.0), (0.0, 0.0)]
    )
    def test_gradient_penalty_pulls_the_slope_towards_one(self, psi, pull):
        theta = 0.7
        assert dynamics.vector_field("wgan_gp", theta, psi, 1.5) == pytest.approx(
            (-psi, theta + 1.5 * pull)
        )

    @pytest.mark.parametrize("method", dynamics.METHODS)
    def test_arrays(self, method):
        theta, psi = np.meshgrid(np.linspace(-2, 2, 5), np.linspace(-1, 1, 3))
        field = dynamics.vector_field(method, theta, psi, 0.4)
        assert field[0].shape == field[1].shape == theta.shape
        for i, j in np.ndindex(theta.shape):
            point = dynamics.vector_field(method, theta[i, j], psi[i, j], 0.4)
            np.testing.assert_allclose((field[0][i, j], field[1][i, j]), point, rtol=1e-12)

    @pytest.mark.parametrize("method", dynamics.METHODS)
    def test_rests_at_the_equilibrium(self, method):
        np.testing.assert_allclose(dynamics.vector_field(method, 0.0, 0.0), 0, atol=1e-15)


class TestEigenvalues:
    @pytest.mark.parametrize("gamma", [0.0, 0.3, 1.7])
    @pytest.mark.parametrize("method", SMOOTH)
    def test_finite_differences_of_the_field(self, method, gamma):
        matrix = reference.jacobian(
            lambda point: dynamics.vector_field(method, *point, gamma), (0.0, 0.0)
        )
        np.testing.assert_allclose(dynamics.jacobian(method, gamma), matrix, atol=1e-8)
        assert_same_eigenvalues(dynamics.eigenvalues(method, gamma), matrix)

    @pytest.mark.parametrize(
        ("method", "gamma", "expected"),
        [
            ("gan", 1.0, (0.5j, -0.5j)),
            ("non_saturating", 1.0, (0.5j, -0.5j)),
            ("wgan", 1.0, (1j, -1j)),
            # f' is squared under the root: 0.09 / 4 - 1 / 4
            ("r1", 0.3, (-0.15 + 0.47696960j, -0.15 - 0.47696960j)),
            ("r2", 0.3, (-0.15 + 0.47696960j, -0.15 - 0.47696960j)),
            ("r1", 1.0, (-0.5, -0.5)),
            ("r1", 2.6, (-0.1, -2.5)),
            ("consensus", 1.0, (-0.25 + 0.5j, -0.25 - 0.5j)),
            # f''(0) sigma^2 +- sqrt(f''(0)^2 sigma^4 - f'(0)^2)
            ("instance_noise", 1.0, (-0.25 + 0.43301270j, -0.25 - 0.43301270j)),
            ("instance_noise", 2.0, (-1 + 0.8660254, -1 - 0.8660254)),
        ],
    )
    def test_known_values(self, method, gamma, expected):
        np.testing.assert_allclose(dynamics.eigenvalues(method, gamma), expected, atol=1e-8)

    def test_gradient_penalty_has_none(self):
        for call in (dynamics.jacobian, dynamics.eigenvalues):
            with pytest.raises(ValueError, match="smooth field .* Received: 'wgan_gp'"):
                call("wgan_gp")


class TestStepEigenvalues:
    @pytest.mark.parametrize("update", dynamics.UPDATES)
    @pytest.mark.parametrize("gamma", [0.0, 0.3, 1.7])
    @pytest.mark.parametrize("step_size", [0.2, 1.1])
    @pytest.mark.parametrize("method", SMOOTH)
    def test_finite_differences_of_a_step(self, method, step_size, gamma, update):
        matrix = reference.jacobian(one_step(method, step_size, update, gamma), (0.0, 0.0))
        closed = dynamics.step_eigenvalues(method, step_size, update, gamma)
        assert_same_eigenvalues(closed, matrix)
        expected = np.abs(np.linalg.eigvals(matrix)).max()
        assert dynamics.modulus(method, step_size, update, gamma) == pytest.approx(
            expected, abs=1e-6
        )

    @pytest.mark.parametrize(
        ("method", "update", "gamma", "expected"),
        [
            ("gan", "simultaneous", 1.0, 1.004988),
            ("non_saturating", "simultaneous", 1.0, 1.004988),
            ("gan", "alternating", 1.0, 1.0),
            ("wgan", "simultaneous", 1.0, 1.019804),
            ("r1", "simultaneous", 0.3, 0.974679),
            ("r2", "alternating", 0.3, 0.969536),
            ("consensus", "simultaneous", 1.0, 0.955249),
        ],
    )
    def test_known_moduli(self, method, update, gamma, expected):
        # The published digits end at 1e-6.
        assert dynamics.modulus(method, 0.2, update, gamma) == pytest.approx(expected, abs=6e-7)

    @pytest.mark.parametrize("step_size", [0.01, 0.2, 1.0, 3.9])
    def test_formulas_of_the_step_size(self, step_size):
        h = step_size
        assert dynamics.modulus("gan", h) == pytest.approx(np.sqrt(1 + h**2 / 4))
        assert dynamics.modulus("wgan", h) == pytest.approx(np.sqrt(1 + h**2))
        assert dynamics.modulus("gan", h, "alternating") == pytest.approx(1)

    @pytest.mark.parametrize("step_size", [0.01, 0.2, 1.0])
    @pytest.mark.parametrize("gamma", [0.1, 0.3])
    def test_alternating_r1_while_complex(self, step_size, gamma):
        roots = dynamics.step_eigenvalues("r1", step_size, "alternating", gamma)
        assert (roots.imag != 0).all()
        np.testing.assert_allclose(np.abs(roots) ** 2, 1 - step_size * gamma, rtol=1e-12)

    @pytest.mark.parametrize(
        ("method", "update", "gamma", "edge"),
        [
            ("gan", "alternating", 1.0, 4.0),
            ("r1", "simultaneous", 0.3, 4 * 0.3),
            ("r2", "simultaneous", 0.7, 4 * 0.7),
            ("consensus", "simultaneous", 1.0, 2 / (1 + 1 / 4)),
            ("consensus", "simultaneous", 3.0, 6 / (1 + 9 / 4)),
        ],
    )
    def test_edge_of_stability(self, method, update, gamma, edge):
        assert dynamics.modulus(method, edge, update, gamma) == pytest.approx(1, abs=1e-7)
        assert dynamics.modulus(method, 1.02 * edge, update, gamma) > 1.001
        assert dynamics.modulus(method, 0.98 * edge, update, gamma) < 1 + 1e-12

    def test_gradient_penalty_has_none(self):
        for call in (dynamics.step_eigenvalues, dynamics.modulus):
            with pytest.raises(ValueError, match="smooth field .* Received: 'wgan_gp'"):
                call("wgan_gp", 0.1)


class TestSimulate:
    def test_two_steps_by_hand(self):
        h, f = 0.5, lambda t: 1 / (1 + np.exp(t))
        theta, psi = 1.0, 2.0
        for update in dynamics.UPDATES:
            path = dynamics.simulate("gan", 1, h, update, (theta, psi))
            new_psi = psi + h * theta * f(theta * psi)
            seen = new_psi if update == "alternating" else psi
            new_theta = theta - h * seen * f(theta * seen)
            np.testing.assert_allclose(path, [[theta, psi], [new_theta, new_psi]], rtol=1e-12)

    def test_shape_and_start(self):
        path = dynamics.simulate("r1", 7, 0.1)
        assert path.shape == (8, 2) and path.dtype == np.float64
        assert path[0].tolist() == [1, 1]
        assert dynamics.simulate("r1", 0, 0.1, start=(3, 4)).tolist() == [[3, 4]]

    def test_simultaneous_gan_moves_outwards_at_every_step(self):
        path = dynamics.simulate("gan", 500, 0.2)
        # v is at right angles to (theta, psi) and f'(t) times as long.
        slope = 1 / (1 + np.exp(path[:-1, 0] * path[:-1, 1]))
        growth = radii(path)[1:] / radii(path)[:-1]
        np.testing.assert_allclose(growth, np.sqrt(1 + 0.04 * slope**2), rtol=1e-12)

    @pytest.mark.parametrize("start", [(0.01, 0.0), (1.0, 1.0)])
    def test_non_saturating_gan_ends_on_a_cycle(self, start):
        path = dynamics.simulate("non_saturating", 20_000, 0.1, start=start)
        # sqrt(2 h) is the leading order in h; the path wobbles by 0.6 % around it.
        assert np.sqrt(0.2) == pytest.approx(0.4472, abs=5e-5)
        np.testing.assert_allclose(radii(path)[-5000:], np.sqrt(0.2), rtol=0.01)
        assert radii(path)[-5000:].mean() == pytest.approx(np.sqrt(0.2), rel=0.002)

    @pytest.mark.parametrize(
        ("method", "edge", "gamma"), [("r1", 1.2, 0.3), ("r2", 1.2, 0.3), ("consensus", 1.6, 1.0)]
    )
    def test_converges_below_the_edge_and_leaves_above(self, method, edge, gamma):
        for share, arrives in ((0.98, True), (1.02, False)):
            path = dynamics.simulate(method, 4000, share * edge, start=(0.01, 0.01), gamma=gamma)
            end = radii(path)[-100:]
            # 0.9965^4000 = 8e-7; outside, the game's curvature stops the growth.
            assert end.max() < 1e-6 if arrives else end.min() > 0.1

    def test_alternating_gan_holds_up_to_a_step_of_four(self):
        start = (0.01, 0.01)
        # In theory |path| stays within a factor of about sqrt(1 / 0.02) of its start.
        held = dynamics.simulate("gan", 1000, 0.98 * 4, "alternating", start)
        assert 0.001 < radii(held)[-100:].max() < 0.2
        left = dynamics.simulate("gan", 1000, 1.02 * 4, "alternating", start)
        assert radii(left)[-100:].min() > 1

    @pytest.mark.parametrize(
        ("method", "update", "gamma"),
        [
            ("r1", "simultaneous", 0.3),
            ("r2", "alternating", 0.3),
            ("consensus", "alternating", 1.0),
            ("instance_noise", "simultaneous", 1.0),
        ],
    )
    def test_rate_of_convergence(self, method, update, gamma):
        path = dynamics.simulate(method, 400, 0.2, update, (1e-4, 1e-4), gamma)
        # A path spirals, so that single steps vary: over 400 of them the rate is the modulus.
        rate = (radii(path)[-1] / radii(path)[0]) ** (1 / 400)
        expected = dynamics.modulus(method, 0.2, update, gamma)
        assert rate == pytest.approx(expected, abs=2e-3)

    @pytest.mark.parametrize("gamma", [0.5, 1.0, 1.5])
    @pytest.mark.parametrize("start", [(0.01, 0.01), (3.0, 1.0)])
    def test_gradient_penalty_ends_on_a_cycle(self, start, gamma):
        path = dynamics.simulate("wgan_gp", 40_000, 0.002, start=start, gamma=gamma)
        end = path[-20_000:]  # at least four turns
        # Where psi > 0 the flow turns about (-gamma, 0), damped by exp(-gamma t / 2), for half a
        # turn t = pi / w: a = gamma + (a + gamma) exp(-gamma t / 2) on the cycle.
        shrink = np.exp(-gamma * np.pi / (2 * np.sqrt(1 - gamma**2 / 4)))
        amplitude = gamma * (1 + shrink) / (1 - shrink)
        # Euler's method with this step makes the cycle wider by about 0.4 % at most.
        assert end[:, 0].max() == pytest.approx(amplitude, rel=0.01)
        assert end[:, 0].min() == pytest.approx(-amplitude, rel=0.01)
        assert radii(end).min() > 1

    @pytest.mark.parametrize("update", dynamics.UPDATES)
    @pytest.mark.parametrize("gamma", [0.1, 1.0, 3.0])
    def test_gradient_penalty_never_arrives(self, gamma, update):
        path = dynamics.simulate("wgan_gp", 5000, 0.1, update, (0.1, 0.1), gamma)
        assert radii(path)[-1000:].min() > 0.5

    def test_divergence_ends_without_a_warning(self):
        path = dynamics.simulate("wgan", 3000, 1.0)
        assert not np.isfinite(path[-1]).any() and np.isfinite(path[:2000]).all()


CALLS = {
    "vector_field": lambda method="r1", gamma=1.0: dynamics.vector_field(method, 1.0, 1.0, gamma),
    "eigenvalues": lambda method="r1", gamma=1.0: dynamics.eigenvalues(method, gamma),
    "simulate": lambda method="r1", gamma=1.0, step_size=0.1, update="alternating": (
        dynamics.simulate(method, 3, step_size, update, gamma=gamma)
    ),
    "modulus": lambda method="r1", gamma=1.0, step_size=0.1, update="alternating": dynamics.modulus(
        method, step_size, update, gamma
    ),
}


class TestBadInput:
    @pytest.mark.parametrize("method", ["dcgan", "R1", None])
    @pytest.mark.parametrize("call", CALLS)
    def test_unknown_method(self, call, method):
        with pytest.raises(ValueError, match=f"method out of .* Received: {method!r}"):
            CALLS[call](method=method)

    @pytest.mark.parametrize("gamma", [-0.1, np.nan, np.inf])
    @pytest.mark.parametrize("call", CALLS)
    def test_gamma(self, call, gamma):
        with pytest.raises(ValueError, match="gamma of at least 0. Received: "):
            CALLS[call](gamma=gamma)

    @pytest.mark.parametrize("step_size", [0.0, -0.1, np.nan, np.inf])
    @pytest.mark.parametrize("call", ["simulate", "modulus"])
    def test_step_size(self, call, step_size):
        with pytest.raises(ValueError, match="step_size above 0. Received: "):
            CALLS[call](step_size=step_size)

    @pytest.mark.parametrize("call", ["simulate", "modulus"])
    def test_unknown_update(self, call):
        with pytest.raises(ValueError, match="update out of .* Received: 'sequential'"):
            CALLS[call](update="sequential")

    @pytest.mark.parametrize("steps", [-1, 2.5])
    def test_steps(self, steps):
        with pytest.raises(ValueError, match=f"steps as an int .* Received: {steps}"):
            dynamics.simulate("gan", steps, 0.1)

    @pytest.mark.parametrize("start", [(1.0,), (1.0, 2.0, 3.0), 1.0, (np.nan, 0.0)])
    def test_start(self, start):
        with pytest.raises(ValueError, match="two finite numbers. Received: "):
            dynamics.simulate("gan", 3, 0.1, start=start)


@pytest.mark.parametrize("update", dynamics.UPDATES)
@pytest.mark.parametrize("method", SMOOTH)
def test_without_strength_every_remedy_is_the_game_itself(method, update):
    plain = "wgan" if method == "wgan" else "gan"
    np.testing.assert_allclose(
        dynamics.step_eigenvalues(method, 0.2, update, gamma=0.0),
        dynamics.step_eigenvalues(plain, 0.2, update),
        rtol=1e-12,
    )
