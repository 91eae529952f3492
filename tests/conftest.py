"""Start TensorFlow quietly before any test module imports it; lend the tests real data."""

import mnist
import pytest

from ganlib import data, runtime

runtime.start(seed=0, cpus=2)  # two devices for the tests of `tf.distribute`


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
    if not mnist.T10K.exists():
        pytest.skip(mnist.MISSING)
    return mnist.t10k()
