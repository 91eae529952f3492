"""Time of a DCGAN's step over batch size, image size and width, with the floor beside it.

The floor is the step's multiply-adds at the rate of a large matrix product in the same run.
"""

import numpy as np
from matplotlib.figure import Figure

from benchmarks import floor, timing, work
from benchmarks.report import Row
from ganlib import networks, runtime

AXES = {
    "batch": (16, 32, 64, 128, 256, 512),
    "size": (28, 32, 64),
    "width": (16, 32, 64, 128),
}
DEFAULTS = {"batch": 64, "size": 28, "width": 32}
CAPTION = "Time of a step over batch size, image size and width, with the floor below it"
LABELS = {"batch": "batch size", "size": "image height and width", "width": "channels (width)"}


def cases(quick):
    return list(AXES)


def measure(case, quick):
    runtime.start(0)
    values = AXES[case][:2] if quick else AXES[case]
    epochs, steps = 1, 2 if quick else 10
    calls, counts = {}, []
    for value in values:
        setting = DEFAULTS | {case: value}
        pair = networks.dcgan((setting["size"], setting["size"], 1), width=setting["width"])
        samples = np.random.default_rng(0).uniform(
            -1, 1, (steps * setting["batch"], setting["size"], setting["size"], 1)
        )
        train, _ = floor.fit(*pair, samples.astype("float32"), setting["batch"])
        calls[value] = lambda train=train: train(epochs)
        counts.append(work.multiply_adds(*pair, setting["batch"]))
    calls["matrix product"] = floor.large_product()
    taken, _ = timing.alternate(calls, rounds=2 if quick else 5)
    rate = floor.PRODUCTS * floor.SIZE**3 / timing.quartiles(taken["matrix product"])[0]
    return {
        "values": list(values),
        "steps": [timing.quartiles(taken[value] / steps) for value in values],
        "floors": [count / rate for count in counts],
    }


def rows(records):
    for case, record in records.items():
        columns = (record[name] for name in ("values", "steps", "floors"))
        for value, step, least in zip(*columns, strict=True):
            result = f"{timing.text(step)} against {timing.digits(1e3 * least)} ms"
            yield Row(f"{LABELS[case]} {value}: step / floor", result, step[0] / least)


def draw(records):
    """Return a figure with a panel for each axis: the steps with quartiles, and the floors."""
    figure = Figure((9, 3), dpi=80, layout="constrained")
    panels = figure.subplots(1, len(records), squeeze=False, sharey=True)[0]
    for axes, (case, record) in zip(panels, records.items(), strict=True):
        step, low, high = 1e3 * np.array(record["steps"]).T
        axes.fill_between(record["values"], low, high, color="#0072B2", alpha=0.2, lw=0)
        axes.loglog(record["values"], step, "o-", color="#0072B2", label="step of GAN.fit")
        floors = 1e3 * np.array(record["floors"])
        axes.loglog(record["values"], floors, "s--", color="#D55E00", label="floor")
        axes.set_xticks(record["values"], [str(value) for value in record["values"]])
        axes.yaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
        axes.set_xlabel(LABELS[case])
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("ms a step")
    panels[0].legend(frameon=False)
    return figure
