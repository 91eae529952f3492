"""The explorers of three chapters in a real browser, each chapter run from top to bottom."""

import pytest
from notebook import errors, open_notebook, run_all, wait_for_change

# The chapters whose explorers show a formula at work, and how many knobs each has.
EXPLORERS = {"04_convolution": 4, "06_discriminator": 1, "10_dynamics": 4}


@pytest.fixture(scope="module", params=EXPLORERS)
def panel(request, lab, watched):
    """Return a chapter, run from top to bottom."""
    with watched(1280, 900) as page:
        panel = open_notebook(page, lab(f"{request.param}.ipynb"))
        run_all(page)
        assert errors(panel) == []
        yield panel
        assert errors(panel) == []


@pytest.fixture
def explorer(panel, request):
    shown = panel.locator(".jp-OutputArea-output .widget-vbox:has(img)").last
    shown.scroll_into_view_if_needed()
    return shown


def test_each_knob_moves_the_picture_and_nothing_else(explorer, panel, request):
    image = explorer.locator("img")
    knobs = explorer.locator("[role=slider], select")
    assert knobs.count() == EXPLORERS[request.node.callspec.params["panel"]]
    place = image.bounding_box()
    for knob in knobs.all():
        assert knob.get_attribute("aria-label") or explorer.locator("label").count()
        shown = image.get_attribute("src")
        knob.focus()
        knob.press("ArrowRight" if knob.get_attribute("role") else "ArrowDown")
        wait_for_change(lambda: image.get_attribute("src"), shown)
    assert image.bounding_box()["y"] == place["y"]
