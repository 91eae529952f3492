"""The training of a GAN of images, watched, held and looked back on."""

import concurrent.futures
import time

import ipywidgets
import numpy as np

from ganlib import features, metrics, plotting, scenes
from ganlib.widgets.background import BackgroundFit
from ganlib.widgets.controls import ROW, Panel, button
from ganlib.widgets.screen import Screen

_FRAME = 1.0  # seconds between two pictures, at least
_SAMPLES = 1000  # generated images in each FID
_DISTANCES = 20  # FIDs over the whole training
_KEPT = 300  # pictures to go back to


class Dashboard(Panel):
    """Trains a `GAN` of images in a thread and shows how it goes.

    Shown are the progress with the time left, the losses, histograms of D(x) and D(G(z)), images
    from the same noise throughout, and the FID as it falls. Training can be held and goes on
    without losing a step; a slider goes back to earlier pictures. It ends when the cell is run
    again or its output goes; the GAN keeps what it has learned.

    Args:
        gan: compiled `GAN` or `ConditionalGAN` of images 28 x 28 x 1.
        images: float32 (n, 28, 28, 1) in [-1, 1].
        labels: int (n,), for a `ConditionalGAN`.
        batch_size, epochs: as for `GAN.fit`.

    Raises:
        ValueError: as `GAN.fit`.
    """

    _fit = None  # also where building fails and the half-made widget is closed

    def __init__(self, gan, images, labels=None, batch_size=64, epochs=100):
        gan.hold(images, labels, batch_size)
        self._gan, self._images, self._labels = gan, images, labels
        self._run = {"batch_size": batch_size, "epochs": epochs}
        self._first = int(gan.step)
        self._steps = epochs * (len(images) // batch_size)
        self._inputs = gan.inputs_for(64, seed=0)
        self._real_features = None
        self._curves = {"discriminator": ([], []), "generator": ([], [])}
        self._fid, self._looks = ([], []), []
        self._drawer = concurrent.futures.ThreadPoolExecutor(1)
        self._drawn, self._next, self._clock = None, 0.0, []
        self._fit = BackgroundFit(gan, self._after, self._ended)
        self.screen = Screen()
        self._bar = ipywidgets.FloatProgress(0, max=1, layout={"width": "16em"})
        self._status = ipywidgets.Label("Not started.")
        train = button("Train", "begin, or go on where training is held", "play", self._train)
        hold = button("Pause", "hold the training", "pause", self._hold)
        self._past = ipywidgets.IntSlider(
            0, 0, 0, description="picture", tooltip="go back to an earlier picture",
            layout={"width": "30em", "max_width": "98%"},
        )  # fmt: skip
        self._past.observe(self._go_back, "value")
        self._keep(self._look({}))
        controls = ipywidgets.Box([train, hold, self._bar, self._status], layout=ROW)
        super().__init__([controls, self.screen, self._past])

    def close(self):
        """End the training and take the dashboard off the page."""
        if self._fit is not None:
            self._fit.end()
        super().close()

    def _train(self, _):
        self.screen.expect_a_page()
        self._clock = []
        if not self._fit.running:
            self._say("The first steps are being compiled.")
        self._fit.play(self._images, self._labels, **self._run)

    def _hold(self, _):
        self._fit.hold()
        self._say("Held. Train goes on from here.")

    def _after(self, logs):
        self._clock.append((time.monotonic(), int(self._gan.step)))
        last = self._clock[-1][1] - self._first == self._steps
        if last and self._drawn is not None:
            self._drawn.result()
        if self._drawn is None or last or (self._drawn.done() and time.monotonic() > self._next):
            self._next = time.monotonic() + _FRAME
            self._drawn = self._drawer.submit(self._finish_look, self._look(logs), last)
        return self.screen.visible

    def _look(self, logs):
        """Measure the GAN as it stands, in the thread that trains it."""
        gan, step = self._gan, int(self._gan.step)
        for name, (steps, values) in self._curves.items():
            if logs:
                steps.append(step)
                values.append(float(logs[f"{name[0]}_loss"]))
        due = len(self._fid[0]) * self._steps / _DISTANCES
        samples = None
        if step - self._first >= due:
            chosen = np.arange(_SAMPLES) % 10 if self._labels is not None else _SAMPLES
            samples = gan.generate(chosen, seed=0)
        fake = gan.generator(self._inputs)
        real, condition = self._images[:500], ()
        if self._labels is not None:
            real, condition = [real, self._labels[:500]], (self._inputs[1],)
        return {
            "step": step,
            "images": np.asarray(gan(self._inputs)),
            "real_scores": _probabilities(gan.discriminator(real)),
            "fake_scores": _probabilities(
                gan.discriminator([fake, *condition] if condition else fake)
            ),
            "samples": samples,
            "curves": {name: (list(x), list(y)) for name, (x, y) in self._curves.items()},
        }

    def _finish_look(self, look, last):
        self._keep(look)
        done = (look["step"] - self._first) / self._steps
        self._bar.value = done
        (start, first), (now, step) = self._clock[0], self._clock[-1]
        if last:
            self._say("Done.")
        elif step > first and self._fit.playing:
            left = (now - start) / (step - first) * (self._steps + self._first - step)
            self._say(f"{left:.0f} s left")

    def _keep(self, look):
        """Add the picture to those one can go back to, and show it unless an older one is shown."""
        samples = look.pop("samples")
        if samples is not None:
            if self._real_features is None:
                self._real_features = features.features(self._images)
            distance = metrics.frechet_distance(self._real_features, features.features(samples))
            self._fid[0].append(look["step"])
            self._fid[1].append(distance)
        look["fid"] = list(self._fid[0]), list(self._fid[1])
        at_the_end = self._past.value == self._past.max
        self._looks.append(look)
        if len(self._looks) > _KEPT:
            del self._looks[1:-1:2]
        self._past.max = len(self._looks) - 1
        if at_the_end:
            self._past.value = self._past.max
            self._show(look)

    def _go_back(self, change):
        self._show(self._looks[change["new"]])

    def _show(self, look):
        step, fid = look["step"], look["fid"][1]
        parts = {name: value for name, value in look.items() if name != "step"}
        parts["images"] = plotting.mosaic(look["images"], columns=8)
        alt = f"Images of the generator after {step} steps, FID {fid[-1]:.1f}"
        self.screen.show(scenes.training(**parts), alt)

    def _ended(self, error):
        if error:
            self._say(f"Stopped. {error}")

    def _say(self, text):
        self._status.value = f"step {int(self._gan.step):,}. {text}"


def _probabilities(logits):
    return (1 + np.tanh(np.asarray(logits)[:, 0] / 2)) / 2
