"""Tables of runs over seeds: one row a run, kept as CSV with the command that made it."""

import pathlib

import matplotlib.figure
import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator

from ganlib import files


def write(path, table, notebook, **parameters):
    """Write a table as CSV, headed by the command that makes it again.

    The file appears whole or not at all; an older one of this name is replaced.

    Args:
        path: the file, whose folder is made where it is missing.
        table: `pandas.DataFrame` of one row a run, with its seed in the column "seed".
        notebook: file name of the notebook that makes the table.
        **parameters: the values that `papermill -p` gave it.

    Raises:
        ValueError: no rows, or no column "seed".
    """
    if len(table) == 0 or "seed" not in table:
        raise ValueError(
            'Expected rows with a column "seed". '
            f"Received: {len(table)} rows of {list(table.columns)}"
        )
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = "".join(f" -p {name} {value}" for name, value in parameters.items())
    command = f"# papermill {notebook} full.ipynb{settings} -p results_file {path.as_posix()}\n"
    text = table.to_csv(index=False, float_format="%.5g", lineterminator="\n")
    files.write(path, command + text)


def read(path, otherwise):
    """Return the table that `write` left, or where the file is missing another one.

    A notebook that was opened alone, as on Colab, has no files beside it.

    Args:
        path: the file.
        otherwise: `pandas.DataFrame` to return, after a message, where there is no such file.
    """
    if pathlib.Path(path).exists():
        return pd.read_csv(path, comment="#")
    print(f"{path} is not beside this notebook: what follows shows this run's table instead.")
    return otherwise


def summary(table, by, digits=1):
    """Return the mean and the standard deviation over seeds as text, one row a group.

    Args:
        table: `pandas.DataFrame` with a column "seed".
        by: the column, or list of columns, that names the groups, kept in order of appearance.
        digits: digits after the decimal point.

    Returns:
        `pandas.DataFrame` of strings such as "12.3 ± 0.8", and the number of runs as "runs".
        A group of one run has no deviation.
    """
    groups = table.drop(columns="seed").groupby(by, sort=False)
    means, deviations = groups.mean(), groups.std()
    text = means.map(lambda value: f"{value:.{digits}f}")
    spread = deviations.map(lambda value: "" if np.isnan(value) else f" ± {value:.{digits}f}")
    return (text + spread).assign(runs=groups.size())


def compare(tables, by, value, label, log=False, reference=None):
    """Return a figure of every run as a dot and each group's mean ± standard deviation.

    Args:
        tables: dict of names, such as "this run", to `pandas.DataFrame`s.
        by: column that names the groups, drawn from top to bottom in order of appearance.
        value: column of numbers to draw.
        label: string along the axis of the values.
        log: whether that axis is logarithmic.
        reference: (value, text) of a dashed line to compare with, or None.
    """
    names = list(dict.fromkeys(name for table in tables.values() for name in table[by]))
    height = 1.2 + 0.3 * len(names) * max(1, len(tables) * 0.7)
    axes = matplotlib.figure.Figure((6.6, height), dpi=120, layout="constrained").subplots()
    colours = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
    offsets = np.linspace(-0.2, 0.2, len(tables)) if len(tables) > 1 else [0.0]
    for (key, table), offset, colour in zip(tables.items(), offsets, colours, strict=False):
        for place, name in enumerate(names):
            runs = table.loc[table[by] == name, value].to_numpy(float)
            axes.plot(runs, np.full(len(runs), place + offset), "o", ms=4, alpha=0.5, color=colour)
            if len(runs) > 1:
                axes.errorbar(
                    runs.mean(), place + offset, xerr=runs.std(ddof=1), marker="|", ms=11,
                    capsize=3, color=colour,
                )  # fmt: skip
        axes.plot([], [], "o", color=colour, label=key)
    if reference is not None:
        axes.axvline(reference[0], color="black", ls="--", lw=1, label=reference[1])
    axes.set(xlabel=label, xscale="log" if log else "linear", ylim=(len(names) - 0.5, -0.5))
    low, high = axes.get_xlim()
    if log and high > 10 * low:  # wide enough for the labels of minor ticks to run together
        subs = (1,) if high > 1000 * low else (1, 2, 5)
        axes.xaxis.set(major_locator=LogLocator(subs=subs), major_formatter="{x:g}")
        axes.minorticks_off()
    axes.set_yticks(range(len(names)), names)
    axes.grid(axis="x", color="#E3E3E3", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    if len(tables) > 1 or reference is not None:
        axes.figure.legend(loc="outside upper left", ncols=len(tables) + 1, frameon=False)
    return axes.figure
