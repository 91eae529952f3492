"""Pictures of a game in progress, drawn several times a second: arrays in, a `Figure` out."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

_REAL, _FAKE, _THIRD = "#0072B2", "#D55E00", "#009E73"
# From the generated samples' colour over white to that of the real ones. With more steps than the
# eye tells apart the pictures would only become larger.
_SURFACE = LinearSegmentedColormap.from_list("surface", ["#F3C3A3", "#FFFFFF", "#A9CDE6"], N=64)

# Where the plane lies in the picture of `duel`: shares of its width and height, from top left.
PLANE = (0.045, 0.07, 0.43, 0.86)


def duel(real, fake, pull, net, surface, limit, curves, moved=""):
    """Return a figure of the two players of a 2-D GAN at one moment.

    Args:
        real: (n, 2), points of the data.
        fake: (m, 2), points that the generator makes.
        pull: (m, 2), the direction in which each of these is sent: minus the gradient of the
            generator's loss. Drawn with one length for the longest.
        net: (a, b, 2), where the generator puts the crossings of a grid in the latent plane.
        surface: (s, s), the discriminator's D(x) in [0, 1] over the square, first row lowest.
        limit: the square's half side, above 0.
        curves: dict of names to (steps, values): "discriminator" and "generator" (losses) and
            "modes" (share of them that is reached, in [0, 1]).
        moved: "discriminator" or "generator", the player to be highlighted, or "".

    Raises:
        ValueError: another name in `moved`.
    """
    if moved not in ("", "discriminator", "generator"):
        raise ValueError(
            f'Expected moved as "discriminator", "generator" or "". Received: {moved!r}'
        )
    figure = Figure((10.2, 5.1), dpi=90)
    left, top, width, height = PLANE
    axes = figure.add_axes((left, 1 - top - height, width, height))
    square = (-limit, limit, -limit, limit)
    axes.imshow(
        surface,
        _SURFACE,
        vmin=0,
        vmax=1,
        extent=square,
        origin="lower",
        aspect="auto",
        interpolation="bilinear",
    )
    lines = [*net, *net.swapaxes(0, 1)]
    strong = {"discriminator": 0.6, "generator": 1.6, "": 0.9}[moved]
    axes.add_collection(LineCollection(lines, colors="#7A7A7A", linewidths=0.6 * strong))
    axes.plot(*real.T, "o", ms=3, mew=0, color=_REAL, alpha=0.6)
    longest = max(np.linalg.norm(pull, axis=1).max(), 1e-12)
    arrows = np.stack([fake, fake + 0.25 * limit / longest * pull], axis=1)
    axes.add_collection(LineCollection(arrows, colors=_FAKE, linewidths=0.7, alpha=0.7))
    axes.plot(*fake.T, "o", ms=2.5 * strong + 0.8, mew=0, color=_FAKE, alpha=0.8)
    ticks = (-limit, 0, limit)  # ticks and their labels take most of the time
    axes.set(xlim=square[:2], ylim=square[2:], xticks=ticks, yticks=ticks)
    title = "blue: real, orange: generated, shading: what D takes for either"
    if moved:
        title = f"the {moved} has moved"
        axes.spines[:].set(color=_REAL if moved == "discriminator" else _FAKE, linewidth=3)
    axes.set_title(title, fontsize=9, y=1)
    axes.tick_params(labelsize=8)
    losses = figure.add_axes((0.54, 0.56, 0.43, 0.37))
    _losses(losses, curves["discriminator"], curves["generator"])
    share = figure.add_axes((0.54, 0.1, 0.43, 0.33))
    _curve(share, "share of the modes reached", (*curves["modes"], _THIRD))
    share.set_ylim(-0.03, 1.03)
    share.set_xlabel("step", fontsize=8)
    return figure


def training(images, real_scores, fake_scores, curves, fid):
    """Return a figure of a GAN of images in training.

    Args:
        images: (h, w, c), one picture of generated samples in [-1, 1], c 1 (gray) or 3 (RGB).
        real_scores, fake_scores: D(x) and D(G(z)) in [0, 1], (n,) and (m,).
        curves: dict of "discriminator" and "generator" to (steps, values) of their losses.
        fid: (steps, values) of the Fréchet distance, none of them to leave its panel empty.
    """
    figure = Figure((10.2, 5.6), dpi=90)
    picture = figure.add_axes((0.01, 0.02, 0.5, 0.92))
    _images(picture, images, "from the same noise throughout")
    losses = figure.add_axes((0.57, 0.72, 0.41, 0.22))
    _losses(losses, curves["discriminator"], curves["generator"])
    scores = figure.add_axes((0.57, 0.40, 0.41, 0.20))
    edges = np.linspace(0, 1, 31)
    for values, colour, name in ((real_scores, _REAL, "real"), (fake_scores, _FAKE, "generated")):
        scores.hist(values, edges, density=True, color=colour, alpha=0.6, label=name)
    scores.set(xlim=(0, 1), yticks=[])
    scores.set_title("D of images, probability of real", fontsize=9, loc="left")
    scores.legend(fontsize=8, frameon=False, loc="lower right", bbox_to_anchor=(1, 0.95), ncols=2)
    distance = figure.add_axes((0.57, 0.09, 0.41, 0.19))
    distance.plot(*fid, "o-", ms=3, lw=1, color=_THIRD)
    if len(fid[0]):
        distance.set_yscale("log")
        ticks = LogLocator(subs=(1, 2, 5))
        distance.yaxis.set(major_locator=ticks, major_formatter="{x:g}")
        distance.minorticks_off()
    distance.set_title("FID of the averaged generator", fontsize=9)
    distance.set_xlabel("step", fontsize=8)
    for axes in (scores, distance):
        _tidy(axes)
    return figure


def morph(image, path, share):
    """Return a figure of one image and, under it, the path between two that it lies on.

    Args:
        image: (h, w, c) in [-1, 1], c 1 (gray) or 3 (RGB).
        path: (n, h, w, c) from the one end to the other, n at least 2.
        share: how far along the path the image is, in [0, 1].
    """
    figure = Figure((6.6, 4.4), dpi=90)
    _images(figure.add_axes((0.25, 0.26, 0.5, 0.72)), image)
    row = figure.add_axes((0.01, 0.04, 0.98, 0.18))
    _images(row, np.concatenate(list(path), axis=1))
    height, width = path.shape[1:3]
    middle = (0.5 + share * (len(path) - 1)) * width - 0.5
    row.plot([middle - width / 2, middle + width / 2], 2 * [height + 1], color=_FAKE, lw=3)
    row.set_ylim(height + 3, -0.5)
    return figure


def _images(axes, pixels, title=""):
    """Show pixels (h, w, c) in [-1, 1]."""
    gray = pixels.shape[-1] == 1
    pixels = pixels[..., 0] if gray else (pixels + 1) / 2
    axes.imshow(pixels, cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
    axes.set_axis_off()
    axes.set_title(title, fontsize=9, y=1)


def _losses(axes, discriminator, generator):
    title = "losses: discriminator (blue), generator (orange)"
    _curve(axes, title, (*discriminator, _REAL), (*generator, _FAKE))


def _curve(axes, title, *series):
    """Draw (steps, values, colour) each, and its last value beside it."""
    for steps, values, colour in series:
        marker = "o" if len(steps) == 1 else ""  # a single point has no line to be seen by
        axes.plot(steps, values, color=colour, lw=1, marker=marker)
        if len(steps):
            text = f" {values[-1]:.2f}"
            axes.annotate(text, (steps[-1], values[-1]), color=colour, fontsize=8, va="center")
    axes.set_title(title, fontsize=9, y=1)
    axes.margins(x=0.09)
    _tidy(axes)


def _tidy(axes):
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, which="both")
    if axes.get_yscale() == "linear":
        axes.locator_params(nbins=3)
