"""MNIST's test split, where it is at hand: real data that is no part of the project."""

import os
import pathlib

import numpy as np

from ganlib import data

# `x` (10000, 28, 28) and `y` (10000,), uint8.
T10K = pathlib.Path(
    os.environ.get(
        "MNIST_T10K", pathlib.Path(__file__).parents[2] / "shared" / "data" / "mnist_t10k.npz"
    )
)
MISSING = f"MNIST's test split is not at {T10K}: name its place in MNIST_T10K"


def t10k():
    """Return images (10000, 28, 28, 1), float32 from -1 to 1, and labels (10000,), int32."""
    with np.load(T10K, allow_pickle=False) as stored:
        return data.as_images(stored["x"]), stored["y"].astype("int32")
