"""Multiply-adds of a training step, counted from the layers.

Counted are the layers that multiply matrices: dense ones, convolutions, transposed convolutions.
A position at the border counts as one inside does. Additions of biases, normalisation,
activations and the optimizers are left out: their share of the arithmetic is below a hundredth.
"""

import math
from typing import NamedTuple

from keras import layers


class Pass(NamedTuple):
    """How often a step takes a layer forward, and its gradients by weights and by inputs."""

    forward: int
    by_weights: int
    by_inputs: int


def multiplying_layers(model):
    """Return the layers of a Sequential model that multiply matrices, from its input on."""
    kinds = (layers.Dense, layers.Conv2D, layers.Conv2DTranspose)
    return [layer for layer in model.layers if isinstance(layer, kinds)]


def forward(layer):
    """Return the multiply-adds that a layer does for one sample.

    Each output of a Dense or a convolution meets all weights that lead to it. In a transposed
    convolution it is each input that meets all weights that lead away from it.
    """
    if isinstance(layer, layers.Dense):
        return math.prod(layer.kernel.shape)
    shape = layer.input.shape if isinstance(layer, layers.Conv2DTranspose) else layer.output.shape
    return math.prod(shape[1:3]) * math.prod(layer.kernel.shape)


def passes(generator, discriminator, update="simultaneous"):
    """Return (layer, Pass) for each layer of both players, for a GAN's step on one batch.

    The discriminator sees the real and the generated samples. Its own gradient needs no slope by
    its inputs; the generator's comes back through the discriminator to the pixels.
    """
    again = update == "alternating"  # the generator meets the new discriminator with new samples
    for k, layer in enumerate(multiplying_layers(generator)):
        yield layer, Pass(1 + again, 1, int(k > 0))
    for k, layer in enumerate(multiplying_layers(discriminator)):
        yield layer, Pass(2 + again, 2, 2 * (k > 0) + 1)


def multiply_adds(generator, discriminator, batch_size, update="simultaneous"):
    """Return the multiply-adds of one step."""
    each = passes(generator, discriminator, update)
    return batch_size * sum(forward(layer) * sum(times) for layer, times in each)
