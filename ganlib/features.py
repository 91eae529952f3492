"""The fixed digit classifier whose features the FID of this package is computed on."""

import functools
import pathlib

import numpy as np

from ganlib import data, metrics

WEIGHTS = pathlib.Path(__file__).with_name("digit_classifier.npz")


def build_classifier():
    """Build the untrained classifier, (batch, 28, 28, 1) in [-1, 1] -> 10 logits.

    Always float32, whatever the global precision: a metric must not change with it.
    """
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((28, 28, 1), dtype="float32"),
            layers.Conv2D(16, 3, strides=2, activation="relu", dtype="float32"),
            layers.Conv2D(32, 3, strides=2, activation="relu", dtype="float32"),
            layers.Flatten(dtype="float32"),
            layers.Dense(64, activation="relu", name="features", dtype="float32"),
            layers.Dropout(0.3, dtype="float32"),
            layers.Dense(10, dtype="float32"),
        ],
        name="digit_classifier",
    )


@functools.cache
def classifier():
    """Return the trained classifier; `tests/train_classifier.py` made its weights."""
    model = build_classifier()
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        model.set_weights([stored[f"weight_{i}"] for i in range(len(model.weights))])
    model.trainable = False
    return model


@functools.cache
def _feature_model():
    import keras

    model = classifier()
    return keras.Model(model.inputs, model.get_layer("features").output)


def features(images, batch_size=500):
    """Return the 64 ReLU outputs of the classifier's last hidden layer, float32 (n, 64).

    Args:
        images: float32 (n, 28, 28, 1) in [-1, 1].

    Raises:
        ValueError: the images are anything else.
    """
    images = data.check_images(images)
    if images.shape[1:] != (28, 28, 1):
        raise ValueError(f"Expected images of shape (n, 28, 28, 1). Received: {images.shape}")
    return _feature_model().predict(images, batch_size=batch_size, verbose=0)


def fid(real_images, fake_images):
    """Return the Frechet distance between the features of two sets of digits.

    Not to be compared with figures from Inception features: the scale is this package's own.
    The fewer the images the larger the distance, so keep their numbers fixed.

    Args:
        real_images, fake_images: float32 (n, 28, 28, 1) in [-1, 1].
    """
    return metrics.frechet_distance(features(real_images), features(fake_images))


def predict_classes(images, batch_size=500):
    """Return the classifier's digit for every image, int64 (n,) from 0 to 9."""
    logits = classifier().predict(data.check_images(images), batch_size=batch_size, verbose=0)
    return logits.argmax(axis=1)
