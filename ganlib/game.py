"""A GAN of points in the plane, and what there is to see while it trains."""

import contextlib
import random

import keras
import numpy as np
from scipy.stats import norm

from ganlib import data, metrics, networks
from ganlib.gan import GAN
from ganlib.regularizers import Regularizer

# Small enough for one square of the plane and one set of weights of the regularizers.
MIXTURES = {
    "ring": data.ring(sigma=0.02),
    "grid": data.grid(spacing=0.5, sigma=0.02),
    "moons": data.moons(),
    "spiral": data.spiral(),
}
REGULARIZERS = {
    "none": (),
    "R1": (Regularizer("r1", 0.01),),
    "R1 and R2": (Regularizer("r1", 0.01), Regularizer("r2", 0.01)),
    "gradient penalty": (Regularizer("gradient_penalty", 0.1),),
}
LIMIT = 1.5  # half side of the square that is looked at
STEPS = 10  # training steps in one call into the graph
BATCH = 256
_SHOWN, _NET, _SQUARE = 200, 13, 36  # points of either kind, lines of the net, cells a side


class Game:
    """A small GAN of points, with a fixed set of noise and places at which it is looked at.

    Args:
        mixture: `ganlib.data.Mixture` to learn.
        loss, update, seed: as for `GAN`.
        regularizer: name in `REGULARIZERS`.
        width, depth: as for `ganlib.networks.mlp`.
        rates: learning rates of the generator and of the discriminator.

    Attributes:
        gan: the compiled `GAN`.
        points: float32 (25600, 2), samples of the mixture, which it trains on.

    Raises:
        ValueError: an unknown name or a number out of range.
    """

    def __init__(
        self,
        mixture,
        loss="non_saturating",
        regularizer="none",
        update="alternating",
        width=64,
        depth=2,
        seed=0,
        rates=(1e-3, 1e-3),
    ):
        if regularizer not in REGULARIZERS:
            raise ValueError(
                f"Expected a regularizer out of {list(REGULARIZERS)}. Received: {regularizer!r}"
            )
        self.mixture, self.points = mixture, mixture.sample(100 * BATCH, seed)
        with _seeded(seed):
            pair = networks.mlp(width=width, depth=depth)
            penalties = REGULARIZERS[regularizer]
            self.gan = GAN(*pair, loss=loss, regularizers=penalties, update=update, seed=seed)
            optimizers = [keras.optimizers.Adam(rate, 0.0, 0.99) for rate in rates]
            self.gan.compile(*optimizers, steps_per_execution=STEPS)
            self.gan.hold(self.points, batch_size=BATCH)
        rng = np.random.default_rng(seed)
        quantiles = norm.ppf(np.linspace(0.02, 0.98, _NET))
        ticks = np.linspace(-LIMIT, LIMIT, _SQUARE)
        noise = rng.normal(size=(500, 2)), _crossings(quantiles)
        self._noise = np.concatenate(noise).astype("float32")
        self._square = _crossings(ticks).astype("float32")
        self._curves = {name: ([], []) for name in ("discriminator", "generator", "modes")}

    def step(self):
        """Train one step, the same that `gan.fit` on `points` would do next."""
        self.gan.train_step(None)

    def set_rates(self, generator, discriminator):
        """Set the learning rates of the steps to come."""
        self.gan.generator_optimizer.learning_rate = generator
        self.gan.discriminator_optimizer.learning_rate = discriminator

    def look(self):
        """Measure the game as it stands; return the arguments of `ganlib.scenes.duel`."""
        samples, net = np.split(np.asarray(self.gan.generator(self._noise)), [500])
        real, fake = self.points[:_SHOWN], samples[:_SHOWN]
        seen = np.concatenate([real, fake, self._square])
        logits = np.asarray(self.gan.discriminator(seen))[:, 0]
        of_real, of_fake, square = np.split(logits, [_SHOWN, 2 * _SHOWN])
        self._note(of_real, of_fake, samples)
        return {
            "real": real,
            "fake": fake,
            "pull": np.asarray(self.gan.pull(real, fake)),
            "net": net.reshape(_NET, _NET, 2),
            # The logistic function by tanh, which cannot overflow.
            "surface": (1 + np.tanh(square.reshape(_SQUARE, _SQUARE) / 2)) / 2,
            "limit": LIMIT,
            "curves": {name: (list(x), list(y)) for name, (x, y) in self._curves.items()},
        }

    def _note(self, of_real, of_fake, samples):
        loss = self.gan.adversarial_loss
        reached = metrics.mode_coverage(samples, self.mixture).modes
        values = {
            "discriminator": float(loss.discriminator(of_real, of_fake)),
            "generator": float(loss.generator(of_real, of_fake)),
            "modes": reached / len(self.mixture.means),
        }
        for name, (steps, curve) in self._curves.items():
            steps.append(int(self.gan.step))
            curve.append(values[name])
            if len(steps) > 600:  # thin out what is long ago: every second point will do
                del steps[1:-1:2], curve[1:-1:2]

    def halves(self):
        """Train one step and return it as two looks: the discriminator has moved, then both.

        In a simultaneous update the generator follows the discriminator as it was before.
        """
        before = self.look()
        self.step()
        after = self.look()
        half = {name: before[name] for name in ("fake", "pull", "net")}
        if self.gan.update == "alternating":
            half["pull"] = np.asarray(self.gan.pull(before["real"], before["fake"]))
        return {**after, **half, "moved": "discriminator"}, {**after, "moved": "generator"}


@contextlib.contextmanager
def _seeded(seed):
    """Let what is built follow from the seed alone, and the notebook's random numbers be."""
    state = random.getstate()  # from which Keras draws the seeds of weights
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


def _crossings(ticks):
    """Return the crossings of a square grid row by row, (len(ticks)^2, 2)."""
    return np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
