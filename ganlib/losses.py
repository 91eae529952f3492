"""Adversarial losses, each a pair of functions of the discriminator's raw outputs (logits).

Every function takes `(real_logits, fake_logits)`, float arrays of equal shape `(batch, ...)`:
one number an image, or a map of them for a patch discriminator. It returns a float32 scalar,
the mean over all of them, to be minimised. Real is 1. With D = sigmoid(logit), the logistic
losses rest on two identities: -log D = softplus(-logit) and -log(1 - D) = softplus(logit).
"""

import dataclasses
from collections.abc import Callable

from keras import ops


def _float32(*logits):
    # Sums and squares of 16-bit logits would overflow or lose digits.
    return [ops.cast(array, "float32") for array in logits]


def _pairs(real_logits, fake_logits):
    real, fake = _float32(real_logits, fake_logits)
    if len(real.shape) != len(fake.shape):  # (batch, 1) and (batch,) would pair all with all
        raise ValueError(
            "Expected real and fake logits of one shape, to pair them. "
            f"Received: {real.shape} and {fake.shape}"
        )
    return real, fake


def logistic_discriminator(real_logits, fake_logits, label_smoothing=0.0):
    """-E[log D(x)] - E[log(1 - D(G(z)))], the cross-entropy (Goodfellow et al., 2014).

    Args:
        label_smoothing: the target of real images is 1 minus this; that of fakes stays 0
            (one-sided smoothing, Salimans et al., 2016).
    """
    real, fake = _float32(real_logits, fake_logits)
    # -(1 - s) log D - s log(1 - D) = softplus(-logit) + s * logit
    real_terms = ops.softplus(-real) + label_smoothing * real
    return ops.mean(real_terms) + ops.mean(ops.softplus(fake))


def minimax_generator(real_logits, fake_logits):
    """E[log(1 - D(G(z)))]: the generator minimises what the discriminator maximises."""
    (fake,) = _float32(fake_logits)
    return ops.mean(-ops.softplus(fake))


def non_saturating_generator(real_logits, fake_logits):
    """-E[log D(G(z))] (Goodfellow et al., 2014, section 3)."""
    (fake,) = _float32(fake_logits)
    return ops.mean(ops.softplus(-fake))


def least_squares_discriminator(real_logits, fake_logits, label_smoothing=0.0):
    """E[(D(x) - 1)^2] / 2 + E[D(G(z))^2] / 2, D the raw output (Mao et al., 2017).

    Args:
        label_smoothing: the target of real images is 1 minus this; that of fakes stays 0.
    """
    real, fake = _float32(real_logits, fake_logits)
    target = 1 - label_smoothing
    return 0.5 * ops.mean(ops.square(real - target)) + 0.5 * ops.mean(ops.square(fake))


def least_squares_generator(real_logits, fake_logits):
    """E[(D(G(z)) - 1)^2] / 2, D the raw output (Mao et al., 2017)."""
    (fake,) = _float32(fake_logits)
    return 0.5 * ops.mean(ops.square(fake - 1))


def hinge_discriminator(real_logits, fake_logits):
    """E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))] (Lim and Ye, 2017)."""
    real, fake = _float32(real_logits, fake_logits)
    return ops.mean(ops.relu(1 - real)) + ops.mean(ops.relu(1 + fake))


def wasserstein_discriminator(real_logits, fake_logits):
    """E[D(G(z))] - E[D(x)] (Arjovsky et al., 2017); D has to be kept Lipschitz elsewhere."""
    real, fake = _float32(real_logits, fake_logits)
    return ops.mean(fake) - ops.mean(real)


def linear_generator(real_logits, fake_logits):
    """-E[D(G(z))], the generator's side of the hinge and the Wasserstein loss."""
    (fake,) = _float32(fake_logits)
    return -ops.mean(fake)


def relativistic_discriminator(real_logits, fake_logits):
    """E[softplus(D(G(z)) - D(x))] over pairs of a real and a fake (Jolicoeur-Martineau, 2018)."""
    real, fake = _pairs(real_logits, fake_logits)
    return ops.mean(ops.softplus(fake - real))


def relativistic_generator(real_logits, fake_logits):
    """E[softplus(D(x) - D(G(z)))] over the same pairs (Jolicoeur-Martineau, 2018)."""
    real, fake = _pairs(real_logits, fake_logits)
    return ops.mean(ops.softplus(real - fake))


@dataclasses.dataclass(frozen=True)
class AdversarialLoss:
    """What the two players minimise.

    Attributes:
        discriminator: function of `(real_logits, fake_logits)`, returns a scalar.
        generator: function of the same, returns a scalar.
        pairs: whether the generator's loss looks at the real logits too.
    """

    discriminator: Callable
    generator: Callable
    pairs: bool = False


LOSSES = {
    "minimax": AdversarialLoss(logistic_discriminator, minimax_generator),
    "non_saturating": AdversarialLoss(logistic_discriminator, non_saturating_generator),
    "least_squares": AdversarialLoss(least_squares_discriminator, least_squares_generator),
    "hinge": AdversarialLoss(hinge_discriminator, linear_generator),
    "wasserstein": AdversarialLoss(wasserstein_discriminator, linear_generator),
    "relativistic": AdversarialLoss(relativistic_discriminator, relativistic_generator, pairs=True),
}


def get(loss):
    """Return the `AdversarialLoss` of a name in `LOSSES`, or the one given.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(loss, AdversarialLoss):
        return loss
    if loss not in LOSSES:
        raise ValueError(f"Expected a loss out of {sorted(LOSSES)}. Received: {loss!r}")
    return LOSSES[loss]
