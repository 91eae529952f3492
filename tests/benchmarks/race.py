"""CPU time that each recipe needs to reach a quality: the process's, over all its threads.

Fixed for all: FID of 2,000 samples against all real images on the features of
`ganlib.features`, from the averaged generator where the recipe has one, after whole epochs whose
number grows by a tenth at a time. The tracing of graphs counts, drawing samples and measuring
them does not.

The runs take hours, in which a machine's speed may change by half. So each tells after how many
epochs it got where, and the case "pace" what an epoch costs, all contenders in turns.
"""

import functools
import importlib.util
import math
import os
import statistics
import time

import mnist
import numpy as np
from matplotlib.figure import Figure

from benchmarks import peers, quality, timing
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
    runs = [f"{name}/{rival}/{i}" for name in sets for rival in CONTENDERS for i in seeds]
    return ["pace", *runs]


def epochs_to_measure():
    """Yield the numbers of epochs after which all are measured: 1, 2, ..., 10, 11, 13, 15, ..."""
    epochs = 1
    while True:
        yield epochs
        epochs = max(epochs + 1, round(1.1 * epochs))


def measure(case, quick):
    """Train one contender until it reaches the best level or has used up its budget."""
    if case == "pace":
        runtime.start(0)
        return pace(data.digits()[0], rounds=1 if quick else 5)
    name, contender, seed = case.split("/")
    budget = float(os.environ.get("BENCH_CPU_SECONDS", QUICK_CPU_SECONDS if quick else CPU_SECONDS))
    runtime.start(int(seed))
    images = data.digits()[0] if name == "digits" else mnist.t10k()[0]
    model = CONTENDERS[contender](images, seed=int(seed))
    record = {"images": len(images), "course": race(model, images, budget)}
    if hasattr(model, "library"):  # the others' is named for all
        record["library"] = model.library
    return record


def pace(images, rounds):
    """Time an epoch of each contender in turns.

    Returns:
        Dict with "images", how many an epoch has, and two dicts of the contenders' CPU seconds:
        "first", of the epoch that traces their graphs, and "later", lists of one a round.
    """
    models = {name: make(images, seed=0) for name, make in CONTENDERS.items()}
    calls = {name: functools.partial(model.train, 1) for name, model in models.items()}
    _, cpu = timing.alternate(calls, 1 + rounds, warm_up=0)
    return {
        "images": len(images),
        "first": {name: float(seconds[0]) for name, seconds in cpu.items()},
        "later": {name: seconds[1:].tolist() for name, seconds in cpu.items()},
    }


def race(contender, images, budget):
    """Return the course of one run until the best level or its budget: epochs, CPU seconds, FID."""
    real = features.features(images)
    course, done, used = [], 0, 0.0
    for epochs in epochs_to_measure():
        started = time.process_time()
        contender.train(epochs - done)
        used += time.process_time() - started
        done = epochs
        course.append((epochs, used, _fid(contender, real)))
        if course[-1][-1] <= min(LEVELS) or used >= budget:
            return course


def _fid(contender, real):
    noise = np.random.default_rng(0).normal(size=(2000, contender.latent_dim))
    fake = contender.generate(noise.astype("float32"))
    return metrics.frechet_distance(real, features.features(fake))


def on_one_clock(records):
    """Return {data set: {contender: courses}}, a run's course being a list of (CPU seconds, FID).

    The seconds are those of the contenders' pace. Before it has been measured they are the runs'
    own, and afterwards a contender that did not take part in it is left out.
    """
    paces, courses = records.get("pace"), {}
    runs = [(*case.split("/"), record) for case, record in records.items() if case != "pace"]
    order = list(DRAWN)
    runs.sort(key=lambda run: (run[0], order.index(run[1]), run[2]))
    for name, contender, _, record in runs:
        if paces is None:
            course = [(used, fid) for _, used, fid in record["course"]]
        elif contender in paces["first"]:
            an_epoch = statistics.median(paces["later"][contender])
            start = paces["first"][contender] - an_epoch
            an_epoch *= record["images"] / paces["images"]
            course = [(start + epochs * an_epoch, fid) for epochs, _, fid in record["course"]]
        else:
            continue
        courses.setdefault(name, {}).setdefault(contender, []).append(course)
    return courses


def rows(records):
    """Return rows for the pace, and for each data set, level and contender: medians over seeds."""
    for rival, seconds in records.get("pace", {"later": {}})["later"].items():
        text = timing.text(timing.quartiles(seconds), "s CPU", 1)
        yield Row(f"an epoch of the digits: {rival}", text)
    for name, contenders in on_one_clock(records).items():
        for level in LEVELS:
            medians = {rival: median(runs, level) for rival, runs in contenders.items()}
            for rival, (seconds, reached) in medians.items():
                runs = contenders[rival]
                ratio = goal = None
                if rival in GOALS and "ganlib" in medians and medians["ganlib"][1]:
                    ratio, goal = seconds / medians["ganlib"][0], (">=", GOALS[rival])
                result = f"{seconds:.0f} s CPU, {_seeds(runs, level)}"
                if not reached:
                    left = [course for course in runs if taken(course, level) == math.inf]
                    best = min(fid for course in left for _, fid in course)
                    result = f"more than {result} (FID {best:.2f} at best by then)"
                case = f"{name}, FID ≤ {level}: {rival}"
                yield Row(case, result, ratio, goal, lower_bound=not reached)


def taken(course, level):
    """Return the CPU seconds after which a run's FID was first at a level, infinity if never."""
    return next((seconds for seconds, fid in course if fid <= level), math.inf)


def median(runs, level):
    """Return the median CPU time to a level, and False where it is only known to be more."""
    times = [taken(course, level) for course in runs]
    if statistics.median(times) < math.inf:
        return statistics.median(times), True
    ends = zip(times, runs, strict=True)
    return statistics.median(min(seconds, course[-1][0]) for seconds, course in ends), False


def _seeds(runs, level):
    ends = [(taken(course, level), course[-1][0]) for course in runs]
    texts = [f"> {end:.0f}" if first == math.inf else f"{first:.0f}" for first, end in ends]
    return f"seed{'s' * (len(runs) > 1)} {', '.join(texts)}"


def draw(records):
    """Return a figure with a panel for each data set: FID over CPU time, a line for each run."""
    drawn = on_one_clock(records)
    figure = Figure((9, 3.6), dpi=80, layout="constrained")
    number = max(1, len(drawn))  # an empty panel before the first run
    panels = figure.subplots(1, number, squeeze=False, sharex=True, sharey=True)[0]
    for axes, (name, contenders) in zip(panels, drawn.items(), strict=False):
        for contender, courses in contenders.items():
            color, label = DRAWN[contender]
            for course in courses:
                axes.loglog(*zip(*course, strict=True), color=color, lw=1.5, label=label)
                axes.plot(*course[-1], "o", color=color, ms=4)
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
