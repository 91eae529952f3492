"""Fewer passes for the same mathematics: the two ways that `GAN` could save some.

`GAN` runs the generator once a step for both players, and the discriminator once over the real and
once over the generated samples. Where no layer of the discriminator couples the samples of a batch
(batch normalisation does), it may see both in one pass; and a single backward pass gives both
players' gradients, since they differ by one factor a sample.
"""

import statistics
import time

import keras
import tensorflow as tf

from ganlib import GAN, data, networks

REPEATS = 9


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


def contender(kind, make_networks, samples, batch_size):
    """Return a function that trains one epoch and returns the milliseconds of a step."""
    keras.utils.set_random_seed(0)
    gan = kind(*make_networks())
    gan.compile(keras.optimizers.Adam(1e-3, 0.5), keras.optimizers.Adam(1e-3, 0.5))

    def epoch():
        before, started = int(gan.step), time.perf_counter()
        gan.fit(samples, batch_size=batch_size, verbose=0)
        return 1e3 * (time.perf_counter() - started) / (int(gan.step) - before)

    epoch()  # traces the graph
    return epoch


def compare(make_networks, samples, batch_size, repeats=REPEATS):
    """Return {class's name: milliseconds of a step, a list}, the contenders taking turns."""
    kinds = (GAN, OnePass, OneBackward)
    epochs = {k.__name__: contender(k, make_networks, samples, batch_size) for k in kinds}
    times = {name: [] for name in epochs}
    for _ in range(repeats):
        for name, epoch in epochs.items():
            times[name].append(epoch())
    return times


def rows(repeats=REPEATS):
    """Return a dict a row: the network, the way, milliseconds of a step, ratio to `GAN`."""
    tasks = {
        "DCGAN, batch 64": (networks.dcgan, data.digits()[0], 64),
        "MLP of points, batch 256": (networks.mlp, data.ring().sample(51_200, seed=0), 256),
    }
    table = []
    for task, arguments in tasks.items():
        times = compare(*arguments, repeats)
        base = statistics.median(times["GAN"])
        for name, values in times.items():
            middle = statistics.median(values)
            row = {"networks": task, "way": name, "ms": middle, "ratio": middle / base}
            table.append(row | {"least": min(values), "most": max(values)})
    return table


if __name__ == "__main__":
    for row in rows():
        print(row)
