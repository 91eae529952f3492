"""Other people's recipes, written anew from their descriptions, to be measured beside ganlib.

Sources:
- "Deep Convolutional Generative Adversarial Network", TensorFlow's tutorial,
  https://www.tensorflow.org/tutorials/generative/dcgan
- "Keras-GAN", E. Linder-Norén, its DCGAN, https://github.com/eriklindernoren/Keras-GAN

Each contender takes images (n, 28, 28, 1) in [-1, 1] and a seed, and has `latent_dim`,
`train(epochs)` and `generate(noise)`, which returns images.
"""

import keras
import tensorflow as tf
from keras import layers, ops

cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)


def tutorial_networks():
    """Build the networks of TensorFlow's DCGAN tutorial: generator, discriminator."""
    generator = keras.Sequential(
        [
            keras.Input((100,)),
            layers.Dense(7 * 7 * 256, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),  # Keras's default slope, 0.3
            layers.Reshape((7, 7, 256)),
            layers.Conv2DTranspose(128, 5, strides=1, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(64, 5, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(
                1, 5, strides=2, padding="same", use_bias=False, activation="tanh"
            ),
        ]
    )
    discriminator = keras.Sequential([keras.Input((28, 28, 1))])
    for channels in (64, 128):
        discriminator.add(layers.Conv2D(channels, 5, strides=2, padding="same"))
        discriminator.add(layers.LeakyReLU())
        discriminator.add(layers.Dropout(0.3))
    discriminator.add(layers.Flatten())
    discriminator.add(layers.Dense(1))
    return generator, discriminator


def keras_gan_networks():
    """Build the networks of Keras-GAN's DCGAN: generator, discriminator (a probability)."""
    generator = keras.Sequential(
        [
            keras.Input((100,)),
            layers.Dense(7 * 7 * 128, activation="relu"),
            layers.Reshape((7, 7, 128)),
        ]
    )
    for channels in (128, 64):
        generator.add(layers.UpSampling2D())
        generator.add(layers.Conv2D(channels, 3, padding="same"))
        generator.add(layers.BatchNormalization(momentum=0.8))
        generator.add(layers.ReLU())
    generator.add(layers.Conv2D(1, 3, padding="same", activation="tanh"))
    discriminator = keras.Sequential([keras.Input((28, 28, 1))])
    for channels, strides in ((32, 2), (64, 2), (128, 2), (256, 1)):
        discriminator.add(layers.Conv2D(channels, 3, strides=strides, padding="same"))
        if channels == 64:
            discriminator.add(layers.ZeroPadding2D(((0, 1), (0, 1))))
        if channels > 32:
            discriminator.add(layers.BatchNormalization(momentum=0.8))
        discriminator.add(layers.LeakyReLU(0.2))
        discriminator.add(layers.Dropout(0.25))
    discriminator.add(layers.Flatten())
    discriminator.add(layers.Dense(1, activation="sigmoid"))
    return generator, discriminator


class _Peer:
    """The data pipeline that both recipes have: shuffled batches, one call a step."""

    latent_dim = 100

    def __init__(self, images, batch_size, seed):
        self.batch_size = batch_size
        self.batches = tf.data.Dataset.from_tensor_slices(images)
        self.batches = self.batches.shuffle(len(images), seed=seed)
        self.batches = self.batches.batch(batch_size, drop_remainder=True).prefetch(1)

    def train(self, epochs):
        for _ in range(epochs):
            for real in self.batches:
                self.step(real)

    def generate(self, noise):
        return self.generator.predict(noise, batch_size=500, verbose=0)


class Tutorial(_Peer):
    """TensorFlow's tutorial: both players at once, one tape each, one `tf.function` a step."""

    def __init__(self, images, seed=0, batch_size=256):
        super().__init__(images, batch_size, seed)
        self.generator, self.discriminator = tutorial_networks()
        self.optimizers = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)
        for optimizer, network in zip(self.optimizers, self.networks, strict=True):
            optimizer.build(network.trainable_variables)

    @property
    def networks(self):
        return self.generator, self.discriminator

    @tf.function
    def step(self, real):
        noise = tf.random.normal((self.batch_size, self.latent_dim))
        with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
            fake = self.generator(noise, training=True)
            real_logits = self.discriminator(real, training=True)
            fake_logits = self.discriminator(fake, training=True)
            generator_loss = cross_entropy(ops.ones_like(fake_logits), fake_logits)
            discriminator_loss = cross_entropy(ops.ones_like(real_logits), real_logits)
            discriminator_loss += cross_entropy(ops.zeros_like(fake_logits), fake_logits)
        tapes = (generator_tape, generator_loss), (discriminator_tape, discriminator_loss)
        gradients = [
            tape.gradient(loss, network.trainable_variables)
            for (tape, loss), network in zip(tapes, self.networks, strict=True)
        ]
        for optimizer, slopes, network in zip(
            self.optimizers, gradients, self.networks, strict=True
        ):
            optimizer.apply(slopes, network.trainable_variables)


class KerasGAN(_Peer):
    """Keras-GAN: three calls of `train_on_batch` a step, with samples from `predict`.

    Args:
        networks: (generator, discriminator); None are its own, whose discriminator ends in a
            probability. Those given end in logits.
        adam: function of no argument that returns an optimizer.
    """

    def __init__(self, images, seed=0, batch_size=32, networks=None, adam=None):
        super().__init__(images, batch_size, seed)
        self.generator, self.discriminator = networks or keras_gan_networks()
        self.latent_dim = self.generator.input_shape[-1]
        self.loss = keras.losses.BinaryCrossentropy(from_logits=networks is not None)
        adam = adam or (lambda: keras.optimizers.Adam(2e-4, 0.5))
        self.discriminator.compile(adam(), self.loss)
        self.combined = keras.Sequential([self.generator, self.discriminator])
        self.combined.compile(adam(), self.loss)
        self.ones, self.zeros = tf.ones((batch_size, 1)), tf.zeros((batch_size, 1))
        self.learning = self.discriminator.trainable_variables

    def _freeze(self, frozen):
        """Say whether the next call that is traced leaves the discriminator's weights alone.

        Not by the layers' `trainable`, which in Keras 3 also turns their batch normalisation to
        its averages; the recipe is from a time when it did not.
        """
        for variable in self.learning:
            variable.trainable = not frozen

    def step(self, real):
        noise = tf.random.normal((self.batch_size, self.latent_dim))
        fake = self.generator.predict(noise, verbose=0)
        self._freeze(False)
        self.discriminator.train_on_batch(real, self.ones)
        self.discriminator.train_on_batch(fake, self.zeros)
        self._freeze(True)
        self.combined.train_on_batch(noise, self.ones)


class KerasGANInGraph(KerasGAN):
    """The same three updates in one `tf.function`."""

    @tf.function
    def step(self, real):
        noise = tf.random.normal((self.batch_size, self.latent_dim))
        fake = self.generator(noise, training=False)
        self._freeze(False)
        self._update(self.discriminator, real, self.ones)
        self._update(self.discriminator, fake, self.zeros)
        self._freeze(True)
        self._update(self.combined, noise, self.ones)

    def _update(self, model, inputs, labels):
        with tf.GradientTape() as tape:
            loss = self.loss(labels, model(inputs, training=True))
        weights = model.trainable_variables
        model.optimizer.apply(tape.gradient(loss, weights), weights)
