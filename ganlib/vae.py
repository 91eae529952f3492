"""The variational autoencoder, whose decoder is a GAN's generator trained by likelihood."""

import math

import keras
import tensorflow as tf
from keras import ops

from ganlib import data, networks
from ganlib.saving import RandomStateModel


def gaussian_kl(mean, log_variance):
    """KL(N(mean, variance) || N(0, I)) in nats (Kingma and Welling, 2014, appendix B).

    Args:
        mean, log_variance: floats (batch, latent_dim), the variance's natural logarithm.

    Returns:
        float32 (batch,), summed over the latent dimensions.
    """
    mean, log_variance = ops.cast(mean, "float32"), ops.cast(log_variance, "float32")
    # (mean^2 + variance - 1 - log variance) / 2, exact where the variance is near 1, too
    return 0.5 * ops.sum(ops.square(mean) + ops.expm1(log_variance) - log_variance, axis=-1)


def gaussian_log_likelihood(samples, means, sigma):
    """log N(samples; means, sigma^2 I) in nats, its constant included.

    Args:
        samples, means: floats (batch, ...).
        sigma: standard deviation of each pixel, above 0.

    Returns:
        float32 (batch,), summed over all other axes.
    """
    samples, means = ops.cast(samples, "float32"), ops.cast(means, "float32")
    squares = ops.sum(ops.square((samples - means) / sigma), axis=range(1, len(means.shape)))
    constant = math.prod(means.shape[1:]) * math.log(2 * math.pi * sigma**2)
    return -0.5 * (squares + constant)


def reparametrize(mean, log_variance, noise):
    """Return noise from N(0, I) as draws from N(mean, variance), float32 (batch, latent_dim).

    Gradients reach the mean and the log-variance through the draws (Kingma and Welling, 2014).
    """
    mean, log_variance = ops.cast(mean, "float32"), ops.cast(log_variance, "float32")
    return mean + ops.exp(0.5 * log_variance) * noise


@keras.saving.register_keras_serializable("ganlib")
class VAE(RandomStateModel):
    """A variational autoencoder (Kingma and Welling, 2014), trained with `fit`.

    The loss is reconstruction + beta * kl, in nats an image: -E[log p(x|z)] over the encoder's
    posterior q(z|x), and KL(q(z|x) || N(0, I)). Given z, a pixel is Gaussian around the decoder's
    with standard deviation sigma. With beta = 1 the loss is the negative ELBO, which bounds
    -log p(x) from above; p is a density, so either may be negative. `evaluate` reports it for
    the networks as they predict: after less than some hundred steps it is poor, because the
    moving statistics of batch normalisation lag.

    Args:
        encoder: built model, (batch, *sample_shape) -> [mean, log_variance], each
            (batch, latent_dim).
        decoder: built model, (batch, latent_dim) -> (batch, *sample_shape), such as a GAN's
            generator.
        beta: weight of the KL, at least 0; other than 1 it is a beta-VAE (Higgins et al., 2017).
        sigma: standard deviation of a pixel, above 0, on the samples' scale from -1 to 1. The
            optimal networks depend on beta * sigma^2 alone. The bound is best where sigma is the
            error of the reconstructions, on the digits about 0.1. Samples look best near 1: 40
            epochs there gave an FID of 99 at 0.1, 58 at 0.5, 46 at 1 and 219 at 3.
        seed: int, for the noise.

    Raises:
        ValueError: a number out of range, or networks that do not fit.

    Example:

    >>> vae = VAE(ganlib.networks.encoder(), ganlib.networks.dcgan()[0])
    >>> vae.compile(keras.optimizers.Adam(2e-3))
    >>> vae.fit(ganlib.data.digits()[0], epochs=20)
    >>> images = vae.generate(16)
    """

    def __init__(self, encoder, decoder, beta=1.0, sigma=1.0, seed=0, **kwargs):
        if not beta >= 0 or not sigma > 0:  # written so that NaN fails too
            raise ValueError(f"Expected beta >= 0 and sigma > 0. Received: {beta} and {sigma}")
        _check_networks(encoder, decoder)
        super().__init__(**kwargs)
        self.encoder, self.decoder = encoder, decoder
        self.beta, self.sigma, self.seed = beta, sigma, seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.evaluation_seed_generator = keras.random.SeedGenerator(seed)
        self.loss_mean = keras.metrics.Mean("loss")
        self.reconstruction_mean = keras.metrics.Mean("reconstruction")
        self.kl_mean = keras.metrics.Mean("kl")
        self.built = True

    @property
    def latent_dim(self):
        return networks.first_input_shape(self.decoder)[-1]

    @property
    def metrics(self):
        return [self.loss_mean, self.reconstruction_mean, self.kl_mean]

    def inputs_for(self, n, seed=None):
        """Return n draws from the prior, (n, latent_dim), the same for the same seed."""
        return keras.random.normal((n, self.latent_dim), seed=seed, dtype="float32")

    def call(self, inputs, training=False):
        """Return what the decoder makes of latent vectors, (batch, *sample_shape)."""
        return self.decoder(inputs, training=training)

    def generate(self, n, seed=None):
        """Return n samples, a NumPy array (n, *sample_shape), without the pixels' own noise.

        Args:
            n: number of samples, at least 1.
            seed: int, for the same samples each time; None draws new ones.
        """
        return self.decoder.predict(self.inputs_for(n, seed), batch_size=500, verbose=0)

    def encode(self, x):
        """Return the posterior means of samples, a NumPy array (n, latent_dim)."""
        return self.encoder.predict(self._checked(x), batch_size=500, verbose=0)[0]

    def reconstruct(self, x):
        """Return what the decoder makes of the samples' posterior means, shaped like them."""
        return self.decoder.predict(self.encode(x), batch_size=500, verbose=0)

    def fit(self, x, y=None, batch_size=64, epochs=1, validation_data=None, **kwargs):
        """Train on samples.

        Args:
            x: float32 (n, *sample_shape), images in [-1, 1]; or a `tf.data.Dataset` of such
                batches.
            y: None; there are no labels.
            batch_size: samples a step.
            epochs: passes over the samples.
            validation_data: None, or samples as `x`, for `evaluate` after each epoch.
            **kwargs: as those of `keras.Model.fit`.

        Returns:
            `keras.callbacks.History` with the means of "loss", "reconstruction" and "kl", in
            nats an image, for each epoch.

        Raises:
            ValueError: samples of another shape, type or range.
        """
        x = self._checked(x, y)
        if validation_data is not None:
            validation_data = self._checked(validation_data)
        if isinstance(x, tf.data.Dataset):  # has batches and an order of its own
            batch_size, kwargs["shuffle"] = None, False
        return super().fit(
            x, batch_size=batch_size, epochs=epochs, validation_data=validation_data, **kwargs
        )

    def evaluate(self, x, y=None, **kwargs):
        """Return the loss, the reconstruction and the KL of samples, in nats an image.

        The expectation is estimated from one draw of z an image, the same at each evaluation.

        Args:
            x, y: as those of `fit`.
            **kwargs: as those of `keras.Model.evaluate`.
        """
        x = self._checked(x, y)
        self.evaluation_seed_generator.state.assign([self.seed, 0])
        return super().evaluate(x, **kwargs)

    def train_step(self, batch):
        """Update both networks once."""
        with tf.GradientTape() as tape:
            terms = self._terms(batch, self.seed_generator, training=True)
            scaled = self.optimizer.scale_loss(ops.mean(terms["loss"]))
        gradients = tape.gradient(scaled, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return self._record(terms)

    def test_step(self, batch):
        return self._record(self._terms(batch, self.evaluation_seed_generator, training=False))

    def _terms(self, batch, seed, training):
        """Return the loss and its two parts for each sample, a dict of float32 (batch,)."""
        samples, _, _ = keras.utils.unpack_x_y_sample_weight(batch)
        mean, log_variance = self.encoder(samples, training=training)
        noise = keras.random.normal(ops.shape(mean), seed=seed, dtype="float32")
        decoded = self.decoder(reparametrize(mean, log_variance, noise), training=training)
        reconstruction = -gaussian_log_likelihood(samples, decoded, self.sigma)
        kl = gaussian_kl(mean, log_variance)
        return {"loss": reconstruction + self.beta * kl, "reconstruction": reconstruction, "kl": kl}

    def _record(self, terms):
        """Add each sample's terms to the metrics, so that small batches count for less."""
        for metric in self.metrics:
            metric.update_state(terms[metric.name])
        return {metric.name: metric.result() for metric in self.metrics}

    def _checked(self, x, y=None):
        if y is not None:
            raise ValueError("Expected samples only. Received: y as well")
        if isinstance(x, tf.data.Dataset):
            return x
        return data.check_samples(x, networks.first_input_shape(self.encoder))

    def get_config(self):
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "beta": self.beta,
            "sigma": self.sigma,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        for network in ("encoder", "decoder"):
            config[network] = keras.saving.deserialize_keras_object(config[network])
        return cls(**config)


def _check_networks(encoder, decoder):
    posterior = [tuple(output.shape[1:]) for output in encoder.outputs]
    latent = networks.first_input_shape(decoder)
    if posterior != [latent, latent]:
        raise ValueError(
            "Expected an encoder that gives a mean and a log-variance, each shaped as the "
            f"decoder's input {latent}. Received: output shapes {posterior}"
        )
    decoded, wanted = tuple(decoder.output_shape[1:]), networks.first_input_shape(encoder)
    if not data.shapes_match(decoded, wanted):
        raise ValueError(
            "Expected a decoder whose output fits the encoder's input. Received: "
            f"output shape {decoded} and input shape {wanted}"
        )
