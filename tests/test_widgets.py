"""The widgets without a browser: what their controls do, as a page would ask for it."""

import base64
import io
import re
import time

import ipywidgets
import keras
import matplotlib.image
import numpy as np
import PIL.Image
import pytest
from matplotlib.figure import Figure

from ganlib import GAN, ConditionalGAN, data, networks, scenes
from ganlib.game import LIMIT
from ganlib.widgets import Dashboard, LatentExplorer, Playground, explore, screen
from ganlib.widgets.background import BackgroundFit

SMALL = {"width": 16, "depth": 1}


def until(condition, seconds=60):
    """Wait until a condition holds, as a reader would."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.01)


def named(widget, name):
    """Return the control of this description."""
    for child in getattr(widget, "children", ()):
        if re.sub("<.*?>", "", getattr(child, "description", "")) == name:
            return child
        found = named(child, name)
        if found is not None:
            return found
    return None


def press(widget, name):
    named(widget, name).click()


def bar(height, colour):
    figure = Figure((1, 1), dpi=50)
    figure.subplots().bar([0], [height], color=colour)
    return figure


def pixels(png):
    return matplotlib.image.imread(io.BytesIO(png), format="png")


def drawn(height, colour):
    return pixels(screen.as_png(bar(height, colour)))


class TestExplore:
    def test_the_figure_follows_each_control(self):
        height = ipywidgets.FloatSlider(1.0, min=0, max=5, description="height")
        colour = ipywidgets.Dropdown(options=["red", "blue"], description="colour")
        shown = explore(bar, height=height, colour=colour)
        assert shown.children[:2] == (height, colour)
        np.testing.assert_array_equal(pixels(shown.children[-1].png), drawn(1.0, "red"))
        height.value = 3.0
        np.testing.assert_array_equal(pixels(shown.children[-1].png), drawn(3.0, "red"))
        colour.value = "blue"
        np.testing.assert_array_equal(pixels(shown.children[-1].png), drawn(3.0, "blue"))
        assert shown.children[-1].alt == "height 3.0, colour blue"

    def test_two_figures_do_not_disturb_each_other(self):
        first, second = (
            explore(
                bar,
                height=ipywidgets.FloatSlider(1.0, min=0, max=5),
                colour=ipywidgets.Dropdown(options=["red"]),
            )
            for _ in range(2)
        )
        first.children[0].value = 4.0
        np.testing.assert_array_equal(pixels(second.children[-1].png), drawn(1.0, "red"))


class TestScreen:
    def test_a_page_that_closes_or_falls_silent_is_not_visible(self, monkeypatch):
        now = [100.0]
        monkeypatch.setattr(screen.time, "monotonic", lambda: now[0])
        shown = screen.Screen()
        assert shown.visible
        now[0] += 61
        assert not shown.visible
        shown._receive(None, {"type": "alive"}, [])
        assert shown.visible
        shown._receive(None, {"type": "closed"}, [])
        now[0] += 6
        assert not shown.visible

    def test_another_view_keeps_it_visible(self, monkeypatch):
        now = [100.0]
        monkeypatch.setattr(screen.time, "monotonic", lambda: now[0])
        shown = screen.Screen()
        shown._receive(None, {"type": "closed"}, [])
        now[0] += 2
        shown._receive(None, {"type": "alive"}, [])
        now[0] += 20
        assert shown.visible

    def test_marks_are_passed_on(self):
        marks = []
        shown = screen.Screen(on_mark=lambda x, y: marks.append((x, y)))
        shown._receive(None, {"type": "mark", "place": [0.25, 0.5]}, [])
        assert marks == [(0.25, 0.5)]


class Counter(keras.Model):
    """A model whose training is quick to follow."""

    def __init__(self):
        super().__init__()
        self.steps = self.add_weight((), "zeros", trainable=False)
        self.compile(run_eagerly=True)

    def train_step(self, batch):
        self.steps.assign_add(1)
        return {"loss": self.steps}


class TestBackgroundFit:
    def run(self, model, fit, epochs=1000):
        fit.play(np.zeros((4, 1)), np.zeros((4, 1)), batch_size=1, epochs=epochs)

    def test_it_trains_holds_goes_on_and_ends(self):
        model, ended = Counter(), []
        fit = BackgroundFit(model, lambda logs: True, ended.append)
        assert not fit.running
        self.run(model, fit)
        until(lambda: model.steps > 3)
        fit.hold()
        held = int(model.steps)
        time.sleep(0.1)
        assert int(model.steps) == held
        assert fit.running and not fit.playing
        self.run(model, fit)
        until(lambda: model.steps > held)
        fit.end()
        assert not fit.running
        assert ended == [None]

    def test_no_step_is_lost_by_holding(self):
        model = Counter()
        fit = BackgroundFit(model, lambda logs: True, lambda error: None)
        self.run(model, fit, epochs=20)
        for _ in range(5):
            fit.hold()
            self.run(model, fit)
        until(lambda: not fit.running)
        assert int(model.steps) == 80

    def test_it_ends_when_told_not_to_go_on(self):
        model = Counter()
        fit = BackgroundFit(model, lambda logs: logs["loss"] < 3, lambda error: None)
        self.run(model, fit)
        until(lambda: not fit.running)
        assert int(model.steps) == 3

    def test_it_can_play_again_after_its_end(self):
        model = Counter()
        fit = BackgroundFit(model, lambda logs: True, lambda error: None)
        for _ in range(2):
            self.run(model, fit, epochs=1)
            until(lambda: not fit.running)
        assert int(model.steps) == 8

    def test_an_error_is_handed_on(self):
        model, ended = Counter(), []

        def fail(logs):
            raise ValueError("broken")

        fit = BackgroundFit(model, fail, ended.append)
        self.run(model, fit)
        until(lambda: ended)
        assert str(ended[0]) == "broken"
        fit.hold()  # returns, though there is no thread


@pytest.fixture
def playground():
    shown = Playground(**SMALL)
    yield shown
    shown.close()


def steps(shown):
    return int(shown._game.gan.step)


class TestPlayground:
    def test_it_plays_pauses_and_goes_on(self, playground):
        before = playground.screen.png
        press(playground, "Play")
        until(lambda: steps(playground) > 20 and playground.screen.png != before)
        press(playground, "Pause")
        held = steps(playground)
        assert f"after {held} steps" in playground.screen.alt
        time.sleep(0.2)
        assert steps(playground) == held
        press(playground, "Play")
        until(lambda: steps(playground) > held)

    def test_a_step_shows_two_halves(self, playground):
        pictures = [playground.screen.png]
        for expected in (1, 1, 2, 2):
            press(playground, "Step")
            assert steps(playground) == expected
            pictures.append(playground.screen.png)
        assert len(set(pictures)) == 5

    def test_settings_begin_anew(self, playground):
        press(playground, "Step")
        named(playground, "loss").value = "hinge"
        assert steps(playground) == 0
        assert playground._game.gan.adversarial_loss.generator.__name__ == "linear_generator"
        named(playground, "data").value = "grid"
        assert len(playground._game.mixture.means) == 25

    def test_a_change_while_playing_plays_on(self, playground):
        press(playground, "Play")
        until(lambda: steps(playground) > 0)
        named(playground, "seed").value = 5
        until(lambda: steps(playground) > 0)
        assert playground._fit.playing

    def test_rates_change_without_beginning_anew(self, playground):
        press(playground, "Step")
        named(playground, "G rate").value = 1e-2
        named(playground, "D rate").value = 1e-4
        gan = playground._game.gan
        rates = [gan.generator_optimizer.learning_rate, gan.discriminator_optimizer.learning_rate]
        np.testing.assert_allclose(rates, [1e-2, 1e-4], rtol=1e-6)
        assert steps(playground) == 1

    def test_what_is_drawn_is_learned(self, playground):
        named(playground, "data").value = "drawn"
        assert playground.screen.drawing
        left, top, width, height = scenes.PLANE
        for x, y in ((0.25, 0.5), (0.75, 0.5), (0.75, 0.51)):  # the third is too near
            playground.screen._on_mark(left + x * width, top + y * height)
        playground.screen._on_mark(0.9, 0.5)  # beside the plane
        means = playground._game.mixture.means
        np.testing.assert_allclose(means, [[-LIMIT / 2, 0], [LIMIT / 2, 0]], atol=1e-9)
        centres = playground._game.points[:, 0] > 0
        np.testing.assert_allclose(centres.mean(), 0.5, atol=0.02)  # 25,600 coins: 0.003
        press(playground, "Clear")
        assert len(playground._game.mixture.means) == 1

    def test_it_ends_when_its_page_goes(self, playground):
        press(playground, "Play")
        until(lambda: steps(playground) > 0)
        playground.screen._deadline = 0
        until(lambda: not playground._fit.running)

    def test_two_do_not_disturb_each_other(self, playground):
        other = Playground("grid", **SMALL)
        press(other, "Play")
        until(lambda: steps(other) > 20)
        assert steps(playground) == 0
        other.close()
        press(playground, "Play")
        until(lambda: steps(playground) > 0)

    def test_a_failure_is_said(self, playground):
        named(playground, "D rate").value = 0.1
        playground._game.set_rates(1e30, 1e30)
        press(playground, "Play")
        until(lambda: not playground._fit.running)
        assert "Expected finite losses" in playground._status.value

    @pytest.mark.parametrize(
        "settings", [{"mixture": "cube"}, {"loss": "cubic"}, {"width": 7}, {"update": "both"}]
    )
    def test_unknown_settings_are_refused(self, settings):
        with pytest.raises(ValueError, match="Expected (data|loss|width|update) out of"):
            Playground(**settings)


def image_gan(kind=GAN):
    keras.utils.set_random_seed(0)
    build = networks.conditional_dcgan if kind is ConditionalGAN else networks.dcgan
    gan = kind(*build(width=4, latent_dim=8))
    gan.compile(*(keras.optimizers.Adam(1e-3, 0.0, 0.99) for _ in range(2)))
    return gan


def test_a_page_without_a_kernel_shows_the_picture(playground):
    bundle = playground._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert base64.b64decode(bundle["image/png"]) == playground.screen.png


class TestDashboard:
    @pytest.mark.parametrize("kind", [GAN, ConditionalGAN])
    def test_it_trains_to_the_end_and_can_go_back(self, kind):
        images, labels = data.digits()
        gan = image_gan(kind)
        labels = labels[:256] if kind is ConditionalGAN else None
        shown = Dashboard(gan, images[:256], labels, batch_size=32, epochs=6)
        first = shown.screen.png
        press(shown, "Train")
        until(lambda: "Done" in shown._status.value)
        assert int(gan.step) == 48 and shown._bar.value == 1
        assert "after 48 steps" in shown.screen.alt and "FID" in shown.screen.alt
        assert shown.screen.png != first
        named(shown, "picture").value = 0
        assert shown.screen.png == first
        assert len(shown._fid[0]) >= 2 and np.isfinite(shown._fid[1]).all()

    def test_holding_it_changes_nothing(self):
        images = data.digits()[0][:256]
        gan, held = image_gan(), image_gan()
        gan.fit(images, batch_size=32, epochs=6, verbose=0)
        shown = Dashboard(held, images, batch_size=32, epochs=6)
        for _ in range(3):
            press(shown, "Train")
            press(shown, "Pause")
        press(shown, "Train")
        until(lambda: "Done" in shown._status.value)
        for a, b in zip(held.get_weights(), gan.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_it_ends_when_it_is_closed(self):
        gan = image_gan()
        shown = Dashboard(gan, data.digits()[0][:256], batch_size=32, epochs=10**6)
        press(shown, "Train")
        until(lambda: gan.step > 0)
        shown.close()
        assert not shown._fit.running

    def test_bad_data_are_refused_at_once(self):
        with pytest.raises(ValueError, match="Expected"):
            Dashboard(image_gan(), data.digits()[0] * 200)


class TestLatentExplorer:
    def test_morphing_goes_from_one_seeds_image_to_the_others(self):
        gan = image_gan()
        shown = LatentExplorer(gan, directions=2)
        noise = np.random.default_rng(1).normal(size=(1, 8)).astype("float32")
        # One image and three in a batch may be convolved in another order.
        np.testing.assert_allclose(shown.images([0.0, 0.5, 1.0])[2:], gan(noise), atol=1e-5)
        before = shown.screen.png
        named(shown, "morph").value = 0.5
        assert shown.screen.png != before and "50%" in shown.screen.alt

    def test_directions_and_class_change_the_image(self):
        shown = LatentExplorer(image_gan(ConditionalGAN), directions=1)
        pictures = [shown.screen.png]
        named(shown, "direction 1").value = 3.0
        pictures.append(shown.screen.png)
        shown._gan.averaged_generator.set_weights(
            [np.random.default_rng(0).normal(size=w.shape) for w in shown._gan.generator.weights]
        )
        named(shown, "class").value = 7
        pictures.append(shown.screen.png)
        assert len(set(pictures)) == 3

    def test_the_way_is_saved_there_and_back(self, tmp_path):
        shown = LatentExplorer(image_gan())
        named(shown, "file").value = str(tmp_path / "morph.gif")
        press(shown, "Save GIF")
        with PIL.Image.open(tmp_path / "morph.gif") as gif:
            assert gif.n_frames == 24 + 22 and gif.size == (224, 224)
        assert "Written" in shown._status.value

    def test_a_folder_that_is_missing_is_said(self, tmp_path):
        shown = LatentExplorer(image_gan())
        named(shown, "file").value = str(tmp_path / "none" / "morph.gif")
        press(shown, "Save GIF")
        assert "Not written" in shown._status.value
