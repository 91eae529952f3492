"""Differentiable augmentation of a discriminator's inputs (Zhao et al., 2020).

A discriminator that sees real and generated images only after the same random changes cannot
learn a small data set by heart, and the gradient still reaches the generator through them.
Apply it to both kinds, in the discriminator's step and in the generator's.

Every function takes float images (batch, height, width, channels) in [-1, 1], of static height
and width, and returns as many of the same shape and dtype, each changed by its own draw. The
seed is a `keras.random.SeedGenerator`, which goes on from call to call as training needs it, or
an int of at least 0, which gives the same draws at every call.
"""

import keras
import numpy as np
from keras import ops


def brightness(images, seed, strength=0.5):
    """Add to each image one number, uniform in [-strength, strength].

    The result is not clipped, which would stop the gradient; it can leave [-1, 1].

    Args:
        images: floats (batch, height, width, channels).
        seed: int or `keras.random.SeedGenerator`.
        strength: at least 0; from black to white it is 2.

    Raises:
        ValueError: an argument is not as above.
    """
    images = _check_images(images)
    if strength < 0:
        raise ValueError(f"Expected strength >= 0. Received: {strength}")
    shape = (ops.shape(images)[0], 1, 1, 1)
    shift = keras.random.uniform(shape, -strength, strength, seed=_stream(seed, 0))
    return images + ops.cast(shift, images.dtype)


def translate(images, seed, ratio=0.125):
    """Move each image by a whole number of pixels along either axis.

    Pixels that come in from outside are -1, the background of digits. (The paper has 0, mid-grey,
    there, as suits photographs. A bar of grey also shows by how much an image was moved; on a
    background of -1 the discriminator cannot tell, nor punish a generator whose digits are off
    centre by less than `ratio`.)

    Args:
        images: floats (batch, height, width, channels).
        seed: int or `keras.random.SeedGenerator`.
        ratio: the largest move as a share of the height and of the width, in [0, 1].

    Raises:
        ValueError: an argument is not as above.
    """
    images = _check_images(images)
    _check_ratio(ratio)
    batch, height, width, _ = ops.shape(images)
    # One call for both axes: two calls with an int seed would draw the same numbers.
    share = keras.random.uniform((2, batch, 1), dtype="float32", seed=_stream(seed, 1))
    rows = _moves(share[0], height, ratio, images.dtype)
    columns = _moves(share[1], width, ratio, images.dtype)
    moved = ops.einsum("bik,bjl,bklc->bijc", rows, columns, images)
    inside = ops.einsum("bik,bjl->bij", rows, columns)[..., None]  # 1, or 0 where nothing came
    return moved + (inside - 1)


def cutout(images, seed, ratio=0.5):
    """Blank a rectangle of each image, which may reach over the edge.

    Its centre is uniform over the image. It is filled with 0, mid-grey, as in the paper: a hole
    in the colour of the background could pass for a drawing with a part missing.

    Args:
        images: floats (batch, height, width, channels).
        seed: int or `keras.random.SeedGenerator`.
        ratio: the rectangle's sides as a share of the image's, in [0, 1].

    Raises:
        ValueError: an argument is not as above.
    """
    images = _check_images(images)
    _check_ratio(ratio)
    batch, height, width, _ = ops.shape(images)
    share = keras.random.uniform((2, batch, 1), dtype="float32", seed=_stream(seed, 2))
    rows = _covered(share[0], height, ratio)[:, :, None, None]
    columns = _covered(share[1], width, ratio)[:, None, :, None]
    return ops.where(ops.logical_and(rows, columns), ops.zeros_like(images), images)


_POLICIES = {"brightness": brightness, "translation": translate, "cutout": cutout}


def augment(images, seed, policies=("brightness", "translation", "cutout")):
    """Apply several augmentations, one after the other, at their default strength.

    Args:
        images: floats (batch, height, width, channels).
        seed: int or `keras.random.SeedGenerator`.
        policies: names out of "brightness", "translation" and "cutout", in order.

    Raises:
        ValueError: an argument is not as above.
    """
    if isinstance(policies, str) or not set(policies) <= set(_POLICIES):
        raise ValueError(f"Expected a sequence out of {list(_POLICIES)}. Received: {policies!r}")
    for name in policies:
        images = _POLICIES[name](images, seed)
    return images


@keras.saving.register_keras_serializable("ganlib")
class Augment(keras.layers.Layer):
    """`augment` as the first layer of a discriminator, which then trains on a small data set.

    It acts with `training=True` only, on whatever comes in, real or generated.

    Args:
        policies: as for `augment`.
        seed: int for the layer's own random generator.

    Call:
        images: floats (batch, height, width, channels) in [-1, 1].
    """

    def __init__(self, policies=("brightness", "translation", "cutout"), seed=0, **kwargs):
        super().__init__(**kwargs)
        self.policies = tuple(policies)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=False):
        return augment(images, self.seed_generator, self.policies) if training else images

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "policies": self.policies, "seed": self.seed}


def _moves(share, size, ratio, dtype):
    """Return matrices (batch, size, size) that move a row of pixels by a drawn whole number.

    A product with 0 and 1 needs no gather, whose gradient is a slow scatter.
    """
    limit = int(ratio * size + 0.5)
    move = _whole(share, 2 * limit + 1) - limit  # (batch, 1)
    pixels = ops.arange(size, dtype="int32")
    source = pixels - move  # (batch, size)
    return ops.cast(source[:, :, None] == pixels, dtype)


def _covered(share, size, ratio):
    """Return (batch, size), which pixels lie below a bar with a drawn centre."""
    length = int(ratio * size + 0.5)
    # A bar of even length is centred between two pixels: on one of size + 1 places.
    start = _whole(share, size + 1 - length % 2) - length // 2
    pixels = ops.arange(size, dtype="int32")
    return ops.logical_and(pixels >= start, pixels < start + length)


def _whole(share, count):
    """Return whole numbers 0 ... count - 1 for shares in [0, 1)."""
    return ops.cast(ops.floor(share * count), "int32")


def _stream(seed, number):
    """Return the seed of one augmentation, so that an int's draws differ between them."""
    if isinstance(seed, keras.random.SeedGenerator):
        return seed
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"Expected an int seed >= 0 or a SeedGenerator. Received: {seed!r}")
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _check_images(images):
    images = ops.convert_to_tensor(images)
    dtype = keras.backend.standardize_dtype(images.dtype)
    if len(images.shape) != 4 or "float" not in dtype:
        raise ValueError(
            "Expected float images (batch, height, width, channels). "
            f"Received: {dtype} of shape {images.shape}"
        )
    return images


def _check_ratio(ratio):
    if not 0 <= ratio <= 1:
        raise ValueError(f"Expected a ratio in [0, 1]. Received: {ratio}")
