"""Samples in the device's memory, drawn in shuffled batches inside the graph."""

import keras
from keras import ops


class Shuffled:
    """Batches of samples in an order that is new each epoch.

    The order follows from the seed and the epoch alone, so that training which is stopped
    after any draw goes on with the next one as if it had not been.

    Args:
        arrays: tuple of arrays (n, ...), such as images and their labels.
        batch_size: int from 1 to n. The n % batch_size samples at the end of an epoch's order
            are left out of that epoch.
        seed: int.

    Attributes:
        batches: int, the batches of an epoch.

    Raises:
        ValueError: a batch size out of range.
    """

    def __init__(self, arrays, batch_size, seed):
        n = len(arrays[0])
        if not 1 <= batch_size <= n:
            raise ValueError(
                f"Expected a batch_size from 1 to {n}, the number of samples. "
                f"Received: {batch_size}"
            )
        self.batches = n // batch_size
        self._arrays, self._batch_size = arrays, batch_size
        # Variables, so that under a `tf.distribute.Strategy` each device has a copy of its own.
        self._held = [
            keras.Variable(array, trainable=False, dtype=array.dtype, autocast=False)
            for array in arrays
        ]
        self._random = keras.random.SeedGenerator(seed)
        self._order = keras.Variable(range(n), dtype="int32", trainable=False)
        self._epoch = keras.Variable(-1, dtype="int32", trainable=False)
        self._seed = seed

    def holds(self, arrays, batch_size):
        """Return whether these very arrays are held, in batches of this size."""
        same = [a is b for a, b in zip(self._arrays, arrays, strict=True)]
        return all(same) and batch_size == self._batch_size

    def draw(self, number, part=0, parts=1):
        """Return a batch as a tuple, or a part of it.

        Args:
            number: int tensor, counted from 0 over all epochs.
            part, parts: which part, from 0, out of how many equal ones.
        """
        number = ops.cast(number, "int32")
        epoch, within = number // self.batches, number % self.batches

        def shuffle():
            self._random.state.assign(ops.stack([self._seed, epoch]))
            in_order = ops.arange(len(self._arrays[0]), dtype="int32")
            self._order.assign(keras.random.shuffle(in_order, seed=self._random))
            self._epoch.assign(epoch)
            return epoch

        ops.cond(epoch != self._epoch, shuffle, lambda: epoch)
        size = self._batch_size // parts
        chosen = ops.slice(self._order, [within * self._batch_size + part * size], [size])
        return tuple(ops.take(array, chosen, axis=0) for array in self._held)
