"""Digits, mixtures, and what happens to MNIST without a network or with a damaged file."""

import gzip
import hashlib
import threading
import time

import numpy as np
import pytest

from ganlib import data, metrics


def test_digits_shape_and_range(digits):
    images, labels = digits
    assert images.shape == (1797, 28, 28, 1)
    assert images.dtype == np.float32
    assert labels.dtype == np.int32
    assert images.min() >= -1
    assert images.max() <= 1
    # load_digits' class counts, as its documentation lists them: about 180 each
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_digits_are_framed_crisp_and_faithful(digits):
    from sklearn.datasets import load_digits

    images = digits[0][..., 0]
    frame = np.ones((28, 28), bool)
    frame[4:24, 4:24] = False
    assert (images[:, frame] == -1).all()
    # Crisp: of the pixels in the box at most a third are neither paper nor ink.
    assert np.mean(np.abs(images[:, 4:24, 4:24]) < 0.9) < 1 / 3
    # Faithful: averaged back to 8 x 8 the pictures correlate with the scans.
    box = images[:, 4:24, 4:24].repeat(2, axis=1).repeat(2, axis=2)
    coarse = box.reshape(-1, 8, 5, 8, 5).mean(axis=(2, 4))
    scans = load_digits().images
    correlations = [
        np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(coarse, scans, strict=True)
    ]
    assert min(correlations) > 0.85


def test_digits_are_the_callers_own():
    images, _ = data.digits()
    images[:] = 0
    assert data.digits()[0].min() == -1


def test_load_dispatches_and_names_what_there_is():
    assert len(data.load("digits")[0]) == 1797
    with pytest.raises(ValueError, match=r"'digits', 'fashion_mnist', 'mnist'.*Received: 'cifar'"):
        data.load("cifar")


def test_ring_and_grid_means():
    ring = data.ring()
    assert ring.means.shape == (8, 2)
    np.testing.assert_allclose(np.hypot(*ring.means.T), 1, rtol=1e-12)
    assert len(np.unique(ring.means.round(9), axis=0)) == 8
    grid = data.grid()
    assert sorted(map(tuple, grid.means)) == [
        (float(x), float(y)) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)
    ]
    assert (ring.sigma, grid.sigma) == (0.01, 0.05)


@pytest.mark.parametrize("mixture", [data.ring(), data.grid(), data.spiral(), data.moons()])
def test_mixture_samples_have_the_moments_of_the_mixture(mixture):
    n = 40_000
    samples = mixture.sample(n, seed=1)
    assert samples.dtype == np.float32
    covariance = np.cov(mixture.means.T, bias=True) + mixture.sigma**2 * np.eye(2)
    # Six standard errors of a mean and, roughly, of a variance.
    error = 6 * np.sqrt(np.diag(covariance) / n)
    np.testing.assert_array_less(np.abs(samples.mean(0) - mixture.means.mean(0)), error)
    np.testing.assert_allclose(np.cov(samples.T), covariance, atol=6 * covariance.max() / n**0.5)
    np.testing.assert_array_equal(samples, mixture.sample(n, seed=1))
    assert (samples != mixture.sample(n, seed=2)).all()


def test_mixture_modes_are_round_and_reached():
    ring = data.ring()
    coverage = metrics.mode_coverage(ring.sample(2500, seed=0), ring)
    assert coverage.modes == 8


@pytest.mark.parametrize(
    ("images", "received"),
    [
        (np.zeros((5, 28, 28), "float32"), r"shape \(5, 28, 28\)"),
        (np.zeros((0, 28, 28, 1), "float32"), r"shape \(0, 28, 28, 1\)"),
        (np.zeros((5, 28, 28, 1), "float64"), "dtype float64"),
        (np.full((5, 28, 28, 1), 255, "uint8"), "dtype uint8"),
        (np.full((5, 28, 28, 1), 255, "float32"), "values from 255.0 to 255.0"),
        (np.full((5, 28, 28, 1), np.nan, "float32"), "values from nan"),
    ],
)
def test_bad_images(images, received):
    with pytest.raises(ValueError, match=rf"Expected images .*Received: {received}"):
        data.check_images(images)


@pytest.mark.parametrize(
    ("samples", "received"),
    [
        (np.zeros((5, 2)), "dtype float64"),
        (np.full((5, 2), np.inf, "float32"), "all finite: False"),
        (np.zeros((5, 3), "float32"), r"\(5, 3\)"),
    ],
)
def test_bad_samples(samples, received):
    with pytest.raises(ValueError, match=rf"Received: .*{received}"):
        data.check_samples(samples, (2,))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty Keras home, and a server that cannot be reached."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))  # read at import
    monkeypatch.setattr(data, "_ORIGIN", "http://127.0.0.1:9/")
    (tmp_path / "datasets" / "fashion-mnist").mkdir(parents=True)
    return tmp_path / "datasets"


def test_the_cache_folder_is_that_of_keras(monkeypatch):
    import keras

    monkeypatch.delenv("KERAS_HOME", raising=False)
    assert str(data._cache_folder().parent) == keras.src.backend.config.keras_home()


@pytest.mark.parametrize(
    ("name", "file"),
    [("mnist", "mnist.npz"), ("fashion_mnist", "train-labels-idx1-ubyte.gz")],
)
def test_without_a_network_the_error_says_what_to_do(home, name, file):
    started = time.monotonic()
    with pytest.raises(FileNotFoundError, match=f"(?s){name}.*{file}.*'digits'.*Received: ") as e:
        data.load(name)
    assert time.monotonic() - started < 5
    assert str(home) in str(e.value)


def test_a_server_that_never_answers_is_given_up(home, monkeypatch):
    released = threading.Event()

    def hang(request, timeout):
        released.wait(60)
        raise OSError("too late to matter")

    monkeypatch.setattr(data.urllib.request, "urlopen", hang)
    started = time.monotonic()
    with pytest.raises(FileNotFoundError, match="no answer within"):
        data.mnist()
    assert time.monotonic() - started < 5
    released.set()


@pytest.mark.parametrize(
    ("name", "file"),
    [("mnist", "mnist.npz"), ("fashion_mnist", "fashion-mnist/t10k-images-idx3-ubyte.gz")],
)
def test_a_damaged_file_is_named_and_kept(home, name, file):
    (home / file).write_bytes(b"half a download")
    with pytest.raises(ValueError, match=r"truncated or not that of .*Expected: .*Received: ") as e:
        data.load(name)
    assert str(home / file) in str(e.value)
    assert (home / file).read_bytes() == b"half a download"


def test_mnist_from_the_cache(home, monkeypatch):
    x = np.arange(3 * 784, dtype="uint8").reshape(3, 28, 28)
    y = np.array([1, 2, 3], "uint8")
    np.savez(home / "mnist.npz", x_train=x, y_train=y, x_test=x[:1], y_test=y[:1])
    digest = hashlib.sha256((home / "mnist.npz").read_bytes()).hexdigest()
    monkeypatch.setitem(data._FILES, "mnist", {"mnist.npz": digest})
    monkeypatch.setattr("keras.src.utils.file_utils.validate_file", lambda *a, **k: True)
    images, labels = data.mnist()
    np.testing.assert_allclose(images[..., 0], x / 127.5 - 1, atol=1e-6)
    assert labels.tolist() == [1, 2, 3]
    assert labels.dtype == np.int32


def test_fashion_mnist_from_the_cache(home, monkeypatch):
    x = np.arange(3 * 784, dtype="uint8").reshape(3, 28, 28)
    y = np.array([1, 2, 3], "uint8")
    sums = {}
    for file in data._FILES["fashion_mnist"]:
        content = bytes(8) + y.tobytes() if "labels" in file else bytes(16) + x.tobytes()
        (home / file).write_bytes(gzip.compress(content))
        sums[file] = hashlib.md5((home / file).read_bytes()).hexdigest()
    monkeypatch.setitem(data._FILES, "fashion_mnist", sums)
    images, labels = data.fashion_mnist()
    np.testing.assert_allclose(images[..., 0], x / 127.5 - 1, atol=1e-6)
    assert labels.tolist() == [1, 2, 3]
