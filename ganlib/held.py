"""`fit` on samples that the device's memory holds, in a loop inside the graph."""

import itertools

import tensorflow as tf

from ganlib import distributed
from ganlib.saving import RandomStateModel
from ganlib.shuffle import Shuffled


class HeldSamplesModel(RandomStateModel):
    """A model that is trained on samples which are held where it computes.

    A subclass has an int `seed`, for the order of the samples; `_check_data(x, y)`, which returns
    the arrays to hold as a tuple or raises a ValueError; and `train_step(batch)`, which takes from
    `_batch` what it trains on.
    """

    _shuffled = None

    @property
    def _replicas(self):
        return self.distribute_strategy.num_replicas_in_sync

    def compile(self, steps_per_execution=None, **kwargs):
        """Set how many steps one call into the graph runs, and what `keras.Model.compile` takes.

        Args:
            steps_per_execution: None: as many as an epoch has, at most 100. Several replicas take
                one at a time, since Keras fails with more.
            **kwargs: as those of `keras.Model.compile`.
        """
        if self._replicas > 1 and steps_per_execution not in (None, 1):
            raise ValueError(
                f"Expected steps_per_execution=1 with {self._replicas} replicas. "
                f"Received: {steps_per_execution}"
            )
        super().compile(steps_per_execution=steps_per_execution or 1, **kwargs)
        self._long_executions = steps_per_execution is None

    def fit(self, x, y=None, batch_size=64, **kwargs):
        """Train on arrays or on a `tf.data.Dataset`, as `keras.Model.fit` does otherwise."""
        if isinstance(x, tf.data.Dataset):
            self._shuffled = self.train_function = None
        else:
            self.hold(x, y, batch_size)
        if self._long_executions:
            at_most = 100 if self._replicas == 1 else 1
            batches = self._shuffled.batches if self._shuffled else at_most
            self.steps_per_execution = min(at_most, batches)
        if self._shuffled is not None:
            number = kwargs.get("steps_per_epoch") or self._shuffled.batches
            kwargs["steps_per_epoch"] = number
            whole, rest = divmod(number, self.steps_per_execution)
            executions = [self.steps_per_execution] * whole + [rest] * (rest > 0)
            self._executions = itertools.cycle(executions)
            x = distributed.unread(self.distribute_strategy)
        return super().fit(x, shuffle=False, **kwargs)

    def train_on_batch(self, x, y=None, **kwargs):
        """Train one step on a batch, as `keras.Model.train_on_batch` does."""
        self._shuffled = self.train_function = None  # this batch, not what an earlier fit held
        return super().train_on_batch(x, y, **kwargs)

    def hold(self, x, y=None, batch_size=64):
        """Keep samples in the device's memory for `train_step`, with the arguments of `fit`."""
        arrays = self._check_data(x, y)
        if batch_size % self._replicas:
            raise ValueError(
                f"Expected a batch_size that {self._replicas} replicas can share evenly. "
                f"Received: {batch_size}"
            )
        held = self._shuffled
        if held is None or not held.holds(arrays, batch_size):
            with self.distribute_strategy.scope():
                self._shuffled = Shuffled(arrays, batch_size, self.seed)
            self.train_function = None  # the graph is traced anew for them

    def _batch(self, number, batch):
        """Return a batch as a tuple: that of this number among held samples, or Keras's.

        Args:
            number: int tensor, counted from 0 over all epochs.
            batch: what Keras gave to `train_step`.
        """
        if self._shuffled is not None:
            batch = self._shuffled.draw(number, *distributed.replica())
        return batch if isinstance(batch, tuple) else (batch,)

    def make_train_function(self, force=False):
        """Set `train_function`, which does one execution; called by `fit`.

        For samples that are held it reads nothing from Keras's iterator. On one replica it is a
        plain loop, where Keras's own asks the iterator at each step whether there is another
        element, a good part of a small network's step.
        """
        if self._shuffled is None or (self.train_function is not None and not force):
            super().make_train_function(force)
        elif self._replicas > 1:
            super().make_train_function(force)
            step, batches = self.train_function, itertools.repeat(None)
            self.train_function = lambda _: step(batches)
        else:
            loop = self._loop if self.run_eagerly else tf.function(self._loop, autograph=False)
            self.train_function = lambda _: loop(tf.constant(next(self._executions)))

    def _loop(self, number):
        """Do so many steps; return the logs."""
        step = self.train_step
        if not self.run_eagerly:
            step = tf.function(step, jit_compile=self.jit_compile)

        def do_one(k):
            self.distribute_strategy.run(step, args=(None,))
            return (k + 1,)

        tf.while_loop(lambda k: k < number, do_one, (0,))
        return self.get_metrics_result()
