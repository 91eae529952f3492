"""Gradient penalties on the discriminator. Each returns a scalar to add to its loss."""

import dataclasses
import functools

import keras
import tensorflow as tf
from keras import ops

from ganlib import distributed


def _squared_gradient_norms(discriminator, samples):
    """Return |dD/dx|^2 of every sample, float32 (batch,)."""
    # Float32, because the gradient with respect to 16-bit samples would be rounded to 16 bits.
    samples = ops.cast(samples, "float32")
    with tf.GradientTape() as tape:
        tape.watch(samples)
        # Samples do not see each other, so the gradient of the sum holds each one's own.
        total = ops.sum(discriminator(samples, training=True))
    gradients = tape.gradient(total, samples)
    return ops.sum(ops.square(gradients), axis=range(1, len(gradients.shape)))


def r1(discriminator, real, gamma):
    """gamma / 2 * E[|dD/dx|^2] at real samples (Mescheder et al., 2018).

    Args:
        discriminator: model that gives logits, called with `training=True`.
        real: float tensor (batch, ...).
        gamma: weight, at least 0. What is right depends on the scale of the data.
    """
    return gamma / 2 * ops.mean(_squared_gradient_norms(discriminator, real))


def r2(discriminator, fake, gamma):
    """gamma / 2 * E[|dD/dx|^2] at generated samples (Mescheder et al., 2018)."""
    return gamma / 2 * ops.mean(_squared_gradient_norms(discriminator, fake))


def gradient_penalty(discriminator, real, fake, weight, seed=None):
    """weight * E[(|dD/dx| - 1)^2] between real and fake samples (Gulrajani et al., 2017).

    Each point lies uniformly at random on the line from a real sample to a fake one.

    Args:
        discriminator: model that gives logits, called with `training=True`.
        real, fake: float tensors of one shape (batch, ...).
        weight: at least 0; 10 in the paper.
        seed: int or `keras.random.SeedGenerator`.
    """
    real, fake = ops.cast(real, "float32"), ops.cast(fake, "float32")
    shape = (ops.shape(real)[0],) + (1,) * (len(real.shape) - 1)
    uniform = functools.partial(keras.random.uniform, dtype="float32")
    share = distributed.draw(uniform, shape, seed)
    between = real + share * (fake - real)
    squared = _squared_gradient_norms(discriminator, between)
    norms = ops.sqrt(squared + 1e-12)  # the root's own gradient at 0 is infinite
    return weight * ops.mean(ops.square(norms - 1))


@keras.saving.register_keras_serializable("ganlib")
@dataclasses.dataclass(frozen=True)
class Regularizer:
    """A penalty as `GAN` applies it: every few steps, with the weight scaled up to match.

    Attributes:
        name: "r1", "r2" or "gradient_penalty".
        weight: the penalty's gamma or weight, at least 0.
        every: apply it at every k-th step, times k (lazy regularisation, Karras et al., 2020).

    Raises:
        ValueError: an unknown name, a negative weight, or `every` below 1.
    """

    name: str
    weight: float
    every: int = 1

    def __post_init__(self):
        names = ("r1", "r2", "gradient_penalty")
        if self.name not in names:
            raise ValueError(f"Expected a regularizer out of {names}. Received: {self.name!r}")
        if not self.weight >= 0 or self.every < 1:  # written so that NaN fails too
            raise ValueError(
                f"Expected weight >= 0 and every >= 1. Received: {self.weight}, {self.every}"
            )

    def __call__(self, discriminator, real, fake, seed=None):
        """Return the penalty at a step at which it is due, scaled by `every`."""
        weight = self.weight * self.every
        if self.name == "r1":
            return r1(discriminator, real, weight)
        if self.name == "r2":
            return r2(discriminator, fake, weight)
        return gradient_penalty(discriminator, real, fake, weight, seed)

    def get_config(self):
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config):
        return cls(**config)
