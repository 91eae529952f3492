"""What happens beside training: pictures of its progress, and an end when it fails."""

import io
import os
import pathlib
import time

import keras

from ganlib import distributed, plotting


class Snapshots(keras.callbacks.Callback):
    """Keep what the averaged generator makes of one fixed batch of noise, epoch by epoch.

    Args:
        n: samples in a snapshot.
        every: epochs between two snapshots; the first is taken before training.
        seed: int of the noise.

    Attributes:
        epochs: list of int, the epochs completed at each snapshot.
        images: list of arrays (n, *sample_shape), one a snapshot.
    """

    def __init__(self, n=16, every=1, seed=0):
        super().__init__()
        self.n, self.every, self.seed = n, every, seed
        self.epochs, self.images = [], []

    def on_train_begin(self, logs=None):
        self._inputs = self.model.inputs_for(self.n, self.seed)
        if not self.epochs:
            self._take(0)

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            self._take(epoch + 1)

    def _take(self, epoch):
        self.epochs.append(epoch)
        self.images.append(keras.ops.convert_to_numpy(self.model(self._inputs)))


class StopOnNaN(keras.callbacks.Callback):
    """End training at the first step that is not finite, with a message and no error.

    `GAN` leaves its weights as they were before that step, with this callback or without;
    without it `fit` raises.
    """

    def on_train_batch_end(self, batch, logs=None):
        failure = self.model.failure()
        if failure:
            self.model.stop_training = True
            print(f"Training stopped. {failure}")


class Resume(keras.callbacks.Callback):
    """Write a checkpoint after each epoch, and go on from it when `fit` is called again.

    For a model with a `step` variable, such as `GAN`. The checkpoint holds all that training
    depends on: weights, both optimisers, the average, the random generators and the place in the
    data. Training that was killed at any moment goes on from the last checkpoint bit for bit as
    if it had not been. (`keras.callbacks.BackupAndRestore` writes the epoch to a second file and
    neither file at once, so that a kill between or during the writing loses the run.)

    Where several machines train the model, the first one writes and all read: the path has to be
    on a disk that they share.

    Args:
        path: file to write, ending in ".weights.h5". It is removed when training ends well.

    Raises:
        ValueError: another ending; a checkpoint of a model with other layers, or one that not
            all machines see.
    """

    def __init__(self, path):
        super().__init__()
        self.path = pathlib.Path(path)
        if not self.path.name.endswith(".weights.h5"):
            raise ValueError(f'Expected a path that ends in ".weights.h5". Received: {path}')
        self._unfinished = self.path.with_name("unfinished." + self.path.name)

    def on_train_begin(self, logs=None):
        strategy = self.model.distribute_strategy
        self._writes = strategy.extended.should_checkpoint
        if self._writes:
            self._unfinished.unlink(missing_ok=True)
        if self.path.exists():
            self.model.load_weights(self.path)
            self.model._initial_epoch = self.model.step.numpy() // self.params["steps"]
        if not distributed.agree(self.model.step, strategy):
            raise ValueError(
                f"Expected all machines to see one checkpoint, {self.path}. "
                f"Received: step {self.model.step.numpy()} on this one and others elsewhere"
            )

    def on_epoch_end(self, epoch, logs=None):
        if self._writes:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.model.save_weights(self._unfinished)
            os.replace(self._unfinished, self.path)

    def on_train_end(self, logs=None):
        # A fit that was stopped early, as by StopOnNaN, keeps its checkpoint.
        if self._writes and not self.model.stop_training:
            self.path.unlink(missing_ok=True)


class LiveProgress(keras.callbacks.Callback):
    """Show in a notebook how far training is, the time left and what the generator draws.

    The bar and the picture are updated in place. A line is printed at every fifth of the way, for
    a terminal that follows the run and for the record.

    Args:
        n: images of the averaged generator, all from the same noise throughout.
        interval: seconds between two updates.
    """

    def __init__(self, n=32, interval=2.0):
        super().__init__()
        self.n, self.interval = n, interval

    def on_train_begin(self, logs=None):
        from IPython.display import DisplayHandle

        self._inputs = self.model.inputs_for(self.n, seed=0)
        self._epoch, self._done, self._started, self._fifth = 0, 0.0, None, 1
        self._bar, self._picture = DisplayHandle(), DisplayHandle()
        self._bar.display(_Bar("the first step is being compiled", 0.0))
        self._picture.display(self._draw())

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        now = time.monotonic()
        self._done = (self._epoch + (batch + 1) / self.params["steps"]) / self.params["epochs"]
        if self._started is None:  # the first call has traced the graph: no measure for the rest
            self._started, self._from, self._shown = now, self._done, now
            return
        left = (now - self._started) / (self._done - self._from) * (1 - self._done)
        bar = _Bar(self._text(logs, f"{left:.0f} s left"), self._done)
        if now - self._shown >= self.interval:
            self._shown = now
            self._bar.update(bar)
            self._picture.update(self._draw())
        if self._done >= self._fifth / 5:
            self._fifth = int(5 * self._done) + 1
            print(bar, flush=True)

    def on_train_end(self, logs=None):
        took = f"{time.monotonic() - self._started:.0f} s" if self._started else "no step"
        self._bar.update(_Bar(self._text(logs, took), self._done))
        self._picture.update(self._draw())

    def _text(self, logs, clock):
        losses = ", ".join(f"{name} {float(value):.3f}" for name, value in (logs or {}).items())
        return f"epoch {self._epoch + 1}/{self.params['epochs']}, {losses}, {clock}"

    def _draw(self):
        from IPython.display import Image

        images = keras.ops.convert_to_numpy(self.model(self._inputs))
        png = io.BytesIO()
        plotting.image_grid(images, columns=16).savefig(png, format="png")
        # The same as alt=, which the IPython of Colab does not know.
        return Image(png.getvalue(), metadata={"alt": "Images that the averaged generator draws"})


class _Bar:
    """A progress bar that a page shows as such and a terminal as a line."""

    def __init__(self, text, share):
        self.text, self.share = text, share

    def __repr__(self):
        return f"{self.share:4.0%} {self.text}"

    def _repr_html_(self):
        return (
            f'<progress value="{self.share:.3f}" style="width: 16em" '
            f'aria-label="training">{self.share:.0%}</progress> {self.text}'
        )
