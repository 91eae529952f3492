"""The GAN: two networks, two optimisers, one training step."""

import keras
import tensorflow as tf
from keras import ops

from ganlib import data, losses

UPDATES = ("simultaneous", "alternating")


@keras.saving.register_keras_serializable("ganlib")
class GAN(keras.Model):
    """A generative adversarial network (Goodfellow et al., 2014), trained with `fit`.

    Args:
        generator: model (batch, latent_dim) -> (batch, *sample_shape).
        discriminator: model (batch, *sample_shape) -> logits.
        loss: name in `ganlib.losses.LOSSES`, or an `AdversarialLoss`.
        regularizers: sequence of `ganlib.regularizers.Regularizer`, added to the
            discriminator's loss.
        update: "simultaneous" computes both gradients at the same weights; "alternating"
            updates the discriminator first and lets the generator meet the new one.
        d_steps: updates of the discriminator for each of the generator.
        ema: decay of the averaged generator, in [0, 1). It warms up as min(ema, (1+t)/(10+t)),
            so that the first, untrained weights are soon forgotten.
        seed: int for the noise and for the order of the data.

    Raises:
        ValueError: an unknown name, a number out of range, or networks that do not fit.

    Example:

    >>> gan = GAN(*ganlib.networks.dcgan())
    >>> gan.compile(keras.optimizers.Adam(2e-3, 0.5), keras.optimizers.Adam(2e-3, 0.5))
    >>> gan.fit(ganlib.data.digits()[0], batch_size=64, epochs=100)
    >>> images = gan.generate(16)
    """

    def __init__(
        self,
        generator,
        discriminator,
        loss="non_saturating",
        regularizers=(),
        update="simultaneous",
        d_steps=1,
        ema=0.999,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.adversarial_loss = losses.get(loss)
        if update not in UPDATES:
            raise ValueError(f"Expected an update out of {UPDATES}. Received: {update!r}")
        if d_steps < 1 or not 0 <= ema < 1:
            raise ValueError(
                f"Expected d_steps >= 1 and 0 <= ema < 1. Received: {d_steps} and {ema}"
            )
        _check_fit(generator, discriminator)
        self.generator = generator
        self.discriminator = discriminator
        self.averaged_generator = keras.models.clone_model(generator)
        self.averaged_generator.set_weights(generator.get_weights())
        self.averaged_generator.trainable = False
        self.regularizers = tuple(regularizers)
        self.update = update
        self.d_steps = d_steps
        self.ema = ema
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.step = self.add_weight((), "zeros", "int64", trainable=False, name="step")
        self.failed_at = self.add_weight(
            (), keras.initializers.Constant(-1), "int64", trainable=False, name="failed_at"
        )
        self.d_loss = keras.metrics.Mean("d_loss")
        self.g_loss = keras.metrics.Mean("g_loss")
        self._samples = None
        self.built = True

    @property
    def latent_dim(self):
        return self.generator.input_shape[-1]

    @property
    def generator_optimizer(self):
        return self.optimizer

    def call(self, noise, training=False):
        """Return the averaged generator's samples, (batch, *sample_shape)."""
        return self.averaged_generator(noise, training=training)

    def compile(self, generator_optimizer, discriminator_optimizer, **kwargs):
        """Set the two optimisers; other arguments as those of `keras.Model.compile`."""
        super().compile(optimizer=generator_optimizer, **kwargs)
        self.discriminator_optimizer = keras.optimizers.get(discriminator_optimizer)
        self.optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)

    def fit(self, x, batch_size=64, epochs=1, **kwargs):
        """Train on samples held in the device's memory and drawn inside the graph.

        Args:
            x: float32 (n, *sample_shape), images in [-1, 1].
            batch_size: samples a step, at most n. Each epoch shuffles anew and leaves out the
                n % batch_size samples that do not fill a batch.
            epochs: passes over the samples.
            **kwargs: as those of `keras.Model.fit`.

        Returns:
            `keras.callbacks.History`.
        """
        self._samples = tf.constant(x)
        self._batch_size = batch_size
        self.train_function = None
        steps = tf.data.Dataset.range(len(x) // batch_size)
        return super().fit(steps, epochs=epochs, shuffle=False, **kwargs)

    def train_step(self, index):
        real = self._draw_batch()
        if self.update == "simultaneous":
            d_loss, g_loss = self._simultaneous_step(real)
        else:
            d_loss, g_loss = self._alternating_step(real)
        self._update_average()
        self.step.assign_add(1)
        self.d_loss.update_state(d_loss)
        self.g_loss.update_state(g_loss)
        return {"d_loss": self.d_loss.result(), "g_loss": self.g_loss.result()}

    def _draw_batch(self):
        n = len(self._samples)
        steps = n // self._batch_size
        t = ops.convert_to_tensor(self.step)
        epoch, within = t // steps, t % steps
        positions = within * self._batch_size + tf.range(self._batch_size, dtype=tf.int64)
        seed = tf.stack([tf.constant(self.seed, tf.int64), epoch])
        indices = tf.random.experimental.index_shuffle(positions, seed, tf.constant(n - 1, tf.int64))
        return tf.gather(self._samples, indices)

    def _draw_noise(self, n):
        return keras.random.normal((n, self.latent_dim), seed=self.seed_generator)

    def _simultaneous_step(self, real):
        noise = self._draw_noise(real.shape[0])
        with tf.GradientTape(persistent=True) as tape:
            fake = self.generator(noise, training=True)
            real_logits = self.discriminator(real, training=True)
            fake_logits = self.discriminator(fake, training=True)
            d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            g_loss = self.adversarial_loss.generator(real_logits, fake_logits)
        d_gradients = tape.gradient(d_loss, self.discriminator.trainable_variables)
        g_gradients = tape.gradient(g_loss, self.generator.trainable_variables)
        d_gradients = self._add_penalties(d_gradients, real, fake)
        self._apply(self.discriminator_optimizer, d_gradients, self.discriminator)
        self._apply(self.optimizer, g_gradients, self.generator)
        return d_loss, g_loss

    def _add_penalties(self, gradients, real, fake):
        variables = self.discriminator.trainable_variables
        for penalty in self.regularizers:
            def compute(penalty=penalty):
                with tf.GradientTape() as tape:
                    value = penalty(self.discriminator, real, fake, self.seed_generator)
                return tape.gradient(value, [v.value for v in variables], unconnected_gradients="zero")
            def skip():
                return [tf.zeros_like(v) for v in variables]
            extra = tf.cond(self.step % penalty.every == 0, compute, skip)
            gradients = [g + e for g, e in zip(gradients, extra)]
        return gradients

    def _apply(self, optimizer, gradients, network):
        optimizer.apply(gradients, network.trainable_variables)

    def _update_average(self):
        t = ops.cast(self.step, "float32")
        decay = ops.minimum(self.ema, (1 + t) / (10 + t))
        for average, variable in zip(self.averaged_generator.variables, self.generator.variables):
            average.assign_add((1 - decay) * (variable - average))

    def generate(self, n, seed=None):
        noise = keras.random.normal((n, self.latent_dim), seed=seed)
        return self.averaged_generator.predict(noise, verbose=0, batch_size=500)


def _check_fit(generator, discriminator):
    pass
