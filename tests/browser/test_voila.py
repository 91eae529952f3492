"""The playground as a page without code, served by Voilà."""

from notebook import button, picture, steps, wait_for_change


def test_it_plays_without_code(voila, watched):
    with watched(1280, 900) as page:
        page.set_default_timeout(180_000)  # Voilà runs the notebook before it serves the page
        page.goto(voila)
        game = page.locator(".widget-vbox", has_text="regularizer").first
        button(game, "Play").click()
        at = wait_for_change(lambda: steps(game))
        wait_for_change(lambda: picture(game))
        button(game, "Pause").click()
        game.get_by_text("Paused.").wait_for()
        assert steps(game) > at > 0
        assert page.locator(".cm-content, .jupyter-widgets-error-widget").count() == 0
