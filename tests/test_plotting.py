import io
import itertools

import matplotlib.figure
import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
import PIL.Image
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.patches import Circle
from matplotlib.text import Text

from ganlib import data, plotting

RING = data.ring()
LOSSES = {"d_loss": [1.0, 1.2, 1.3], "g_loss": [2.0, 1.0, 0.8]}
EQUILIBRIUM = {"d_loss": 1.386, "g_loss": 0.693}
STEPS, FID = [100, 200, 400], [200.0, 40.0, 12.34]


def pictures(n, channels=1, height=5, width=7, seed=0):
    """Return n images of the 256 levels that a PNG can hold, float32 in [-1, 1]."""
    shape = (n, height, width, channels)
    levels = np.random.default_rng(seed).integers(0, 256, shape)
    return (levels / 127.5 - 1).astype("float32")


def cut(mosaic, n, columns, height=5, width=7):
    """Return the first n tiles of a picture with gaps of one pixel, in reading order."""
    corners = [(i // columns * (height + 1), i % columns * (width + 1)) for i in range(n)]
    return np.stack([mosaic[y : y + height, x : x + width] for y, x in corners])


def shown(axes):
    """Return the array given to imshow as (h, w, c) in [-1, 1]."""
    (picture,) = axes.images
    array = np.asarray(picture.get_array())
    if array.ndim == 3:
        return 2 * array - 1
    assert picture.get_clim() == (-1, 1) and picture.get_cmap().name == "gray"
    return array[..., None]


def draw(figure):
    """Return the figure's pixels, uint8 (h, w, 3)."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def enlargement(figure):
    """Return how many pixels a side the square has that each pixel of a mosaic is drawn as."""
    drawn, (axes,) = draw(figure), figure.axes
    corners = axes.get_window_extent().extents
    np.testing.assert_allclose(corners, np.round(corners), atol=1e-6)
    left, bottom, right, top = np.round(corners).astype(int)
    inside = drawn[len(drawn) - top : len(drawn) - bottom, left:right]
    mosaic = shown(axes)
    scale = len(inside) // len(mosaic)
    expected = np.round((mosaic + 1) * 127.5).repeat(scale, axis=0).repeat(scale, axis=1)
    # matplotlib cuts colours down to one of 256 levels, so that rounding may lose one.
    assert np.abs(inside - np.broadcast_to(expected, inside.shape)).max() <= 1
    return scale


def texts(figure):
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]


def scans(n):
    return data.digits()[0][:n]


FIGURES = {
    "grid": lambda: plotting.image_grid(scans(64), title="Digits"),
    "rows": lambda: plotting.image_rows(scans(50).reshape(5, 10, 28, 28, 1), list("abcde")),
    "points": lambda: plotting.real_against_generated(
        RING.sample(2500, 0), np.random.default_rng(0).normal(size=(2500, 2)), RING
    ),
    "pair": lambda: plotting.real_against_generated(scans(36), scans(72)[36:]),
    "losses": lambda: plotting.loss_curves(
        {name: np.random.default_rng(len(y)).normal(y[-1], 0.1, 50) for name, y in LOSSES.items()},
        EQUILIBRIUM,
    ),
    "value": lambda: plotting.value_over_time(STEPS, FID, "FID", {"real half": 3.0}),
}


@pytest.mark.parametrize("name", FIGURES)
class TestEveryFigure:
    def test_unknown_to_pyplot(self, name):
        figure = FIGURES[name]()
        draw(figure)
        assert type(figure) is matplotlib.figure.Figure
        assert plt.get_fignums() == []

    def test_small_as_a_notebook_stores_it(self, name):
        figure, stored = FIGURES[name](), io.BytesIO()
        figure.savefig(stored, format="png", dpi=figure.dpi, bbox_inches="tight")
        assert 1_000 < len(stored.getvalue()) < 100_000

    def test_readable_and_inside_the_figure(self, name):
        figure = FIGURES[name]()
        height, width, _ = draw(figure).shape
        assert width <= 1000 and height <= 700
        assert min(text.get_fontsize() for text in texts(figure)) >= 9
        for axes in figure.axes:
            box = axes.get_tightbbox()
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height


class TestImageGrid:
    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize(
        ("n", "columns", "shape"),
        [
            (1, None, (5, 7)),
            (7, None, (17, 23)),
            (7, 4, (11, 31)),
            (3, 9, (5, 23)),
            (2, 1, (11, 7)),
        ],
    )
    def test_holds_the_images_in_reading_order(self, n, columns, shape, channels):
        images = pictures(n, channels)
        (axes,) = plotting.image_grid(images, columns).axes
        mosaic = shown(axes)
        assert mosaic.shape == (*shape, channels)
        tiles = cut(mosaic, n, (shape[1] + 1) // 8)
        # RGB goes to [0, 1] and back in float32.
        np.testing.assert_allclose(tiles, images, rtol=0, atol=2e-7 if channels == 3 else 0)
        # Everything else is white.
        assert np.sum(mosaic == 1) >= mosaic.size - images.size
        assert mosaic.sum() - images.sum() == pytest.approx(mosaic.size - images.size, abs=1e-3)

    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize(("n", "enlarged"), [(1, 4), (9, 4), (900, 3)])
    def test_draws_each_pixel_as_a_square(self, n, enlarged, channels):
        figure = plotting.image_grid(pictures(n, channels), title="Noise")
        assert enlargement(figure) == enlarged

    def test_title_and_no_axes(self):
        (axes,) = plotting.image_grid(pictures(4), title="Uncurated").axes
        assert axes.get_title(loc="left") == "Uncurated"
        assert not axes.get_frame_on() and not [*axes.get_xticks(), *axes.get_yticks()]

    @pytest.mark.parametrize("columns", [0, -2])
    def test_no_column(self, columns):
        with pytest.raises(ValueError, match=f"at least 1 column. Received: {columns}"):
            plotting.image_grid(pictures(4), columns)

    def test_leaves_the_images_alone(self):
        images = pictures(4)
        before = images.copy()
        draw(plotting.image_grid(images))
        np.testing.assert_array_equal(images, before)


class TestWriteImageGrid:
    @pytest.mark.parametrize("channels", [1, 3])
    def test_pixel_for_pixel(self, channels, tmp_path):
        images = pictures(7, channels)
        path = tmp_path / "grid.png"
        plotting.write_image_grid(path, images, columns=3)
        with PIL.Image.open(path) as picture:
            assert picture.mode == {1: "L", 3: "RGB"}[channels]
            stored = np.array(picture.convert("RGB"))
        assert stored.shape == (4 * 17, 4 * 23, 3)
        np.testing.assert_array_equal(stored, stored[::4, ::4].repeat(4, 0).repeat(4, 1))
        tiles = cut(stored[::4, ::4], 7, 3)
        expected = np.broadcast_to(np.round((images + 1) * 127.5), tiles.shape)
        np.testing.assert_array_equal(tiles, expected)
        assert list(tmp_path.iterdir()) == [path]

    def test_replaces_an_older_file(self, tmp_path):
        for n in (2, 1):
            plotting.write_image_grid(str(tmp_path / "grid.png"), pictures(n), columns=2)
        assert matplotlib.image.imread(tmp_path / "grid.png").shape[:2] == (20, 28)

    @pytest.mark.parametrize("older", [True, False])
    def test_a_failure_leaves_what_was_there(self, older, tmp_path, monkeypatch):
        path = tmp_path / "grid.png"
        if older:
            path.write_bytes(b"older")

        def full(picture, file, *args):
            file.write_bytes(b"half a picture")
            raise OSError("No space left on device")

        monkeypatch.setattr(PIL.Image.Image, "save", full)
        with pytest.raises(OSError, match="No space left"):
            plotting.write_image_grid(path, pictures(4))
        assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == (
            {"grid.png": b"older"} if older else {}
        )

    def test_no_folder(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            plotting.write_image_grid(tmp_path / "none" / "grid.png", pictures(4))


class TestImageRows:
    @pytest.mark.parametrize("channels", [1, 3])
    def test_one_row_a_label(self, channels):
        rows = pictures(8, channels).reshape(2, 4, 5, 7, channels)
        figure = plotting.image_rows(rows, ["epoch 1", "epoch 10"])
        (axes,) = figure.axes
        tiles = cut(shown(axes), 8, 4).reshape(rows.shape)
        np.testing.assert_allclose(tiles, rows, rtol=0, atol=2e-7)
        assert [label.get_text() for label in axes.get_yticklabels()] == ["epoch 1", "epoch 10"]
        # The middles of pixels 0 to 4 and, after the gap at 5, of 6 to 10.
        np.testing.assert_allclose(axes.get_yticks(), [2, 8])
        assert enlargement(figure) == 4
        for label in axes.get_yticklabels():
            assert label.get_window_extent().x0 >= 0
            assert label.get_window_extent().x1 <= axes.get_window_extent().x0

    @pytest.mark.parametrize("labels", [[], ["one"], ["one", "two", "three"]])
    def test_other_number_of_labels(self, labels):
        with pytest.raises(ValueError, match="Expected 2 labels, one a row. Received: "):
            plotting.image_rows(pictures(8).reshape(2, 4, 5, 7, 1), labels)


class TestRealAgainstGenerated:
    @pytest.mark.parametrize("axis", [0, 1])
    def test_points_share_their_limits_and_scale(self, axis):
        real, fake = RING.sample(50, 0), np.array([[7.0, 0.5], [0.0, 0.0], [-3.0, 1.0]])
        fake = np.roll(fake, axis, axis=1)
        figure = plotting.real_against_generated(real, fake)
        draw(figure)
        left, right = figure.axes
        assert [axes.get_title(loc="left") for axes in figure.axes] == ["Real", "Generated"]
        assert left.get_xlim() == left.get_ylim() == right.get_xlim() == right.get_ylim()
        for axes, points in ((left, real), (right, fake)):
            (drawn,) = [c for c in axes.collections if isinstance(c, PathCollection)]
            np.testing.assert_array_equal(drawn.get_offsets(), points)
            (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
            assert (points > [x0, y0]).all() and (points < [x1, y1]).all()
            # One unit takes as many pixels along either axis.
            width, height = np.diff(axes.transData.transform([(0, 0), (1, 1)]), axis=0)[0]
            assert width == pytest.approx(height, rel=1e-6)
            assert axes.get_xlabel() == "$x_1$"
        assert left.get_ylabel() == "$x_2$"
        assert left.get_window_extent().size == pytest.approx(right.get_window_extent().size)

    @pytest.mark.parametrize("fake", [[[0.0, 900.0]], [[1.0, 0.0]] * 3, [[5.0, 0], [-5, 0]]])
    def test_panels_fit_at_the_first_drawing(self, fake):
        figure = plotting.real_against_generated(np.array([[1.0, 0.0]]), np.array(fake), RING)
        height, width, _ = draw(figure).shape
        for axes in figure.axes:
            x0, y0, x1, y1 = axes.get_tightbbox().extents
            assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height

    def test_circles_of_three_sigma(self):
        figure = plotting.real_against_generated(RING.sample(9, 0), RING.sample(9, 1), RING)
        for axes in figure.axes:
            circles = [patch for patch in axes.patches if isinstance(patch, Circle)]
            np.testing.assert_array_equal([circle.center for circle in circles], RING.means)
            np.testing.assert_allclose([circle.radius for circle in circles], 0.03, rtol=1e-12)
            # A mode that no sample reached is seen nevertheless.
            (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
            assert max(x0, y0) < -1.03 and min(x1, y1) > 1.03
        assert figure.axes[1].get_title(loc="right") == "circles: radius 3σ"

    @pytest.mark.parametrize("channels", [1, 3])
    def test_images(self, channels):
        real, fake = pictures(9, channels), pictures(4, channels, seed=1)
        figure = plotting.real_against_generated(real, fake)
        assert [axes.get_title(loc="left") for axes in figure.axes] == ["Real", "Generated"]
        for axes, images, columns in zip(figure.axes, (real, fake), (3, 2), strict=True):
            tiles = cut(shown(axes), len(images), columns)
            np.testing.assert_allclose(tiles, images, rtol=0, atol=2e-7)
        left, right = (axes.get_window_extent() for axes in figure.axes)
        assert left.x1 < right.x0 and left.y1 == pytest.approx(right.y1)

    @pytest.mark.parametrize(
        ("real", "fake", "mixture"),
        [
            (np.zeros((4, 2)), np.zeros((4, 3)), None),
            (np.zeros((4, 3)), np.zeros((4, 3)), None),
            (np.zeros(4), np.zeros(4), None),
            (np.zeros((4, 2)), np.zeros((4, 28, 28, 1)), None),
            (np.zeros((4, 28, 28, 1)), np.zeros((4, 32, 32, 1)), None),
            (np.zeros((4, 28, 28, 1)), np.zeros((4, 28, 28, 1)), RING),
        ],
    )
    def test_neither_points_nor_images(self, real, fake, mixture):
        with pytest.raises(ValueError, match=r"sets of points.*Received: \(4.* and \(4"):
            plotting.real_against_generated(real, fake, mixture)

    @pytest.mark.parametrize("bad", [np.zeros((0, 2)), [[np.nan, 0.0]], [[0.0, np.inf]]])
    def test_points_not_finite_or_none(self, bad):
        for sets in ((bad, np.zeros((1, 2))), (np.zeros((1, 2)), bad)):
            with pytest.raises(ValueError, match="Expected finite points in both. Received: "):
                plotting.real_against_generated(*sets)

    @pytest.mark.parametrize("which", ["real", "generated"])
    def test_images_out_of_range(self, which):
        sets = {"real": pictures(4), "generated": pictures(4)}
        sets[which][0, 0, 0] = 2
        with pytest.raises(ValueError, match=f"Expected {which} .*Received: values from -.* to 2"):
            plotting.real_against_generated(**sets)


@pytest.mark.parametrize(
    "plot",
    [
        plotting.image_grid,
        lambda images: plotting.write_image_grid("never", images),
        lambda images: plotting.image_rows(np.asarray(images)[None], ["row"]),
    ],
)
class TestBadImages:
    @pytest.mark.parametrize(
        "shape", [(28, 28, 1), (4, 28, 28), (0, 28, 28, 1), (4, 28, 28, 2), (1, 4, 28, 28, 1)]
    )
    def test_shape(self, plot, shape):
        with pytest.raises(ValueError, match=r"h, w, c\) in \[-1, 1\].*Received: shape \("):
            plot(np.zeros(shape, "float32"))

    @pytest.mark.parametrize("value", [1.01, -1.01, 255, np.nan, np.inf])
    def test_range(self, plot, value):
        images = pictures(4)
        images[1, 2, 3] = value
        with pytest.raises(ValueError, match="Received: values from "):
            plot(images)


class TestLossCurves:
    def test_curves_from_epoch_1(self):
        (axes,) = plotting.loss_curves(LOSSES).axes
        for line, losses in zip(axes.lines, LOSSES.values(), strict=True):
            np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
            np.testing.assert_array_equal(line.get_ydata(), losses)
        assert axes.get_xlim() == (1, 3)
        assert all(tick == int(tick) for tick in axes.get_xticks())
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss")
        assert axes.get_title(loc="left") == "Losses over training"

    def test_equilibrium_in_the_colour_of_its_curve(self):
        (axes,) = plotting.loss_curves(LOSSES, EQUILIBRIUM).axes
        curves, levels = axes.lines[:2], axes.lines[2:]
        assert [tuple(level.get_ydata()) for level in levels] == [(1.386,) * 2, (0.693,) * 2]
        assert [line.get_color() for line in levels] == [line.get_color() for line in curves]
        assert {line.get_linestyle() for line in levels} == {"--"}
        colours = {text.get_text(): text.get_color() for text in axes.texts}
        first, second = (line.get_color() for line in curves)
        assert first != second
        assert colours == {
            "d_loss": first,
            "d_loss at equilibrium: 1.39": first,
            "g_loss": second,
            "g_loss at equilibrium: 0.693": second,
        }

    @pytest.mark.parametrize("last", [[1.0] * 7, np.arange(7) / 100, [0, 0, 0, 1, 1, 1, 1]])
    def test_labels_keep_apart_and_in_order(self, last):
        figure = plotting.loss_curves({f"loss {i}": [0.5, y] for i, y in enumerate(last)})
        draw(figure)
        ((axes,), labels) = figure.axes, figure.axes[0].texts
        boxes = sorted((text.get_window_extent() for text in labels), key=lambda box: box.y0)
        assert all(low.y1 <= high.y0 for low, high in itertools.pairwise(boxes))
        levels = [last[int(text.get_text()[-1])] for text in labels]
        assert levels == sorted(levels)
        heights = [text.get_window_extent().y0 for text in labels]
        assert heights == sorted(heights)
        area = axes.get_window_extent()
        assert all(
            box.x0 >= area.x1 and area.y0 < (box.y0 + box.y1) / 2 <= area.y1 for box in boxes
        )

    def test_a_label_with_room_is_at_its_curve(self):
        figure = plotting.loss_curves(LOSSES)
        draw(figure)
        (axes,) = figure.axes
        for text in axes.texts:
            box = text.get_window_extent()
            level = axes.transData.transform((3, LOSSES[text.get_text()][-1]))[1]
            assert (box.y0 + box.y1) / 2 == pytest.approx(level, abs=2)  # pixels

    def test_losses_not_finite_leave_a_gap(self):
        figure = plotting.loss_curves({"d_loss": [1, np.nan, 2, np.inf], "g_loss": [1, 2, 3, 4]})
        draw(figure)
        (axes,) = figure.axes
        assert axes.get_xlim() == (1, 4)
        assert sorted(text.get_text() for text in axes.texts) == ["d_loss", "g_loss"]

    def test_a_single_epoch_is_seen(self):
        figure = plotting.loss_curves({"d_loss": [1.3]})
        figure.set_layout_engine("none")
        whole = draw(figure).copy()
        figure.axes[0].lines[0].set_visible(False)
        assert (draw(figure) != whole).any()

    @pytest.mark.parametrize(
        ("history", "equilibrium", "message"),
        [
            ({}, None, r"Expected losses, as many a name. Received: \[\]"),
            ({"d": [1, 2], "g": [1]}, None, r"as many a name. Received: \[1, 2\]"),
            ({"d": []}, None, r"Expected d \(n,\), at least one finite. Received: \[\]"),
            ({"d": [[1, 2]]}, None, r"Expected d \(n,\), at least one finite. Received: \[\["),
            ({"d": [np.nan]}, None, "at least one finite. Received: .nan"),
            ({"d": [1.0]}, {"g": 1}, r"Expected equilibria of \['d'\]. Received: \['g'\]"),
        ],
    )
    def test_bad_input(self, history, equilibrium, message):
        with pytest.raises(ValueError, match=message):
            plotting.loss_curves(history, equilibrium)


class TestValueOverTime:
    def test_line_levels_and_last_value(self):
        (axes,) = plotting.value_over_time(STEPS, FID, "FID (digits)", {"real half": 3.0}).axes
        line, level = axes.lines
        np.testing.assert_array_equal(line.get_xydata(), np.transpose([STEPS, FID]))
        assert tuple(level.get_ydata()) == (3, 3) and level.get_linestyle() == "--"
        assert [text.get_text() for text in axes.texts] == ["real half: 3", "12.3"]
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("training step", "FID (digits)")
        assert axes.get_title(loc="left") == "FID (digits) over training"

    @pytest.mark.parametrize(
        "values",
        [[12.0, 13.0, 15.0], [4.2, 4.3, 4.25], [7.0] * 3, [300.0, 9.0, 2.0], [0.02, 1e-3, 5e-4]]
        + [[0.1, 2.0, 5e7]],
    )
    def test_log_axis_has_plain_ticks(self, values):
        figure = plotting.value_over_time(STEPS, values, "FID")
        draw(figure)
        (axes,) = figure.axes
        assert axes.get_yscale() == "log"
        low, high = axes.get_ylim()
        assert low < min(values) and max(values) < high
        # Equal ratios take equal heights.
        heights = axes.transData.transform([(STEPS[0], y) for y in (low, 2 * low, 4 * low)])[:, 1]
        assert np.diff(heights, 2) == pytest.approx(0, abs=1e-6)
        ticks = [tick for tick in axes.get_yticks() if low <= tick <= high]
        labels = {label.get_text() for label in axes.get_yticklabels()}
        assert 2 <= len(ticks) <= 12  # more would overlap
        assert {f"{tick:g}" for tick in ticks} <= labels
        assert {f"{tick:e}"[0] for tick in ticks} <= {"1", "2", "5"}
        assert not [text for text in axes.get_yticklabels(minor=True) if text.get_text()]

    def test_thousands_are_set_apart(self):
        figure = plotting.value_over_time([0, 12000], [5, 4], "FID")
        draw(figure)
        assert "12,000" in [label.get_text() for label in figure.axes[0].get_xticklabels()]

    def test_the_last_finite_value_is_written(self):
        (axes,) = plotting.value_over_time(STEPS, [5.0, 4.0, np.nan], "KID").axes
        assert [text.get_text() for text in axes.texts] == ["4"]
        assert axes.get_xlim() == (100, 400)

    @pytest.mark.parametrize(
        ("steps", "values", "reference", "message"),
        [
            ([1, 2], [1.0], None, "Expected 1 ascending steps. Received: .1. 2.."),
            ([2, 1], [1.0, 1.0], None, "Expected 2 ascending steps. Received: .2. 1.."),
            ([1, 1], [1.0, 1.0], None, "Expected 2 ascending steps. Received: "),
            ([1, np.nan], [1.0, 1.0], None, "Expected 2 ascending steps. Received: "),
            ([1, 2], [1.0, 0.0], None, "Expected values and levels above 0. Received: 0"),
            ([1, 2], [1.0, -1.0], None, "Expected values and levels above 0. Received: -1"),
            ([1, 2], [1.0, 1.0], {"floor": 0}, "Expected values and levels above 0. Received: 0"),
            ([], [], None, r"Expected steps \(n,\), at least one finite. Received: "),
            ([1], [np.nan], None, r"Expected values \(n,\), at least one finite. Received: "),
            ([[1]], [[1.0]], None, r"Expected steps \(n,\), at least one finite. Received: "),
        ],
    )
    def test_bad_input(self, steps, values, reference, message):
        with pytest.raises(ValueError, match=message):
            plotting.value_over_time(steps, values, "FID", reference)
