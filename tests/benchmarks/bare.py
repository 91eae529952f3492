"""The training step without ganlib's class: two networks, two gradients, two Adams."""

import keras
import tensorflow as tf

from ganlib import losses

LOSS = losses.LOSSES["non_saturating"]


class Bare:
    """Simultaneous updates, written out: eager with `step`, or many in one graph with `steps`.

    The samples are held as a tensor and drawn with replacement inside the graph.

    Args:
        networks: (generator, discriminator).
        samples: float32 (n, ...).
        batch_size: int.
        average: decay of the averaged generator, or None for none.
        adam: function of no argument that returns an optimizer.
    """

    def __init__(self, networks, samples, batch_size, average, adam):
        self.networks, self.batch_size, self.average = networks, batch_size, average
        self.samples = tf.constant(samples)
        self.optimizers = [adam() for _ in networks]
        for optimizer, network in zip(self.optimizers, networks, strict=True):
            optimizer.build(network.trainable_variables)
        self.averages = [tf.Variable(weight.value) for weight in networks[0].weights]

    def step(self):
        generator, discriminator = self.networks
        n = self.batch_size
        chosen = tf.random.uniform((n,), 0, len(self.samples), "int32")
        noise = tf.random.normal((n, generator.input_shape[-1]))
        with tf.GradientTape(persistent=True) as tape:
            fake = generator(noise, training=True)
            real_logits = discriminator(tf.gather(self.samples, chosen), training=True)
            fake_logits = discriminator(fake, training=True)
            values = (
                LOSS.generator(real_logits, fake_logits),
                LOSS.discriminator(real_logits, fake_logits),
            )
        weights = [network.trainable_variables for network in self.networks]
        slopes = [tape.gradient(*pair) for pair in zip(values, weights, strict=True)]
        for optimizer, *pair in zip(self.optimizers, slopes, weights, strict=True):
            optimizer.apply(*pair)
        if self.average is not None:
            for average, weight in zip(self.averages, generator.weights, strict=True):
                average.assign_add((1 - self.average) * (weight.value - average))

    @tf.function
    def steps(self, n):
        for _ in tf.range(n):
            self.step()


def adam():
    return keras.optimizers.Adam(1e-3, 0.0, 0.99)
