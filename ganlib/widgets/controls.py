"""What all widgets share: their look, and the still picture they leave."""

import base64

import ipywidgets

ROW = {"flex_flow": "row wrap"}  # on a narrow page the controls go on in the next line


def button(text, tooltip, icon, action):
    """Return a button that calls `action` with itself when pressed."""
    shown = ipywidgets.Button(description=text, tooltip=tooltip, icon=icon, layout={"width": "8em"})
    shown.on_click(action)
    return shown


def choice(name, options, value, tooltip):
    """Return a list to choose from, with its name beside it."""
    # A Dropdown does not show its `tooltip` (ipywidgets 8.1), so that its name has to.
    described = f'<span title="{tooltip}">{name}</span>'
    return ipywidgets.Dropdown(
        options=options, value=value, description=described, description_allow_html=True
    )


class Panel(ipywidgets.VBox):
    """Controls and a screen, with a still picture for pages that no kernel serves.

    Attributes:
        screen: the `Screen`, which has a picture when the panel is shown.
    """

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "image/png": base64.b64encode(self.screen.png).decode()}
