"""Start TensorFlow quietly before any test module imports it; lend the tests real data."""

import os
import pathlib

import numpy as np
import pytest

from ganlib import data, runtime

runtime.start(seed=0)

# MNIST's test split as `x` (10000, 28, 28) and `y` (10000,), uint8; not part of the project.
MNIST_T10K = pathlib.Path(
    os.environ.get(
        "MNIST_T10K", pathlib.Path(__file__).parents[2] / "shared" / "data" / "mnist_t10k.npz"
    )
)


@pytest.fixture(autouse=True)
def _fresh_seed():
    import keras

    keras.utils.set_random_seed(0)
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="session")
def digits():
    return data.digits()


@pytest.fixture(scope="session")
def mnist_t10k():
    if not MNIST_T10K.exists():
        pytest.skip(f"MNIST's test split is not at {MNIST_T10K}: name its place in MNIST_T10K")
    with np.load(MNIST_T10K, allow_pickle=False) as stored:
        return data.as_images(stored["x"]), stored["y"].astype("int32")
