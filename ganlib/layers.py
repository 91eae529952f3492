"""Layers for GANs that Keras lacks, or has in another form. Images are channels last."""

import keras
from keras import ops

# Layers that are linear in a kernel, and which of its axes counts the output channels.
_OUTPUT_AXES = {
    keras.layers.Dense: -1,
    keras.layers.Conv2D: -1,
    keras.layers.Conv2DTranspose: -2,
}


@keras.saving.register_keras_serializable("ganlib")
class MinibatchStdDev(keras.layers.Layer):
    """Append a channel that tells how much the samples of a group differ.

    The channel holds one number a group: the standard deviation over the group's samples,
    averaged over features and pixels. A discriminator sees a generator's lack of variety in it
    (Karras et al., 2018).

    Args:
        group_size: samples a group, neighbours in the batch, at least 2. A batch that it does
            not divide is one group. A batch of one sample gets 0.

    Call:
        inputs: floats (batch, features) or (batch, height, width, channels).

    Returns:
        The inputs with one more feature or channel, (..., channels + 1).

    Raises:
        ValueError: `group_size` is below 2.
    """

    def __init__(self, group_size=4, **kwargs):
        super().__init__(**kwargs)
        if group_size < 2:
            raise ValueError(f"Expected group_size >= 2. Received: {group_size}")
        self.group_size = group_size

    def call(self, inputs):
        batch, *sample = ops.shape(inputs)
        grouped = ops.reshape(inputs, (-1, self._size_of_group(batch), *sample))
        # Squares of 16-bit numbers would overflow or lose digits.
        grouped = ops.cast(grouped, "float32")  # (groups, group, ..., channels)
        # The root's own gradient at 0, where all samples are alike, is infinite.
        deviation = ops.sqrt(ops.var(grouped, axis=1, keepdims=True) + 1e-8)
        statistic = ops.mean(deviation, axis=range(1, len(grouped.shape)), keepdims=True)
        channel = ops.zeros_like(grouped[..., :1]) + statistic
        channel = ops.reshape(channel, (batch, *sample[:-1], 1))
        return ops.concatenate([inputs, ops.cast(channel, inputs.dtype)], axis=-1)

    def _size_of_group(self, batch):
        if isinstance(batch, int):
            return self.group_size if batch % self.group_size == 0 else batch
        return ops.where(batch % self.group_size == 0, self.group_size, batch)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self):
        return {**super().get_config(), "group_size": self.group_size}


@keras.saving.register_keras_serializable("ganlib")
class SpectralNormalization(keras.layers.Wrapper):
    """Use a layer with its kernel W divided by its largest singular value (Miyato et al., 2018).

    W is seen as a matrix of (all its other axes, output channels). The division belongs to the
    forward pass: the stored kernel stays as it is and the gradient takes account of sigma(W).
    (`keras.layers.SpectralNormalization` overwrites the kernel instead.) Sigma comes from a
    power iteration that goes on from call to call with `training=True`. As a linear map a
    convolution can still have a norm of up to sqrt(kernel height * kernel width).

    Args:
        layer: `Dense`, `Conv2D` or `Conv2DTranspose`; its bias is not normalised.
        power_iterations: steps of the power iteration a call, at least 1.

    Raises:
        ValueError: another layer, or `power_iterations` below 1.
    """

    def __init__(self, layer, power_iterations=1, **kwargs):
        if not isinstance(layer, tuple(_OUTPUT_AXES)):
            names = [kind.__name__ for kind in _OUTPUT_AXES]
            raise ValueError(f"Expected a layer out of {names}. Received: {layer}")
        if power_iterations < 1:
            raise ValueError(f"Expected power_iterations >= 1. Received: {power_iterations}")
        kwargs.setdefault("dtype", layer.dtype_policy)
        super().__init__(layer, **kwargs)
        self.power_iterations = power_iterations
        (self._axis,) = [axis for kind, axis in _OUTPUT_AXES.items() if isinstance(layer, kind)]

    def build(self, input_shape):
        super().build(input_shape)
        self.u = self.add_weight(
            (self.layer.kernel.shape[self._axis],),
            initializer="random_normal",
            trainable=False,
            autocast=False,
            name="u",
        )

    def call(self, inputs, training=False):
        kernel = ops.cast(self.layer.kernel, "float32")
        kernel = ops.moveaxis(kernel, self._axis, -1)
        sigma, u = self._largest_singular_value(ops.reshape(kernel, (-1, kernel.shape[-1])))
        if training:
            self.u.assign(u)
        # The layer is linear in its kernel: x * (W / sigma) + b = (x / sigma) * W + b.
        return self.layer(inputs / ops.cast(sigma, inputs.dtype))

    def _largest_singular_value(self, matrix):
        fixed = ops.stop_gradient(matrix)
        u = self.u.value
        for _ in range(self.power_iterations):
            v = _unit(ops.matmul(fixed, u))
            u = _unit(ops.matmul(v, fixed))
        # With u and v fixed, the gradient is v u^T, as that of the exact singular value.
        sigma = ops.sum(v * ops.matmul(matrix, u))
        # A kernel of zeros has no direction: leave it, and u for the time when it has one.
        some = sigma > 1e-12
        return ops.where(some, sigma, 1.0), ops.where(some, u, self.u.value)

    def compute_output_shape(self, input_shape):
        return self.layer.compute_output_shape(input_shape)

    def get_config(self):
        return {**super().get_config(), "power_iterations": self.power_iterations}


def _unit(vector):
    return vector / ops.maximum(ops.norm(vector), 1e-12)


@keras.saving.register_keras_serializable("ganlib")
class ConditionalBatchNormalization(keras.layers.Layer):
    """Batch normalisation with a scale and an offset for each class (Dumoulin et al., 2017).

    The statistics are those of the whole batch, all classes together, and their moving averages
    in inference, as in `keras.layers.BatchNormalization`. The scales start at 1, the offsets
    at 0.

    Args:
        num_classes: number of classes, at least 1.

    Call:
        inputs: list of floats (batch, ..., channels) and int labels (batch,) from 0 to
            num_classes - 1.

    Returns:
        Floats (batch, ..., channels).

    Raises:
        ValueError: `num_classes` is below 1, or the labels are not of shape (batch,).
    """

    def __init__(self, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = _check_classes(num_classes)
        self.normalization = keras.layers.BatchNormalization(
            center=False, scale=False, dtype=self.dtype_policy
        )

    def build(self, input_shape):
        features, labels = input_shape
        _check_labels(labels)
        self.normalization.build(features)
        shape = (self.num_classes, features[-1])
        self.gamma = self.add_weight(shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape, initializer="zeros", name="beta")

    def call(self, inputs, training=False):
        features, labels = inputs
        normalized = self.normalization(features, training=training)
        shape = (-1,) + (1,) * (len(features.shape) - 2) + (features.shape[-1],)
        gamma = ops.reshape(ops.take(self.gamma, labels, axis=0), shape)
        beta = ops.reshape(ops.take(self.beta, labels, axis=0), shape)
        return gamma * normalized + beta

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}


@keras.saving.register_keras_serializable("ganlib")
class ClassProjection(keras.layers.Layer):
    """Inner product of features and an embedding of the class (Miyato and Koyama, 2018).

    A projection discriminator adds it to the logit that does not know the class.

    Args:
        num_classes: number of classes, at least 1.

    Call:
        inputs: list of floats (batch, features) and int labels (batch,) from 0 to
            num_classes - 1.

    Returns:
        Floats (batch, 1).

    Raises:
        ValueError: `num_classes` is below 1, or the inputs are of other ranks.
    """

    def __init__(self, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = _check_classes(num_classes)

    def build(self, input_shape):
        features, labels = input_shape
        _check_labels(labels)
        if len(features) != 2:
            raise ValueError(f"Expected features (batch, features). Received: shape {features}")
        self.embeddings = self.add_weight((self.num_classes, features[-1]), name="embeddings")

    def call(self, inputs):
        features, labels = inputs
        embedded = ops.take(self.embeddings, labels, axis=0)
        return ops.sum(embedded * features, axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], 1)

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}


def _check_classes(num_classes):
    if num_classes < 1:
        raise ValueError(f"Expected num_classes >= 1. Received: {num_classes}")
    return num_classes


def _check_labels(shape):
    if len(shape) != 1:
        raise ValueError(f"Expected labels of shape (batch,). Received: shape {shape}")
