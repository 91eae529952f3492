"""A GAN of points in the plane, to play with while it trains."""

import time

import ipywidgets
import numpy as np

from ganlib import data, losses, scenes
from ganlib.game import BATCH, LIMIT, MIXTURES, REGULARIZERS, Game
from ganlib.widgets.background import BackgroundFit
from ganlib.widgets.controls import ROW, Panel, button, choice
from ganlib.widgets.screen import Screen

_BRUSH = 0.05  # standard deviation of the mode that one touch of the picture adds
_APART = 0.08  # the least distance of two of them
_FRAME = 0.1  # seconds from picture to picture, at least: the eye needs no more, training does
_SLOWER = 1.3  # where one takes longer to draw: this many times as long, so that training goes on


class Playground(Panel):
    """A GAN of points in the plane with its knobs: play, pause, step, reset.

    Shown are real and generated points, the discriminator's verdict on the plane, what the
    generator makes of a grid of noise, where its loss sends each point, and the curves of the
    losses and of the modes reached. A step shows the discriminator's move first and the
    generator's next. With the data "drawn", pointer or keyboard draw on the picture what is to be
    learned. Training runs in a thread, and ends when the cell is run again or its output goes.

    Args:
        mixture: name in `ganlib.game.MIXTURES`, or "drawn".
        **settings: those of `ganlib.game.Game` but for the mixture.

    Raises:
        ValueError: an unknown name.
    """

    _fit = None  # also where building fails and the half-made widget is closed

    def __init__(self, mixture="ring", **settings):
        self.screen = Screen(on_mark=self._mark)
        self._marks, self._second_half = [], None
        self._next, self._frames, self._since = 0.0, 0, None
        self._knobs = _knobs(mixture, settings)
        self._rates = [self._knobs.pop(f"{player} rate") for player in ("G", "D")]
        self._status = ipywidgets.Label()
        self._buttons = [
            button("Play", "train on", "play", self._play),
            button("Pause", "hold the training", "pause", self._pause),
            button("Step", "the discriminator's move, then G's", "forward", self._step),
            button("Reset", "begin anew", "refresh", self._reset),
            button("Clear", "wipe out what is drawn", "eraser", self._clear),
        ]
        for knob in self._knobs.values():
            knob.observe(self._reset, "value")
        for rate in self._rates:
            rate.observe(self._set_rates, "value")
        super().__init__(
            [
                ipywidgets.Box([*self._buttons, self._status], layout=ROW),
                self.screen,
                ipywidgets.Box([*self._knobs.values(), *self._rates], layout=ROW),
            ]
        )
        self._reset()

    def close(self):
        """End the training and take the playground off the page."""
        if self._fit is not None:
            self._fit.end()
        super().close()

    def _reset(self, _=None):
        playing = self._fit is not None and self._fit.playing
        if self._fit is not None:
            self._fit.end()
        values = {name: knob.value for name, knob in self._knobs.items()}
        self.screen.drawing = values.pop("data") == "drawn"
        self._buttons[-1].layout.display = None if self.screen.drawing else "none"
        self._game = Game(self._mixture(), **values, rates=[rate.value for rate in self._rates])
        self._fit = BackgroundFit(self._game.gan, self._after, self._ended)
        self._second_half = None
        self._show(self._game.look())
        self._say("Draw on the picture, then play." if self.screen.drawing else "")
        if playing:
            self._play()

    def _mixture(self):
        name = self._knobs["data"].value
        if name != "drawn":
            return MIXTURES[name]
        return data.Mixture(np.array(self._marks or [[0.0, 0.0]]), _BRUSH)

    def _set_rates(self, _):
        self._game.set_rates(*(rate.value for rate in self._rates))

    def _play(self, _=None):
        self._second_half, self._since = None, None
        self.screen.expect_a_page()
        self._say("The first steps are being compiled." if not self._fit.running else "")
        self._fit.play(self._game.points, batch_size=BATCH, epochs=10**9)

    def _pause(self, _=None):
        self._fit.hold()
        self._show(self._game.look())
        self._say("Paused.")

    def _step(self, _=None):
        self._fit.hold()
        if self._second_half is None:
            first, self._second_half = self._game.halves()
            self._show(first)
        else:
            self._show(self._second_half)
            self._second_half = None
        self._say("")

    def _mark(self, x, y):
        left, top, width, height = scenes.PLANE
        place = LIMIT * np.array([2 * (x - left) / width - 1, 1 - 2 * (y - top) / height])
        apart = [np.hypot(*(place - mark)) for mark in self._marks]
        if np.abs(place).max() <= LIMIT and min(apart, default=np.inf) >= _APART:
            self._marks.append(place)
            self._reset()

    def _clear(self, _):
        self._marks = []
        self._reset()

    def _after(self, logs):
        """Draw a picture when the next one is due; see if it is seen.

        Drawn by the thread that trains: beside the training it would take twice as long.
        """
        now = time.monotonic()
        if now >= self._next:
            self._show_and_count(self._game.look())
            self._next = now + max(_FRAME, _SLOWER * (time.monotonic() - now))
        return self.screen.visible

    def _ended(self, error):
        self._say(f"Stopped. {error}" if error else "Stopped.")

    def _show(self, look):
        place = look["curves"]
        alt = (
            f"A GAN of points after {place['modes'][0][-1]} steps: "
            f"{place['modes'][1][-1]:.0%} of the modes reached"
        )
        self.screen.show(scenes.duel(**look), alt)

    def _show_and_count(self, look):
        self._show(look)
        now, step = time.monotonic(), look["curves"]["modes"][0][-1]
        if self._since is None:
            self._since, self._frames = (now, step), 0
        self._frames += 1
        seconds = now - self._since[0]
        if seconds > 1 and self._fit.playing:
            speed, frames = (step - self._since[1]) / seconds, self._frames / seconds
            self._say(f"{speed:,.0f} steps and {frames:.0f} pictures a second")
            self._since, self._frames = (now, step), 0

    def _say(self, text):
        self._status.value = f"step {int(self._game.gan.step):,}. {text}"


def _knobs(mixture, settings):
    """Return the controls by the names of `Game`'s arguments, with what was asked for set."""
    sizes = {"width": (16, 32, 64, 128), "depth": (1, 2, 3)}
    choices = {
        "data": ([*MIXTURES, "drawn"], "what is to be learned"),
        "loss": (list(losses.LOSSES), "the adversarial loss"),
        "regularizer": (list(REGULARIZERS), "what holds the discriminator back"),
        "update": (["alternating", "simultaneous"], "whether G meets the new D or the old one"),
        "width": (sizes["width"], "units of each hidden layer"),
        "depth": (sizes["depth"], "hidden layers of either network"),
    }
    values = {
        "data": mixture,
        "loss": "non_saturating",
        "regularizer": "none",
        "update": "alternating",
        "width": 64,
        "depth": 2,
        "seed": 0,
        "rates": (1e-3, 1e-3),
        **settings,
    }
    knobs = {}
    for name, (options, tooltip) in choices.items():
        if values[name] not in options:
            raise ValueError(f"Expected {name} out of {options}. Received: {values[name]!r}")
        knobs[name] = choice(name, options, values[name], tooltip)
    knobs["seed"] = ipywidgets.BoundedIntText(
        values["seed"], 0, 9999, description="seed", tooltip="of weights, noise and data"
    )
    for player, rate in zip("GD", values["rates"], strict=True):
        knobs[f"{player} rate"] = ipywidgets.FloatLogSlider(
            rate,
            min=-5,
            max=-1,
            description=f"{player} rate",
            tooltip=f"learning rate of {player}; it acts at once",
            readout_format=".1e",
        )
    return knobs
