"""CPU time that each recipe needs to reach a quality: the process's, over all its threads.

Fixed for all: FID of 2,000 samples against all real images on the features of
`ganlib.features`, from the averaged generator where the recipe has one, after whole epochs whose
number grows by a tenth at a time. The tracing of graphs counts, drawing samples and measuring
them does not.
"""

import importlib.util
import math
import os
import statistics
import time

import mnist
import numpy as np
from matplotlib.figure import Figure

from benchmarks import peers, quality
from benchmarks.report import Row
from ganlib import data, features, metrics, runtime

LEVELS = (30, 15)
GOALS = {"tutorial": 50, "keras-gan": 10, "keras-gan train_on_batch": 10, "pytorch": 10}
DRAWN = {
    "ganlib": ("#0072B2", "ganlib"),
    "tutorial": ("#D55E00", "TensorFlow's tutorial"),
    "keras-gan": ("#009E73", "Keras-GAN in a graph"),
    "keras-gan train_on_batch": ("#CC79A7", "Keras-GAN"),
    "pytorch": ("#E69F00", "PyTorch's tutorial"),
}
TITLES = {"digits": "digits: 1,797 images", "mnist_t10k": "MNIST's test split: 10,000 images"}
CPU_SECONDS = 2400  # budget of a run, or what the environment variable BENCH_CPU_SECONDS says
QUICK_CPU_SECONDS = 40


class Ours:
    """The default recipe of the package."""

    def __init__(self, images, seed):
        self.images, self.gan = images, quality.dcgan(seed)
        self.latent_dim = self.gan.latent_dim

    def train(self, epochs):
        self.gan.fit(self.images, batch_size=64, epochs=epochs, verbose=0)

    def generate(self, noise):
        return self.gan.averaged_generator.predict(noise, batch_size=500, verbose=0)


def pytorch(images, seed):
    from benchmarks import peers_torch  # here, since few have torch

    return peers_torch.PyTorch(images, seed)


CONTENDERS = {
    "ganlib": Ours,
    "tutorial": peers.Tutorial,
    "keras-gan": peers.KerasGANInGraph,
    "keras-gan train_on_batch": peers.KerasGAN,
}
if importlib.util.find_spec("torch"):
    CONTENDERS["pytorch"] = pytorch


def cases(quick):
    sets = ["digits"] + ["mnist_t10k"] * mnist.T10K.exists()
    seeds = range(1 if quick else 3)
    return [f"{name}/{rival}/{seed}" for name in sets for rival in CONTENDERS for seed in seeds]


def epochs_to_measure():
    """Yield the numbers of epochs after which all are measured: 1, 2, ..., 10, 11, 13, 15, ..."""
    epochs = 1
    while True:
        yield epochs
        epochs = max(epochs + 1, round(1.1 * epochs))


def measure(case, quick):
    """Train one contender until it reaches the best level or has used up its budget."""
    name, contender, seed = case.split("/")
    budget = float(os.environ.get("BENCH_CPU_SECONDS", QUICK_CPU_SECONDS if quick else CPU_SECONDS))
    runtime.start(int(seed))
    images = data.digits()[0] if name == "digits" else mnist.t10k()[0]
    model = CONTENDERS[contender](images, seed=int(seed))
    record = race(model, images, budget)
    if hasattr(model, "library"):  # the others' is named for all
        record["library"] = model.library
    return record


def race(contender, images, budget):
    """Return the course of one run: epochs, CPU seconds and FID, and what it took to each level.

    A level's CPU time is None where the budget ended before it was reached.
    """
    real = features.features(images)
    course, done, used = [], 0, 0.0
    for epochs in epochs_to_measure():
        started = time.process_time()
        contender.train(epochs - done)
        used += time.process_time() - started
        done = epochs
        course.append((epochs, used, _fid(contender, real)))
        if course[-1][-1] <= min(LEVELS) or used >= budget:
            break
    reached = {
        str(level): next((cpu for _, cpu, fid in course if fid <= level), None) for level in LEVELS
    }
    return {"reached": reached, "cpu_seconds": used, "fid": course[-1][-1], "course": course}


def _fid(contender, real):
    noise = np.random.default_rng(0).normal(size=(2000, contender.latent_dim))
    fake = contender.generate(noise.astype("float32"))
    return metrics.frechet_distance(real, features.features(fake))


def rows(records):
    """Return a row for each data set, level and contender: medians over the seeds."""
    grouped = {}
    for case, record in records.items():
        name, contender, _ = case.split("/")
        grouped.setdefault(name, {}).setdefault(contender, []).append(record)
    for name, contenders in grouped.items():
        for level in LEVELS:
            medians = {rival: median(runs, level) for rival, runs in contenders.items()}
            for rival, (seconds, reached) in medians.items():
                runs = contenders[rival]
                ratio = goal = None
                if rival in GOALS and "ganlib" in medians and medians["ganlib"][1]:
                    ratio, goal = seconds / medians["ganlib"][0], (">=", GOALS[rival])
                result = f"{seconds:.0f} s CPU, {_seeds(runs, level)}"
                if not reached:
                    left = [run["course"] for run in runs if run["reached"][str(level)] is None]
                    best = min(fid for course in left for *_, fid in course)
                    result = f"more than {result} (FID {best:.0f} at best by then)"
                case = f"{name}, FID ≤ {level}: {rival}"
                yield Row(case, result, ratio, goal, lower_bound=not reached)


def median(runs, level):
    """Return the median CPU time to a level, and False where it is only known to be more."""
    taken = [run["reached"][str(level)] for run in runs]
    certain = statistics.median(math.inf if cpu is None else cpu for cpu in taken)
    if certain < math.inf:
        return certain, True
    ends = zip(taken, runs, strict=True)
    return statistics.median(run["cpu_seconds"] if cpu is None else cpu for cpu, run in ends), False


def _seeds(runs, level):
    ends = [(run["reached"][str(level)], run["cpu_seconds"]) for run in runs]
    taken = ", ".join(f"> {used:.0f}" if cpu is None else f"{cpu:.0f}" for cpu, used in ends)
    return f"seed{'s' * (len(runs) > 1)} {taken}"


def draw(records):
    """Return a figure with a panel for each data set: FID over CPU time, a line for each run."""
    names = list(dict.fromkeys(case.split("/")[0] for case in records))
    figure = Figure((9, 3.6), dpi=80, layout="constrained")
    panels = figure.subplots(1, len(names), squeeze=False, sharex=True, sharey=True)[0]
    for case, record in records.items():
        name, contender, _ = case.split("/")
        _, seconds, fids = zip(*record["course"], strict=True)
        axes, (color, label) = panels[names.index(name)], DRAWN[contender]
        axes.loglog(seconds, fids, color=color, lw=1.5, label=label)
        axes.plot(seconds[-1], fids[-1], "o", color=color, ms=4)
    for axes, name in zip(panels, names, strict=True):
        for level in LEVELS:
            axes.axhline(level, color="0.6", lw=1, ls=":", zorder=0)
        axes.set(title=TITLES[name], xlabel="CPU seconds of training")
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_yticks([*LEVELS, 100, 300], [*map(str, LEVELS), "100", "300"])
        axes.minorticks_off()
    panels[0].set_ylabel("FID, less is better")
    lines = {line.get_label(): line for axes in panels for line in axes.lines}
    shown = [label for _, label in DRAWN.values() if label in lines]
    figure.legend([lines[label] for label in shown], shown, loc="outside lower center", ncols=5)
    return figure
