"""Quality that the default recipes reach within a minute, over seeds.

`mnist_t10k` needs MNIST's test split, whose place tests/mnist.py explains; without it those
cases are left out.
"""

import statistics
import time

import keras
import mnist
import numpy as np

from benchmarks.report import Row
from ganlib import GAN, Regularizer, data, features, metrics, networks, runtime

STEPS = {"digits": 2800, "mnist_t10k": 3900, "ring": 12_000, "grid": 30_000}
SEEDS = {"digits": range(5), "mnist_t10k": range(5)}
SEEDS |= {"ring": range(200, 203), "grid": range(200, 203)}


def cases(quick):
    names = [name for name in STEPS if name != "mnist_t10k" or mnist.T10K.exists()]
    return [f"{name}/{seed}" for name in names for seed in SEEDS[name][: 1 if quick else None]]


def measure(case, quick):
    name, seed = case.split("/")
    steps = STEPS[name] // (20 if quick else 1)
    if name in ("digits", "mnist_t10k"):
        images = data.digits()[0] if name == "digits" else mnist.t10k()[0]
        return images_run(images, steps, int(seed))
    return mixture_run(getattr(data, name)(), steps, int(seed))


def rows(records):
    grouped = {}
    for case, record in records.items():
        grouped.setdefault(case.split("/")[0], []).append(record)
    for name, runs in grouped.items():
        seconds = statistics.median(run["seconds"] for run in runs)
        if "fid" in runs[0]:
            text = ", ".join(f"{run['fid']:.1f}" for run in runs)
            text = f"FID {text} (half against half {runs[0]['fid_halves']:.1f})"
        else:
            text = ", ".join(f"{run['modes']} ({100 * run['high_quality']:.0f} %)" for run in runs)
            text = f"modes (high quality) {text}"
        yield Row(name, f"{text}; {runs[0]['steps']} steps, {seconds:.0f} s")


def adam(learning_rate):
    return keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=0.99)


def dcgan(seed):
    """Return the compiled GAN of chapter 08."""
    r1 = Regularizer("r1", weight=0.5, every=16)
    gan = GAN(*networks.dcgan(), regularizers=[r1], seed=seed)
    gan.compile(adam(2e-3), adam(2e-3))
    return gan


def train(gan, samples, batch_size, steps):
    """Train for so many steps; return the seconds after the first epoch, which compiles."""
    gan.fit(samples, batch_size=batch_size, verbose=0)
    per_epoch = int(gan.step)
    started = time.perf_counter()
    gan.fit(samples, batch_size=batch_size, epochs=max(1, steps // per_epoch - 1), verbose=0)
    seconds = time.perf_counter() - started
    return seconds * int(gan.step) / (int(gan.step) - per_epoch)


def images_run(images, steps, seed):
    """FID of 2,000 samples of the DCGAN, what to compare it with, and the time."""
    runtime.start(seed)
    gan = dcgan(seed)
    untrained = features.fid(images, gan.generate(2000, seed=seed))
    seconds = train(gan, images, 64, steps)
    generated = gan.generate(2000, seed=seed)
    order = np.random.default_rng(0).permutation(len(images))
    half = len(images) // 2
    return {
        "fid": features.fid(images, generated),
        "classes": len(np.unique(features.predict_classes(generated))),
        "fid_halves": features.fid(images[order[:half]], images[order[half:]]),
        "fid_untrained": untrained,
        "steps": int(gan.step),
        "seconds": seconds,
    }


def mixture_run(mixture, steps, seed):
    """Non-saturating loss, alternating updates, cosine decay and averaging on 2-D data.

    With simultaneous updates the ring was lost (0 to 8 modes over three seeds), and with a
    momentum of 0.5 one seed of five covered it unevenly (reverse KL 0.47).
    """
    runtime.start(seed)
    samples = mixture.sample(25_600, seed=seed)
    gan = GAN(*networks.mlp(), update="alternating", seed=seed)
    decay = keras.optimizers.schedules.CosineDecay(1e-3, steps, alpha=0.02)
    gan.compile(adam(decay), adam(decay))
    seconds = train(gan, samples, 256, steps)
    coverage = metrics.mode_coverage(gan.generate(2500, seed=seed), mixture)
    return {**coverage._asdict(), "steps": int(gan.step), "seconds": seconds}
