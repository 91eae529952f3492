"""The augmentations against loops in NumPy that read the drawn changes off marked images."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from ganlib.augment import Augment, augment, brightness, cutout, translate

HEIGHT, WIDTH = 8, 12
FUNCTIONS = {"brightness": brightness, "translate": translate, "cutout": cutout}


def random_images(count=16, channels=2):
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, size=(count, HEIGHT, WIDTH, channels)).astype("float32")


def eager_and_xla(function):
    """Run a test with the function as it is and compiled, when XLA draws other numbers."""
    compiled = tf.function(function, jit_compile=True)
    return pytest.mark.parametrize("function", [function, compiled], ids=["eager", "xla"])


def moves(seed, count=16, ratio=0.25, function=translate):
    """Return how far `translate` moves each image down and right, int (count, 2).

    Each pixel of the images holds its own row and column, so that any that is left in view
    tells where it came from.
    """
    places = np.stack(np.meshgrid(range(HEIGHT), range(WIDTH), indexing="ij"), axis=-1)
    images = np.broadcast_to(places, (count, HEIGHT, WIDTH, 2)).astype("float32")
    moved = ops.convert_to_numpy(function(images, seed, ratio))
    centre = (HEIGHT // 2, WIDTH // 2)  # in view after every move by up to a quarter
    return (centre - moved[(slice(None), *centre)]).astype(int)


def holes(seed, count=16, ratio=0.5, function=cutout):
    """Return where `cutout` blanks each image, bool (count, height, width)."""
    ones = np.ones((count, HEIGHT, WIDTH, 1), "float32")
    return ops.convert_to_numpy(function(ones, seed, ratio))[..., 0] == 0


class TestTranslate:
    @eager_and_xla(translate)
    def test_loop(self, function):
        images = random_images()
        expected = np.full_like(images, -1)
        for i, (down, right) in enumerate(moves(3, function=function)):
            for row in range(HEIGHT):
                for column in range(WIDTH):
                    source = row - down, column - right
                    if 0 <= source[0] < HEIGHT and 0 <= source[1] < WIDTH:
                        expected[i, row, column] = images[(i, *source)]
        # To the last bit: a pixel is moved, not computed.
        np.testing.assert_array_equal(function(images, 3, 0.25), expected)

    def test_moves_are_uniform_and_independent(self):
        drawn = moves(seed=0, count=8000)
        down, right = np.bincount(drawn[:, 0] + 2), np.bincount(drawn[:, 1] + 3)
        # Up to 2 of 8 rows and 3 of 12 columns, both ways: 5 and 7 places. Five standard
        # deviations of a count are at most 5 * sqrt(8000 / 5) = 200.
        np.testing.assert_allclose(down, np.full(5, 8000 / 5), atol=200)
        np.testing.assert_allclose(right, np.full(7, 8000 / 7), atol=200)
        assert abs(np.corrcoef(drawn.T)[0, 1]) < 5 / np.sqrt(8000)

    def test_default_is_an_eighth(self):
        image = np.arange(24, dtype="float32").reshape(1, 24, 1, 1)
        images = np.broadcast_to(image, (500, 24, 24, 1))
        moved = ops.convert_to_numpy(translate(images, seed=0))
        np.testing.assert_array_equal(np.unique(12 - moved[:, 12, 12, 0]), np.arange(-3, 4))

    def test_odd_share_of_pixels_is_rounded(self):
        # 0.2 of 8 rows is 1.6, and of 12 columns 2.4.
        np.testing.assert_array_equal(np.ptp(moves(0, 500, ratio=0.2), axis=0), [4, 4])

    def test_ratio_0(self):
        np.testing.assert_array_equal(translate(random_images(), 0, ratio=0), random_images())


class TestCutout:
    @pytest.mark.parametrize(("ratio", "sides"), [(0.5, (4, 6)), (0.4, (3, 5))])
    @eager_and_xla(cutout)
    def test_loop(self, function, ratio, sides):
        images = random_images(200)
        blanked = ops.convert_to_numpy(function(images, 3, ratio))
        for image, result, hole in zip(
            images, blanked, holes(3, 200, ratio, function), strict=True
        ):
            assert (result[hole] == 0).all()
            np.testing.assert_array_equal(result[~hole], image[~hole])
            for axis, side in enumerate(sides):
                bar = np.flatnonzero(hole.any(axis=1 - axis))
                np.testing.assert_array_equal(bar, np.arange(bar[0], bar[-1] + 1))
                at_the_edge = bar[0] == 0 or bar[-1] == hole.shape[axis] - 1
                assert len(bar) == side or (at_the_edge and side // 2 <= len(bar) < side)
            # A rectangle: rows times columns.
            np.testing.assert_array_equal(hole, np.outer(hole.any(axis=1), hole.any(axis=0)))

    @pytest.mark.parametrize(("ratio", "side"), [(0.5, 4), (0.4, 3)])
    def test_rows_are_hit_as_by_a_uniform_centre(self, ratio, side):
        # A centre c, between pixels for an even side and on one for an odd side.
        starts = np.arange(HEIGHT + 1 - side % 2) - side // 2
        rows = np.arange(HEIGHT)[:, None]
        expected = np.mean((rows >= starts) & (rows < starts + side), axis=1)
        np.testing.assert_array_equal(expected, expected[::-1])
        hit = holes(0, 8000, ratio).any(axis=2).mean(axis=0)
        # Five standard deviations of a share of 8000.
        np.testing.assert_allclose(hit, expected, atol=5 * 0.5 / np.sqrt(8000))

    def test_axes_are_independent(self):
        drawn = holes(0, 8000)
        top, left = drawn.any(axis=2)[:, 0], drawn.any(axis=1)[:, 0]
        assert abs(np.corrcoef(top, left)[0, 1]) < 5 / np.sqrt(8000)

    def test_ratio_0(self):
        np.testing.assert_array_equal(cutout(random_images(), 0, ratio=0), random_images())


class TestBrightness:
    @pytest.mark.parametrize("strength", [0.5, 0.1])
    def test_shift(self, strength):
        images = random_images(4000)
        shifts = ops.convert_to_numpy(brightness(images, 0, strength)) - images
        per_image = shifts[:, 0, 0, 0]
        expected = per_image[:, None, None, None] + np.zeros_like(shifts)
        np.testing.assert_allclose(shifts, expected, atol=1e-6)
        assert np.abs(per_image).max() <= strength + 1e-6
        # The uniform distribution's deviation; five standard errors of it and of the mean.
        assert per_image.std() == pytest.approx(strength / np.sqrt(3), rel=0.04)
        assert per_image.mean() == pytest.approx(0, abs=5 * strength / np.sqrt(3 * 4000))

    def test_default_strength_is_a_half(self):
        np.testing.assert_array_equal(
            brightness(random_images(), 0), brightness(random_images(), 0, strength=0.5)
        )

    def test_values_are_not_clipped(self):
        ones = np.ones((100, HEIGHT, WIDTH, 1), "float32")
        assert np.max(brightness(ones, 0)) > 1.3


@pytest.mark.parametrize("function", [*FUNCTIONS.values(), augment], ids=[*FUNCTIONS, "augment"])
class TestEveryFunction:
    def test_gradient_is_the_adjoint(self, function):
        # Each function is x -> A x + b at fixed draws, and A^T y the gradient of <f(x), y>. With
        # y = A x that makes <x, A^T y> = |A x|^2.
        x = tf.constant(random_images())
        y = function(x, 5) - function(tf.zeros_like(x), 5)
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(function(x, 5) * y)
        received = tf.reduce_sum(x * tape.gradient(total, x))
        expected = np.sum(np.square(y.numpy(), dtype="float64"))
        assert expected > 100
        assert float(received) == pytest.approx(expected, rel=1e-5)

    def test_gradient_against_finite_differences(self, function):
        x, y = random_images(2), random_images(2)[::-1]
        with tf.GradientTape() as tape:
            source = tf.constant(x)
            tape.watch(source)
            total = tf.reduce_sum(function(source, 5) * y)
        gradient = tape.gradient(total, source).numpy()
        for index in np.random.default_rng(1).integers(x.shape, size=(20, 4)):
            around = np.float64([x, x])
            around[(0, *index)] += 0.5  # affine: exact at any step
            around[(1, *index)] -= 0.5
            above, below = (np.sum(function(points, 5) * np.float64(y)) for points in around)
            assert gradient[tuple(index)] == pytest.approx(above - below, abs=1e-6)

    def test_real_and_fake_get_the_same_changes_from_one_int(self, function):
        x, y = random_images(), random_images()[::-1].copy()
        difference = function(x, 5) - function(y, 5)
        # Of an affine map that is the linear part of the difference.
        expected = function(x - y, 5) - function(np.zeros_like(x), 5)
        np.testing.assert_allclose(difference, expected, atol=1e-6)
        np.testing.assert_array_equal(function(x, 5), function(x, 5))
        assert not np.array_equal(function(x, 5), function(x, 6))

    def test_each_image_has_its_own_draw(self, function):
        image = np.broadcast_to(random_images(1), (16, HEIGHT, WIDTH, 2))
        results = ops.convert_to_numpy(function(image, 0)).reshape(16, -1)
        assert len(np.unique(results, axis=0)) > 3

    def test_seed_generator_goes_on(self, function):
        generator = keras.random.SeedGenerator(5)
        first, second = function(random_images(), generator), function(random_images(), generator)
        assert not np.array_equal(first, second)
        again = function(random_images(), keras.random.SeedGenerator(5))
        np.testing.assert_array_equal(again, first)

    @pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
    def test_dtype_and_shape_stay(self, function, dtype):
        images = ops.cast(random_images(), dtype)
        results = function(images, 5)
        assert results.shape == images.shape
        assert results.dtype == images.dtype
        # The same draws; a bfloat16 of up to 1.5 is off by up to 0.004 after each operation.
        expected = function(ops.cast(images, "float32"), 5)
        np.testing.assert_allclose(ops.cast(results, "float32"), expected, atol=0.01)

    def test_unknown_batch_size(self, function):
        specs = [tf.TensorSpec((None, HEIGHT, WIDTH, 2))]
        compiled = tf.function(lambda x: function(x, 5), input_signature=specs)
        for count in (16, 3):
            images = random_images(count)
            np.testing.assert_allclose(compiled(images), function(images, 5), atol=1e-6)

    def test_xla_with_unknown_batch_size(self, function):
        specs = [tf.TensorSpec((None, HEIGHT, WIDTH, 2))]
        compiled = tf.function(lambda x: function(x, 5), input_signature=specs, jit_compile=True)
        for count in (16, 3):
            images = random_images(count)
            results = compiled(images)
            assert results.shape == images.shape
            assert not np.array_equal(results, images)
            np.testing.assert_array_equal(compiled(images), results)

    def test_seed_generator_goes_on_in_a_graph(self, function):
        generator = keras.random.SeedGenerator(5)
        compiled = tf.function(lambda x: function(x, generator))
        first, second = compiled(random_images()), compiled(random_images())
        assert not np.array_equal(first, second)

    @pytest.mark.parametrize("seed", [None, -1, 0.5])
    def test_seed_of_another_kind(self, function, seed):
        with pytest.raises(ValueError, match=rf"seed >= 0 or a SeedGenerator.* Received: {seed}$"):
            function(random_images(), seed)

    @pytest.mark.parametrize(
        ("images", "received"),
        [
            (np.zeros((4, 8, 8), "float32"), r"float32 of shape \(4, 8, 8\)"),
            (np.zeros((4, 8, 8, 1), "uint8"), r"uint8 of shape \(4, 8, 8, 1\)"),
        ],
    )
    def test_other_images(self, function, images, received):
        with pytest.raises(ValueError, match=rf"^Expected float images .* Received: {received}$"):
            function(images, 0)


@pytest.mark.parametrize("function", [translate, cutout])
@pytest.mark.parametrize("ratio", [-0.1, 1.1, float("nan")])
def test_ratio_out_of_range(function, ratio):
    with pytest.raises(ValueError, match=rf"ratio in \[0, 1\]\. Received: {ratio}$"):
        function(random_images(), 0, ratio)


def test_negative_strength():
    with pytest.raises(ValueError, match=r"strength >= 0\. Received: -0\.5$"):
        brightness(random_images(), 0, -0.5)


class TestAugment:
    def test_is_its_policies_one_after_the_other(self):
        images = random_images()
        expected = cutout(translate(brightness(images, 5), 5), 5)
        np.testing.assert_array_equal(augment(images, 5), expected)
        expected = translate(cutout(images, 5), 5)
        np.testing.assert_array_equal(augment(images, 5, ("cutout", "translation")), expected)

    def test_no_policies(self):
        np.testing.assert_array_equal(augment(random_images(), 5, ()), random_images())

    def test_policies_draw_independently_from_one_int(self):
        down = moves(seed=0, count=8000)[:, 0]
        top = holes(seed=0, count=8000).any(axis=2).argmax(axis=1)
        assert abs(np.corrcoef(down, top)[0, 1]) < 5 / np.sqrt(8000)

    @pytest.mark.parametrize("policies", [("colour",), ("cutout", "flip"), "cutout"])
    def test_unknown_policy(self, policies):
        with pytest.raises(ValueError, match=r"brightness.*translation.*cutout.* Received: ") as e:
            augment(random_images(), 0, policies)
        assert str(e.value).endswith(f"Received: {policies!r}")


class TestLayer:
    def test_acts_in_training_only_and_anew_each_time(self):
        images = random_images()
        layer = Augment(seed=3)
        np.testing.assert_array_equal(layer(images), images)
        first, second = layer(images, training=True), layer(images, training=True)
        assert np.abs(first - second).max() > 0.1
        expected = augment(images, keras.random.SeedGenerator(3))
        np.testing.assert_allclose(first, expected, atol=1e-6)

    def test_config_round_trip(self):
        layer = Augment(policies=["cutout"], seed=5)
        copy = Augment.from_config(layer.get_config())
        images = random_images()
        np.testing.assert_array_equal(layer(images, training=True), copy(images, training=True))

    def test_a_gan_with_it_trains_and_is_saved(self, tmp_path, digits):
        from ganlib import GAN, networks

        generator, discriminator = networks.dcgan(width=2)
        seen = keras.Sequential([keras.Input((28, 28, 1)), Augment(), discriminator])
        gan = GAN(generator, seen)
        gan.compile(keras.optimizers.Adam(), keras.optimizers.Adam())
        gan.fit(digits[0][:32], batch_size=16, verbose=0)
        gan.save(tmp_path / "gan.keras")
        loaded = keras.models.load_model(tmp_path / "gan.keras")
        for model in (gan, loaded):
            model.fit(digits[0][:32], batch_size=16, verbose=0)
        for a, b in zip(gan.get_weights(), loaded.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
