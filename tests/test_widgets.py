"""The figure follows the knobs, without a browser."""

import io

import ipywidgets
import matplotlib.image
import numpy as np
from matplotlib.figure import Figure

from ganlib.widgets import explore


def bar(height, colour):
    figure = Figure((1, 1), dpi=50)
    figure.subplots().bar([0], [height], color=colour)
    return figure


def pixels(widget):
    return matplotlib.image.imread(io.BytesIO(widget.children[-1].value), format="png")


def drawn(height, colour):
    png = io.BytesIO()
    bar(height, colour).savefig(png, format="png")
    png.seek(0)
    return matplotlib.image.imread(png, format="png")


def test_the_figure_follows_each_control():
    height = ipywidgets.FloatSlider(1.0, min=0, max=5, description="height")
    colour = ipywidgets.Dropdown(options=["red", "blue"], description="colour")
    shown = explore(bar, height=height, colour=colour)
    assert shown.children[:2] == (height, colour)
    np.testing.assert_array_equal(pixels(shown), drawn(1.0, "red"))
    height.value = 3.0
    np.testing.assert_array_equal(pixels(shown), drawn(3.0, "red"))
    colour.value = "blue"
    np.testing.assert_array_equal(pixels(shown), drawn(3.0, "blue"))


def test_two_figures_do_not_disturb_each_other():
    first, second = (
        explore(
            bar,
            height=ipywidgets.FloatSlider(1.0, min=0, max=5),
            colour=ipywidgets.Dropdown(options=["red"]),
        )
        for _ in range(2)
    )
    first.children[0].value = 4.0
    np.testing.assert_array_equal(pixels(second), drawn(1.0, "red"))
