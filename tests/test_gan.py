"""One training step against the same step written out, and what `fit` promises."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganlib import GAN, Regularizer, callbacks, data, dynamics, losses, networks

ADAM = {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.99}


def points(n=256):
    return data.ring(sigma=0.1).sample(n, seed=0)


def small_gan(optimizer=None, compile_options=None, **options):
    keras.utils.set_random_seed(0)
    gan = GAN(*networks.mlp(width=16, depth=2), **options)
    make = optimizer or (lambda: keras.optimizers.Adam(**ADAM))
    gan.compile(make(), make(), **(compile_options or {}))
    return gan


def weights(network):
    return network.get_weights()


def assert_equal(a, b, rtol=1e-5):
    for left, right in zip(a, b, strict=True):
        np.testing.assert_allclose(left, right, rtol=rtol, atol=1e-6)


def differ(a, b):
    return any(np.abs(left - right).max() > 1e-5 for left, right in zip(a, b, strict=True))


def one_step_by_hand(gan, real, learning_rate, update):
    """Plain gradient descent on both networks for one batch; return the new weights."""
    noise_source = keras.random.SeedGenerator(gan.seed)
    loss = losses.get("non_saturating")
    g, d = gan.generator, gan.discriminator

    def gradients(players, noise):
        with tf.GradientTape(persistent=True) as tape:
            fake_logits = d(g(noise, training=True), training=True)
            real_logits = d(real, training=True)
            values = {
                d: loss.discriminator(real_logits, fake_logits),
                g: loss.generator(real_logits, fake_logits),
            }
        return [tape.gradient(values[player], player.trainable_variables) for player in players]

    def descend(network, gradient):
        for variable, slope in zip(network.trainable_variables, gradient, strict=True):
            variable.assign_sub(learning_rate * slope)

    noise = keras.random.normal((len(real), 2), seed=noise_source)
    if update == "simultaneous":
        d_gradient, g_gradient = gradients([d, g], noise)
        descend(d, d_gradient)
        descend(g, g_gradient)
    else:
        descend(d, gradients([d], noise)[0])
        noise = keras.random.normal((len(real), 2), seed=noise_source)
        descend(g, gradients([g], noise)[0])
    return weights(g) + weights(d)


@pytest.mark.parametrize("update", ["simultaneous", "alternating"])
def test_first_step_is_gradient_descent_in_the_given_order(update):
    real = points(32)
    gan = small_gan(lambda: keras.optimizers.SGD(0.1), update=update)
    gan.fit(real, batch_size=32, verbose=0)
    by_hand = one_step_by_hand(small_gan(update=update), real, 0.1, update)
    assert_equal(weights(gan.generator) + weights(gan.discriminator), by_hand)


def test_the_two_orders_give_the_generator_different_gradients():
    real = points(32)
    results = {}
    for update in ("simultaneous", "alternating"):
        gan = small_gan(lambda: keras.optimizers.SGD(0.1), update=update)
        gan.fit(real, batch_size=32, verbose=0)
        results[update] = gan
    a, b = results["simultaneous"], results["alternating"]
    assert_equal(weights(a.discriminator), weights(b.discriminator))
    assert any(
        np.abs(x - y).max() > 1e-4
        for x, y in zip(*map(weights, (a.generator, b.generator)), strict=True)
    )


class Point(keras.layers.Layer):
    """A generator that is one number, whatever the noise."""

    def build(self, input_shape):
        self.theta = self.add_weight((1,), initializer="ones")

    def call(self, noise):
        return self.theta + 0 * noise


@pytest.mark.parametrize("update", ["simultaneous", "alternating"])
@pytest.mark.parametrize(
    ("method", "loss", "regularizers"),
    [
        ("gan", "minimax", []),
        ("non_saturating", "non_saturating", []),
        ("wgan", "wasserstein", []),
        ("r1", "minimax", [Regularizer("r1", 0.3)]),
        ("r2", "minimax", [Regularizer("r2", 0.3)]),
        ("wgan_gp", "wasserstein", [Regularizer("gradient_penalty", 0.15)]),
    ],
)
def test_steps_are_those_of_the_dirac_gan(method, loss, regularizers, update):
    """The class on one-weight networks against the closed-form field, for both orders."""
    generator = keras.Sequential([keras.Input((1,)), Point()])
    slope = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    discriminator = keras.Sequential([keras.Input((1,)), slope])
    gan = GAN(generator, discriminator, loss=loss, regularizers=regularizers, update=update)
    gan.compile(keras.optimizers.SGD(0.2), keras.optimizers.SGD(0.2))
    gan.fit(np.zeros((4, 1), "float32"), batch_size=4, epochs=6, verbose=0)
    # There a positive D means fake: its psi is the negative of the kernel.
    path = dynamics.simulate(method, 6, 0.2, update, start=(1.0, -1.0), gamma=0.3)
    theta, kernel = (
        float(network.weights[0].numpy().item()) for network in (generator, discriminator)
    )
    np.testing.assert_allclose([theta, -kernel], path[-1], rtol=1e-5)


def test_the_same_seed_gives_the_same_weights():
    def trained(seed):
        gan = small_gan(seed=seed)
        gan.fit(points(), batch_size=32, epochs=3, verbose=0)
        return weights(gan)

    first, again, other = trained(1), trained(1), trained(2)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert differ(first, other)


def test_steps_per_execution_changes_nothing():
    def trained(steps):
        gan = small_gan(compile_options={"steps_per_execution": steps})
        gan.fit(points(), batch_size=32, epochs=2, verbose=0)
        return weights(gan)

    assert_equal(trained(1), trained(8))
    assert_equal(trained(1), trained(3))


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}], ids=["graph", "eager"])
def test_steps_per_epoch_is_kept_whatever_an_execution_holds(options):
    gan = small_gan(compile_options={"steps_per_execution": 3, **options})
    gan.fit(points(), batch_size=32, epochs=2, steps_per_epoch=5, verbose=0)
    assert int(gan.step) == 10
    whole = small_gan(compile_options={"steps_per_execution": 10})
    whole.fit(points(), batch_size=32, epochs=1, steps_per_epoch=10, verbose=0)
    assert_equal(weights(gan), weights(whole))


def test_train_on_batch_takes_the_batch_and_not_what_a_fit_held():
    alone, after = (small_gan(lambda: keras.optimizers.SGD(0.1)) for _ in range(2))
    after.fit(points(), batch_size=32, epochs=1, verbose=0)
    after.set_weights(alone.get_weights())
    after.seed_generator.state.assign(alone.seed_generator.state)
    batch = 3 + points(32)
    for gan in (alone, after):
        gan.train_on_batch(batch)
    assert_equal(weights(alone.discriminator), weights(after.discriminator))


def test_two_fits_go_on_where_one_would_have():
    once = small_gan()
    once.fit(points(), batch_size=32, epochs=4, verbose=0)
    twice = small_gan()
    samples = points()
    twice.fit(samples, batch_size=32, epochs=2, verbose=0)
    twice.fit(samples, batch_size=32, epochs=2, verbose=0)
    assert_equal(weights(once), weights(twice))


def test_a_dataset_of_batches_trains_too():
    batches = tf.data.Dataset.from_tensor_slices(points()).batch(32, drop_remainder=True)
    gan = small_gan()
    gan.fit(batches, epochs=2, verbose=0)
    assert int(gan.step) == 16


def test_d_steps_updates_the_discriminator_more_often():
    gan = small_gan(d_steps=3)
    gan.fit(points(), batch_size=32, verbose=0)
    assert int(gan.step) == 8
    assert int(gan.generator_optimizer.iterations) == 8
    assert int(gan.discriminator_optimizer.iterations) == 24


@pytest.mark.parametrize("ema", [0.3, 0.999])  # reached at step 3, and not reached
def test_average_follows_the_warm_up_formula(ema):
    gan = small_gan(
        lambda: keras.optimizers.SGD(1.0), {"steps_per_execution": 1}, loss="hinge", ema=ema
    )
    average = [w.copy() for w in weights(gan.generator)]
    history = []
    record = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: history.append(weights(gan.generator))
    )
    gan.fit(points(), batch_size=32, callbacks=[record], verbose=0)
    for t, current in enumerate(history):
        decay = min(ema, (1 + t) / (10 + t))
        average = [decay * a + (1 - decay) * w for a, w in zip(average, current, strict=True)]
    assert differ(weights(gan.averaged_generator), history[-1])
    assert_equal(weights(gan.averaged_generator), average)


def test_average_without_decay_is_the_generator(digits):
    gan = GAN(*networks.dcgan(width=4), ema=0)
    gan.compile(keras.optimizers.Adam(), keras.optimizers.Adam())
    gan.fit(digits[0][:64], batch_size=32, verbose=0)
    assert_equal(weights(gan.averaged_generator), weights(gan.generator))


def test_average_includes_batch_statistics(digits):
    gan = GAN(*networks.dcgan(width=4))
    before = weights(gan.averaged_generator)
    gan.compile(keras.optimizers.Adam(), keras.optimizers.Adam())
    gan.fit(digits[0][:64], batch_size=32, verbose=0)
    names = [weight.name for weight in gan.averaged_generator.weights]
    moved = {
        name
        for name, a, b in zip(names, before, weights(gan.averaged_generator), strict=True)
        if (a != b).any()
    }
    assert {"moving_mean", "moving_variance"} <= moved


def test_networks_run_in_training_mode():
    """Batch normalisation must normalise by the batch, so its statistics move in both networks."""
    d = keras.Sequential(
        [keras.Input((2,)), keras.layers.BatchNormalization(), keras.layers.Dense(1)]
    )
    g = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2), keras.layers.BatchNormalization()]
    )
    for update in ("simultaneous", "alternating"):
        gan = GAN(keras.models.clone_model(g), keras.models.clone_model(d), update=update)
        gan.compile(keras.optimizers.Adam(), keras.optimizers.Adam())
        gan.fit(points(), batch_size=32, verbose=0)
        for network in (gan.generator, gan.discriminator):
            assert (np.asarray(network.non_trainable_weights[0]) != 0).any()


@pytest.mark.parametrize("update", ["simultaneous", "alternating"])
@pytest.mark.parametrize("loss", losses.LOSSES)
def test_every_loss_trains_in_both_orders(loss, update):
    gan = small_gan(loss=loss, update=update)
    before = weights(gan.generator) + weights(gan.discriminator)
    gan.fit(points(64), batch_size=32, verbose=0)
    after = weights(gan.generator) + weights(gan.discriminator)
    assert all(np.isfinite(w).all() for w in after)
    # A constant added to all logits cancels out of some losses, so biases may stand still.
    kernels = [(a, b) for a, b in zip(before, after, strict=True) if a.ndim == 2]
    assert all((a != b).any() for a, b in kernels)


def test_regularizers_are_lazy_and_scaled():
    """With k = 2 the penalty counts twice at steps 0, 2, … and not at all between."""
    real = points(32)

    def after_steps(steps, *regularizers):
        gan = small_gan(lambda: keras.optimizers.SGD(0.01), regularizers=regularizers)
        gan.fit(real, batch_size=32, epochs=steps, verbose=0)
        return weights(gan.discriminator)

    lazy, doubled = Regularizer("r1", 0.5, every=2), Regularizer("r1", 1.0)
    assert_equal(after_steps(1, lazy), after_steps(1, doubled))
    assert differ(after_steps(2, lazy), after_steps(2, doubled))


@pytest.mark.parametrize("name", ["r1", "r2", "gradient_penalty"])
def test_each_regularizer_changes_the_discriminator_only(name):
    real = points(32)
    results = []
    for weight in (0.0, 5.0):
        gan = small_gan(lambda: keras.optimizers.SGD(0.1), regularizers=[Regularizer(name, weight)])
        gan.fit(real, batch_size=32, verbose=0)
        results.append((weights(gan.generator), weights(gan.discriminator)))
    (g_plain, d_plain), (g_penalised, d_penalised) = results
    assert_equal(g_plain, g_penalised)
    assert differ(d_plain, d_penalised)


@pytest.mark.parametrize("loss", losses.LOSSES)
def test_the_pull_on_a_sample_is_minus_the_losses_slope(loss):
    gan = small_gan(loss=loss)
    real, fake = points(5), points(10)[5:]
    pull = np.asarray(gan.pull(real, fake))

    def total(samples):
        logits = [gan.discriminator(each) for each in (real, samples)]
        return 5 * float(gan.adversarial_loss.generator(*logits))

    step, slopes = 1e-2, np.empty((5, 2))
    for i, j in np.ndindex(5, 2):
        shift = np.zeros((5, 2), "float32")
        shift[i, j] = step
        slopes[i, j] = (total(fake + shift) - total(fake - shift)) / (2 * step)
    # Central differences of float32 losses near 3: 1e-7 * 3 / 1e-2, and kinks of LeakyReLU.
    np.testing.assert_allclose(pull, -slopes, atol=2e-3)
    assert np.abs(pull).max() > 0.02


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains(precision, digits):
    keras.config.set_dtype_policy(precision)
    gan = GAN(*networks.dcgan(width=4), regularizers=[Regularizer("r1", 0.1, every=2)])
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    scaled = isinstance(gan.discriminator_optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (precision == "mixed_float16")
    before = weights(gan.discriminator)
    gan.fit(digits[0][:128], batch_size=32, epochs=2, verbose=0)
    after = weights(gan.discriminator)
    assert all(w.dtype == np.float32 and np.isfinite(w).all() for w in after)
    assert all((a != b).any() for a, b in zip(before, after, strict=True))
    assert gan.generate(3).dtype == np.float32


def test_generate_repeats_with_a_seed():
    gan = small_gan()
    np.testing.assert_array_equal(gan.generate(5, seed=1), gan.generate(5, seed=1))
    assert (gan.generate(5) != gan.generate(5)).any()
    assert gan.generate(3).shape == (3, 2)


def test_history_holds_the_means_of_an_epoch():
    gan = small_gan(compile_options={"steps_per_execution": 1})
    history = gan.fit(points(), batch_size=32, epochs=3, verbose=0)
    assert set(history.history) == {"d_loss", "g_loss"}
    assert len(history.history["d_loss"]) == 3
    # An untrained pair of networks is near the losses of logits 0: 2 ln 2 and ln 2.
    assert history.history["d_loss"][0] == pytest.approx(2 * np.log(2), abs=0.1)
    assert history.history["g_loss"][0] == pytest.approx(np.log(2), abs=0.1)


def diverging():
    return small_gan(lambda: keras.optimizers.SGD(1e6), loss="wasserstein")


def test_a_loss_that_is_not_finite_stops_the_fit_with_the_last_good_weights():
    gan = diverging()
    with pytest.raises(FloatingPointError, match=r"Expected finite losses\. Received: .* step \d+"):
        gan.fit(points(), batch_size=32, epochs=50, verbose=0)
    failed_at = int(gan.failed_at)
    assert 0 < failed_at < 30
    assert int(gan.step) == failed_at
    stopped = weights(gan)
    assert all(np.isfinite(weight).all() for weight in stopped)
    assert gan.optimizer.iterations == failed_at
    # The weights are those of a run that ends just before that step.
    until = diverging()
    until.compile(*(keras.optimizers.SGD(1e6) for _ in range(2)), steps_per_execution=1)
    counter = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: setattr(
            until, "stop_training", int(until.step) == failed_at
        )
    )
    until.fit(points(), batch_size=32, epochs=50, callbacks=[counter], verbose=0)
    for a, b in zip(weights(until.generator), weights(gan.generator), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_gradient_that_is_not_finite_stops_the_fit_too():
    """The root has a finite value at 0 and an infinite slope."""

    def steep(real_logits, fake_logits):
        return keras.ops.mean(keras.ops.sqrt(0 * fake_logits))

    gan = small_gan(loss=losses.AdversarialLoss(steep, losses.LOSSES["hinge"].generator))
    before = weights(gan.generator) + weights(gan.discriminator)
    with pytest.raises(FloatingPointError, match="at step 0"):
        gan.fit(points(), batch_size=32, verbose=0)
    assert not differ(before, weights(gan.generator) + weights(gan.discriminator))


def test_stop_on_nan_ends_the_fit_without_an_error(capsys):
    gan = diverging()
    gan.fit(points(), batch_size=32, epochs=50, callbacks=[callbacks.StopOnNaN()], verbose=0)
    assert f"step {int(gan.failed_at)}" in capsys.readouterr().out
    assert gan.stop_training


def test_training_can_go_on_after_a_failure():
    gan = diverging()
    gan.fit(points(), batch_size=32, epochs=50, callbacks=[callbacks.StopOnNaN()], verbose=0)
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0))
    step = int(gan.step)
    gan.adversarial_loss = losses.get("hinge")
    gan.set_weights([np.zeros_like(w) for w in gan.get_weights()])
    gan.step.assign(step)
    gan.fit(points(), batch_size=32, verbose=0)
    assert gan.failure() is None
    assert int(gan.step) == step + 8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "mse"}, r"loss out of .*non_saturating.*Received: 'mse'"),
        ({"update": "both"}, r"update out of .*Received: 'both'"),
        ({"d_steps": 0}, r"d_steps >= 1.*Received: 0"),
        ({"ema": 1.0}, r"ema < 1.*Received: 1 and 1.0"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        small_gan(**options)


def test_networks_that_do_not_fit():
    generator, _ = networks.mlp()
    _, discriminator = networks.dcgan()
    with pytest.raises(ValueError, match=r"fits .*Received: output shape \(2,\) and input shape"):
        GAN(generator, discriminator)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": np.zeros((8, 3), "float32")}, r"shape \(n, 2\).*Received: \(8, 3\)"),
        ({"x": np.zeros((8, 2))}, "float32.*Received: dtype float64"),
        ({"x": np.full((8, 2), np.nan, "float32")}, "finite.*Received"),
        ({"x": np.zeros((8, 2), "float32"), "batch_size": 9}, "from 1 to 8.*Received: 9"),
    ],
)
def test_bad_samples_are_refused_before_training(arguments, message):
    gan = small_gan()
    with pytest.raises(ValueError, match=message):
        gan.fit(**arguments)
    assert int(gan.step) == 0


def test_one_optimizer_for_both_is_refused():
    gan = GAN(*networks.mlp())
    adam = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="Received: the same twice"):
        gan.compile(adam, adam)


def test_eager_and_graph_agree():
    eager = small_gan(compile_options={"run_eagerly": True})
    eager.fit(points(64), batch_size=32, verbose=0)
    graph = small_gan()
    graph.fit(points(64), batch_size=32, verbose=0)
    assert_equal(weights(eager), weights(graph), rtol=1e-4)


def test_xla_compiles_the_step():
    """XLA draws other random numbers, so only what does not depend on them is compared."""
    gan = small_gan(
        compile_options={"jit_compile": True},
        regularizers=[Regularizer("gradient_penalty", 1.0, every=2)],
    )
    history = gan.fit(points(), batch_size=32, verbose=0)
    assert int(gan.step) == 8
    assert history.history["d_loss"][0] == pytest.approx(2 * np.log(2), abs=0.2)
