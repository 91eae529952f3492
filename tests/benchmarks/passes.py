"""Fewer passes for the same mathematics: the two ways that `GAN` could save some.

`GAN` runs the generator once a step for both players, and the discriminator once over the real and
once over the generated samples. Where no layer of the discriminator couples the samples of a batch
(batch normalisation does), it may see both in one pass; and a single backward pass gives both
players' gradients, since they differ by one factor a sample.
"""

import keras
import tensorflow as tf

from benchmarks import timing
from benchmarks.report import Row
from ganlib import GAN, data, networks, runtime


class OnePass(GAN):
    """One forward pass of the discriminator over real and generated samples together."""

    def _update_both(self, real, condition):
        with tf.GradientTape(persistent=True) as tape:
            fake = self._generate_for(real, condition)
            logits = self._discriminate(tf.concat([real, fake], 0))
            real_logits, fake_logits = tf.split(logits, 2)
            d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            g_loss = self.adversarial_loss.generator(real_logits, fake_logits)
        d_gradients = tape.gradient(d_loss, self.discriminator.trainable_variables)
        g_gradients = tape.gradient(g_loss, self.generator.trainable_variables)
        self._apply((d_loss, g_loss), d_gradients=d_gradients, g_gradients=g_gradients)
        return d_loss, g_loss


class OneBackward(GAN):
    """One backward pass through the discriminator, too.

    What the discriminator's loss sends back to a generated sample is the slope along its logit
    times the logit's gradient there. What the generator's loss sends is another slope times the
    same gradient. So the second is the first times the ratio of the slopes, as long as the
    discriminator's slope is not 0: it may be with the hinge loss, beyond its margin.
    """

    def _update_both(self, real, condition):
        with tf.GradientTape() as generation:
            fake = self._generate_for(real, condition)
        with tf.GradientTape() as discrimination:
            discrimination.watch(fake)
            logits = self._discriminate(tf.concat([real, fake], 0))
        with tf.GradientTape(persistent=True) as judgement:
            judgement.watch(logits)
            real_logits, fake_logits = tf.split(logits, 2)
            d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            g_loss = self.adversarial_loss.generator(real_logits, fake_logits)
        d_slopes = judgement.gradient(d_loss, logits)
        g_slopes = judgement.gradient(g_loss, logits)
        ratio = tf.split(g_slopes, 2)[1] / tf.split(d_slopes, 2)[1]
        *d_gradients, pull = discrimination.gradient(
            logits, [*self.discriminator.trainable_variables, fake], output_gradients=d_slopes
        )
        pull *= tf.reshape(ratio, [-1] + [1] * (len(fake.shape) - 1))
        g_gradients = generation.gradient(
            fake, self.generator.trainable_variables, output_gradients=pull
        )
        self._apply((d_loss, g_loss), d_gradients=d_gradients, g_gradients=g_gradients)
        return d_loss, g_loss


TASKS = {
    "dcgan": (networks.dcgan, lambda: data.digits()[0], 64),
    "mlp": (networks.mlp, lambda: data.ring().sample(51_200, seed=0), 256),
}


def cases(quick):
    return list(TASKS)


def measure(case, quick):
    build, load, batch_size = TASKS[case]
    samples = load()
    if quick:
        samples = samples[: 4 * batch_size]
    kinds = (GAN, OnePass, OneBackward)
    calls = {kind.__name__: _epoch(kind, build, samples, batch_size) for kind in kinds}
    clock, _ = timing.alternate(calls, rounds=2 if quick else 9)
    steps = len(samples) // batch_size
    seconds = {name: timing.quartiles(times / steps) for name, times in clock.items()}
    return {"seconds": seconds, "batch_size": batch_size}


def _epoch(kind, build, samples, batch_size):
    """Return a function that trains one epoch."""
    runtime.start(0)
    gan = kind(*build())
    gan.compile(keras.optimizers.Adam(1e-3, 0.5), keras.optimizers.Adam(1e-3, 0.5))
    return lambda: gan.fit(samples, batch_size=batch_size, verbose=0)


def rows(records):
    for case, record in records.items():
        for name, taken in record["seconds"].items():
            ratio = taken[0] / record["seconds"]["GAN"][0]
            yield Row(f"{case}, batch {record['batch_size']}: {name}", timing.text(taken), ratio)
