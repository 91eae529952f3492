"""The gradient penalties against closed forms and against finite differences in float64."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from ganlib import regularizers
from ganlib.regularizers import Regularizer, gradient_penalty, r1, r2


def normal(shape, seed=0, scale=1.0):
    return (scale * np.random.default_rng(seed).normal(size=shape)).astype("float32")


def linear(weights, dtype="float32"):
    """Return the discriminator <weights, x> + 3."""
    model = keras.Sequential(
        [keras.Input(weights.shape), keras.layers.Flatten(), keras.layers.Dense(1, dtype=dtype)]
    )
    model.set_weights([weights.reshape(-1, 1), np.full(1, 3.0)])
    return model


class Quadratic:
    """The discriminator x^T A x / 2 with a symmetric A, whose gradient is A x."""

    def __init__(self, size):
        root = normal((size, size), seed=1)
        self.matrix = root + root.T

    def __call__(self, x, training):
        return ops.sum(x * ops.matmul(x, self.matrix), axis=-1, keepdims=True) / 2


class Perceptron:
    """One hidden layer of tanh, as a Keras model and as a function in float64."""

    def __init__(self, inputs=3, units=5):
        self.model = keras.Sequential(
            [
                keras.Input((inputs,)),
                keras.layers.Dense(units, activation="tanh"),
                keras.layers.Dense(1),
            ]
        )
        shapes = [(inputs, units), (units,), (units, 1), (1,)]
        self.weights = [np.float64(normal(s, seed=i)) for i, s in enumerate(shapes)]
        self.model.set_weights(self.weights)

    @staticmethod
    def logits(weights, x):
        first, offset, second, last = weights
        return np.tanh(x @ first + offset) @ second + last

    @staticmethod
    def input_gradients(weights, x):
        """Return dD/dx by the chain rule, (batch, inputs)."""
        first, offset, second, _ = weights
        slope = 1 - np.tanh(x @ first + offset) ** 2
        return (slope * second[:, 0]) @ first.T


def finite_differences(function, array, step=1e-5):
    """Return central differences of a scalar function at every entry of a float64 array."""
    result = np.empty_like(array)
    for index in np.ndindex(array.shape):
        around = [array.copy(), array.copy()]
        around[0][index] += step
        around[1][index] -= step
        result[index] = (function(around[0]) - function(around[1])) / (2 * step)
    return result


class Recorder:
    """A linear discriminator that keeps what it was called with."""

    def __init__(self, weights):
        self.weights = weights

    def __call__(self, x, training):
        self.samples, self.training = ops.convert_to_numpy(x), training
        return ops.matmul(x, self.weights)


PENALTIES = {
    "r1": lambda discriminator, x: r1(discriminator, x, gamma=3.0),
    "r2": lambda discriminator, x: r2(discriminator, x, gamma=3.0),
}


@pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES)
class TestZeroCenteredPenalty:
    @pytest.mark.parametrize("shape", [(2,), (7,), (4, 5, 1), (4, 5, 3)], ids=str)
    def test_linear(self, penalty, shape):
        weights = normal(shape)
        value = penalty(linear(weights), normal((6, *shape), seed=1))
        # Summed over the features of a sample, averaged over samples.
        assert value.dtype == "float32"
        assert float(value) == pytest.approx(1.5 * np.sum(np.float64(weights) ** 2), rel=1e-6)

    def test_quadratic(self, penalty):
        discriminator, x = Quadratic(4), normal((8, 4))
        gradients = np.float64(x) @ discriminator.matrix
        expected = 1.5 * np.mean(np.sum(gradients**2, axis=1))
        assert float(penalty(discriminator, x)) == pytest.approx(expected, rel=1e-6)

    def test_perceptron_against_finite_differences(self, penalty):
        perceptron, x = Perceptron(), normal((6, 3), seed=9)
        gradients = finite_differences(
            lambda points: Perceptron.logits(perceptron.weights, points).sum(), np.float64(x)
        )
        expected = 1.5 * np.mean(np.sum(gradients**2, axis=1))
        # 1e-5: some float32 operations after each other; the differences are good to 1e-9.
        assert float(penalty(perceptron.model, x)) == pytest.approx(expected, rel=1e-5)

    def test_gradient_of_the_weights(self, penalty):
        perceptron, x = Perceptron(), normal((6, 3), seed=9)
        with tf.GradientTape() as tape:
            value = penalty(perceptron.model, x)
        variables = [variable.value for variable in perceptron.model.trainable_variables]
        *received, last = tape.gradient(value, variables)
        assert last is None  # an offset does not change a slope

        def reference(array, position):
            weights = list(perceptron.weights)
            weights[position] = array
            gradients = Perceptron.input_gradients(weights, np.float64(x))
            return 1.5 * np.mean(np.sum(gradients**2, axis=1))

        for position, gradient in enumerate(received):
            expected = finite_differences(
                lambda array, position=position: reference(array, position),
                perceptron.weights[position],
            )
            np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-4)

    def test_weight_0(self, penalty):
        discriminator = linear(np.zeros(3, "float32"))
        assert float(penalty(discriminator, normal((4, 3)))) == 0

    def test_discriminator_is_in_training_mode(self, penalty):
        recorder = Recorder(normal((2, 1)))
        penalty(recorder, normal((4, 2)))
        assert recorder.training is True

    @pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
    def test_16_bit_samples(self, penalty, dtype):
        # The square of a slope of 1e-4 is below float16's smallest number, 6e-8.
        weights = np.full((4, 4, 1), 1e-4, "float32")
        value = penalty(linear(weights), ops.cast(normal((2, 4, 4, 1)), dtype))
        assert value.dtype == "float32"
        assert float(value) == pytest.approx(1.5 * 16e-8, rel=1e-6)

    @pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
    def test_mixed_precision(self, penalty, dtype):
        weights = normal((4, 4, 3))
        value = penalty(linear(weights, dtype), normal((2, 4, 4, 3), seed=1))
        # bfloat16 has 8 digits in base 2: an error of up to 0.4 % in each slope, random in 48.
        assert float(value) == pytest.approx(1.5 * np.sum(weights**2), rel=5e-3)

    def test_unknown_batch_size(self, penalty):
        discriminator = Quadratic(4)
        signature = [tf.TensorSpec((None, 4), "float32")]
        compiled = tf.function(lambda x: penalty(discriminator, x), input_signature=signature)
        for count in (3, 5):
            x = normal((count, 4))
            np.testing.assert_allclose(compiled(x), penalty(discriminator, x), rtol=1e-6)


class TestGradientPenalty:
    @pytest.mark.parametrize("shape", [(2,), (4, 5, 1), (4, 5, 3)], ids=str)
    @pytest.mark.parametrize("norm", [0.25, 1, 3])
    def test_linear(self, shape, norm):
        weights = normal(shape)
        weights *= norm / np.linalg.norm(weights)
        real, fake = normal((6, *shape), seed=1), normal((6, *shape), seed=2)
        value = gradient_penalty(linear(weights), real, fake, weight=10.0, seed=0)
        # Two-sided: a slope below 1 costs too.
        assert float(value) == pytest.approx(10 * (norm - 1) ** 2, rel=1e-5, abs=1e-10)

    def test_quadratic_averages_over_samples(self):
        # Real and fake alike leave one place to draw, so that the penalty is known.
        discriminator, x = Quadratic(4), normal((8, 4))
        norms = np.linalg.norm(np.float64(x) @ discriminator.matrix, axis=1)
        value = gradient_penalty(discriminator, x, x, weight=10.0, seed=0)
        assert float(value) == pytest.approx(10 * np.mean((norms - 1) ** 2), rel=1e-5)

    def test_gradient_of_the_weights(self):
        weights, x = normal(3), normal((4, 3), seed=1)
        discriminator = linear(weights)
        with tf.GradientTape() as tape:
            value = gradient_penalty(discriminator, x, -x, weight=10.0, seed=0)
        gradient = tape.gradient(value, discriminator.trainable_variables[0].value)
        norm = np.linalg.norm(weights)
        expected = 20 * (norm - 1) * weights / norm
        np.testing.assert_allclose(gradient[:, 0], expected, rtol=1e-5)

    def test_flat_discriminator_has_a_finite_gradient(self):
        discriminator = linear(np.zeros(3, "float32"))
        with tf.GradientTape() as tape:
            value = gradient_penalty(discriminator, normal((4, 3)), normal((4, 3)), 10.0, seed=0)
        gradient = tape.gradient(value, discriminator.trainable_variables[0].value)
        assert float(value) == pytest.approx(10, rel=1e-4)  # the root is taken of 0 + 1e-12
        assert np.isfinite(gradient).all()

    def record(self, seed, count=4096):
        """Return the shares of the way from real to fake, one column a feature."""
        recorder = Recorder(normal((3, 1)))
        real, fake = normal((count, 3), seed=1), normal((count, 3), seed=2) + 10
        gradient_penalty(recorder, real, fake, weight=10.0, seed=seed)
        assert recorder.training is True
        return (recorder.samples - real) / (fake - real)

    def test_points_lie_on_the_lines(self):
        shares = self.record(seed=0)
        # 1e-5: float32 numbers of about 10 over differences of about 10, some of them 3.
        np.testing.assert_allclose(shares, shares[:, :1] + np.zeros(3), atol=1e-5)

    def test_places_are_uniform_on_each_line(self):
        shares = np.sort(self.record(seed=0)[:, 0])
        assert shares[0] > -1e-5
        assert shares[-1] < 1 + 1e-5
        # Kolmogorov-Smirnov at 1.63 / sqrt(n): one seed in a hundred would fail, this one not.
        places = (np.arange(4096) + 0.5) / 4096
        assert np.abs(shares - places).max() < 1.63 / np.sqrt(4096)

    def test_seed(self):
        np.testing.assert_array_equal(self.record(seed=7), self.record(seed=7))
        assert not np.array_equal(self.record(seed=7), self.record(seed=8))

    def test_seed_generator_goes_on(self):
        generator = keras.random.SeedGenerator(7)
        first, second = self.record(generator), self.record(generator)
        assert not np.array_equal(first, second)
        np.testing.assert_array_equal(self.record(keras.random.SeedGenerator(7)), first)

    @pytest.mark.parametrize("dtypes", [("float16", "float16"), ("float32", "bfloat16")])
    def test_16_bit_samples(self, dtypes):
        weights = np.full((4, 4, 1), 1e-4, "float32")
        samples = [ops.cast(normal((2, 4, 4, 1), seed), dtype) for seed, dtype in enumerate(dtypes)]
        value = gradient_penalty(linear(weights), *samples, weight=10.0, seed=0)
        assert value.dtype == "float32"
        assert float(value) == pytest.approx(10 * (4e-4 - 1) ** 2, rel=1e-6)

    def test_unknown_batch_size(self):
        signature = [tf.TensorSpec((None, 2), "float32")] * 2
        discriminator = linear(np.float32([3, 4]))
        compiled = tf.function(
            lambda real, fake: gradient_penalty(discriminator, real, fake, 10.0, seed=0),
            input_signature=signature,
        )
        assert float(compiled(normal((3, 2)), normal((3, 2)))) == pytest.approx(160, rel=1e-5)


class TestRegularizer:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("r1", lambda real, fake: np.mean(np.sum(real**2, axis=1))),
            ("r2", lambda real, fake: np.mean(np.sum(fake**2, axis=1))),
        ],
    )
    @pytest.mark.parametrize("every", [1, 16])
    def test_looks_at_its_samples_with_the_weight_times_every(self, name, expected, every):
        def half_square(x, training):
            return ops.sum(ops.square(x), axis=-1) / 2

        real, fake = normal((8, 3), seed=1), normal((8, 3), seed=2)
        value = Regularizer(name, weight=3.0, every=every)(half_square, real, fake)
        assert float(value) == pytest.approx(1.5 * every * expected(real, fake), rel=1e-6)

    @pytest.mark.parametrize("every", [1, 16])
    def test_gradient_penalty(self, every):
        regularizer = Regularizer("gradient_penalty", weight=10.0, every=every)
        recorder = Recorder(np.float32([[3], [4]]))
        real, fake = normal((8, 2), seed=1), normal((8, 2), seed=2)
        value = regularizer(recorder, real, fake, seed=5)
        assert float(value) == pytest.approx(160 * every, rel=1e-5)
        drawn = recorder.samples
        gradient_penalty(recorder, real, fake, weight=1.0, seed=5)
        np.testing.assert_array_equal(recorder.samples, drawn)

    def test_unknown_name(self):
        with pytest.raises(
            ValueError, match=r"'r1', 'r2', 'gradient_penalty'.* Received: 'dropout'$"
        ):
            Regularizer("dropout", weight=1.0)

    @pytest.mark.parametrize(
        ("weight", "every", "received"),
        [(-0.1, 1, "-0.1, 1"), (float("nan"), 1, "nan, 1"), (1.0, 0, "1.0, 0")],
    )
    def test_out_of_range(self, weight, every, received):
        with pytest.raises(ValueError, match=rf"weight >= 0 and every >= 1.* Received: {received}"):
            Regularizer("r1", weight, every)

    def test_does_not_change(self):
        regularizer = Regularizer("r1", 0.1)
        with pytest.raises(dataclasses.FrozenInstanceError):
            regularizer.weight = 1.0

    def test_config(self):
        regularizer = Regularizer("gradient_penalty", weight=10.0, every=4)
        assert Regularizer(**regularizer.get_config()) == regularizer
        config = keras.saving.serialize_keras_object(regularizer)
        assert keras.saving.deserialize_keras_object(config) == regularizer

    def test_is_registered_for_saved_models(self):
        assert keras.saving.get_registered_name(regularizers.Regularizer) == "ganlib>Regularizer"
