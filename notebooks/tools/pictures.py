"""Pictures that are stored for good, at most 100 kB each."""

import io

import PIL.Image

LIMIT = 100_000  # bytes


def small(png):
    """Return a PNG file of at most LIMIT bytes as it is, a larger one with 256 colours."""
    if len(png) <= LIMIT:
        return png
    file = io.BytesIO()
    # Dithering would blur the lines, and its noise is what compresses worst.
    colours = PIL.Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=0)
    colours.save(file, "PNG", optimize=True)
    return file.getvalue()
