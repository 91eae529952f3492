"""A step's time beside the machine's: its multiply-adds at the rate of a large matrix product.

Two floors. The first divides the counted multiply-adds by the rate of a 2048 × 2048 matrix
product. The second adds up the step's own products and convolutions, each timed alone on its
shapes. What the step takes beyond the second is everything else: normalisation, activations,
optimizers, the averaged generator, noise, and waiting.
"""

import keras
import tensorflow as tf

from benchmarks import bare, peers, profiling, timing, work
from benchmarks.report import Row
from ganlib import GAN, data, networks, runtime

BUILDERS = {
    "mlp": networks.mlp,
    "dcgan": networks.dcgan,
    "tutorial": peers.tutorial_networks,
}
BATCH = {"mlp": 256, "dcgan": 64, "tutorial": 256}
GOALS = {"mlp": None, "dcgan": ("<=", 1.3), "tutorial": ("<=", 1.3)}
SIZE, PRODUCTS = 2048, 4  # of the matrices, and how many of them at a time


def cases(quick):
    return list(BUILDERS)


def measure(case, quick):
    runtime.start(0)
    generator, discriminator = BUILDERS[case]()
    batch = BATCH[case]
    samples = data.ring().sample(25_600, seed=0) if case == "mlp" else data.digits()[0]
    epochs = 1 if quick else {"mlp": 10, "dcgan": 2, "tutorial": 1}[case]
    step, steps = fit(generator, discriminator, samples[: 2 * batch] if quick else samples, batch)
    operations = list(products(generator, discriminator, batch))
    repeats = 2 if quick else {"mlp": 50, "dcgan": 20, "tutorial": 2}[case]
    calls = {"step": lambda: step(epochs), "matrix product": large_product()}
    for number, (_, operation, _) in enumerate(operations):
        calls[str(number)] = lambda operation=operation: operation(tf.constant(repeats))
    by_clock, by_cpu = timing.alternate(calls, rounds=2 if quick else 7)
    return {
        "batch_size": batch,
        "multiply_adds": work.multiply_adds(generator, discriminator, batch),
        "clock": summary(by_clock, epochs * steps, operations, repeats),
        "cpu": summary(by_cpu, epochs * steps, operations, repeats),
        "profile": profiling.shares(lambda: step(epochs)),
    }


def summary(taken, steps, operations, repeats):
    """Return seconds of a step and of each product of it, and a large product's rate."""
    return {
        "step": timing.quartiles(taken["step"] / steps),
        "rate": PRODUCTS * SIZE**3 / timing.quartiles(taken["matrix product"])[0],
        "alone": {
            f"{number} {name}": times * timing.quartiles(taken[str(number)])[0] / repeats
            for number, (name, _, times) in enumerate(operations)
        },
    }


def fit(generator, discriminator, samples, batch):
    """Return a function that trains for so many epochs, and the steps of an epoch."""
    gan = GAN(generator, discriminator)
    gan.compile(bare.adam(), bare.adam())
    step = lambda epochs: gan.fit(samples, batch_size=batch, epochs=epochs, verbose=0)  # noqa: E731
    return step, len(samples) // batch


def large_product():
    a, b = tf.random.normal((2, SIZE, SIZE))
    operation = repeated(tf.matmul, a, b)
    return lambda: operation(tf.constant(PRODUCTS))


def products(generator, discriminator, batch):
    """Yield (name, function of a number of repeats, times a step) for each product of a step."""
    for layer, times in work.passes(generator, discriminator):
        shapes = layer.input.shape, layer.output.shape
        x, dy = (tf.random.normal((batch, *shape[1:])) for shape in shapes)
        three = zip(times._fields, operations(layer, x, dy), times, strict=True)
        for kind, operation, count in three:
            if count:
                yield f"{layer.name} {kind}", operation, count


def operations(layer, x, dy):
    """Return a layer's forward pass and gradients by weights and by inputs, each `repeated`."""
    kernel = layer.kernel.value
    if kernel.shape.rank == 2:
        return (
            repeated(tf.matmul, x, kernel),
            repeated(lambda a, b: tf.matmul(a, b, transpose_a=True), x, dy),
            repeated(lambda a, b: tf.matmul(a, b, transpose_b=True), dy, kernel),
        )
    transposed = isinstance(layer, keras.layers.Conv2DTranspose)
    large, small = (dy, x) if transposed else (x, dy)
    strides = [1, *layer.strides, 1]

    def by_kernel(large, small):
        return tf.raw_ops.Conv2DBackpropFilter(
            input=large,
            filter_sizes=kernel.shape,
            out_backprop=small,
            strides=strides,
            padding="SAME",
        )

    down = repeated(lambda a, w: tf.nn.conv2d(a, w, strides, "SAME"), large, kernel)
    up = repeated(lambda b, w: tf.nn.conv2d_transpose(b, w, large.shape, strides), small, kernel)
    slope = repeated(by_kernel, large, small)
    return (up, slope, down) if transposed else (down, slope, up)


def repeated(operation, *arguments):
    """Return a function of n that does the operation n times in one graph.

    The arguments are read anew each time, or the graph would take the operation out of the loop;
    a number of each result is used, or it would leave the operation out.
    """
    held = [tf.Variable(argument) for argument in arguments]

    @tf.function
    def many(n):
        used = 0.0
        for _ in tf.range(n):
            result = operation(*[each.read_value() for each in held])
            used += tf.reshape(result, [-1])[0]
        return used

    return lambda n: many(n).numpy()


def rows(records):
    for case, record in records.items():
        count, clock, cpu = record["multiply_adds"], record["clock"], record["cpu"]
        (step, floor, alone), by_cpu = (_three(count, taken) for taken in (clock, cpu))
        yield Row(
            f"{case}, batch {record['batch_size']}: step / floor",
            f"{timing.text(clock['step'])} against {timing.digits(1e3 * floor)} ms: "
            f"{count / 1e6:,.0f} million multiply-adds at {clock['rate'] / 1e9:.0f} G/s; "
            f"as CPU time {by_cpu[0] / by_cpu[1]:.3g}; "
            f"{record['batch_size'] / step:,.0f} samples a second",
            step / floor,
            GOALS[case],
        )
        yield Row(
            f"{case}: step / its products and convolutions alone",
            f"these {timing.digits(1e3 * alone)} ms, {count / alone / 1e9:.0f} G/s; "
            f"as CPU time {by_cpu[0] / by_cpu[2]:.3g}",
            step / alone,
        )
        shares = [f"{name} {100 * share:.0f} %" for name, share in record["profile"].items()]
        yield Row(f"{case}: where the operations' time goes", ", ".join(shares))


def _three(count, taken):
    """Return the seconds of a step, of its floor, and of its products alone."""
    return taken["step"][0], count / taken["rate"], sum(taken["alone"].values())
