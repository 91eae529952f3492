"""A GAN with labels: they reach both networks, stay with their samples, and are obeyed."""

import keras
import numpy as np
import pytest

from ganlib import ConditionalGAN, Regularizer, callbacks, networks


def adam(learning_rate=1e-3):
    return keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=0.99)


def two_points_gan(**options):
    """Networks for points on a line; the label says on which side of 0."""
    noise, samples = keras.Input((2,)), keras.Input((1,))
    label = keras.Input((), dtype="int32")

    def body(x):
        x = keras.layers.Concatenate()([x, keras.layers.Embedding(2, 4)(label)])
        x = keras.layers.Dense(16, activation="leaky_relu")(x)
        return keras.layers.Dense(1)(x)

    generator = keras.Model([noise, label], body(noise))
    discriminator = keras.Model([samples, label], body(samples))
    gan = ConditionalGAN(generator, discriminator, num_classes=2, **options)
    gan.compile(adam(5e-3), adam(5e-3))
    return gan


def labelled_points(n=512):
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=n).astype("int32")
    samples = (2.0 * labels - 1 + 0.1 * rng.normal(size=n)).astype("float32")[:, None]
    return samples, labels


@pytest.mark.parametrize("update", ["simultaneous", "alternating"])
def test_labels_are_obeyed(update):
    gan = two_points_gan(update=update, ema=0.9, regularizers=[Regularizer("r1", 0.1, every=4)])
    gan.fit(*labelled_points(), batch_size=64, epochs=60, verbose=0)
    labels = np.array([0, 1] * 100)
    samples = gan.generate(labels, seed=0)[:, 0]
    # The classes lie at -1 and 1; with swapped or lost labels the means would be equal.
    assert samples[labels == 0].mean() == pytest.approx(-1, abs=0.3)
    assert samples[labels == 1].mean() == pytest.approx(1, abs=0.3)


def test_images_train_and_snapshots_show_the_classes_in_turn(digits):
    images, labels = digits
    gan = ConditionalGAN(*networks.conditional_dcgan(width=4))
    gan.compile(adam(), adam())
    snapshots = callbacks.Snapshots(n=12)
    gan.fit(images[:128], labels[:128], batch_size=32, callbacks=[snapshots], verbose=0)
    assert snapshots.images[1].shape == (12, 28, 28, 1)
    assert list(gan.inputs_for(12)[1]) == [*range(10), 0, 1]
    assert gan.generate(np.arange(10), seed=0).shape == (10, 28, 28, 1)


@pytest.mark.parametrize(
    ("labels", "received"),
    [
        (np.zeros(4, "int32"), r"shape \(4,\)"),
        (np.zeros(5), "dtype float64"),
        (np.array([0, 1, 2, 0, 1]), "from 0 to 2"),
        (np.array([0, 1, -1, 0, 1]), "from -1 to 1"),
        (None, r"shape \(\)"),
    ],
)
def test_bad_labels_are_refused(labels, received):
    gan = two_points_gan()
    with pytest.raises(ValueError, match=rf"5 integer labels from 0 to 1.*Received: .*{received}"):
        gan.fit(np.zeros((5, 1), "float32"), labels, batch_size=5)
    assert int(gan.step) == 0


def test_labels_without_a_conditional_gan_are_refused(digits):
    from ganlib import GAN

    gan = GAN(*networks.dcgan(width=4))
    gan.compile(adam(), adam())
    with pytest.raises(ValueError, match=r"samples only.*Received: y"):
        gan.fit(*digits)
