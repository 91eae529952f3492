"""The digit classifier is the one its script made, is right, and FID behaves on its features."""

import keras
import numpy as np
import pytest
import train_classifier

from ganlib import features, metrics


@pytest.fixture(scope="module")
def record():
    with np.load(features.WEIGHTS, allow_pickle=False) as stored:
        return {name: stored[name][()] for name in stored if not name.startswith("weight")}


def test_weights_belong_to_the_script(record):
    assert record["recipe"] == train_classifier.recipe_hash()


def test_weights_are_small():
    assert features.WEIGHTS.stat().st_size < 1_000_000


def test_held_out_digits(digits, record):
    _, (images, labels) = train_classifier.split_digits(*digits)
    accuracy = np.mean(features.predict_classes(images) == labels)
    assert accuracy >= 0.985
    # One image of 449 may tip over on other hardware.
    np.testing.assert_allclose(accuracy, record["digits_accuracy"], atol=1.5 / 449)


def test_held_out_mnist(mnist_t10k, record):
    _, (images, labels) = train_classifier.split_mnist(*mnist_t10k)
    accuracy = np.mean(features.predict_classes(images) == labels)
    assert accuracy >= 0.975
    np.testing.assert_allclose(accuracy, record["mnist_accuracy"], atol=1.5 / 2000)


def test_architecture():
    model = features.classifier()
    assert model.count_params() == 160 + 4640 + (6 * 6 * 32 + 1) * 64 + 650
    assert features.features(np.zeros((1, 28, 28, 1), "float32")).shape == (1, 64)


def test_features_equal_a_convolution_written_out(digits):
    """The forward pass in float64 NumPy."""
    images = digits[0][:3].astype("float64")
    w1, b1, w2, b2, w3, b3 = (w.astype("float64") for w in features.classifier().get_weights()[:6])

    def convolve(x, w, b):
        size = (x.shape[1] - 3) // 2 + 1
        out = np.empty((len(x), size, size, w.shape[-1]))
        for i in range(size):
            for j in range(size):
                patch = x[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
                out[:, i, j] = np.tensordot(patch, w, 3) + b
        return np.maximum(out, 0)

    hidden = convolve(convolve(images, w1, b1), w2, b2).reshape(3, -1)
    expected = np.maximum(hidden @ w3 + b3, 0)
    # float32 sums of 1,152 terms
    np.testing.assert_allclose(features.features(digits[0][:3]), expected, rtol=1e-4, atol=1e-4)


def test_fid_of_halves_and_of_noise(digits):
    images = digits[0][np.random.default_rng(0).permutation(1797)]
    assert features.fid(images, images) == pytest.approx(0, abs=1e-6)
    assert 1 < features.fid(images[:898], images[898:]) < 4
    noise = np.random.default_rng(0).uniform(-1, 1, images.shape).astype("float32")
    assert features.fid(images, noise) > 200


def test_fid_is_the_frechet_distance_of_the_features(digits):
    a, b = digits[0][:300], digits[0][300:700]
    assert features.fid(a, b) == metrics.frechet_distance(
        features.features(a), features.features(b)
    )


def test_fid_does_not_depend_on_the_precision_policy(digits):
    expected = features.features(digits[0][:50])
    features.classifier.cache_clear(), features._feature_model.cache_clear()
    keras.config.set_dtype_policy("mixed_bfloat16")
    np.testing.assert_array_equal(features.features(digits[0][:50]), expected)


@pytest.mark.parametrize(
    "images", [np.zeros((2, 32, 32, 1), "float32"), np.zeros((2, 28, 28, 3), "float32")]
)
def test_other_shapes_are_refused(images):
    with pytest.raises(ValueError, match=r"\(n, 28, 28, 1\)\. Received: \(2, "):
        features.features(images)
