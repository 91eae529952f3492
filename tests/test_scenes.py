import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ganlib import scenes

RNG = np.random.default_rng(0)
STEPS = [0, 10, 20]
CURVES = {
    "discriminator": (STEPS, [1.0, 1.25, 1.5]),
    "generator": (STEPS, [2.0, 1.0, 0.75]),
    "modes": (STEPS, [0.0, 0.5, 1.0]),
}


def duel(**changes):
    look = {
        "real": RNG.normal(size=(20, 2)),
        "fake": np.array([[0.5, 0.5], [-0.5, 0.0]]),
        "pull": np.array([[3.0, 4.0], [0.0, -1.0]]),
        "net": RNG.normal(size=(3, 4, 2)),
        "surface": np.linspace(0, 1, 16).reshape(4, 4),
        "limit": 1.5,
        "curves": CURVES,
    }
    return scenes.duel(**{**look, **changes})


def drawn(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(int)


def test_the_longest_arrow_has_a_quarter_of_the_half_side():
    axes = duel().axes[0]
    arrows = axes.collections[-1].get_segments()
    np.testing.assert_allclose(arrows[0], [[0.5, 0.5], [0.5 + 0.225, 0.5 + 0.3]])
    np.testing.assert_allclose(arrows[1], [[-0.5, 0], [-0.5, -0.075]])


def test_the_net_has_its_rows_and_columns():
    assert len(duel().axes[0].collections[0].get_segments()) == 3 + 4


def test_the_surfaces_first_row_is_the_lowest_and_real_is_blue():
    surface = np.zeros((4, 4))
    surface[0] = 1
    pixels = drawn(duel(surface=surface, real=np.zeros((0, 2)), net=np.zeros((1, 1, 2))))
    height, width = pixels.shape[:2]
    left, top, across, down = scenes.PLANE
    column = int(width * (left + 0.1 * across))
    low, high = (pixels[int(height * (top + share * down)), column] for share in (0.95, 0.05))
    assert low[2] > low[0] and high[0] > high[2]


def test_the_plane_lies_where_it_is_said_to():
    figure = duel()
    box = figure.axes[0].get_position()
    np.testing.assert_allclose([box.x0, 1 - box.y1, box.width, box.height], scenes.PLANE)
    assert figure.axes[0].get_xlim() == figure.axes[0].get_ylim() == (-1.5, 1.5)


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_a_move_is_highlighted(player):
    axes = duel(moved=player).axes[0]
    assert axes.get_title() == f"the {player} has moved"
    assert axes.spines["left"].get_linewidth() == 3


def test_an_unknown_player_is_refused():
    with pytest.raises(ValueError, match="Expected moved as"):
        duel(moved="both")


def test_the_curves_end_in_their_last_values():
    _, losses, share = duel().axes
    assert [text.get_text() for text in losses.texts] == [" 1.50", " 0.75"]
    assert [text.get_text() for text in share.texts] == [" 1.00"]


def test_training_shows_all_that_it_is_given():
    images = RNG.uniform(-1, 1, (9, 9, 1))
    figure = scenes.training(images, [0.9], [0.1, 0.1], CURVES, ([0, 10], [100.0, 10.0]))
    picture, losses, scores, distance = figure.axes
    np.testing.assert_array_equal(picture.images[0].get_array(), images[..., 0])
    assert len(losses.lines) == 2
    heights = np.array([bar.get_height() for bar in scores.patches])
    # Thirty bins over [0, 1], each kind's area 1: one full bin is 30 high.
    np.testing.assert_allclose(heights[heights > 0], [30, 30])
    np.testing.assert_array_equal(distance.lines[0].get_ydata(), [100, 10])
    assert distance.get_yscale() == "log"
    drawn(figure)


def test_training_before_its_first_step_can_be_drawn():
    nothing = {name: ([], []) for name in CURVES}
    drawn(scenes.training(np.zeros((9, 9, 3)), [0.5], [0.5], nothing, ([], [])))


def test_morph_marks_the_place_on_the_path():
    path = RNG.uniform(-1, 1, (5, 8, 8, 1))
    figure = scenes.morph(path[2], path, share=0.5)
    picture, row = figure.axes
    np.testing.assert_array_equal(picture.images[0].get_array(), path[2, ..., 0])
    assert row.images[0].get_array().shape == (8, 40)
    np.testing.assert_allclose(row.lines[0].get_xdata(), [15.5, 23.5])  # the third of five
    drawn(figure)
