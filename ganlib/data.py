"""Training data: handwritten digits that ship with scikit-learn, MNIST, 2-D mixtures."""

import dataclasses
import functools
import hashlib
import os
import pathlib
import tempfile
import threading
import urllib.request

import numpy as np
import scipy.ndimage

_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

# Where Keras keeps each data set below its `datasets` folder, and the published checksums.
_FILES = {
    "mnist": {
        "mnist.npz": "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    },
    "fashion_mnist": {
        "fashion-mnist/train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "fashion-mnist/train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "fashion-mnist/t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
        "fashion-mnist/t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
    },
}


@functools.cache
def _digits():
    from sklearn.datasets import load_digits

    scans = load_digits()
    enlarged = scipy.ndimage.zoom(
        scans.images / 16.0, (1, 2.5, 2.5), order=3, mode="grid-constant", grid_mode=True
    )  # (n, 20, 20): MNIST's digits fill a box of 20 x 20 pixels
    sharp = 1 / (1 + np.exp(-12 * (enlarged - 0.5)))
    framed = np.pad(sharp, ((0, 0), (4, 4), (4, 4)))
    return (2 * framed - 1).astype("float32")[..., None], scans.target.astype("int32")


def digits():
    """Return scikit-learn's 1,797 handwritten digits, drawn in the manner of MNIST.

    The 8 x 8 scans (Alpaydin and Kaynak, 1998) are resized bicubically to 20 x 20, sharpened
    with a sigmoid and framed to 28 x 28. Nothing is downloaded.

    Returns:
        images, float32 (1797, 28, 28, 1) in [-1, 1], and labels, int32 (1797,) from 0 to 9.
    """
    images, labels = _digits()
    return images.copy(), labels.copy()


def mnist():
    """Return MNIST's training split (LeCun et al., 1998), by way of `keras.datasets`.

    Returns:
        images, float32 (60000, 28, 28, 1) in [-1, 1], and labels, int32 (60000,) from 0 to 9.

    Raises:
        FileNotFoundError: it is neither cached on this machine nor to be downloaded.
        ValueError: a cached file is damaged.
    """
    return _from_keras("mnist")


def fashion_mnist():
    """Return Fashion-MNIST's training split (Xiao et al., 2017), by way of `keras.datasets`.

    Returns:
        images, float32 (60000, 28, 28, 1) in [-1, 1], and labels, int32 (60000,) from 0 to 9.

    Raises:
        FileNotFoundError: it is neither cached on this machine nor to be downloaded.
        ValueError: a cached file is damaged.
    """
    return _from_keras("fashion_mnist")


def load(name):
    """Return the images and labels of the data set "digits", "mnist" or "fashion_mnist".

    Raises:
        ValueError: the name is none of these.
    """
    loaders = {"digits": digits, "mnist": mnist, "fashion_mnist": fashion_mnist}
    if name not in loaders:
        raise ValueError(f"Expected a data set out of {sorted(loaders)}. Received: {name!r}")
    return loaders[name]()


def as_images(array):
    """Return uint8 pictures (n, h, w) as float32 images (n, h, w, 1) in [-1, 1]."""
    return (np.asarray(array, "float32") / 127.5 - 1)[..., None]


def check_images(images, what="images"):
    """Return `images` as an array, sure that a network can be trained on them.

    Args:
        images: float32 (n, h, w, c) with n at least 1, in [-1, 1].
        what: how the error names them.

    Raises:
        ValueError: another rank, type or range, none at all, or values that are not finite.
    """
    images = np.asarray(images)
    expected = f"Expected {what} as float32 of shape (n, height, width, channels) in [-1, 1]."
    if images.ndim != 4 or len(images) == 0:
        raise ValueError(f"{expected} Received: shape {images.shape}")
    if images.dtype != np.float32:
        raise ValueError(f"{expected} Received: dtype {images.dtype}")
    low, high = images.min(), images.max()
    if not (low >= -1 and high <= 1):  # written so that NaN fails too
        raise ValueError(f"{expected} Received: values from {low} to {high}")
    return images


def shapes_match(shape, wanted):
    """Return whether `shape` is `wanted`, where None stands for any size."""
    return len(shape) == len(wanted) and all(
        b is None or a == b for a, b in zip(shape, wanted, strict=True)
    )


def check_samples(samples, shape):
    """Return `samples` as an array, sure that a network of input `shape` can be trained on them.

    Args:
        samples: float32 (n, *shape), finite; images, of three dimensions each, in [-1, 1].
        shape: the shape of one sample, None where any size will do.

    Raises:
        ValueError: anything else.
    """
    samples = check_images(samples) if len(shape) == 3 else np.asarray(samples)
    if samples.dtype != np.float32 or not np.isfinite(samples).all():
        raise ValueError(
            f"Expected finite samples of dtype float32. Received: dtype {samples.dtype}, "
            f"all finite: {bool(np.isfinite(samples).all())}"
        )
    if not shapes_match(samples.shape[1:], shape):
        raise ValueError(
            f"Expected samples of shape (n, {', '.join(map(str, shape))}). "
            f"Received: {samples.shape}"
        )
    return samples


def check_labels(labels, n, num_classes):
    """Return n labels as int32 (n,), sure that they are integers from 0 to num_classes - 1.

    Raises:
        ValueError: anything else.
    """
    labels = np.asarray(labels)
    fits = labels.shape == (n,) and np.issubdtype(labels.dtype, np.integer)
    if not fits or labels.min() < 0 or labels.max() >= num_classes:
        span = f", from {labels.min()} to {labels.max()}" if fits else ""
        raise ValueError(
            f"Expected {n} integer labels from 0 to {num_classes - 1}. "
            f"Received: shape {labels.shape}, dtype {labels.dtype}{span}"
        )
    return labels.astype("int32", copy=False)


@dataclasses.dataclass(frozen=True, eq=False)
class Mixture:
    """An equal mixture of round Gaussians in the plane.

    Attributes:
        means: float64 (k, 2), the centre of each mode.
        sigma: float, the standard deviation of each mode along either axis.
    """

    means: np.ndarray
    sigma: float

    def sample(self, n, seed=None):
        """Return n points, float32 (n, 2), each from a mode drawn at random."""
        rng = np.random.default_rng(seed)
        centres = self.means[rng.integers(len(self.means), size=n)]
        return (centres + self.sigma * rng.normal(size=(n, 2))).astype("float32")


def ring(modes=8, radius=1.0, sigma=0.01):
    """Return `modes` Gaussians on a circle (Srivastava et al., 2017, with distinct means)."""
    angles = 2 * np.pi * np.arange(modes) / modes
    return Mixture(radius * np.stack([np.cos(angles), np.sin(angles)], axis=1), sigma)


def grid(side=5, spacing=2.0, sigma=0.05):
    """Return side x side Gaussians on a square grid around 0 (Srivastava et al., 2017)."""
    ticks = spacing * (np.arange(side) - (side - 1) / 2)
    return Mixture(np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2), sigma)


def spiral(modes=100, turns=1.5, radius=1.0, sigma=0.02):
    """Return Gaussians at equal angles along a spiral that starts near 0."""
    progress = np.linspace(0.1, 1, modes)
    angles = 2 * np.pi * turns * progress
    arm = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return Mixture(radius * progress[:, None] * arm, sigma)


def moons(modes=100, radius=1.0, sigma=0.05):
    """Return Gaussians along two interleaved half circles, half of them on each."""
    angles = np.linspace(0, np.pi, modes // 2)
    upper = np.stack([np.cos(angles) - 0.5, np.sin(angles) - 0.25], axis=1)
    return Mixture(radius * np.concatenate([upper, -upper]), sigma)


def _from_keras(name):
    import keras

    folder = _cache_folder()
    missing = [file for file in _FILES[name] if not (folder / file).exists()]
    for file in set(_FILES[name]) - set(missing):
        _check_file(name, folder, file)
    if missing:
        _check_reachable(name, folder, missing[0])
    (images, labels), _ = getattr(keras.datasets, name).load_data()
    for file in missing:
        _check_file(name, folder, file)
    return as_images(images), labels.astype("int32")


def _cache_folder():
    """Return the folder in which `keras.datasets` looks for its files."""
    home = os.environ.get("KERAS_HOME") or pathlib.Path.home() / ".keras"
    if not os.access(home, os.W_OK):
        home = pathlib.Path("/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir(), ".keras")
    return pathlib.Path(home) / "datasets"


def _check_file(name, folder, file):
    """Raise where a cached file is not the published one; Keras checks MNIST's only."""
    expected = _FILES[name][file]
    algorithm = {64: "sha256", 32: "md5"}[len(expected)]
    received = hashlib.new(algorithm, (folder / file).read_bytes()).hexdigest()
    if received != expected:
        raise ValueError(
            f"The cached file {folder / file} is truncated or not that of {name!r}; it was not "
            f"used. Delete it to download it again. Expected: {algorithm} {expected}. "
            f"Received: {received}"
        )


def _check_reachable(name, folder, file, timeout=3.0):
    """Raise within about 4 s where the files' server cannot be reached."""
    failure = [TimeoutError(f"no answer within {timeout} s")]

    def ask():
        try:
            url = _ORIGIN + pathlib.PurePath(file).name
            request = urllib.request.Request(url, method="HEAD")
            urllib.request.urlopen(request, timeout=timeout).close()
            failure.clear()
        except OSError as error:
            failure[:] = [error]

    # In a thread, because looking up the server's name knows no time limit.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(timeout + 1)
    if failure:
        raise FileNotFoundError(
            f"{name!r} is not on this machine and cannot be downloaded. Expected: the file "
            f"{folder / file}. Fetch {_ORIGIN}{pathlib.PurePath(file).name} where there is a "
            f"network and put it there, or use 'digits', which works offline. "
            f"Received: {failure[0]}"
        )
