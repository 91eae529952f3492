"""The GAN: two networks, two optimisers, one training step."""

import functools

import keras
import tensorflow as tf
from keras import ops

from ganlib import data, distributed, losses, networks
from ganlib.held import HeldSamplesModel
from ganlib.regularizers import Regularizer

UPDATES = ("simultaneous", "alternating")


@keras.saving.register_keras_serializable("ganlib")
class GAN(HeldSamplesModel):
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

    Several devices or machines train it when it is made and compiled, with its networks and
    optimizers, in the `scope()` of a `tf.distribute` strategy. Each replica takes its part of the
    batch and of the noise, and the weights are those of one device up to rounding, which long
    training magnifies. Two kinds of layers differ: where samples see each other, as in batch
    normalization, they see those of one replica (`BatchNormalization(synchronized=True)` sees
    all); and where a layer draws random numbers, as dropout does, all replicas draw the same.

    Example:

    >>> gan = GAN(*ganlib.networks.dcgan())
    >>> gan.compile(keras.optimizers.Adam(2e-3, 0.0), keras.optimizers.Adam(2e-3, 0.0))
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
        self.update, self.d_steps, self.ema, self.seed = update, d_steps, ema, seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.step = self.add_weight((), "zeros", "int64", trainable=False, name="step")
        self.failed_at = self.add_weight(  # the first step whose loss was not finite, or -1
            (), keras.initializers.Constant(-1), "int64", trainable=False, name="failed_at"
        )
        self.d_loss = keras.metrics.Mean("d_loss")
        self.g_loss = keras.metrics.Mean("g_loss")
        self.built = True

    @property
    def latent_dim(self):
        return networks.first_input_shape(self.generator)[-1]

    @property
    def metrics(self):
        return [self.d_loss, self.g_loss]

    @property
    def generator_optimizer(self):
        return self.optimizer

    def inputs_for(self, n, seed=None):
        """Return n inputs of the generator: noise (n, latent_dim), the same for the same seed."""
        return keras.random.normal((n, self.latent_dim), seed=seed, dtype="float32")

    def call(self, inputs, training=False):
        """Return what the averaged generator makes of its inputs, (batch, *sample_shape)."""
        return self.averaged_generator(inputs, training=training)

    def generate(self, n, seed=None):
        """Return n samples of the averaged generator, a NumPy array (n, *sample_shape).

        Args:
            n: number of samples, at least 1.
            seed: int, for the same samples each time; None draws new ones.
        """
        return self.averaged_generator.predict(self.inputs_for(n, seed), batch_size=500, verbose=0)

    def pull(self, real, fake):
        """Return where each generated sample is sent: minus its gradient of the generator's loss.

        Args:
            real, fake: floats (n, *sample_shape) of one n. The real ones matter only to losses
                that pair them.

        Returns:
            Tensor (n, *sample_shape), of the sum of the losses rather than their mean.
        """
        fake = ops.convert_to_tensor(fake)
        with tf.GradientTape() as tape:
            tape.watch(fake)
            logits = self.discriminator(fake, training=False)
            real_logits = self.discriminator(real, training=False)
            loss = self.adversarial_loss.generator(real_logits, logits) * len(fake)
        return -tape.gradient(loss, fake)

    def compile(
        self, generator_optimizer, discriminator_optimizer, steps_per_execution=None, **kwargs
    ):
        """Set the optimisers.

        Args:
            generator_optimizer, discriminator_optimizer: Keras optimisers, one each.
            steps_per_execution: steps run by one call into the graph, after which callbacks
                are called. None: as many as an epoch has, at most 100. Several replicas take
                one at a time, since Keras fails with more.
            **kwargs: as those of `keras.Model.compile`.
        """
        if generator_optimizer is discriminator_optimizer and not isinstance(
            generator_optimizer, str
        ):
            raise ValueError("Expected an optimizer for each network. Received: the same twice")
        super().compile(
            optimizer=generator_optimizer, steps_per_execution=steps_per_execution, **kwargs
        )
        optimizer = keras.optimizers.get(discriminator_optimizer)
        scales = keras.optimizers.LossScaleOptimizer
        if isinstance(self.optimizer, scales) and not isinstance(optimizer, scales):
            optimizer = scales(optimizer)  # as Keras did with the generator's
        self.discriminator_optimizer = optimizer
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)

    def fit(self, x, y=None, batch_size=64, epochs=1, callbacks=None, **kwargs):
        """Train on samples that are held in the device's memory and drawn inside the graph.

        Args:
            x: float32 (n, *sample_shape), images in [-1, 1]; or a `tf.data.Dataset` of such
                batches, for data that memory does not hold. Several replicas share a batch, which
                has to be a multiple of their number.
            y: None; labels are for `ConditionalGAN`.
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
        self.failed_at.assign(-1)
        guard = keras.callbacks.LambdaCallback(on_train_batch_end=self._raise_if_failed)
        callbacks = [*(callbacks or []), guard]
        return super().fit(x, y, batch_size, epochs=epochs, callbacks=callbacks, **kwargs)

    def _check_data(self, x, y):
        if y is not None:
            raise ValueError("Expected samples only. Received: y as well, as for ConditionalGAN")
        return (data.check_samples(x, networks.first_input_shape(self.discriminator)),)

    def _raise_if_failed(self, batch, logs):
        if self.failed_at >= 0 and not self.stop_training:
            raise FloatingPointError(self.failure())

    def failure(self):
        """Return what went wrong in the last `fit` as a sentence, or None."""
        if self.failed_at < 0:
            return None
        return (
            f"Expected finite losses. Received: NaN or infinity at step {self.failed_at.numpy()}. "
            "The weights are those from before that step. Try a lower learning rate or a "
            "stronger regularizer."
        )

    def train_step(self, batch):
        """Update the discriminator `d_steps` times and the generator once."""
        for k in range(self.d_steps - 1):
            self._update_discriminator(*self._draw(batch, k))
        real, condition = self._draw(batch, self.d_steps - 1)
        if self.update == "simultaneous":
            d_loss, g_loss = self._update_both(real, condition)
        else:
            d_loss = self._update_discriminator(real, condition)
            g_loss = self._update_generator(real, condition)
        tf.cond(self.failed_at < 0, self._finish_step, lambda: None)
        self.d_loss.update_state(d_loss)
        self.g_loss.update_state(g_loss)
        return distributed.logs({"d_loss": self.d_loss.result(), "g_loss": self.g_loss.result()})

    def _draw(self, batch, k):
        """Return the real samples of this step's k-th discriminator update and their labels.

        The labels are what both networks are conditioned on: a tuple, empty in a plain GAN.
        """
        batch = self._batch(self.step * self.d_steps + k, batch)
        real, *condition = (part for part in batch if part is not None)  # Keras may add None
        return real, condition

    def _generate_for(self, real, condition):
        """Return as many generated samples as there are real ones, from new noise."""
        shape = (ops.shape(real)[0], self.latent_dim)
        noise = distributed.draw(keras.random.normal, shape, self.seed_generator)
        return self.generator(_join(noise, condition), training=True)

    def _discriminate(self, samples, condition=(), training=True):
        return self.discriminator(_join(samples, condition), training=training)

    def _update_both(self, real, condition):
        """Update both networks with gradients taken at the same weights; return their losses."""
        with tf.GradientTape(persistent=True) as tape:
            fake = self._generate_for(real, condition)
            real_logits = self._discriminate(real, condition)
            fake_logits = self._discriminate(fake, condition)
            d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            g_loss = self.adversarial_loss.generator(real_logits, fake_logits)
            d_scaled = _scaled(d_loss, self.discriminator_optimizer)
            g_scaled = _scaled(g_loss, self.generator_optimizer)
        d_gradients = tape.gradient(d_scaled, self.discriminator.trainable_variables)
        g_gradients = tape.gradient(g_scaled, self.generator.trainable_variables)
        d_gradients = self._with_penalties(d_gradients, real, fake, condition)
        self._apply((d_loss, g_loss), d_gradients=d_gradients, g_gradients=g_gradients)
        return d_loss, g_loss

    def _update_discriminator(self, real, condition):
        fake = self._generate_for(real, condition)
        with tf.GradientTape() as tape:
            real_logits = self._discriminate(real, condition)
            fake_logits = self._discriminate(fake, condition)
            loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            scaled = _scaled(loss, self.discriminator_optimizer)
        gradients = tape.gradient(scaled, self.discriminator.trainable_variables)
        gradients = self._with_penalties(gradients, real, fake, condition)
        self._apply((loss,), d_gradients=gradients)
        return loss

    def _update_generator(self, real, condition):
        with tf.GradientTape() as tape:
            fake = self._generate_for(real, condition)
            fake_logits = self._discriminate(fake, condition)
            pairs = self.adversarial_loss.pairs
            real_logits = self._discriminate(real, condition) if pairs else None
            loss = self.adversarial_loss.generator(real_logits, fake_logits)
            scaled = _scaled(loss, self.generator_optimizer)
        gradients = tape.gradient(scaled, self.generator.trainable_variables)
        self._apply((loss,), g_gradients=gradients)
        return loss

    def _with_penalties(self, gradients, real, fake, condition):
        """Add the gradients of the regularizers that are due at this step."""
        weights = [variable.value for variable in self.discriminator.trainable_variables]
        discriminator = functools.partial(self._discriminate, condition=condition)
        for regularizer in self.regularizers:

            def due(regularizer=regularizer):
                with tf.GradientTape() as tape:
                    penalty = regularizer(discriminator, real, fake, self.seed_generator)
                    scaled = _scaled(penalty, self.discriminator_optimizer)
                slopes = tape.gradient(scaled, weights, unconnected_gradients="zero")
                return [tf.convert_to_tensor(slope) for slope in slopes]  # embeddings' are sparse

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
        total = sum(loss_values)  # not finite if one of its terms is not
        for optimizer, gradients, _ in updates:
            # A loss scale too high makes infinite gradients; its optimizer skips them itself.
            if not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
                total += sum(ops.sum(gradient) for gradient in gradients)
        finite = ops.isfinite(total)

        def update():
            for optimizer, gradients, network in updates:
                optimizer.apply(gradients, network.trainable_variables)

        def fail():
            self.failed_at.assign(ops.where(self.failed_at < 0, self.step, self.failed_at))

        distributed.cond(finite & (self.failed_at < 0), update, fail)

    def _finish_step(self):
        """Move the averaged generator, its batch statistics included, and count the step."""
        t = ops.cast(self.step, "float32")
        decay = ops.minimum(self.ema, (1 + t) / (10 + t))
        pairs = zip(self.averaged_generator.weights, self.generator.weights, strict=True)
        for average, weight in pairs:
            average.assign_add((1 - decay) * (weight - average))
        self.step.assign_add(1)

    def get_config(self):
        names = {loss: name for name, loss in losses.LOSSES.items()}
        if self.adversarial_loss not in names:
            raise ValueError(
                "Expected a loss of ganlib.losses.LOSSES in a GAN that is to be saved. "
                f"Received: {self.adversarial_loss}"
            )
        return {
            **super().get_config(),
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "loss": names[self.adversarial_loss],
            "regularizers": [regularizer.get_config() for regularizer in self.regularizers],
            "update": self.update,
            "d_steps": self.d_steps,
            "ema": self.ema,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        for network in ("generator", "discriminator"):
            config[network] = keras.saving.deserialize_keras_object(config[network])
        config["regularizers"] = [Regularizer(**each) for each in config["regularizers"]]
        return cls(**config)

    def get_compile_config(self):
        return {
            "generator_optimizer": keras.saving.serialize_keras_object(self.generator_optimizer),
            "discriminator_optimizer": keras.saving.serialize_keras_object(
                self.discriminator_optimizer
            ),
            "steps_per_execution": None if self._long_executions else self.steps_per_execution,
            "jit_compile": self.jit_compile,
        }

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))


@keras.saving.register_keras_serializable("ganlib")
class ConditionalGAN(GAN):
    """A GAN whose networks both see a label (Mirza and Osindero, 2014).

    Args:
        generator: built model of [noise (batch, latent_dim), labels (batch,)] -> samples.
        discriminator: built model of [samples, labels (batch,)] -> logits.
        num_classes: int; the labels are integers from 0 to num_classes - 1.
        **kwargs: as those of `GAN`.
    """

    def __init__(self, generator, discriminator, num_classes=10, **kwargs):
        super().__init__(generator, discriminator, **kwargs)
        self.num_classes = num_classes

    def inputs_for(self, n, seed=None):
        """Return n inputs of the generator: noise, and the classes in turn as labels."""
        return [super().inputs_for(n, seed), ops.arange(n, dtype="int32") % self.num_classes]

    def generate(self, labels, seed=None):
        """Return a sample of the averaged generator for each label, (n, *sample_shape).

        Args:
            labels: integers (n,) from 0 to num_classes - 1.
            seed: int, for the same samples each time; None draws new ones.
        """
        labels = data.check_labels(labels, len(labels), self.num_classes)
        noise, _ = self.inputs_for(len(labels), seed)
        return self.averaged_generator.predict([noise, labels], batch_size=500, verbose=0)

    def _check_data(self, x, y):
        samples = data.check_samples(x, networks.first_input_shape(self.discriminator))
        return samples, data.check_labels(y, len(samples), self.num_classes)

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}


def _join(first, condition):
    """Return a network's input: the tensor alone, or a list of it and the labels."""
    return [first, *condition] if condition else first


def _scaled(loss, optimizer):
    """Return a replica's share of the loss; that of one device is all of it."""
    return optimizer.scale_loss(loss) / distributed.replica()[1]


def _check_settings(update, d_steps, ema):
    if update not in UPDATES:
        raise ValueError(f"Expected an update out of {UPDATES}. Received: {update!r}")
    if d_steps < 1 or not 0 <= ema < 1:
        raise ValueError(f"Expected d_steps >= 1 and 0 <= ema < 1. Received: {d_steps} and {ema}")
