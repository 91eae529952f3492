"""The VAE's bound against densities known in closed form, and what `fit` and saving promise."""

import keras
import numpy as np
import pytest
import scipy.stats
import tensorflow as tf
from keras import layers

from ganlib import callbacks, networks
from ganlib.vae import VAE, gaussian_kl, gaussian_log_likelihood, reparametrize

D, K = 4, 2  # dimensions of a sample and of z in the linear models


def small_vae(**options):
    keras.utils.set_random_seed(0)
    vae = VAE(
        networks.encoder(latent_dim=4, width=4), networks.dcgan((28, 28, 1), 4, 4)[0], **options
    )
    vae.compile(keras.optimizers.Adam(5e-3))
    return vae


def linear_vae(orthogonal=False, **options):
    """x = W'z + b + noise, and an encoder of random weights whose two heads are linear in x."""
    x = keras.Input((D,))
    encoder = keras.Model(x, [layers.Dense(K)(x), layers.Dense(K)(x)])
    decoder = keras.Sequential([keras.Input((K,)), layers.Dense(D)])
    rng = np.random.default_rng(0)
    encoder.set_weights([rng.normal(scale=0.3, size=w.shape) for w in encoder.get_weights()])
    kernel = rng.normal(size=(K, D))
    if orthogonal:
        kernel[1] -= kernel[0] * (kernel[0] @ kernel[1]) / (kernel[0] @ kernel[0])
    decoder.set_weights([kernel, rng.normal(size=D)])
    vae = VAE(encoder, decoder, **options)
    vae.compile(keras.optimizers.SGD(1.0))
    return vae


def points(n):
    return np.random.default_rng(1).normal(scale=1.5, size=(n, D)).astype("float32")


def log_density(vae, x):
    """log p(x) of a linear VAE: x is Gaussian with covariance W'W + sigma^2 I."""
    kernel, bias = (np.asarray(w, "float64") for w in vae.decoder.get_weights())
    covariance = kernel.T @ kernel + vae.sigma**2 * np.eye(D)
    return scipy.stats.multivariate_normal(bias, covariance).logpdf(x)


def posterior(vae, x):
    """Mean (n, K) and covariance (K, K) of z given x in a linear VAE."""
    kernel, bias = (np.asarray(w, "float64") for w in vae.decoder.get_weights())
    covariance = np.linalg.inv(np.eye(K) + kernel @ kernel.T / vae.sigma**2)
    return (x - bias) @ kernel.T @ covariance / vae.sigma**2, covariance


def give_exact_posterior(vae):
    kernel, bias = (np.asarray(w, "float64") for w in vae.decoder.get_weights())
    _, covariance = posterior(vae, np.zeros((1, D)))
    np.testing.assert_allclose(covariance[0, 1], 0, atol=1e-6)  # a diagonal Gaussian suffices
    to_mean = kernel.T @ covariance / vae.sigma**2
    log_variance = np.log(np.diag(covariance))
    mean, spread = [to_mean, -bias @ to_mean], [np.zeros((D, K)), log_variance]
    vae.encoder.set_weights([*mean, *spread])


def exact_elbo(vae, x):
    """The ELBO of a linear VAE from the module's functions, with its expectation exact.

    log p(x|z) is quadratic in the noise, so that the mean over the 2K points ±sqrt(K) e_i, which
    has the moments of N(0, I) up to the third, is its expectation.
    """
    mean, log_variance = vae.encoder(x)
    nodes = np.sqrt(K) * np.concatenate([np.eye(K), -np.eye(K)]).astype("float32")
    draws = [vae.decoder(reparametrize(mean, log_variance, node)) for node in nodes]
    fits = [gaussian_log_likelihood(x, decoded, vae.sigma) for decoded in draws]
    return np.mean(fits, axis=0) - gaussian_kl(mean, log_variance).numpy()


def assert_same_weights(a, b, rtol=1e-5):
    for left, right in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_allclose(left, right, rtol=rtol, atol=1e-6)


class TestGaussianKL:
    mean = np.array([[0.0, 0.0], [1.0, -2.0], [0.3, 0.0], [1e-3, 0.0]], "float32")
    log_variance = np.array([[0.0, 0.0], [0.0, 0.0], [-3.0, 2.0], [1e-3, 0.0]], "float32")

    def test_closed_form(self):
        mean, log_variance = self.mean.astype("float64"), self.log_variance.astype("float64")
        terms = (mean**2 + np.exp(log_variance) - 1 - log_variance) / 2
        # 1e-4: the last row is 1e-6, which only float64 or expm1 keep apart from rounding
        expected = terms.sum(axis=1)
        np.testing.assert_allclose(gaussian_kl(self.mean, self.log_variance), expected, rtol=1e-4)

    def test_monte_carlo(self):
        n = 100_000
        mean, deviation = np.array([1.0, -0.5]), np.array([0.5, 1.5])
        z = mean + deviation * np.random.default_rng(0).normal(size=(n, 2))
        log_ratios = scipy.stats.norm(mean, deviation).logpdf(z) - scipy.stats.norm().logpdf(z)
        ratios = log_ratios.sum(axis=1)
        kl = gaussian_kl(mean[None], 2 * np.log(deviation)[None])
        # four standard errors, about 1 %
        assert float(kl[0]) == pytest.approx(ratios.mean(), abs=4 * ratios.std() / np.sqrt(n))

    def test_16_bit_inputs_are_summed_in_32(self):
        mean = np.full((1, 100), 100.0, "float16")  # the sum of squares, 1e6, exceeds float16
        np.testing.assert_allclose(gaussian_kl(mean, np.zeros_like(mean)), [5e5])


@pytest.mark.parametrize("sigma", [0.1, 1.0, 3.0])
def test_log_likelihood_against_scipy(sigma):
    rng = np.random.default_rng(0)
    x, means = rng.normal(size=(2, 5, 3, 2, 1))
    expected = scipy.stats.norm(means, sigma).logpdf(x).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(gaussian_log_likelihood(x, means, sigma), expected, rtol=1e-4)


def test_reparametrized_draws_have_the_wanted_moments():
    mean, log_variance = np.array([[1.0, -2.0]]), np.log([[4.0, 0.25]])
    noise = np.random.default_rng(0).normal(size=(100_000, 2)).astype("float32")
    draws = np.asarray(reparametrize(mean, log_variance, noise))
    # four standard errors or more: 4 * 2 / sqrt(1e5), and 1 % of a deviation
    np.testing.assert_allclose(draws.mean(axis=0), mean[0], atol=0.026)
    np.testing.assert_allclose(draws.std(axis=0), [2.0, 0.5], rtol=0.01)


def test_gradient_through_the_draws():
    """Of E[sin(z)], against finite differences of exp(-variance / 2) sin(mean)."""
    mean, log_variance = 0.7, -0.4
    nodes, shares = np.polynomial.hermite_e.hermegauss(20)
    shares = shares / shares.sum()

    def expectation(mean, log_variance):
        return np.exp(-np.exp(log_variance) / 2) * np.sin(mean)

    m, v = tf.constant([mean]), tf.constant([log_variance])
    with tf.GradientTape() as tape:
        tape.watch([m, v])
        draws = reparametrize(m, v, nodes.astype("float32"))
        value = tf.reduce_sum(shares.astype("float32") * tf.sin(draws))
    h = 1e-5
    slopes = [
        (expectation(mean + h, log_variance) - expectation(mean - h, log_variance)) / (2 * h),
        (expectation(mean, log_variance + h) - expectation(mean, log_variance - h)) / (2 * h),
    ]
    np.testing.assert_allclose(value, expectation(mean, log_variance), rtol=1e-5)
    np.testing.assert_allclose(np.ravel(tape.gradient(value, [m, v])), slopes, rtol=1e-4)


class TestBound:
    """Linear models, whose log p(x) is known."""

    @pytest.mark.parametrize("sigma", [0.3, 1.0])
    def test_the_gap_is_the_divergence_from_the_posterior(self, sigma):
        vae, x = linear_vae(sigma=sigma), points(20)
        elbo = exact_elbo(vae, x)
        assert (elbo < log_density(vae, x)).all()
        wanted, covariance = posterior(vae, x)
        mean, log_variance = (np.asarray(head, "float64") for head in vae.encoder(x))
        precision = np.linalg.inv(covariance)
        away = mean - wanted
        gap = 0.5 * (
            np.exp(log_variance) @ np.diag(precision)
            + np.einsum("ni,ij,nj->n", away, precision, away)
            - K
            + np.linalg.slogdet(covariance)[1]
            - log_variance.sum(axis=1)
        )
        np.testing.assert_allclose(elbo + gap, log_density(vae, x), rtol=1e-4, atol=1e-3)

    @pytest.mark.parametrize("sigma", [0.3, 1.0])
    def test_the_exact_posterior_closes_the_gap(self, sigma):
        vae, x = linear_vae(orthogonal=True, sigma=sigma), points(20)
        give_exact_posterior(vae)
        np.testing.assert_allclose(exact_elbo(vae, x), log_density(vae, x), rtol=1e-4, atol=1e-3)

    def test_evaluate_estimates_it(self):
        vae, x = linear_vae(sigma=0.7), points(1)
        n = 20_000
        logs = vae.evaluate(np.repeat(x, n, axis=0), batch_size=n, verbose=0, return_dict=True)
        # The estimates of one draw spread by 10 nats; four standard errors.
        assert logs["loss"] == pytest.approx(-exact_elbo(vae, x)[0], abs=4 * 10 / np.sqrt(n))

    def test_training_reaches_principal_components(self):
        """Probabilistic PCA's likelihood is a linear VAE's best ELBO (Lucas et al., 2019)."""
        mixing = np.array([[2, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0.5, 0], [0, 0, 0.1, 0.3]])
        x = (np.random.default_rng(2).normal(size=(512, D)) @ mixing).astype("float32")
        sigma = 0.5
        covariance = np.cov(x.T, bias=True)
        kept, directions = (a[..., -K:] for a in np.linalg.eigh(covariance))  # the K largest
        assert (kept > sigma**2).all()
        model = directions @ np.diag(kept - sigma**2) @ directions.T + sigma**2 * np.eye(D)
        best = scipy.stats.multivariate_normal(x.mean(axis=0), model).logpdf(x).mean()
        vae = linear_vae(sigma=sigma)
        steps = 400
        rate = keras.optimizers.schedules.CosineDecay(0.1, steps)
        vae.compile(keras.optimizers.Adam(rate), steps_per_execution=50)
        vae.fit(tf.data.Dataset.from_tensors(x).repeat(steps), verbose=0)
        # The noise of the gradients leaves about 0.0005 nats; a model of one component, 0.1.
        assert exact_elbo(vae, x).mean() == pytest.approx(best, abs=0.005)


@pytest.mark.parametrize(("beta", "sigma"), [(1.0, 1.0), (4.0, 0.5), (0.0, 2.0)])
def test_train_step_is_gradient_descent_on_the_loss(beta, sigma):
    """Against finite differences of the loss written out in NumPy float64, with its noise."""
    vae, x = linear_vae(beta=beta, sigma=sigma), points(8)
    noise = np.asarray(keras.random.normal((8, K), seed=keras.random.SeedGenerator(vae.seed)))
    before = [np.asarray(w.value, "float64") for w in vae.trainable_variables]

    def loss(mean_kernel, mean_bias, spread_kernel, spread_bias, kernel, bias):
        mean, log_variance = x @ mean_kernel + mean_bias, x @ spread_kernel + spread_bias
        decoded = (mean + np.exp(log_variance / 2) * noise) @ kernel + bias
        fit = scipy.stats.norm(decoded, sigma).logpdf(x).sum(axis=1)
        kl = (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1) / 2
        return np.mean(beta * kl - fit)

    logs = vae.train_on_batch(x, return_dict=True)
    assert logs["loss"] == pytest.approx(loss(*before), rel=1e-4)
    h = 1e-5
    for i, (old, variable) in enumerate(zip(before, vae.trainable_variables, strict=True)):
        slopes = np.empty_like(old)
        for place in np.ndindex(old.shape):
            values = []
            for step in (h, -h):
                moved = [w.copy() for w in before]
                moved[i][place] += step
                values.append(loss(*moved))
            slopes[place] = (values[0] - values[1]) / (2 * h)
        # float32 gradients, subtracted from weights of order 1
        np.testing.assert_allclose(old - variable.numpy(), slopes, rtol=1e-3, atol=1e-4)


def test_beta_weighs_the_kl_only():
    logs, x = {}, points(32)
    for beta in (0.0, 1.0, 4.0):
        logs[beta] = linear_vae(beta=beta).evaluate(x, verbose=0, return_dict=True)
    for beta, log in logs.items():
        assert log["reconstruction"] == logs[1.0]["reconstruction"]
        assert log["kl"] == logs[1.0]["kl"] > 0
        assert log["loss"] == pytest.approx(log["reconstruction"] + beta * log["kl"], rel=1e-6)


def test_a_small_batch_at_the_end_counts_by_its_size():
    vae, x = linear_vae(), points(10)
    logs = vae.evaluate(x, batch_size=8, verbose=0, return_dict=True)
    whole = vae.evaluate(x, batch_size=10, verbose=0, return_dict=True)
    assert logs["kl"] == pytest.approx(whole["kl"], rel=1e-5)  # has no noise in it


def normalised_vae():
    keras.utils.set_random_seed(0)
    x = keras.Input((D,))
    dropped = layers.Dropout(0.5, seed=0)(layers.BatchNormalization()(x))
    encoder = keras.Model(x, [layers.Dense(K)(dropped), layers.Dense(K)(dropped)])
    decoder = keras.Sequential(
        [keras.Input((K,)), layers.Dense(D), layers.BatchNormalization(), layers.Dense(D)]
    )
    vae = VAE(encoder, decoder)
    vae.compile(keras.optimizers.SGD(0.01))
    return vae


def test_batch_statistics_move_in_training_only():
    vae, x = normalised_vae(), points(32)
    networks_before = [vae.encoder.get_weights(), vae.decoder.get_weights()]
    vae.evaluate(x, verbose=0)
    vae.reconstruct(x)
    vae.generate(3)
    for network, before in zip((vae.encoder, vae.decoder), networks_before, strict=True):
        for old, new in zip(before, network.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)
    vae.fit(x, verbose=0)
    for network, before in zip((vae.encoder, vae.decoder), networks_before, strict=True):
        names = [weight.name for weight in network.weights]
        moved = [(old != new).any() for old, new in zip(before, network.get_weights(), strict=True)]
        assert moved[names.index("moving_mean")] and moved[names.index("moving_variance")]


def test_dropout_is_for_training_only():
    vae, x = normalised_vae(), points(32)
    vae.compile(keras.optimizers.SGD(0.0))
    kl = gaussian_kl(*vae.encoder(x, training=False)).numpy().mean()
    assert vae.evaluate(x, verbose=0, return_dict=True)["kl"] == pytest.approx(kl, rel=1e-5)
    rates = [vae.train_on_batch(x, return_dict=True)["kl"] for _ in range(2)]
    assert abs(rates[0] - kl) > 1e-3 * kl


def test_training_lowers_the_loss(digits):
    vae, x = small_vae(), digits[0][:64]
    before = vae.evaluate(x, verbose=0, return_dict=True)
    # 240 steps, because the moving statistics that `evaluate` uses forget a hundredth a step
    history = vae.fit(x, batch_size=8, epochs=30, verbose=0).history
    after = vae.evaluate(x, verbose=0, return_dict=True)
    assert set(history) == {"loss", "reconstruction", "kl"}
    assert history["loss"][-1] < history["loss"][0]
    assert after["loss"] < before["loss"]
    # The constant of the likelihood, 392 log(2 pi) = 720.4 nats, is what no training lowers.
    assert history["loss"][-1] > 392 * np.log(2 * np.pi)
    errors = vae.reconstruct(x) - x
    assert np.mean(errors**2) < np.mean((x - x.mean(axis=0)) ** 2)


def test_samples_and_codes(digits):
    vae, x = small_vae(), digits[0][:5]
    images = vae.generate(3, seed=1)
    assert images.shape == (3, 28, 28, 1) and images.dtype == np.float32
    np.testing.assert_array_equal(images, vae.generate(3, seed=1))
    assert (images != vae.generate(3)).any()
    mean, _ = vae.encoder(x)
    np.testing.assert_allclose(vae.encode(x), mean, rtol=1e-5, atol=1e-6)
    decoded = vae.decoder(mean)
    np.testing.assert_allclose(vae.reconstruct(x), decoded, rtol=1e-5, atol=1e-6)


def test_snapshots_work_as_for_a_gan():
    vae, snapshots = linear_vae(), callbacks.Snapshots(n=4, seed=3)
    vae.compile(keras.optimizers.SGD(0.01))
    vae.fit(points(32), callbacks=[snapshots], verbose=0)
    np.testing.assert_allclose(snapshots.images[-1], vae.generate(4, seed=3), atol=1e-5)


def test_evaluation_repeats_and_leaves_training_alone():
    x, held_out = np.split(points(96), [64])
    plain, watched = normalised_vae(), normalised_vae()
    plain.fit(x, batch_size=32, epochs=2, shuffle=False, verbose=0)
    history = watched.fit(
        x, batch_size=32, epochs=2, validation_data=held_out, shuffle=False, verbose=0
    ).history
    assert_same_weights(plain, watched)
    logs = [watched.evaluate(held_out, verbose=0, return_dict=True) for _ in range(2)]
    assert logs[0] == logs[1]
    for name, value in logs[0].items():
        assert history[f"val_{name}"][-1] == pytest.approx(value, rel=1e-5)


def test_a_dataset_of_batches_trains_too():
    x = points(64)
    arrays, batches = normalised_vae(), normalised_vae()
    arrays.fit(x, batch_size=32, shuffle=False, verbose=0)
    batches.fit(tf.data.Dataset.from_tensor_slices(x).batch(32), verbose=0)
    assert_same_weights(arrays, batches)


def test_the_loss_scale_cancels_out():
    plain, scaled, x = linear_vae(), linear_vae(), points(8)
    scaled.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(1.0), 256.0))
    for vae in (plain, scaled):
        vae.train_on_batch(x)
    assert_same_weights(plain, scaled)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains(precision, digits):
    keras.config.set_dtype_policy(precision)
    vae = small_vae()
    scaled = isinstance(vae.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (precision == "mixed_float16")
    before = vae.get_weights()
    # Float16 skips steps until the scale, 2^15 at the start, is low enough for the sums over
    # 784 pixels.
    history = vae.fit(digits[0][:256], batch_size=32, epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    for old, variable in zip(before, vae.weights, strict=True):
        new = np.asarray(variable)
        assert np.isfinite(new).all() and (old != new).any()
    assert vae.generate(2).dtype == np.float32


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_the_next_step_after_loading_is_equal(precision, digits, tmp_path):
    keras.config.set_dtype_policy(precision)
    x = digits[0][:32]
    vae = small_vae(beta=2.0, sigma=0.5, seed=7)
    vae.fit(x, epochs=2, verbose=0)
    vae.save(tmp_path / "vae.keras")
    loaded = keras.saving.load_model(tmp_path / "vae.keras")
    assert (loaded.beta, loaded.sigma, loaded.seed) == (2.0, 0.5, 7)
    for model in (vae, loaded):
        model.fit(x, verbose=0)
    for a, b in zip(vae.variables, loaded.variables, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(vae.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(vae.generate(2, seed=0), loaded.generate(2, seed=0))


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"beta": -1.0}, "-1.0 and 1.0"),
        ({"beta": np.nan}, "nan and 1.0"),
        ({"sigma": 0.0}, "1.0 and 0.0"),
        ({"sigma": np.nan}, "1.0 and nan"),
    ],
)
def test_bad_options(options, received):
    with pytest.raises(ValueError, match=f"beta >= 0 and sigma > 0. Received: {received}"):
        linear_vae(**options)


@pytest.mark.parametrize(
    ("encoder", "decoder", "message"),
    [
        (
            networks.encoder,
            lambda: networks.dcgan(latent_dim=3)[0],
            r"input \(3,\).*Received: .*64",
        ),
        (lambda: networks.dcgan()[1], lambda: networks.dcgan()[0], r"Received: .*\[\(1,\)\]"),
        (
            networks.encoder,
            lambda: networks.mlp(latent_dim=64)[0],
            r"Received: output shape \(2,\)",
        ),
    ],
)
def test_networks_that_do_not_fit(encoder, decoder, message):
    with pytest.raises(ValueError, match=message):
        VAE(encoder(), decoder())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": np.zeros((8, 3), "float32")}, r"shape \(n, 4\).*Received: \(8, 3\)"),
        ({"x": np.zeros((8, D))}, "float32.*Received: dtype float64"),
        ({"x": np.full((8, D), np.nan, "float32")}, "finite.*Received"),
        ({"x": points(8), "y": np.zeros(8)}, "Received: y as well"),
        ({"x": points(8), "validation_data": np.zeros((8, D))}, "Received: dtype float64"),
    ],
)
def test_bad_samples_are_refused_before_training(arguments, message):
    vae = linear_vae()
    with pytest.raises(ValueError, match=message):
        vae.fit(**arguments)
    assert int(vae.optimizer.iterations) == 0


@pytest.mark.parametrize("method", ["evaluate", "encode", "reconstruct"])
def test_images_out_of_range_are_refused(method):
    vae = small_vae()
    with pytest.raises(ValueError, match=r"in \[-1, 1\].*Received: values from 255.0 to 255.0"):
        getattr(vae, method)(np.full((2, 28, 28, 1), 255, "float32"))


class TestEncoder:
    @pytest.mark.parametrize("image_shape", [(28, 28, 1), (32, 32, 3), (20, 12, 1)])
    @pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
    def test_two_heads_in_32_bits(self, image_shape, precision):
        keras.config.set_dtype_policy(precision)
        encoder = networks.encoder(image_shape, latent_dim=5, width=4)
        mean, log_variance = encoder(np.zeros((3, *image_shape), "float32"))
        assert mean.shape == log_variance.shape == (3, 5)
        assert mean.dtype == log_variance.dtype == "float32"

    def test_parameter_count(self):
        """Counted by hand: two convolutions of 4 x 4 kernels and two heads on 7 x 7 x 64."""
        count = (16 * 32 + 32) + (16 * 32 * 64 + 64) + 2 * (3136 * 64 + 64)
        assert networks.encoder().count_params() == count

    def test_heads_have_weights_of_their_own(self):
        mean, log_variance = networks.encoder(width=4)(np.ones((1, 28, 28, 1), "float32"))
        assert np.abs(mean - log_variance).max() > 1e-3
