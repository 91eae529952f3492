"""A figure with knobs, drawn anew whenever one of them is turned."""

import ipywidgets

from ganlib.widgets.screen import Screen


def explore(draw, **controls):
    """Show controls above a figure that is drawn anew whenever one of them changes.

    Like `ipywidgets.interact`, but with the figure on a `Screen`: it does not flicker or
    jump, and it needs no Output widget, for which a notebook that is executed without a browser
    sometimes waits for ever (nbclient's issue 312).

    Args:
        draw: function of the controls' values, by name, that returns a matplotlib Figure.
        **controls: widgets with a `value`, such as sliders, under the names of the arguments.

    Returns:
        The widget to show: the last value of a cell.
    """
    picture = Screen()

    def update(change=None):
        values = {name: control.value for name, control in controls.items()}
        picture.show(draw(**values), ", ".join(f"{name} {value}" for name, value in values.items()))

    for control in controls.values():
        control.observe(update, "value")
    update()
    # At the start and not stretched: the picture keeps the size in which it was drawn.
    return ipywidgets.VBox([*controls.values(), picture], layout={"align_items": "flex-start"})
