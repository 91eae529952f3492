"""The GAN: two networks, two optimisers, one training step."""

import keras
import tensorflow as tf
from keras import ops

from ganlib import data, losses, networks

UPDATES = ("simultaneous", "alternating")


class _Shuffled:
    """Samples in the device's memory, drawn in batches by the number of the draw.

    The order follows from the seed and the epoch alone, so that training which is stopped at
    any draw goes on with the next one as if it had not been.
    """

    def __init__(self, samples, batch_size, seed):
        self.source = samples
        self.samples = tf.constant(samples)
        self.batch_size = batch_size
        self.batches = len(samples) // batch_size
        self.seed = seed
        self.order = tf.Variable(tf.range(len(samples), dtype=tf.int64), trainable=False)
        self.epoch = tf.Variable(-1, dtype=tf.int64, trainable=False)

    def draw(self, number):
        epoch, within = number // self.batches, number % self.batches

        def shuffle():
            seed = tf.stack([tf.cast(self.seed, tf.int64), epoch])
            keys = tf.random.stateless_uniform(self.order.shape, seed)
            self.order.assign(tf.cast(tf.argsort(keys), tf.int64))
            self.epoch.assign(epoch)

        tf.cond(epoch != self.epoch, shuffle, lambda: None)
        start = within * self.batch_size
        indices = tf.slice(self.order, [start], [self.batch_size])
        return tf.gather(self.samples, indices)


@keras.saving.register_keras_serializable("ganlib")
class GAN(keras.Model):
    """A generative adversarial network (Goodfellow et al., 2014), trained with `fit`.

    Args:
        generator: built model, (batch, latent_dim) -> (batch, *sample_shape).
        discriminator: built model, (batch, *sample_shape) -> logits.
        loss: a name in `ganlib.losses.LOSSES`, or an `AdversarialLoss`.
        regularizers: `ganlib.regularizers.Regularizer` objects, added to the discriminator's
            loss.
        update: "simultaneous" takes both gradients at the same weights; "alternating" updates
            the discriminator first and lets the generator meet the new one.
        d_steps: updates of the discriminator for each of the generator, at least 1.
        ema: decay of the averaged generator, in [0, 1). It warms up as min(ema, (1+t)/(10+t))
            with the step t, so that the untrained weights are soon forgotten.
        seed: int, for the noise and for the order of the data.

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
        _check_settings(update, d_steps, ema)
        networks.check_pair(generator, discriminator)
        super().__init__(**kwargs)
        self.adversarial_loss = losses.get(loss)
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
        self.failed_at = self.add_weight(  # the first step whose loss was not finite, or -1
            (), keras.initializers.Constant(-1), "int64", trainable=False, name="failed_at"
        )
        self.d_loss = keras.metrics.Mean("d_loss")
        self.g_loss = keras.metrics.Mean("g_loss")
        self._shuffled = None
        self.built = True

    @property
    def latent_dim(self):
        return self.generator.input_shape[-1]

    @property
    def generator_optimizer(self):
        return self.optimizer

    def call(self, noise, training=False):
        """Return the averaged generator's samples of `noise`, (batch, latent_dim)."""
        return self.averaged_generator(noise, training=training)

    def generate(self, n, seed=None):
        """Return n samples of the averaged generator, a NumPy array (n, *sample_shape).

        Args:
            n: number of samples, at least 1.
            seed: int, for the same samples each time; None draws new ones.
        """
        noise = keras.random.normal((n, self.latent_dim), seed=seed, dtype="float32")
        return self.averaged_generator.predict(noise, batch_size=500, verbose=0)

    def compile(
        self, generator_optimizer, discriminator_optimizer, steps_per_execution=None, **kwargs
    ):
        """Set the optimisers.

        Args:
            generator_optimizer, discriminator_optimizer: Keras optimisers, one each.
            steps_per_execution: steps run by one call into the graph, after which callbacks
                are called. None: as many as an epoch has, at most 100.
            **kwargs: as those of `keras.Model.compile`.
        """
        if generator_optimizer is discriminator_optimizer:
            raise ValueError("Expected an optimizer for each network. Received: the same twice")
        super().compile(
            optimizer=generator_optimizer, steps_per_execution=steps_per_execution or 1, **kwargs
        )
        self._long_executions = steps_per_execution is None
        optimizer = keras.optimizers.get(discriminator_optimizer)
        if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)  # as Keras did the other
        self.discriminator_optimizer = optimizer
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)

    def fit(self, x, batch_size=64, epochs=1, callbacks=None, **kwargs):
        """Train on samples that are held in the device's memory and drawn inside the graph.

        Args:
            x: float32 (n, *sample_shape), images in [-1, 1]; or a `tf.data.Dataset` of such
                batches, for data that memory does not hold.
            batch_size: samples a step, at most n. Each epoch shuffles anew and leaves out the
                last n % batch_size samples.
            epochs: passes over the samples.
            callbacks, **kwargs: as those of `keras.Model.fit`.

        Returns:
            `keras.callbacks.History` with the means of "d_loss" and "g_loss" for each epoch.

        Raises:
            ValueError: samples of another shape, type or range; a batch larger than the data.
            FloatingPointError: a loss or a gradient was not finite. The weights are those from
                before that step. With `callbacks.StopOnNaN` training ends without the error.
        """
        if isinstance(x, tf.data.Dataset):
            self._shuffled = self.train_function = None
        else:
            self._hold(x, batch_size)
            x = tf.data.Dataset.range(self._shuffled.batches)
        if self._long_executions:
            self.steps_per_execution = min(100, self._shuffled.batches) if self._shuffled else 100
        self.failed_at.assign(-1)
        guard = keras.callbacks.LambdaCallback(on_train_batch_end=self._raise_if_failed)
        callbacks = [*(callbacks or []), guard]
        return super().fit(x, epochs=epochs, callbacks=callbacks, shuffle=False, **kwargs)

    def _hold(self, samples, batch_size):
        held = self._shuffled
        if held is not None and held.source is samples and held.batch_size == batch_size:
            return  # the graph traced for them still serves
        data.check_samples(samples, self.discriminator.input_shape[1:])
        if not 1 <= batch_size <= len(samples):
            raise ValueError(
                f"Expected a batch_size from 1 to {len(samples)}, the number of samples. "
                f"Received: {batch_size}"
            )
        self._shuffled = _Shuffled(samples, batch_size, self.seed)
        self.train_function = None

    def _raise_if_failed(self, batch, logs):
        if self.failed_at >= 0 and not self.stop_training:
            raise FloatingPointError(self.failure())

    def failure(self):
        """Return what went wrong in the last `fit` as a sentence, or None."""
        if self.failed_at < 0:
            return None
        return (
            f"Expected finite losses. Received: NaN or infinity at step {int(self.failed_at)}. "
            "The weights are those from before that step. Try a lower learning rate or a "
            "stronger regularizer."
        )

    def train_step(self, batch):
        """Update the discriminator `d_steps` times and the generator once."""
        for k in range(self.d_steps - 1):
            self._update_discriminator(self._draw(batch, k))
        real = self._draw(batch, self.d_steps - 1)
        if self.update == "simultaneous":
            d_loss, g_loss = self._update_both(real)
        else:
            d_loss = self._update_discriminator(real)
            g_loss = self._update_generator(real)
        tf.cond(self.failed_at < 0, self._finish_step, lambda: None)
        self.d_loss.update_state(d_loss)
        self.g_loss.update_state(g_loss)
        return {"d_loss": self.d_loss.result(), "g_loss": self.g_loss.result()}

    def _draw(self, batch, k):
        """Return the real samples of this step's k-th discriminator update."""
        if self._shuffled is None:
            return batch
        return self._shuffled.draw(ops.convert_to_tensor(self.step) * self.d_steps + k)

    def _generate_for(self, real):
        """Return as many generated samples as there are real ones, from new noise."""
        noise = keras.random.normal((ops.shape(real)[0], self.latent_dim), seed=self.seed_generator)
        return self.generator(noise, training=True)

    def _update_both(self, real):
        """Update both networks with gradients taken at the same weights; return their losses."""
        with tf.GradientTape(persistent=True) as tape:
            fake = self._generate_for(real)
            real_logits = self.discriminator(real, training=True)
            fake_logits = self.discriminator(fake, training=True)
            d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            g_loss = self.adversarial_loss.generator(real_logits, fake_logits)
            d_scaled = self.discriminator_optimizer.scale_loss(d_loss)
            g_scaled = self.generator_optimizer.scale_loss(g_loss)
        d_gradients = tape.gradient(d_scaled, self.discriminator.trainable_variables)
        g_gradients = tape.gradient(g_scaled, self.generator.trainable_variables)
        d_gradients = self._with_penalties(d_gradients, real, fake)
        self._apply((d_loss, g_loss), d_gradients=d_gradients, g_gradients=g_gradients)
        return d_loss, g_loss

    def _update_discriminator(self, real):
        fake = self._generate_for(real)
        with tf.GradientTape() as tape:
            real_logits = self.discriminator(real, training=True)
            fake_logits = self.discriminator(fake, training=True)
            loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            scaled = self.discriminator_optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, self.discriminator.trainable_variables)
        self._apply((loss,), d_gradients=self._with_penalties(gradients, real, fake))
        return loss

    def _update_generator(self, real):
        with tf.GradientTape() as tape:
            fake_logits = self.discriminator(self._generate_for(real), training=True)
            pairs = self.adversarial_loss.pairs
            real_logits = self.discriminator(real, training=True) if pairs else None
            loss = self.adversarial_loss.generator(real_logits, fake_logits)
            scaled = self.generator_optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, self.generator.trainable_variables)
        self._apply((loss,), g_gradients=gradients)
        return loss

    def _with_penalties(self, gradients, real, fake):
        """Add the gradients of the regularizers that are due at this step."""
        weights = [variable.value for variable in self.discriminator.trainable_variables]
        for regularizer in self.regularizers:

            def due(regularizer=regularizer):
                with tf.GradientTape() as tape:
                    penalty = regularizer(self.discriminator, real, fake, self.seed_generator)
                    scaled = self.discriminator_optimizer.scale_loss(penalty)
                return tape.gradient(scaled, weights, unconnected_gradients="zero")

            def not_due():
                return [ops.zeros_like(weight) for weight in weights]

            penalties = tf.cond(self.step % regularizer.every == 0, due, not_due)
            gradients = [a + b for a, b in zip(gradients, penalties, strict=True)]
        return gradients

    def _apply(self, loss_values, d_gradients=None, g_gradients=None):
        """Apply the gradients, unless something here or earlier in this fit is not finite."""
        updates = [
            (self.discriminator_optimizer, d_gradients, self.discriminator),
            (self.generator_optimizer, g_gradients, self.generator),
        ]
        updates = [update for update in updates if update[1] is not None]
        finite = ops.all(ops.isfinite(ops.stack(loss_values)))
        for optimizer, gradients, _ in updates:
            # A loss scale too high makes infinite gradients; its optimizer skips them itself.
            if not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
                finite &= ops.isfinite(tf.linalg.global_norm(gradients))

        def update():
            for optimizer, gradients, network in updates:
                optimizer.apply(gradients, network.trainable_variables)

        def fail():
            self.failed_at.assign(ops.where(self.failed_at < 0, self.step, self.failed_at))

        tf.cond(finite & (self.failed_at < 0), update, fail)

    def _finish_step(self):
        """Move the averaged generator, its batch statistics included, and count the step."""
        t = ops.cast(self.step, "float32")
        decay = ops.minimum(self.ema, (1 + t) / (10 + t))
        pairs = zip(self.averaged_generator.weights, self.generator.weights, strict=True)
        for average, weight in pairs:
            average.assign_add((1 - decay) * (weight - average))
        self.step.assign_add(1)


def _check_settings(update, d_steps, ema):
    if update not in UPDATES:
        raise ValueError(f"Expected an update out of {UPDATES}. Received: {update!r}")
    if d_steps < 1 or not 0 <= ema < 1:
        raise ValueError(f"Expected d_steps >= 1 and 0 <= ema < 1. Received: {d_steps} and {ema}")
