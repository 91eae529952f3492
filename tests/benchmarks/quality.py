"""Quality that the default recipes reach within a minute, over seeds.

    python tests/benchmarks/quality.py [digits] [mnist_t10k] [ring] [grid]

Prints a row a run and writes all of them to outputs/quality.json. `mnist_t10k` needs MNIST's test
split, whose place tests/mnist.py explains; without it those rows are left out with a word.
"""

import json
import os
import pathlib
import sys
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import mnist

from ganlib import GAN, Regularizer, data, features, metrics, networks, runtime

OUTPUT = pathlib.Path(__file__).parents[2] / "outputs" / "quality.json"


def adam(learning_rate, beta_1):
    import keras

    return keras.optimizers.Adam(learning_rate, beta_1=beta_1, beta_2=0.99)


def train(gan, samples, batch_size, steps):
    """Train for so many steps; return the seconds after the first epoch, which compiles."""
    gan.fit(samples, batch_size=batch_size, verbose=0)
    per_epoch = int(gan.step)
    started = time.perf_counter()
    gan.fit(samples, batch_size=batch_size, epochs=steps // per_epoch - 1, verbose=0)
    seconds = time.perf_counter() - started
    return seconds * steps / (steps - per_epoch)


def images_run(images, steps, seed):
    """The DCGAN of chapter 08: FID of 2,000 samples, what to compare it with, and the time."""
    runtime.start(seed)
    gan = GAN(
        *networks.dcgan(),
        regularizers=[Regularizer("r1", weight=0.5, every=16)],
        seed=seed,
    )
    gan.compile(adam(2e-3, 0.0), adam(2e-3, 0.0))
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
    import keras

    runtime.start(seed)
    samples = mixture.sample(25_600, seed=seed)
    gan = GAN(*networks.mlp(), update="alternating", seed=seed)
    decay = keras.optimizers.schedules.CosineDecay(1e-3, steps, alpha=0.02)
    gan.compile(adam(decay, 0.0), adam(decay, 0.0))
    seconds = train(gan, samples, 256, steps)
    coverage = metrics.mode_coverage(gan.generate(2500, seed=seed), mixture)
    return {**coverage._asdict(), "steps": int(gan.step), "seconds": seconds}


def runs(names):
    if "digits" in names:
        for seed in range(5):
            yield "digits", seed, lambda s=seed: images_run(data.digits()[0], 2800, s)
    if "mnist_t10k" in names:
        if mnist.T10K.exists():
            images, _ = mnist.t10k()
            for seed in range(5):
                yield "mnist_t10k", seed, lambda s=seed: images_run(images, 3900, s)
        else:
            print(f"mnist_t10k is left out: {mnist.MISSING}", flush=True)
    for name, mixture, steps in (("ring", data.ring(), 12_000), ("grid", data.grid(), 30_000)):
        if name in names:
            for seed in (200, 201, 202):
                yield name, seed, lambda m=mixture, n=steps, s=seed: mixture_run(m, n, s)


def main(names):
    rows = []
    for name, seed, run in runs(names or ["digits", "mnist_t10k", "ring", "grid"]):
        rows.append({"data": name, "seed": seed, **run()})
        print(
            "  ".join(
                f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}"
                for key, value in rows[-1].items()
            ),
            flush=True,
        )
    OUTPUT.parent.mkdir(exist_ok=True)
    unfinished = OUTPUT.with_suffix(".unfinished")
    unfinished.write_text(json.dumps({"machine": runtime.report(), "runs": rows}, indent=1))
    os.replace(unfinished, OUTPUT)
    print(f"written to {OUTPUT}")


if __name__ == "__main__":
    main(sys.argv[1:])
