"""Training in a thread of its own, so that the notebook stays usable."""

import gc
import threading

import keras


class BackgroundFit(keras.callbacks.Callback):
    """Runs a model's `fit` in a thread, and can hold it between two calls into the graph.

    A thread that is held only waits, so that no step is lost or done twice.

    Args:
        model: `keras.Model` to train.
        after: function of the logs, called in the thread after each call into the graph. It
            returns whether to go on.
        ended: function called in the thread at its end, with the exception that ended it or None.
    """

    def __init__(self, model, after, ended):
        super().__init__()
        self._trained, self._after, self._ended = model, after, ended
        self._thread, self._ending = None, False
        self._open, self._resting = threading.Event(), threading.Event()

    @property
    def running(self):
        """Whether there is a thread, training or held."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def playing(self):
        """Whether there is a thread that trains."""
        return self.running and self._open.is_set()

    def play(self, *args, callbacks=(), **kwargs):
        """Train, with the arguments of `fit`, or go on where training is held."""
        self._open.set()
        if not self.running:
            self._ending = False
            kwargs.update(callbacks=[*callbacks, self], verbose=0)
            self._thread = threading.Thread(
                target=self._run, name="BackgroundFit", args=args, kwargs=kwargs, daemon=True
            )
            self._thread.start()

    def hold(self):
        """Return when the thread waits before its next call into the graph, or has ended."""
        self._open.clear()
        while self.running and not self._resting.wait(0.02):
            pass

    def end(self):
        """Train no more, and return when the thread has ended."""
        self._ending = True
        self._open.set()
        if self.running:
            self._thread.join()

    def on_train_batch_end(self, batch, logs=None):
        go_on = self._after(logs)
        self._resting.set()
        self._open.wait()
        self._resting.clear()
        if self._ending or not go_on:
            self.model.stop_training = True

    def _run(self, *args, **kwargs):
        error = None
        # Each picture leaves cycles behind. To look for them among all that TensorFlow and Keras
        # hold would stop every thread for half a second, every few seconds.
        gc.freeze()
        try:
            self._trained.fit(*args, **kwargs)
        except Exception as raised:  # above a thread there is nobody to see it
            error = raised
        finally:
            gc.unfreeze()
        self._open.clear()
        self._ended(error)
