"""A picture on the page that is replaced many times a second and can be drawn on."""

import io
import pathlib
import time

import anywidget
import traitlets

_HERE = pathlib.Path(__file__).parent
_SILENCE = 60.0  # seconds after which a page that says nothing counts as closed
_GRACE = 5.0  # seconds in which another view of the same picture says that it is there


class Screen(anywidget.AnyWidget):
    """A picture that scales down to the width of the page.

    Attributes:
        png: bytes of the picture.
        alt: what it shows, in words.
        drawing: whether pointer and keyboard draw on it. With the picture focused, the arrow
            keys move a cursor and the space bar draws there.
    """

    _esm = _HERE / "screen.js"
    _css = _HERE / "screen.css"
    png = traitlets.Bytes().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    drawing = traitlets.Bool(False).tag(sync=True)

    def __init__(self, on_mark=None, **kwargs):
        """Make an empty screen.

        Args:
            on_mark: function of (x, y), shares of the picture's width and height from its top
                left corner, that is called wherever the reader draws.
        """
        super().__init__(**kwargs)
        self._on_mark, self._deadline = on_mark, time.monotonic() + _SILENCE
        self.on_msg(self._receive)

    def show(self, figure, alt):
        """Replace the picture by a matplotlib Figure, described by a sentence."""
        self.png, self.alt = as_png(figure), alt

    @property
    def visible(self):
        """Whether a page shows the picture, as far as is known."""
        return time.monotonic() < self._deadline

    def expect_a_page(self):
        """Count as visible until a page could have said so."""
        self._deadline = time.monotonic() + _SILENCE

    def _receive(self, _, message, buffers):
        if message["type"] == "alive":
            self.expect_a_page()
        elif message["type"] == "closed":
            self._deadline = time.monotonic() + _GRACE
        elif message["type"] == "mark" and self._on_mark:
            self._on_mark(*message["place"])


def as_png(figure):
    """Return a matplotlib Figure as the bytes of a PNG file."""
    png = io.BytesIO()
    # Little compression: the time counts here, not the size.
    figure.savefig(png, format="png", pil_kwargs={"compress_level": 1})
    return png.getvalue()
