"""What `GAN.fit` costs beside a bare loop in one graph, eager steps and `train_on_batch`.

The same networks, batch and optimizers for all; the bare loop is `bare.Bare`. The contenders take
turns within one run: medians over the rounds, quartiles in brackets.
"""

import tensorflow as tf

from benchmarks import bare, peers, timing
from benchmarks.report import Row
from ganlib import GAN, data, networks, runtime

BUILDERS = {"mlp": networks.mlp, "dcgan": networks.dcgan}
BATCH = {"mlp": 256, "dcgan": 64}
GOALS = {"bare loop": ("<=", 1.15), "eager": (">=", 30), "train_on_batch": (">=", 50)}
LABELS = {
    "bare loop": "GAN.fit / bare loop in one tf.function",
    "without averaging": "GAN.fit / bare loop without the averaged generator",
    "eager": "eager / GAN.fit",
    "train_on_batch": "train_on_batch / GAN.fit",
}


def cases(quick):
    return list(BUILDERS)


def measure(case, quick):
    runtime.start(0)
    samples = data.ring().sample(25_600, seed=0) if case == "mlp" else data.digits()[0]
    build, batch = BUILDERS[case], BATCH[case]
    if quick:
        samples = samples[: 4 * batch]
    per_epoch = len(samples) // batch
    epochs = 1 if quick else {"mlp": 10, "dcgan": 4}[case]
    steps = {name: epochs * per_epoch for name in ("GAN.fit", "bare loop", "without averaging")}
    steps |= {"eager": 2 if quick else 20, "train_on_batch": 2 if quick else 10}
    calls = contenders(build, samples, batch, steps, epochs)
    clock, cpu = timing.alternate(calls, rounds=2 if quick else 9)
    return {
        "seconds": {name: timing.quartiles(times / steps[name]) for name, times in clock.items()},
        "cpu": {name: timing.quartiles(times / steps[name]) for name, times in cpu.items()},
        "batch_size": batch,
    }


def contenders(build, samples, batch, steps, epochs):
    """Return functions that do so many steps each, {name: function}."""
    gan = GAN(*build())
    gan.compile(bare.adam(), bare.adam())
    averaged = bare.Bare(build(), samples, batch, 0.999, bare.adam)
    plain = bare.Bare(build(), samples, batch, None, bare.adam)
    eager = bare.Bare(build(), samples, batch, 0.999, bare.adam)
    pattern = peers.KerasGAN(samples, 0, batch, build(), bare.adam)
    batches = list(pattern.batches.take(1))
    return {
        "GAN.fit": lambda: gan.fit(samples, batch_size=batch, epochs=epochs, verbose=0),
        "bare loop": lambda: _wait(averaged.steps(tf.constant(steps["bare loop"]))),
        "without averaging": lambda: _wait(plain.steps(tf.constant(steps["without averaging"]))),
        "eager": lambda: _wait([eager.step() for _ in range(steps["eager"])]),
        "train_on_batch": lambda: [pattern.step(*batches) for _ in range(steps["train_on_batch"])],
    }


def _wait(_):
    tf.test.experimental.sync_devices()


def rows(records):
    for case, record in records.items():
        seconds, cpu = record["seconds"], record["cpu"]
        yield Row(f"{case}, batch {record['batch_size']}: GAN.fit", timing.text(seconds["GAN.fit"]))
        for name, label in LABELS.items():
            ratio, cpu_ratio = (_ratio(taken, name) for taken in (seconds, cpu))
            text = f"{timing.text(seconds[name])}; as CPU time {cpu_ratio:.3g} times"
            yield Row(f"{case}: {label}", text, ratio, GOALS.get(name))


def _ratio(taken, name):
    other, ours = taken[name][0], taken["GAN.fit"][0]
    return other / ours if name in ("eager", "train_on_batch") else ours / other
