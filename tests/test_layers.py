"""The layers against NumPy, and that each can be trained, saved and run in mixed precision."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from ganlib.layers import (
    ClassProjection,
    ConditionalBatchNormalization,
    MinibatchStdDev,
    SpectralNormalization,
)


def normal(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def labels(count, classes=3):
    return (np.arange(count) % classes).astype("int32")


def images_and_labels(outputs):
    """Return a model on images (8, 8, 2) and labels whose output is `outputs` of the two."""
    image, label = inputs = [keras.Input((8, 8, 2)), keras.Input((), dtype="int32")]
    output = outputs(image, label)
    # Keras 3.12 refuses an input that leads nowhere, which the labels do in some of the models.
    return keras.Model(inputs, output + 0 * keras.ops.cast(label[:, None], output.dtype))


def projection(image, label):
    flat = keras.layers.Flatten()(image)
    return ClassProjection(3)([flat, label])


# Each layer in a model of images (8, 8, 2) and labels with one output.
MODELS = {
    "MinibatchStdDev": lambda x, y: keras.layers.Dense(1)(
        keras.layers.Flatten()(MinibatchStdDev(2)(x))
    ),
    "SpectralNormalization": lambda x, y: SpectralNormalization(keras.layers.Dense(1))(
        keras.layers.Flatten()(
            SpectralNormalization(keras.layers.Conv2DTranspose(3, 3, strides=2))(
                SpectralNormalization(keras.layers.Conv2D(4, 3, activation="relu"))(x)
            )
        )
    ),
    "ConditionalBatchNormalization": lambda x, y: keras.layers.Dense(1)(
        keras.layers.Flatten()(ConditionalBatchNormalization(3)([x, y]))
    ),
    "ClassProjection": projection,
}


@pytest.mark.parametrize("name", MODELS)
class TestEveryLayer:
    def build(self, name):
        return images_and_labels(MODELS[name])

    def inputs(self, count=8):
        return [normal((count, 8, 8, 2)), labels(count)]

    # Keras hands its variables to np.array, which since NumPy 2 asks for a keyword they lack.
    @pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
    @pytest.mark.parametrize("jit_compile", [False, True])
    def test_trains_and_survives_saving(self, name, jit_compile, tmp_path):
        model = self.build(name)
        model.compile("sgd", "mse", jit_compile=jit_compile)
        targets = normal((16, 1), seed=1)
        model.fit(self.inputs(16), targets, batch_size=8, verbose=0)
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        for saved, variable in zip(model.weights, loaded.weights, strict=True):
            np.testing.assert_array_equal(saved, variable)
        np.testing.assert_array_equal(loaded(self.inputs()), model(self.inputs()))

    def test_clone(self, name):
        model = self.build(name)
        clone = keras.models.clone_model(model)
        clone.set_weights(model.get_weights())
        np.testing.assert_array_equal(clone(self.inputs()), model(self.inputs()))

    @pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
    def test_mixed_precision(self, name, policy):
        model = self.build(name)
        keras.config.set_dtype_policy(policy)
        mixed = self.build(name)
        mixed.set_weights(model.get_weights())
        assert mixed.output.dtype == keras.config.dtype_policy().compute_dtype
        assert {weight.dtype for weight in mixed.weights} == {"float32"}
        values = mixed(self.inputs(), training=True)
        assert values.dtype == mixed.output.dtype
        # bfloat16 rounds each of some operations by up to 0.4 %; outputs are of order 1.
        expected = model(self.inputs(), training=True)
        np.testing.assert_allclose(ops.cast(values, "float32"), expected, atol=0.05)

    def test_unknown_batch_size(self, name):
        model = self.build(name)
        specs = [tf.TensorSpec((None, 8, 8, 2)), tf.TensorSpec((None,), "int32")]
        compiled = tf.function(lambda x, y: model([x, y]), input_signature=specs)
        for count in (1, 7, 8):
            expected = model(self.inputs(count))
            # 1e-5: a graph may sum in another order.
            np.testing.assert_allclose(compiled(*self.inputs(count)), expected, atol=1e-5)


def standard_deviations(x, group_size):
    """Return the statistic of every sample, written as a loop over groups, in float64."""
    x = np.float64(x)
    size = group_size if len(x) % group_size == 0 else len(x)
    result = np.empty(len(x))
    for start in range(0, len(x), size):
        result[start : start + size] = x[start : start + size].std(axis=0).mean()
    return result


class TestMinibatchStdDev:
    # Batches that the group size divides, that it does not, and that it exceeds.
    @pytest.mark.parametrize("count", [8, 7, 4, 3, 2])
    @pytest.mark.parametrize("shape", [(5,), (4, 3, 2)], ids=str)
    def test_loop_over_groups(self, shape, count):
        # Groups that differ in spread, so that a mix-up of groups would show.
        x = (
            normal((count, *shape))
            * np.linspace(1, 5, count, dtype="float32")[(...,) + (None,) * len(shape)]
        )
        outputs = ops.convert_to_numpy(MinibatchStdDev(4)(x))
        assert outputs.shape == (count, *shape[:-1], shape[-1] + 1)
        np.testing.assert_array_equal(outputs[..., :-1], x)
        expected = standard_deviations(x, 4).reshape(-1, *[1] * (len(shape) - 1))
        expected = np.broadcast_to(expected, outputs.shape[:-1])
        np.testing.assert_allclose(outputs[..., -1], expected, rtol=1e-5)

    def test_known_value(self):
        # Two samples 2a apart have the deviation a: 1 and 3 in the two features, 2 on average.
        outputs = MinibatchStdDev(2)(np.float32([[0, 0], [2, 6]]))
        np.testing.assert_allclose(outputs[:, -1], [2, 2], rtol=1e-6)

    @pytest.mark.parametrize("count", [1, 4])
    def test_samples_alike(self, count):
        x = tf.ones((count, 3))
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = MinibatchStdDev(4)(x)
            total = tf.reduce_sum(outputs)
        # sqrt(1e-8), which keeps the gradient finite.
        np.testing.assert_allclose(outputs[:, -1], 1e-4, rtol=1e-4)
        np.testing.assert_allclose(tape.gradient(total, x), np.ones((count, 3)))

    def test_gradient_against_finite_differences(self):
        x, step = normal((4, 3)), 1e-6
        with tf.GradientTape() as tape:
            source = tf.constant(x)
            tape.watch(source)
            total = tf.reduce_sum(MinibatchStdDev(2)(source)[:, -1])
        gradient = tape.gradient(total, source).numpy()
        for index in np.ndindex(x.shape):
            around = np.float64([x, x])
            around[(0, *index)] += step
            around[(1, *index)] -= step
            above, below = (standard_deviations(points, 2).sum() for points in around)
            # 1e-4: the layer adds 1e-8 to a variance, which is small in some of the pairs.
            assert gradient[index] == pytest.approx((above - below) / (2 * step), abs=1e-4)

    def test_statistic_of_16_bit_numbers_is_taken_in_float32(self):
        # The squares of such differences overflow in float16, whose largest number is 65504.
        x = np.float16([[0], [1000]])
        outputs = MinibatchStdDev(2, dtype="float16")(x)
        assert outputs.dtype == "float16"
        np.testing.assert_allclose(outputs[:, -1], [500, 500])

    def test_unknown_image_size(self):
        layer = MinibatchStdDev(2)
        assert layer(keras.Input((None, None, 3))).shape == (None, None, None, 4)
        compiled = tf.function(layer, input_signature=[tf.TensorSpec((None, None, None, 3))])
        x = normal((4, 5, 6, 3))
        np.testing.assert_allclose(compiled(x), layer(x), rtol=1e-6)

    @pytest.mark.parametrize("group_size", [1, 0, -4])
    def test_group_too_small(self, group_size):
        with pytest.raises(ValueError, match=rf"group_size >= 2\. Received: {group_size}$"):
            MinibatchStdDev(group_size)


# Layers with the shape of their inputs and the kernel as (output channels, all the rest).
KERNELS = {
    "Dense": (lambda **k: keras.layers.Dense(4, **k), (6,), lambda w: w.T),
    "Conv2D": (
        lambda **k: keras.layers.Conv2D(4, (2, 3), **k),
        (5, 6, 3),
        lambda w: np.moveaxis(w, 3, 0).reshape(4, -1),
    ),
    "Conv2DTranspose": (
        lambda **k: keras.layers.Conv2DTranspose(4, (2, 3), strides=2, **k),
        (5, 6, 3),
        lambda w: np.moveaxis(w, 2, 0).reshape(4, -1),
    ),
}


def largest_singular_value(name, kernel):
    return np.linalg.svd(KERNELS[name][2](np.float64(kernel)), compute_uv=False)[0]


def wrap(name, **kwargs):
    """Return a wrapped layer of the name with kernels far from a norm of 1, and inputs."""
    build, shape, _ = KERNELS[name]
    wrapped = SpectralNormalization(build(bias_initializer="random_normal", **kwargs), 100)
    wrapped.build((None, *shape))
    wrapped.layer.set_weights([3 * weight for weight in wrapped.layer.get_weights()])
    return wrapped, normal((2, *shape), seed=1)


def converge(wrapped, x):
    """Let the power iteration take 100 steps from where it is, and keep them."""
    wrapped(x, training=True)


@pytest.mark.parametrize("name", KERNELS)
class TestSpectralNormalization:
    def test_divides_the_kernel_by_its_largest_singular_value(self, name):
        wrapped, x = wrap(name, activation="tanh")
        converge(wrapped, x)
        kernel, bias = wrapped.layer.get_weights()
        bare = KERNELS[name][0](activation="tanh")
        bare.build(x.shape)
        bare.set_weights([kernel / largest_singular_value(name, kernel), bias])
        # 1e-4: float32 sums in another order, and what is left of the power iteration.
        np.testing.assert_allclose(wrapped(x), bare(x), rtol=1e-4, atol=1e-4)

    @pytest.mark.parametrize(("steps", "calls"), [(1, 1), (3, 1), (1, 3)])
    def test_power_iteration_goes_on_from_call_to_call(self, name, steps, calls):
        build, shape, matrix_of = KERNELS[name]
        wrapped = SpectralNormalization(build(), power_iterations=steps)
        wrapped.build((None, *shape))
        matrix, u = matrix_of(np.float64(wrapped.layer.kernel)), np.float64(wrapped.u)
        for _ in range(steps * calls):
            v = matrix.T @ u / np.linalg.norm(matrix.T @ u)
            u = matrix @ v / np.linalg.norm(matrix @ v)
        for _ in range(calls):
            wrapped(normal((2, *shape)), training=True)
        np.testing.assert_allclose(wrapped.u, u, atol=1e-5)

    def test_only_training_moves_u_and_nothing_moves_the_kernel(self, name):
        wrapped, x = wrap(name)
        u, weights = wrapped.u.numpy(), wrapped.layer.get_weights()
        wrapped(x)
        wrapped(x, training=False)
        np.testing.assert_array_equal(wrapped.u, u)
        wrapped(x, training=True)
        assert not np.allclose(wrapped.u, u)
        for before, after in zip(weights, wrapped.layer.get_weights(), strict=True):
            np.testing.assert_array_equal(after, before)

    def test_u_is_saved_but_not_trained(self, name):
        wrapped, _ = wrap(name)
        assert [w.path for w in wrapped.non_trainable_weights] == [wrapped.u.path]
        assert [w.name for w in wrapped.trainable_weights] == ["kernel", "bias"]

    def test_gradient_against_finite_differences(self, name):
        wrapped, x = wrap(name)
        converge(wrapped, x)
        kernel, bias = wrapped.layer.get_weights()
        direction = normal(wrapped(x).shape, seed=2)
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(wrapped(x) * direction)
        gradient = tape.gradient(total, wrapped.layer.kernel.value).numpy()

        bare = KERNELS[name][0](dtype="float64")
        bare.build(x.shape)

        def function(kernel):
            bare.set_weights([kernel / largest_singular_value(name, kernel), bias])
            return float(tf.reduce_sum(bare(np.float64(x)) * np.float64(direction)))

        for index in np.random.default_rng(3).integers(kernel.shape, size=(12, kernel.ndim)):
            around = np.float64([kernel, kernel])
            around[(0, *index)] += 1e-5
            around[(1, *index)] -= 1e-5
            expected = (function(around[0]) - function(around[1])) / 2e-5
            assert gradient[tuple(index)] == pytest.approx(expected, rel=1e-3, abs=1e-3)

    def test_gradient_has_no_part_along_the_kernel(self, name):
        # W / sigma(W) does not change with the scale of W. Had sigma been a constant, it would.
        wrapped, x = wrap(name)
        converge(wrapped, x)
        kernel = wrapped.layer.kernel
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(wrapped(x) ** 2)
        gradient = tape.gradient(total, kernel.value).numpy()
        along = np.sum(gradient * kernel.numpy())
        sizes = np.linalg.norm(gradient) * np.linalg.norm(kernel)
        assert sizes > 0.1
        assert abs(along) < 1e-4 * sizes

    def test_kernel_of_zeros(self, name):
        build, shape, _ = KERNELS[name]
        zeros = build(kernel_initializer="zeros", bias_initializer="ones")
        wrapped = SpectralNormalization(zeros, power_iterations=100)
        x = normal((2, *shape))
        np.testing.assert_array_equal(wrapped(x, training=True), np.ones_like(wrapped(x)))
        wrapped.layer.kernel.assign(normal(wrapped.layer.kernel.shape))
        converge(wrapped, x)
        sigma = largest_singular_value(name, wrapped.layer.kernel)
        matrix = KERNELS[name][2](np.float64(wrapped.layer.kernel))
        assert np.linalg.norm(matrix.T @ wrapped.u) == pytest.approx(sigma, rel=1e-4)

    def test_wraps_a_built_layer(self, name):
        build, shape, _ = KERNELS[name]
        layer = build()
        layer.build((None, *shape))
        kernel = layer.kernel.numpy()
        wrapped = SpectralNormalization(layer)
        wrapped(normal((2, *shape)))
        np.testing.assert_array_equal(layer.kernel, kernel)


class TestSpectralNormalizationAsABound:
    def test_dense_is_1_lipschitz(self):
        wrapped, x = wrap("Dense")
        converge(wrapped, x)
        a, b = normal((500, 6), seed=3), normal((500, 6), seed=4)
        outputs = ops.convert_to_numpy(wrapped(a) - wrapped(b))
        ratios = np.linalg.norm(outputs, axis=1) / np.linalg.norm(a - b, axis=1)
        # From below too: some of 500 directions of 6 come near the one that is stretched most.
        assert 0.9 < ratios.max() <= 1 + 1e-5

    @pytest.mark.parametrize(("stride", "bound"), [(3, 1.0), (1, 3.0)])
    def test_convolution(self, stride, bound):
        # At stride 3 the 3 x 3 patches do not overlap and sigma is the norm of the whole map. At
        # stride 1 a pixel lies in up to 9 of them, which makes it up to sqrt(9).
        convolution = keras.layers.Conv2D(4, 3, strides=stride, use_bias=False)
        wrapped = SpectralNormalization(convolution, power_iterations=100)
        converge(wrapped, normal((1, 6, 6, 2)))
        basis = np.eye(72, dtype="float32").reshape(72, 6, 6, 2)
        matrix = ops.convert_to_numpy(wrapped(basis)).reshape(72, -1)
        norm = np.linalg.svd(matrix, compute_uv=False)[0]
        if stride == 3:
            assert norm == pytest.approx(bound, rel=1e-4)
        else:
            assert 1 < norm <= bound

    def test_takes_the_layers_policy(self):
        keras.config.set_dtype_policy("mixed_bfloat16")
        wrapped = SpectralNormalization(keras.layers.Dense(1, dtype="float32"))
        x = normal((4, 6))
        outputs = wrapped(x)
        assert outputs.dtype == "float32"
        kernel = wrapped.layer.kernel.numpy()
        # One column: its singular value is its length, and one step finds it.
        np.testing.assert_allclose(outputs, x @ kernel / np.linalg.norm(kernel), rtol=1e-5)

    @pytest.mark.parametrize("layer", [keras.layers.Flatten(), keras.layers.DepthwiseConv2D(3)])
    def test_other_layers(self, layer):
        with pytest.raises(ValueError, match=r"'Dense', 'Conv2D', 'Conv2DTranspose'.* Received: <"):
            SpectralNormalization(layer)

    def test_no_power_iterations(self):
        with pytest.raises(ValueError, match=r"power_iterations >= 1\. Received: 0$"):
            SpectralNormalization(keras.layers.Dense(1), power_iterations=0)


class TestConditionalBatchNormalization:
    @pytest.mark.parametrize("shape", [(5,), (4, 3, 2)], ids=str)
    def test_training(self, shape):
        layer, x, y = ConditionalBatchNormalization(3), 4 + 3 * normal((64, *shape)), labels(64)
        layer.build([(None, *shape), (None,)])
        gamma, beta = normal((3, shape[-1]), seed=1), normal((3, shape[-1]), seed=2)
        layer.gamma.assign(gamma)
        layer.beta.assign(beta)
        axes = tuple(range(x.ndim - 1))
        mean, variance = np.float64(x).mean(axis=axes), np.float64(x).var(axis=axes)
        expected = np.empty(x.shape)
        for i, label in enumerate(y):
            normalized = (x[i] - mean) / np.sqrt(variance + 1e-3)
            expected[i] = gamma[label] * normalized + beta[label]
        np.testing.assert_allclose(layer([x, y], training=True), expected, rtol=1e-4, atol=1e-4)

    def test_inference_uses_the_moving_statistics(self):
        layer, x, y = ConditionalBatchNormalization(3), 4 + 3 * normal((64, 5)), labels(64)
        mean, variance = np.zeros(5), np.ones(5)
        for _ in range(3):
            layer([x, y], training=True)
            mean = 0.99 * mean + 0.01 * x.mean(axis=0)
            variance = 0.99 * variance + 0.01 * x.var(axis=0)
        for outputs in (layer([x, y]), layer([x, y], training=False)):
            expected = (x - mean) / np.sqrt(variance + 1e-3)
            np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-4)

    def test_starts_as_batch_normalization(self):
        x, y = normal((16, 4, 3, 2)), labels(16)
        outputs = ConditionalBatchNormalization(3)([x, y], training=True)
        plain = keras.layers.BatchNormalization()(x, training=True)
        np.testing.assert_allclose(outputs, plain, atol=1e-6)

    def test_a_class_trains_its_own_row(self):
        layer, x = ConditionalBatchNormalization(3), normal((8, 5))
        with tf.GradientTape() as tape:
            outputs = layer([x, np.full(8, 1)], training=True)
            total = tf.reduce_sum(outputs * x)
        gradients = tape.gradient(total, [layer.gamma.value, layer.beta.value])
        for gradient in map(tf.convert_to_tensor, gradients):
            assert (np.abs(gradient).max(axis=1) > 1e-3).tolist() == [False, True, False]


class TestClassProjection:
    def test_inner_product(self):
        layer, features, y = ClassProjection(3), normal((7, 5)), labels(7)
        outputs = layer([features, y])
        assert outputs.shape == (7, 1)
        embeddings = np.float64(layer.embeddings)
        expected = [[embeddings[label] @ features[i]] for i, label in enumerate(y)]
        np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)

    def test_gradients(self):
        layer, features, y = ClassProjection(3), tf.constant(normal((7, 5))), labels(7)
        with tf.GradientTape() as tape:
            tape.watch(features)
            total = tf.reduce_sum(layer([features, y]))
        received = tape.gradient(total, [features, layer.embeddings.value])
        rows = [features.numpy()[y == label].sum(axis=0) for label in range(3)]
        np.testing.assert_allclose(received[0], layer.embeddings.numpy()[y])
        np.testing.assert_allclose(tf.convert_to_tensor(received[1]), rows, rtol=1e-5, atol=1e-6)

    def test_features_of_another_rank(self):
        with pytest.raises(ValueError, match=r"features\)\. Received: shape \(2, 4, 4, 3\)$"):
            ClassProjection(3)([normal((2, 4, 4, 3)), labels(2)])


@pytest.mark.parametrize("layer", [ConditionalBatchNormalization, ClassProjection])
class TestClasses:
    def test_too_few(self, layer):
        with pytest.raises(ValueError, match=r"num_classes >= 1\. Received: 0$"):
            layer(0)

    def test_labels_of_another_rank(self, layer):
        with pytest.raises(ValueError, match=r"shape \(batch,\)\. Received: shape \(4, 1\)$"):
            layer(3)([normal((4, 5)), labels(4)[:, None]])
