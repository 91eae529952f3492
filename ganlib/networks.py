"""Builders of generator and discriminator pairs, plain functional Keras models.

The weights are drawn from Keras's global seed: call `keras.utils.set_random_seed` (or
`ganlib.runtime.start`) first to draw the same ones again.
"""

import math

import keras
from keras import layers

from ganlib import data
from ganlib.layers import ClassProjection, ConditionalBatchNormalization


def dcgan(image_shape=(28, 28, 1), latent_dim=64, width=32):
    """Build a small DCGAN (Radford et al., 2016).

    The generator goes from a vector through a Dense layer and two transposed convolutions of
    stride 2 to an image, with batch normalisation and ReLU between and tanh at the end. The
    discriminator mirrors it with strided convolutions and LeakyReLU, without batch
    normalisation, and ends in one logit.

    Args:
        image_shape: (height, width, channels); height and width are multiples of 4.
        latent_dim: length of the noise vector.
        width: channels of the layers next to the image; those further in have twice as many.

    Returns:
        generator, (batch, latent_dim) -> (batch, *image_shape) in [-1, 1], and
        discriminator, (batch, *image_shape) -> (batch, 1).

    Raises:
        ValueError: the image's height or width is not a multiple of 4.
    """
    height, breadth = _coarse_size(image_shape)
    generator = keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(height * breadth * 2 * width, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Reshape((height, breadth, 2 * width)),
            # Kernel 4 at stride 2: every output pixel is met equally often, so no checkerboard.
            layers.Conv2DTranspose(width, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(image_shape[-1], 4, strides=2, padding="same"),
            layers.Activation("tanh", dtype="float32"),
        ],
        name="generator",
    )
    discriminator = keras.Sequential(
        [
            keras.Input(image_shape),
            *_discriminator_body(width),
            layers.Dense(1, dtype="float32"),
        ],
        name="discriminator",
    )
    return generator, discriminator


def conditional_dcgan(num_classes=10, image_shape=(28, 28, 1), latent_dim=64, width=32):
    """Build a DCGAN whose two networks see a class.

    The generator has the class in each normalisation (Dumoulin et al., 2017), the discriminator
    in an inner product with its features (Miyato and Koyama, 2018). Otherwise as `dcgan`.

    Args:
        num_classes: labels are integers from 0 to num_classes - 1.
        image_shape, latent_dim, width: as for `dcgan`.

    Returns:
        generator, [(batch, latent_dim), (batch,)] -> (batch, *image_shape) in [-1, 1], and
        discriminator, [(batch, *image_shape), (batch,)] -> (batch, 1).

    Raises:
        ValueError: the image's height or width is not a multiple of 4.
    """
    height, breadth = _coarse_size(image_shape)
    noise, label = keras.Input((latent_dim,)), keras.Input((), dtype="int32")
    x = layers.Dense(height * breadth * 2 * width, use_bias=False)(noise)
    x = layers.Reshape((height, breadth, 2 * width))(x)
    x = layers.ReLU()(ConditionalBatchNormalization(num_classes)([x, label]))
    x = layers.Conv2DTranspose(width, 4, strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU()(ConditionalBatchNormalization(num_classes)([x, label]))
    x = layers.Conv2DTranspose(image_shape[-1], 4, strides=2, padding="same")(x)
    image = layers.Activation("tanh", dtype="float32")(x)
    generator = keras.Model([noise, label], image, name="generator")

    image = keras.Input(image_shape)
    features = keras.Sequential(_discriminator_body(width))(image)
    logit = layers.Dense(1, dtype="float32")(features)
    logit += ClassProjection(num_classes, dtype="float32")([features, label])
    discriminator = keras.Model([image, label], logit, name="discriminator")
    return generator, discriminator


def mlp(data_shape=(2,), latent_dim=2, width=128, depth=3):
    """Build a pair of multi-layer perceptrons.

    Args:
        data_shape: shape of a sample: (2,) for points in the plane, which the generator draws
            without bounds, or (height, width, channels) for images in [-1, 1], where it ends
            in tanh.
        latent_dim: length of the noise vector.
        width: units of each hidden layer.
        depth: number of hidden layers.

    Returns:
        generator, (batch, latent_dim) -> (batch, *data_shape), and
        discriminator, (batch, *data_shape) -> (batch, 1).
    """
    last = "tanh" if len(data_shape) == 3 else "linear"
    generator = keras.Sequential(
        [
            keras.Input((latent_dim,)),
            *[layers.Dense(width, activation="relu") for _ in range(depth)],
            layers.Dense(math.prod(data_shape)),
            layers.Activation(last, dtype="float32"),
            layers.Reshape(data_shape, dtype="float32"),
        ],
        name="generator",
    )
    hidden = []
    for _ in range(depth):
        hidden += [layers.Dense(width), layers.LeakyReLU(0.2)]
    discriminator = keras.Sequential(
        [keras.Input(data_shape), layers.Flatten(), *hidden, layers.Dense(1, dtype="float32")],
        name="discriminator",
    )
    return generator, discriminator


def encoder(image_shape=(28, 28, 1), latent_dim=64, width=32):
    """Build a VAE's encoder, `dcgan`'s discriminator with two other heads.

    Args:
        image_shape, latent_dim, width: as for `dcgan`.

    Returns:
        model, (batch, *image_shape) -> [mean, log_variance], each float32 (batch, latent_dim).
    """
    image = keras.Input(image_shape)
    features = keras.Sequential(_discriminator_body(width))(image)
    mean = layers.Dense(latent_dim, dtype="float32", name="mean")(features)
    log_variance = layers.Dense(latent_dim, dtype="float32", name="log_variance")(features)
    return keras.Model(image, [mean, log_variance], name="encoder")


def _coarse_size(image_shape):
    """Return the height and width that two doublings turn into those of the image."""
    height, breadth, _ = image_shape
    if height % 4 or breadth % 4:
        raise ValueError(
            "Expected an image_shape (height, width, channels) with height and width multiples "
            f"of 4, since the network doubles both twice. Received: {image_shape}"
        )
    return height // 4, breadth // 4


def _discriminator_body(width):
    return [
        layers.Conv2D(width, 4, strides=2, padding="same"),
        layers.LeakyReLU(0.2),
        layers.Conv2D(2 * width, 4, strides=2, padding="same"),
        layers.LeakyReLU(0.2),
        layers.Flatten(),
    ]


def first_input_shape(model):
    """Return the shape of a model's input, of the first if it takes several, without the batch."""
    return tuple(model.inputs[0].shape[1:])


def check_pair(generator, discriminator):
    """Raise ValueError where the generator's output is not what the discriminator takes."""
    output, wanted = generator.output_shape[1:], first_input_shape(discriminator)
    if not data.shapes_match(output, wanted):
        raise ValueError(
            "Expected a generator whose output fits the discriminator's input. Received: "
            f"output shape {output} and input shape {wanted}"
        )
