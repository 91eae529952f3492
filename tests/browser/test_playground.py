"""The playground's three widgets in a real browser."""

import pytest
from notebook import (
    button,
    errors,
    evaluate,
    open_notebook,
    picture,
    run_again,
    run_all,
    steps,
    wait_for_change,
)

THREADS = "import threading; print(sum(t.name == 'BackgroundFit' for t in threading.enumerate()))"


def widget_of(panel, text):
    """Return the widget under the cell that holds this text."""
    cell = panel.locator(".jp-CodeCell", has=panel.page.locator(".cm-content", has_text=text))
    return cell.locator(".jp-OutputArea-output .widget-vbox").first


@pytest.fixture(scope="module")
def panel(lab, chromium, watched):
    """Return the playground's notebook, run from top to bottom."""
    with watched(1280, 900) as page:
        panel = open_notebook(page, lab("playground.ipynb"))
        run_all(page)
        assert errors(panel) == []
        yield panel
        assert errors(panel) == []


@pytest.fixture
def game(panel):
    game = widget_of(panel, 'Playground("ring"')
    game.scroll_into_view_if_needed()
    return game


def test_it_plays_pauses_and_goes_on(game):
    button(game, "Play").click()
    at = wait_for_change(lambda: steps(game))
    wait_for_change(lambda: picture(game))
    assert at > 0
    button(game, "Pause").click()
    game.get_by_text("Paused.").wait_for()
    held, shown = steps(game), picture(game)
    game.page.wait_for_timeout(1000)
    assert (steps(game), picture(game)) == (held, shown)
    button(game, "Play").click()
    assert wait_for_change(lambda: steps(game), held) > held
    button(game, "Pause").click()
    game.get_by_text("Paused.").wait_for()


def test_a_step_has_two_halves(game):
    held, shown = steps(game), picture(game)
    button(game, "Step").click()
    half = wait_for_change(lambda: picture(game), shown)
    wait_for_change(lambda: steps(game), held)
    button(game, "Step").click()
    wait_for_change(lambda: picture(game), half)
    assert steps(game) == held + 1


def test_controls_have_labels_and_tooltips_and_work_by_keyboard(game):
    for knob in game.locator(".widget-inline-hbox:has(input, select)").all():
        label = knob.locator("label")
        assert label.inner_text() and label.locator("xpath=descendant-or-self::*[@title]").count()
    for each in game.locator("button").all():
        assert each.get_attribute("title")
    rate = game.get_by_role("slider").first
    rate.focus()
    before = game.inner_text()
    rate.press("ArrowRight")
    wait_for_change(game.inner_text, before)
    button(game, "Reset").focus()
    button(game, "Reset").press("Enter")
    wait_for_change(lambda: steps(game))
    assert steps(game) == 0


def test_the_layout_stays_while_it_plays(game):
    places = [game.locator("img").bounding_box()]
    button(game, "Play").click()
    for _ in range(5):
        wait_for_change(lambda: picture(game))
        places.append(game.locator("img").bounding_box())
    button(game, "Pause").click()
    game.get_by_text("Paused.").wait_for()
    assert all(place == places[0] for place in places)


def test_it_fits_a_phone(game):
    page = game.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(1000)  # until JupyterLab has laid out its panels anew
    room = game.locator("xpath=..").bounding_box()
    for part in game.locator("img, button, select, input, [role=slider]").all():
        if part.is_visible():
            box = part.bounding_box()
            assert room["x"] <= box["x"] and box["x"] + box["width"] <= room["x"] + room["width"]
    page.set_viewport_size({"width": 1280, "height": 900})


def test_drawing_with_pointer_and_keyboard(game):
    game.get_by_label("data").select_option("drawn")
    game.get_by_text("Draw on the picture").wait_for()
    shown, box = picture(game), game.locator("img").bounding_box()
    mouse = game.page.mouse
    mouse.move(box["x"] + 0.15 * box["width"], box["y"] + 0.4 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.35 * box["width"], box["y"] + 0.6 * box["height"], steps=5)
    mouse.up()
    shown = wait_for_change(lambda: picture(game), shown)
    game.page.wait_for_timeout(3000)  # until all marks have been made
    shown = picture(game)
    game.locator("img").focus()
    for _ in range(6):
        game.locator("img").press("ArrowUp")
    game.locator("img").press(" ")
    shown = wait_for_change(lambda: picture(game), shown)
    button(game, "Play").click()
    wait_for_change(lambda: steps(game))
    wait_for_change(lambda: picture(game), shown)
    button(game, "Pause").click()
    game.get_by_text("Paused.").wait_for()


def test_running_the_cell_again_ends_its_training(panel, game):
    page = panel.page
    button(game, "Play").click()
    wait_for_change(lambda: steps(game))
    assert evaluate(page, "print(6 * 7)") == "42"  # the kernel is free while it plays
    assert evaluate(page, THREADS) == "1"
    run_again(page, 'Playground("ring"')
    wait_for_change(lambda: evaluate(page, THREADS), "1")
    again = widget_of(panel, 'Playground("ring"')
    assert steps(again) == 0


def test_the_dashboard_trains_holds_and_goes_back(panel):
    board = widget_of(panel, "Dashboard(new_gan()")
    board.scroll_into_view_if_needed()
    button(board, "Train").click()
    wait_for_change(lambda: steps(board))
    board.get_by_text("s left").wait_for()
    first = picture(board)
    wait_for_change(lambda: picture(board), first)
    button(board, "Pause").click()
    board.get_by_text("Held.").wait_for()
    held = steps(board)
    board.page.wait_for_timeout(2000)
    assert steps(board) == held
    now = picture(board)
    past = board.get_by_role("slider").first
    past.focus()
    past.press("Home")
    wait_for_change(lambda: picture(board), now)
    button(board, "Train").click()
    wait_for_change(lambda: steps(board), held)
    button(board, "Pause").click()
    board.get_by_text("Held.").wait_for()


def test_the_latent_explorer_follows_its_sliders_and_saves(panel, folder):
    walk = widget_of(panel, "LatentExplorer(gan)")
    walk.scroll_into_view_if_needed()
    sliders = walk.get_by_role("slider")
    assert sliders.count() == 5
    for i in range(sliders.count()):
        shown = picture(walk)
        sliders.nth(i).focus()
        sliders.nth(i).press("ArrowRight")
        wait_for_change(lambda: picture(walk), shown)
    button(walk, "Save GIF").click()
    walk.get_by_text("Written: morph.gif").wait_for()
    assert (folder / "morph.gif").read_bytes().startswith(b"GIF89a")
