"""Figures of a GAN's samples and training: arrays in, a matplotlib `Figure` out.

The figures are unknown to pyplot, so none is shown twice or kept in memory. A notebook shows the
one that ends a cell once it has run `%matplotlib inline`.
"""

import itertools

import numpy as np
import PIL.Image
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.ticker import LogLocator, MaxNLocator

from ganlib import files

_DPI = 120
_PAIR = ("Real", "Generated")
# Okabe and Ito's (2008) colours for colour-blind readers, less yellow, too light on white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


def image_grid(images, columns=None, title=None):
    """Return a figure of all images in reading order.

    Args:
        images: floats (n, h, w, c) in [-1, 1], n at least 1, c 1 (gray) or 3 (RGB).
        columns: images in a row, at least 1; the default makes the grid about square.
        title: string above the grid.

    Raises:
        ValueError: images of another shape or range, or columns below 1.
    """
    return _picture([mosaic(_check_images(images), columns)], [title])


def mosaic(images, columns=None):
    """Return one array (H, W, c) of all images in reading order, with white gaps of one pixel.

    Args:
        images, columns: as for `image_grid`.
    """
    n, height, width, channels = images.shape
    columns = int(np.ceil(np.sqrt(n))) if columns is None else min(columns, n)
    if columns < 1:
        raise ValueError(f"Expected at least 1 column. Received: {columns}")
    rows = -(-n // columns)
    tiles = np.ones((rows * columns, height + 1, width + 1, channels), "float32")
    tiles[:n, :height, :width] = images
    tiles = tiles.reshape(rows, columns, height + 1, width + 1, channels).swapaxes(1, 2)
    return tiles.reshape(rows * (height + 1), columns * (width + 1), channels)[:-1, :-1]


def write_image_grid(path, images, columns=None):
    """Write all images in reading order to a PNG file without margins, enlarged four times.

    The file appears whole or not at all; an older one of this name is replaced.

    Args:
        path: the file, in a folder that exists.
        images, columns: as for `image_grid`.

    Raises:
        ValueError: as for `image_grid`.
    """
    pixels = np.round((mosaic(_check_images(images), columns) + 1) * 127.5).astype("uint8")
    if pixels.shape[2] == 1:  # gray levels, for which PNG has a mode of its own
        pixels = pixels[..., 0]
    with files.whole(path) as unfinished:
        PIL.Image.fromarray(pixels.repeat(4, 0).repeat(4, 1)).save(unfinished, "PNG")


def write_animation(path, images, seconds=2.0):
    """Write images as a GIF that plays there and back for ever, enlarged eight times.

    The file appears whole or not at all; an older one of this name is replaced.

    Args:
        path: the file, in a folder that exists.
        images: floats (n, h, w, c) in [-1, 1], n at least 1, c 1 (gray) or 3 (RGB).
        seconds: time from the first image to the last, above 0.

    Raises:
        ValueError: images of another shape or range.
    """
    pixels = np.round((_check_images(images) + 1) * 127.5).astype("uint8")
    pixels = pixels.repeat(8, axis=1).repeat(8, axis=2).repeat(3 // pixels.shape[3], axis=3)
    first, *others = [PIL.Image.fromarray(frame) for frame in (*pixels, *pixels[-2:0:-1])]
    with files.whole(path) as unfinished:
        first.save(
            unfinished, "GIF", save_all=True, append_images=others, loop=0,
            duration=max(20, round(1000 * seconds / len(pixels))),
        )  # fmt: skip


def image_rows(rows, labels):
    """Return a figure of labelled rows of images, such as one row an epoch.

    Args:
        rows: floats (r, n, h, w, c) in [-1, 1], r and n at least 1, c 1 (gray) or 3 (RGB).
        labels: r strings, each to the left of its row.

    Raises:
        ValueError: rows of another shape or range, or not r labels.
    """
    rows, labels = _check_images(rows, "rows", "(r, n, h, w, c)"), list(labels)
    if len(labels) != len(rows):
        raise ValueError(f"Expected {len(rows)} labels, one a row. Received: {labels}")
    return _picture([mosaic(rows.reshape(-1, *rows.shape[2:]), rows.shape[1])], [None], labels)


def real_against_generated(real, generated, mixture=None):
    """Return a figure of real beside generated samples, points or images.

    Args:
        real, generated: finite points (n, 2) and (m, 2), drawn with the same limits; or images
            (n, h, w, c) and (m, h, w, c) as for `image_grid`.
        mixture: for points, an object with `means` (k, 2) and `sigma`, such as
            `ganlib.data.ring()`: a circle of 3 sigma surrounds each mean.

    Raises:
        ValueError: neither points nor images of one size, none, or some out of range.
    """
    real, generated = np.asarray(real), np.asarray(generated)
    points, pictures = real.shape[1:] == (2,), real.ndim == 4 and mixture is None
    if generated.shape[1:] != real.shape[1:] or not (points or pictures):
        raise ValueError(
            "Expected two sets of points (n, 2) or, without a mixture, of images (n, h, w, c) of "
            f"one size. Received: {real.shape} and {generated.shape}"
        )
    if points:
        return _scatter(real, generated, mixture)
    real, generated = _check_images(real, "real"), _check_images(generated, "generated")
    return _picture([mosaic(real, None), mosaic(generated, None)], _PAIR)


def loss_curves(history, equilibrium=None):
    """Return a figure of the losses after each epoch; those not finite leave a gap.

    Args:
        history: dict of names, such as "d_loss" and "g_loss", to one float an epoch.
        equilibrium: dict of some of these names to the loss at the theoretical equilibrium.

    Raises:
        ValueError: no finite losses, unequal numbers of them, or an equilibrium of another name.
    """
    curves = {name: _check_series(losses, name) for name, losses in history.items()}
    lengths, levels = {len(losses) for losses in curves.values()}, equilibrium or {}
    if len(lengths) != 1:
        raise ValueError(f"Expected losses, as many a name. Received: {sorted(lengths)} of them")
    if not set(levels) <= set(curves):
        raise ValueError(f"Expected equilibria of {list(curves)}. Received: {list(levels)}")
    colours = dict(zip(curves, itertools.cycle(_COLOURS), strict=False))
    entries = [(losses, name, colours[name]) for name, losses in curves.items()]
    entries += [(y, f"{k} at equilibrium: {y:.3g}", colours[k]) for k, y in levels.items()]
    return _curves("Losses over training", "epoch", "loss", 1 + np.arange(*lengths), entries)


def value_over_time(steps, values, label, reference=None):
    """Return a figure of a positive metric over training, on a logarithmic axis.

    Args:
        steps: ascending numbers (n,), the training steps done at each measurement.
        values: floats (n,) above 0; those not finite leave a gap.
        label: the metric's name.
        reference: dict of names to levels above 0, drawn as dashed lines.

    Raises:
        ValueError: steps that do not ascend, too few or too many values, or one not above 0.
    """
    steps, values = _check_series(steps, "steps"), _check_series(values, "values")
    if len(steps) != len(values) or not np.all(np.diff(steps) > 0):
        raise ValueError(f"Expected {len(values)} ascending steps. Received: {steps}")
    finite, levels = values[np.isfinite(values)], reference or {}
    low, high = min([*finite, *levels.values()]), max([*finite, *levels.values()])
    if not low > 0:
        raise ValueError(f"Expected values and levels above 0. Received: {low}")
    entries = [(values, f"{finite[-1]:.3g}", _COLOURS[0])]
    entries += [(level, f"{name}: {level:.3g}", "black") for name, level in levels.items()]
    return _curves(f"{label} over training", "training step", label, steps, entries, (low, high))


def _check_images(images, what="images", shape="(n, h, w, c)"):
    images = np.asarray(images)
    expected = f"Expected {what} {shape} in [-1, 1], at least one, with c 1 or 3."
    if images.ndim != shape.count(",") + 1 or images.shape[-1] not in (1, 3) or not images.size:
        raise ValueError(f"{expected} Received: shape {images.shape}")
    low, high = images.min(), images.max()
    if not (low >= -1 and high <= 1):  # written so that NaN fails too
        raise ValueError(f"{expected} Received: values from {low} to {high}")
    return images.astype("float32")


def _check_series(series, what):
    series = np.asarray(series, "float64")
    if series.ndim != 1 or not np.isfinite(series).any():
        raise ValueError(f"Expected {what} (n,), at least one finite. Received: {series}")
    return series


def _picture(mosaics, titles, row_labels=()):
    """Return a figure of mosaics side by side, enlarged by a whole number to stay crisp."""
    height, width = max(m.shape[0] for m in mosaics), sum(m.shape[1] for m in mosaics)
    scale = max(1, min(4, 600 // height, 960 // width))
    figure, boxes, left = Figure(dpi=_DPI), [], 0
    size = np.tile(figure.get_size_inches() * _DPI, 2)
    for pixels, title in zip(mosaics, titles, strict=True):
        height, width = scale * pixels.shape[0], scale * pixels.shape[1]
        boxes.append(np.array([left, -height, width, height]))  # pixels, one upper edge for all
        left += width + 24
        axes = figure.add_axes(boxes[-1] / size, frameon=False)
        pixels = pixels[..., 0] if pixels.shape[-1] == 1 else (pixels + 1) / 2
        axes.imshow(pixels, cmap="gray", vmin=-1, vmax=1, interpolation="nearest", aspect="auto")
        edges = np.linspace(-1, len(pixels), len(row_labels) + 1)  # the middles of the gaps
        axes.set(xticks=[], yticks=(edges[1:] + edges[:-1]) / 2, yticklabels=row_labels)
        _style(axes, title)
    # Only now is it known how much room the text takes.
    low, high = np.reshape(figure.get_tightbbox().extents * _DPI, (2, 2))
    low, high = np.floor(low) - 6, np.ceil(high) + 6
    figure.set_size_inches((high - low) / _DPI)
    for axes, box in zip(figure.axes, boxes, strict=True):
        axes.set_position((box - [*low, 0, 0]) / np.tile(high - low, 2))
    return figure


def _scatter(real, generated, mixture):
    if not (len(real) and len(generated) and np.isfinite(np.vstack([real, generated])).all()):
        raise ValueError(f"Expected finite points in both. Received: {real} and {generated}")
    figure = Figure((6.6, 3.7), dpi=_DPI, layout="compressed")
    panels = figure.subplots(1, 2, sharex=True, sharey=True, subplot_kw={"aspect": "equal"})
    for i, (axes, points) in enumerate(zip(panels, (real, generated), strict=True)):
        _style(axes, _PAIR[i], "$x_1$", None if i else "$x_2$")
        axes.scatter(*points.T, s=7, color=_COLOURS[i], alpha=0.3, linewidths=0)
        for mean in () if mixture is None else mixture.means:
            axes.add_patch(Circle(mean, 3 * mixture.sigma, fill=False, color="black", lw=0.8))
    if mixture is not None:
        axes.set_title("circles: radius 3σ", loc="right", fontsize=9)
    ends = [*axes.get_xlim(), *axes.get_ylim()]  # the panels share their limits; make them square
    axes.set(xlim=(min(ends), max(ends)), ylim=(min(ends), max(ends)))
    return figure


def _style(axes, title, xlabel=None, ylabel=None):
    """Give the axes the look that all figures share."""
    axes.set(xlabel=xlabel, ylabel=ylabel, axisbelow=True)
    axes.set_title(title, loc="left", fontsize=11)
    axes.tick_params(which="both", length=0, labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#B0B0B0")


def _curves(title, xlabel, ylabel, x, entries, log_range=None):
    """Draw (values or one level, text, colour) and write each text to the right of its end."""
    axes = Figure((6.6, 3.4), dpi=_DPI, layout="constrained").subplots()
    _style(axes, title, xlabel, ylabel)
    axes.grid(color="#E3E3E3", linewidth=0.8)
    axes.set_xlim(x[0], max(x[-1], x[0] + 1))
    axes.xaxis.set(major_locator=MaxNLocator(6, integer=True), major_formatter="{x:,.0f}")
    if log_range is not None:
        low, high = log_range
        margin = max(1.1, (5 * low / high) ** 0.5)  # a range of 5 holds two ticks at least
        axes.set(yscale="log", ylim=(low / margin, high * margin))
        subs = (1, 2, 5) if high < 1000 * low else (1,)  # more decades: their ticks alone
        axes.yaxis.set(major_locator=LogLocator(subs=subs), major_formatter="{x:g}")
        axes.minorticks_off()
    ends = []
    for y, text, colour in entries:
        if np.ndim(y) == 0:
            axes.axhline(y, color=colour, linestyle="--", linewidth=1)
        else:
            marker = "o" if len(x) <= 20 else ""  # a single point has no line to be seen by
            axes.plot(x, y, color=colour, marker=marker, markersize=4, clip_on=False)
            y = y[np.isfinite(y)][-1]
        ends.append((y, text, colour))
    ends, right = sorted(ends), axes.get_xlim()[1]
    to_axes = axes.transScale + axes.transLimits
    heights = to_axes.transform([(right, end[0]) for end in ends])[:, 1]
    # A text takes 0.075 of the height; texts move up, or down from the top, to keep apart.
    slots = 0.075 * np.arange(len(ends))
    heights = np.minimum(slots + np.maximum.accumulate(heights - slots), 1 - slots[::-1])
    for height, (_, text, colour) in zip(heights, ends, strict=True):
        axes.text(1.015, height, text, color=colour, size=9, va="center", transform=axes.transAxes)
    return axes.figure
