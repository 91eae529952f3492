"""How `GAN.fit` scales: images a second on one device and on several that share the batch.

    python tests/benchmarks/bench_devices.py

takes all GPUs of the machine. Without any it takes two halves of the CPU, between which there is
nothing to gain unless one device leaves cores idle: that measures what the exchange costs.
"""

import json
import statistics
import time

from ganlib import GAN, Regularizer, data, networks, runtime

REPEATS = 5


def row(batch_size=64, epochs=1):
    """Measure the default DCGAN on the digits, one device and all in turn.

    Returns:
        dict: "devices" (how many) of which "kind", "batch_size", "one" and "all" (medians of
        images a second), "spread" of each (half the range over the median), and "speedup", at
        best as many times as there are devices.
    """
    runtime.start(cpus=2)
    import tensorflow as tf

    kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
    devices = [device.name for device in tf.config.list_logical_devices(kind)]
    images, _ = data.digits()
    strategies = {"one": devices[:1], "all": devices}
    gans = {name: _compiled(tf.distribute.MirroredStrategy(d)) for name, d in strategies.items()}
    rates = {name: [] for name in gans}
    for _ in range(REPEATS + 1):  # the first round compiles and is left out
        for name, gan in gans.items():
            before, started = gan.step.numpy(), time.perf_counter()
            gan.fit(images, batch_size=batch_size, epochs=epochs, verbose=0)
            tf.test.experimental.sync_devices()
            seconds = time.perf_counter() - started
            rates[name].append((gan.step.numpy() - before) * batch_size / seconds)
    return {"devices": len(devices), "kind": kind, "batch_size": batch_size, **_summary(rates)}


def _compiled(strategy):
    import keras

    with strategy.scope():
        gan = GAN(*networks.dcgan(), regularizers=[Regularizer("r1", weight=0.5, every=16)])
        gan.compile(*(keras.optimizers.Adam(2e-3, beta_1=0.0, beta_2=0.99) for _ in range(2)))
    return gan


def _summary(rates):
    medians = {name: statistics.median(values[1:]) for name, values in rates.items()}
    spread = {
        name: (max(values[1:]) - min(values[1:])) / 2 / medians[name]
        for name, values in rates.items()
    }
    return {**medians, "spread": spread, "speedup": medians["all"] / medians["one"]}


if __name__ == "__main__":
    print(json.dumps(row(), indent=1))
