"""Play the playground in a browser and leave a picture of it.

screenshot.py FILE
"""

import pathlib
import re
import sys
import tempfile

import nbformat
from loopback import CHROMIUM, chromium, serve
from pictures import small

STEPS = 600
CELL = """
from ganlib import runtime
from ganlib.widgets import Playground

runtime.start()
Playground("ring", seed=0)
"""


def play(page, address):
    """Train for a while and hold. Returns: the widget as the bytes of a PNG file."""
    page.goto(address)
    game = page.locator(".widget-vbox", has_text="regularizer").first
    game.get_by_role("button", name=re.compile("Play$")).click()
    page.wait_for_function(
        """([element, steps]) => {
            const said = element.innerText.match(/step ([\\d,]+)\\./);
            return said && Number(said[1].replaceAll(",", "")) >= steps;
        }""",
        arg=[game.element_handle(), STEPS],
    )
    game.get_by_role("button", name=re.compile("Pause$")).click()
    game.get_by_text("Paused.").wait_for()
    return game.screenshot()


def main(file):
    if CHROMIUM is None:
        sys.exit("Expected a Chromium on the PATH, as apt install chromium brings. Received: none.")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
        nbformat.write(notebook, folder / "play.ipynb")
        voila = ["voila", str(folder / "play.ipynb"), "--no-browser", "--Voila.ip=127.0.0.1"]
        with serve(voila, "--port", folder) as address, chromium() as browser:
            page = browser.new_page(viewport={"width": 960, "height": 900})
            page.set_default_timeout(120_000)
            pathlib.Path(file).write_bytes(small(play(page, address)))


if __name__ == "__main__":
    main(sys.argv[1])
