"""Every loss against closed forms and against its formula in NumPy, written with the sigmoid."""

import keras
import numpy as np
import pytest
import scipy.integrate
import scipy.stats
import tensorflow as tf

from ganlib import losses

NAMES = sorted(losses.LOSSES)
LN2 = 0.693147


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def cross_entropy(logits, target):
    d = sigmoid(logits)
    return -np.mean(target * np.log(d) + (1 - target) * np.log(1 - d))


def cross_entropy_pair(real, fake):
    return cross_entropy(real, 1) + cross_entropy(fake, 0)


# The losses of the discriminator and of the generator as functions of (real, fake) in float64.
FORMULAS = {
    "minimax": (cross_entropy_pair, lambda r, f: np.mean(np.log(1 - sigmoid(f)))),
    "non_saturating": (cross_entropy_pair, lambda r, f: -np.mean(np.log(sigmoid(f)))),
    "least_squares": (
        lambda r, f: np.mean((r - 1) ** 2) / 2 + np.mean(f**2) / 2,
        lambda r, f: np.mean((f - 1) ** 2) / 2,
    ),
    "hinge": (
        lambda r, f: np.mean(np.where(r < 1, 1 - r, 0)) + np.mean(np.where(f > -1, 1 + f, 0)),
        lambda r, f: -np.mean(f),
    ),
    "wasserstein": (lambda r, f: np.mean(f) - np.mean(r), lambda r, f: -np.mean(f)),
    "relativistic": (
        lambda r, f: -np.mean(np.log(sigmoid(r - f))),
        lambda r, f: -np.mean(np.log(sigmoid(f - r))),
    ),
}


def draw_logits(shape, low=-6.0, high=6.0):
    """Return real and fake logits whose sigmoids are far enough from 0 and 1 for log."""
    rng = np.random.default_rng(0)
    return rng.uniform(low, high, size=(2, *shape)).astype("float32")


def both(name, real, fake):
    """Return the discriminator's and the generator's loss as NumPy arrays."""
    pair = losses.LOSSES[name]
    values = pair.discriminator(real, fake), pair.generator(real, fake)
    return [keras.ops.convert_to_numpy(value) for value in values]


def gradients(loss, real, fake):
    """Return the loss's gradients by autodiff; None where it does not look."""
    real, fake = tf.constant(real), tf.constant(fake)
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        value = loss(real, fake)
    return [None if g is None else g.numpy() for g in tape.gradient(value, [real, fake])]


def test_the_names_are_those_of_the_formulas():
    assert set(losses.LOSSES) == set(FORMULAS)


@pytest.mark.parametrize(
    ("name", "output", "d_loss", "g_loss"),
    [
        ("minimax", 0, 2 * LN2, -LN2),
        ("non_saturating", 0, 2 * LN2, LN2),
        ("least_squares", 0, 1 / 2, 1 / 2),
        ("least_squares", 0.5, 1 / 4, 1 / 8),
        ("hinge", 0, 2, 0),
        ("wasserstein", 0, 0, 0),
        ("relativistic", 0, LN2, LN2),
    ],
)
def test_undecided_discriminator(name, output, d_loss, g_loss):
    logits = np.full((4, 1), output, "float32")
    # 1e-6: the expected values have six decimals.
    np.testing.assert_allclose(both(name, logits, logits), [d_loss, g_loss], atol=1e-6)


@pytest.mark.parametrize("shape", [(64, 1), (64,), (3, 7, 7, 1)], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_formula(name, shape):
    real, fake = draw_logits(shape)
    values = both(name, real, fake)
    expected = [formula(*np.float64([real, fake])) for formula in FORMULAS[name]]
    assert [value.shape for value in values] == [(), ()]
    # A mean of some hundred float32 numbers of up to 20: some units in the seventh digit.
    np.testing.assert_allclose(values, expected, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", NAMES)
def test_16_bit_logits_are_computed_in_float32(name, dtype):
    real, fake = (keras.ops.cast(logits, dtype) for logits in draw_logits((999, 1)))
    values = both(name, real, fake)
    rounded = [keras.ops.convert_to_numpy(keras.ops.cast(x, "float64")) for x in (real, fake)]
    assert [value.dtype for value in values] == [np.float32, np.float32]
    # float16 alone would be off by about 1e-3, bfloat16 by 1e-2.
    expected = [formula(*rounded) for formula in FORMULAS[name]]
    np.testing.assert_allclose(values, expected, rtol=4e-6, atol=4e-6)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("name", NAMES)
def test_huge_logits_stay_finite(name, dtype):
    real = keras.ops.cast([1e4, -1e4, 1e4, -1e4], dtype)
    fake = keras.ops.cast([1e4, 1e4, -1e4, -1e4], dtype)
    assert np.isfinite(both(name, real, fake)).all()
    for loss in (losses.LOSSES[name].discriminator, losses.LOSSES[name].generator):
        for gradient in gradients(loss, real, fake):
            assert gradient is None or np.isfinite(gradient.astype("float32")).all()


@pytest.mark.parametrize("name", NAMES)
def test_each_player_pulls_in_its_direction(name):
    # Between 0 and 1 no loss has reached its target: neither those of least squares, which are
    # 0 and 1, nor the margins of the hinge, -1 and 1.
    real, fake = draw_logits((16, 1), low=0.1, high=0.9)
    pair = losses.LOSSES[name]
    d_real, d_fake = gradients(pair.discriminator, real, fake)
    g_real, g_fake = gradients(pair.generator, real, fake)
    assert (d_real < 0).all()
    assert (d_fake > 0).all()
    assert (g_fake < 0).all()
    assert (g_real is not None) == pair.pairs


def test_minimax_gradients_are_non_saturating_ones_times_a_factor():
    real, fake = draw_logits((64, 1))
    _, minimax = gradients(losses.minimax_generator, real, fake)
    _, non_saturating = gradients(losses.non_saturating_generator, real, fake)
    # d/dlogit log(1 - D) = -D and d/dlogit (-log D) = -(1 - D), each over the batch of 64.
    d = sigmoid(np.float64(fake))
    np.testing.assert_allclose(minimax, -d / 64, rtol=1e-5)
    np.testing.assert_allclose(non_saturating / minimax, (1 - d) / d, rtol=1e-5)


# The best outputs for real N(-1, 1) against generated N(1, 1), where log p/q = -2x.
OPTIMAL_OUTPUTS = {
    "minimax": lambda x: -2 * x,
    "non_saturating": lambda x: -2 * x,
    "least_squares": lambda x: sigmoid(-2 * x),
    "hinge": lambda x: -np.sign(x),
    "wasserstein": lambda x: -x,  # the best of those with slopes within -1 ... 1
    "relativistic": lambda x: -2 * x,
}


class TestOptimalDiscriminator:
    def jensen_shannon(self, distance):
        """Return the divergence of N(-distance/2, 1) from N(distance/2, 1) by quadrature."""

        def half(x, mean):
            p, q = scipy.stats.norm.pdf(x, mean), scipy.stats.norm.pdf(x, -mean)
            return p * np.log(2 * p / (p + q)) / 2

        halves = [
            scipy.integrate.quad(half, -12, 12, args=(mean,))[0]
            for mean in (-distance / 2, distance / 2)
        ]
        return sum(halves)

    def samples(self, name):
        """Return equally likely quantiles of both, for pairs every one of the one with each."""
        count = 1000 if name == "relativistic" else 100_000
        quantiles = scipy.stats.norm.ppf((np.arange(count) + 0.5) / count)
        real, fake = quantiles - 1, quantiles + 1
        if name == "relativistic":
            real, fake = np.broadcast_arrays(real[:, None], fake[None, :])
        return real, fake

    def d_loss(self, name, real, fake):
        return float(losses.LOSSES[name].discriminator(np.float32(real), np.float32(fake)))

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("minimax", 0.712633),  # log 4 - 2 * JSD, minus V(D*)
            ("non_saturating", 0.712633),
            ("least_squares", 0.112400),  # E_q[p^2 / (p + q)^2] / 2 + E_p[q^2 / (p + q)^2] / 2
            ("hinge", 0.634621),  # 4 * Phi(-1)
            ("wasserstein", -2),  # minus the Wasserstein-1 distance of the two
        ],
    )
    def test_closed_form(self, name, expected):
        output = OPTIMAL_OUTPUTS[name]
        real, fake = self.samples(name)
        # 2e-5: the outermost of the quantiles stand for tails of 1e-5.
        assert self.d_loss(name, output(real), output(fake)) == pytest.approx(expected, abs=2e-5)

    def test_cross_entropy_measures_the_jensen_shannon_divergence(self):
        divergence = self.jensen_shannon(2)
        assert divergence == pytest.approx(0.336831, abs=1e-6)
        real, fake = self.samples("minimax")
        d_loss = self.d_loss("minimax", -2 * real, -2 * fake)
        assert d_loss == pytest.approx(2 * np.log(2) - 2 * divergence, abs=2e-5)

    def test_relativistic_measures_the_divergence_of_the_pairs(self):
        # Real minus fake is N(-2, 2) with the variance 2, and N(2, 2) after a swap: in units of
        # the standard deviation two Gaussians 2 sqrt(2) apart.
        divergence = self.jensen_shannon(2 * np.sqrt(2))
        real, fake = self.samples("relativistic")
        d_loss = self.d_loss("relativistic", -2 * real, -2 * fake)
        # 1e-3: with a thousand quantiles the tails left out weigh more.
        assert d_loss == pytest.approx(np.log(2) - divergence, abs=1e-3)

    @pytest.mark.parametrize("name", sorted(set(NAMES) - {"wasserstein"}))
    def test_its_neighbours_are_worse(self, name):
        real, fake = (OPTIMAL_OUTPUTS[name](x) for x in self.samples(name))
        best = self.d_loss(name, real, fake)
        assert self.d_loss(name, 1.1 * real, 1.1 * fake) > best
        assert self.d_loss(name, 0.9 * real, 0.9 * fake) > best
        if name != "relativistic":  # which sees differences only
            assert self.d_loss(name, real + 0.1, fake + 0.1) > best


@pytest.mark.parametrize("smoothing", [0.1, 0.25])
class TestLabelSmoothing:
    def test_cross_entropy_against_a_smoothed_target(self, smoothing):
        real, fake = draw_logits((64, 1))
        value = losses.logistic_discriminator(real, fake, label_smoothing=smoothing)
        expected = cross_entropy(np.float64(real), 1 - smoothing)
        expected += cross_entropy(np.float64(fake), 0)
        assert float(value) == pytest.approx(expected, rel=2e-6)

    def test_least_squares_against_a_smoothed_target(self, smoothing):
        real, fake = draw_logits((64, 1))
        value = losses.least_squares_discriminator(real, fake, label_smoothing=smoothing)
        real, fake = np.float64([real, fake])
        expected = np.mean((real - 1 + smoothing) ** 2) / 2 + np.mean(fake**2) / 2
        assert float(value) == pytest.approx(expected, rel=2e-6)

    @pytest.mark.parametrize(
        "loss", [losses.logistic_discriminator, losses.least_squares_discriminator]
    )
    def test_the_fake_term_stays(self, loss, smoothing):
        real, fake = draw_logits((64, 1))
        plain = gradients(loss, real, fake)
        smoothed = gradients(lambda r, f: loss(r, f, label_smoothing=smoothing), real, fake)
        np.testing.assert_array_equal(smoothed[1], plain[1])
        assert not np.allclose(smoothed[0], plain[0])


def test_pairs_need_one_shape():
    real, fake = np.zeros((4, 1), "float32"), np.zeros(4, "float32")
    for loss in (losses.relativistic_discriminator, losses.relativistic_generator):
        with pytest.raises(ValueError, match=r"one shape.* Received: \(4, 1\) and \(4,\)$"):
            loss(real, fake)


class TestGet:
    @pytest.mark.parametrize("name", NAMES)
    def test_by_name(self, name):
        assert losses.get(name) is losses.LOSSES[name]

    def test_an_own_pair(self):
        pair = losses.AdversarialLoss(losses.hinge_discriminator, losses.minimax_generator)
        assert losses.get(pair) is pair

    @pytest.mark.parametrize("name", ["wgan", None])
    def test_unknown_name(self, name):
        with pytest.raises(ValueError, match=rf"{NAMES[0]}.*{NAMES[-1]}.* Received: {name!r}$"):
            losses.get(name)
