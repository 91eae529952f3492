"""Fewer passes give the same gradients: what tests/benchmarks/passes.py compares in speed."""

import keras
import numpy as np
import pytest
from benchmarks import passes

from ganlib import GAN, networks


def after_one_step(kind, make_networks, samples, loss):
    """Return how far plain gradient descent moves each network's weights in one step.

    The learning rate is so large that the digits of the weights before the step do not matter.
    """
    keras.utils.set_random_seed(0)
    gan = kind(*make_networks(), loss=loss)
    gan.compile(keras.optimizers.SGD(1e4), keras.optimizers.SGD(1e4))
    players = gan.generator, gan.discriminator
    before = [player.get_weights() for player in players]
    gan.fit(samples, batch_size=len(samples), verbose=0)
    return [
        [b - a for a, b in zip(weights, player.get_weights(), strict=True)]
        for weights, player in zip(before, players, strict=True)
    ]


@pytest.mark.parametrize("loss", ["non_saturating", "minimax", "least_squares", "relativistic"])
@pytest.mark.parametrize("kind", [passes.OnePass, passes.OneBackward])
@pytest.mark.parametrize(
    ("make_networks", "shape"), [(networks.mlp, (2,)), (networks.dcgan, (28, 28, 1))]
)
def test_gradients_are_those_of_separate_passes(make_networks, shape, kind, loss):
    samples = np.random.default_rng(0).uniform(-1, 1, (16, *shape)).astype("float32")
    expected = after_one_step(GAN, make_networks, samples, loss)
    received = after_one_step(kind, make_networks, samples, loss)
    for right, changes in zip(expected, received, strict=True):
        # Sums in another order differ by some roundings. A loss of differences of logits does not
        # move the last bias at all, so that each array cannot be its own measure.
        largest = max(np.abs(change).max() for change in right)
        for a, b in zip(right, changes, strict=True):
            np.testing.assert_allclose(b, a, rtol=0, atol=1e-5 * largest)
