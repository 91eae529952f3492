"""Train the digit classifier of `ganlib.features` and store its weights in the package.

    python tests/train_classifier.py mnist.npz

The file holds MNIST images `x` (n, 28, 28) and labels `y` (n,), uint8: MNIST's test split made
the weights that ship. Of MNIST the last 2,000 images are held out, of the embedded digits every
fourth; the accuracies on both are stored with the weights.
"""

import hashlib
import os
import pathlib
import sys

import numpy as np

from ganlib import runtime

SEED, EPOCHS, BATCH = 0, 30, 128
HELD_OUT_MNIST = 2000


def split_digits(images, labels):
    """Return the digits' training and held-out parts, ((x, y), (x, y))."""
    held_out = np.arange(len(images)) % 4 == 3
    return (images[~held_out], labels[~held_out]), (images[held_out], labels[held_out])


def split_mnist(images, labels):
    """Return MNIST's training and held-out parts, ((x, y), (x, y))."""
    cut = len(images) - HELD_OUT_MNIST
    return (images[:cut], labels[:cut]), (images[cut:], labels[cut:])


def recipe_hash():
    """Return the SHA-256 of this script, which the weights carry as their origin."""
    return hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()


def train(images, labels):
    """Return the classifier after `EPOCHS` over lightly shifted, turned and scaled images."""
    import keras
    from keras import layers

    from ganlib import features

    augment = keras.Sequential(
        [
            layers.RandomTranslation(0.06, 0.06, fill_mode="constant", fill_value=-1.0),
            layers.RandomRotation(0.02, fill_mode="constant", fill_value=-1.0),
            layers.RandomZoom(0.07, fill_mode="constant", fill_value=-1.0),
        ]
    )
    model = features.build_classifier()
    inputs = keras.Input((28, 28, 1))
    trained = keras.Model(inputs, model(augment(inputs)))
    steps = EPOCHS * (len(images) // BATCH)
    trained.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    trained.fit(images, labels, BATCH, EPOCHS, verbose=2)
    return model


def accuracy(model, images, labels):
    return float(np.mean(model.predict(images, verbose=0).argmax(axis=1) == labels))


def main(mnist_file):
    runtime.start(SEED)
    from ganlib import data, features

    digits, digits_held_out = split_digits(*data.digits())
    with np.load(mnist_file, allow_pickle=False) as stored:
        mnist, mnist_held_out = split_mnist(data.as_images(stored["x"]), stored["y"])
    # There are six times as many MNIST images: the digits are shown four times as often.
    model = train(*(np.concatenate(parts) for parts in zip(*[digits] * 4, mnist, strict=True)))
    record = {
        "digits_accuracy": accuracy(model, *digits_held_out),
        "mnist_accuracy": accuracy(model, *mnist_held_out),
        "recipe": recipe_hash(),
    }
    print(record)
    weights = {f"weight_{i}": weight for i, weight in enumerate(model.get_weights())}
    unfinished = features.WEIGHTS.with_suffix(".unfinished.npz")
    np.savez_compressed(unfinished, **weights, **record)
    os.replace(unfinished, features.WEIGHTS)


if __name__ == "__main__":
    main(sys.argv[1])
