"""Two devices, and two machines, train to the weights of one.

The runs have 20 to 32 steps. A longer one says less: the networks' kinks magnify a change of the
last digit, and after 60 steps one device differs by 1e-3 from itself with weights moved by 1e-7.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from ganlib import GAN, ConditionalGAN, Regularizer, callbacks, data, distributed, losses, networks

SCRIPT = pathlib.Path(__file__).parents[1] / "notebooks" / "tools" / "many_devices.py"
ONE = tf.distribute.OneDeviceStrategy("CPU:0")
TWO = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
BOTH = pytest.mark.parametrize("strategy", [ONE, TWO], ids=["one", "two"])


def points():
    return data.ring(sigma=0.1).sample(256, seed=0)


def labelled():
    """Networks without batch normalization, in which samples would see each other."""
    noise, samples, label = keras.Input((2,)), keras.Input((2,)), keras.Input((), dtype="int32")

    def network(first, units):
        embedded = layers.Embedding(10, 4)(label)
        hidden = layers.Dense(16, "leaky_relu")(layers.Concatenate()([first, embedded]))
        return keras.Model([first, label], layers.Dense(units)(hidden))

    return network(noise, 2), network(samples, 1)


def normalized(**options):
    first = layers.Dense(16, use_bias=False), layers.BatchNormalization(**options), layers.ReLU()
    generator = keras.Sequential([keras.Input((2,)), *first, layers.Dense(2)])
    return generator, networks.mlp(width=16, depth=2)[1]


def adam():
    return keras.optimizers.Adam(1e-3, 0.5)


def sgd():
    """Plain descent: unlike Adam's, its step would double if the replicas' share were forgotten."""
    return keras.optimizers.SGD(0.05)


def make(strategy, build=None, optimizer=adam, kind=GAN, **settings):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        gan = kind(*(build() if build else networks.mlp(width=16, depth=2)), **settings)
        gan.compile(optimizer(), optimizer())
    return gan


def fit(gan, x=None, y=None, epochs=3, **arguments):
    x = points() if x is None else x
    return gan.fit(x, y, batch_size=32, epochs=epochs, verbose=0, **arguments)


def distance(a, b):
    return max(
        np.abs(left.numpy() - right.numpy()).max()
        for left, right in zip(a.weights, b.weights, strict=True)
    )


def copies(gan):
    """Return all that training depends on, as each device has it."""
    optimizers = gan.generator_optimizer.variables + gan.discriminator_optimizer.variables
    variables = [variable.value for variable in gan.variables + optimizers]
    held = [v for v in variables if v.synchronization != tf.VariableSynchronization.ON_READ]
    return list(zip(*(TWO.experimental_local_results(variable) for variable in held), strict=True))


CASES = {
    "simultaneous": {"regularizers": [Regularizer("r1", 0.5, every=16)], "optimizer": sgd},
    "alternating": {
        "update": "alternating",
        "d_steps": 2,
        "loss": "relativistic",
        "regularizers": [Regularizer("gradient_penalty", 0.5, every=2)],
    },
    "conditional": {"kind": ConditionalGAN, "build": labelled, "loss": "hinge"},
    "conditional alternating": {
        "kind": ConditionalGAN,
        "build": labelled,
        "update": "alternating",
        "optimizer": sgd,
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_two_devices_train_to_the_weights_of_one(case):
    labels = (np.arange(256) % 10).astype("int32") if case.get("kind") else None
    gans = [make(strategy, **case) for strategy in (ONE, TWO)]
    histories = [fit(gan, y=labels).history for gan in gans]
    assert [gan.step.numpy() for gan in gans] == [24, 24]
    assert distance(*gans) < 1e-5
    for name in ("d_loss", "g_loss"):
        np.testing.assert_allclose(histories[0][name], histories[1][name], rtol=1e-5)
    first, second = copies(gans[1])
    for left, right in zip(first, second, strict=True):
        np.testing.assert_array_equal(left.numpy(), right.numpy())


def test_two_devices_share_the_batches_of_a_dataset():
    gans = [make(strategy, optimizer=sgd) for strategy in (ONE, TWO)]
    for gan in gans:
        fit(gan, tf.data.Dataset.from_tensor_slices(points()).batch(32))
    assert distance(*gans) < 1e-5


def test_batch_normalization_sees_half_a_batch_unless_synchronized():
    apart = {}
    for synchronized in (False, True):
        build = lambda options={"synchronized": synchronized}: normalized(**options)  # noqa: E731
        gans = [make(strategy, build) for strategy in (ONE, TWO)]
        for gan in gans:
            fit(gan, epochs=1)
        apart[synchronized] = distance(*gans)
    assert apart[True] < 1e-5 < 1e-3 < apart[False]


def test_what_is_not_finite_on_one_device_stops_both():
    """A sample of 1e30 makes the loss infinite on the device that it falls to."""

    def steep(real_logits, fake_logits):
        return keras.ops.mean(keras.ops.exp(keras.ops.abs(real_logits)))

    gan = make(TWO, loss=losses.AdversarialLoss(steep, losses.LOSSES["hinge"].generator))
    before = [weight.numpy() for weight in gan.weights if "failed_at" not in weight.path]
    samples = points()[:32]
    samples[7] = 1e30
    with pytest.raises(FloatingPointError, match="at step 0"):
        fit(gan, samples)
    for first, second in zip(*copies(gan), strict=True):
        np.testing.assert_array_equal(first.numpy(), second.numpy())
    after = [weight.numpy() for weight in gan.weights if "failed_at" not in weight.path]
    for left, right in zip(before, after, strict=True):
        np.testing.assert_array_equal(left, right)
    assert gan.generator_optimizer.iterations.numpy() == 0


def test_two_devices_in_16_bits_run_and_keep_one_scale():
    keras.config.set_dtype_policy("mixed_float16")
    gan = make(TWO)
    fit(gan, epochs=1)
    assert gan.failure() is None
    # The first steps halve the initial scale of 2**15 as often as their gradients overflow.
    assert 1 <= gan.generator_optimizer.dynamic_scale.numpy() <= 2**15


def test_two_devices_resume_and_save_as_one_does(tmp_path):
    uninterrupted = make(ONE)
    fit(uninterrupted)
    stop = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: 1 / (2 - epoch))
    resume = callbacks.Resume(tmp_path / "gan.weights.h5")
    with pytest.raises(ZeroDivisionError):
        fit(make(TWO), callbacks=[resume, stop])
    resumed = make(TWO)
    fit(resumed, callbacks=[resume])
    assert resumed.step.numpy() == 24
    assert distance(resumed, uninterrupted) < 1e-5
    resumed.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    np.testing.assert_allclose(resumed.generate(5, seed=1), loaded.generate(5, seed=1), atol=1e-6)


def test_what_two_devices_cannot_share_is_refused():
    gan = make(TWO)
    with pytest.raises(ValueError, match=r"2 replicas can share evenly\. Received: 31"):
        gan.fit(points(), batch_size=31)
    with pytest.raises(ValueError, match=r"steps_per_execution=1 .*Received: 4"):
        gan.compile(keras.optimizers.Adam(), keras.optimizers.Adam(), steps_per_execution=4)


@pytest.mark.parametrize("strategy", [ONE, tf.distribute.MirroredStrategy(["CPU:0"])])
def test_a_strategy_of_one_device_changes_nothing(strategy):
    keras.utils.set_random_seed(0)
    plain = GAN(*networks.mlp(width=16, depth=2))
    plain.compile(adam(), adam())
    gan = make(strategy)
    for each in (plain, gan):
        fit(each)
        assert each.steps_per_execution == 8
    assert distance(plain, gan) == 0


@BOTH
def test_parts_make_up_what_one_device_draws(strategy):
    with strategy.scope():
        seed = keras.random.SeedGenerator(3)
    parts = 8 // strategy.num_replicas_in_sync
    draw = tf.function(
        lambda: strategy.run(distributed.draw, args=(keras.random.normal, (parts, 2), seed))
    )
    expected = keras.random.SeedGenerator(3)
    for _ in range(2):
        whole = np.concatenate(strategy.experimental_local_results(draw()))
        np.testing.assert_array_equal(whole, keras.random.normal((8, 2), seed=expected))


@pytest.mark.parametrize("votes", [(True, True), (True, False), (False, True), (False, False)])
def test_a_branch_is_entered_by_both_or_none(votes):
    with TWO.scope():
        counts = [keras.Variable(0, dtype="int32", trainable=False) for _ in range(2)]

    @tf.function
    def vote():
        def replica():
            mine = tf.gather(tf.constant(votes), distributed.replica()[0])
            distributed.cond(mine, *(lambda count=count: count.assign_add(1) for count in counts))

        TWO.run(replica)

    vote()
    taken = [[int(one) for one in TWO.experimental_local_results(c.value)] for c in counts]
    assert taken == ([[1, 1], [0, 0]] if all(votes) else [[0, 0], [1, 1]])


def test_replicas_agree_on_equal_numbers_only():
    with TWO.scope():
        number = keras.Variable(5, dtype="int64", trainable=False)
    assert distributed.agree(number, TWO)
    TWO.experimental_local_results(number.value)[1].assign(6)
    assert not distributed.agree(number, TWO)


SMALL = """
def small():
    from ganlib import data, networks
    samples = data.ring(sigma=0.1).sample(256, seed=0)
    return samples, lambda: networks.mlp(width=16, depth=2), {"update": "alternating"}
"""
TRAIN = f"""
import time
import many_devices
from ganlib import callbacks
save = callbacks.Resume.on_epoch_end
def slow(resume, epoch, logs=None):
    save(resume, epoch, logs)
    time.sleep(1)  # so that the kill comes before the end
callbacks.Resume.on_epoch_end = slow
{SMALL}
many_devices.RECIPES["small"] = small
many_devices.main()
"""


def start_workers(folder):
    """Start two processes as on two machines, with free ports of this one."""
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    addresses = [f"127.0.0.1:{server.getsockname()[1]}" for server in servers]
    for server in servers:
        server.close()
    command = [sys.executable, "-c", TRAIN, "small", folder, "--epochs=4", "--batch_size=32"]
    path = os.pathsep.join([str(SCRIPT.parent), *sys.path])
    workers = []
    for index in range(2):
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(task), "PYTHONPATH": path}
        workers.append(
            subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        )
    return workers


@pytest.mark.kills
def test_two_machines_lose_one_and_end_with_the_weights_of_one_process(tmp_path, monkeypatch):
    chief, other = start_workers(tmp_path)
    deadline = time.monotonic() + 90
    while not (tmp_path / "gan.weights.h5").exists():
        assert chief.poll() is other.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    other.kill()
    # TensorFlow notices a closed connection at once and missing heartbeats after about 10 s.
    _, message = chief.communicate(timeout=40)
    other.communicate()
    assert chief.returncode == 1
    assert "Expected all machines to train to the end. Received: " in message
    assert (tmp_path / "gan.weights.h5").exists()
    workers = start_workers(tmp_path)
    for worker in workers:
        _, message = worker.communicate(timeout=90)
        assert worker.returncode == 0, message
    assert [path.name for path in tmp_path.iterdir()] == ["gan.keras"]

    monkeypatch.syspath_prepend(SCRIPT.parent)
    import many_devices

    names = {}
    exec(SMALL, names)
    monkeypatch.setitem(many_devices.RECIPES, "small", names["small"])
    alone = many_devices.train("small", ONE, tmp_path, epochs=4, batch_size=32)
    assert alone.step.numpy() == 32
    assert distance(keras.models.load_model(tmp_path / "gan.keras"), alone) < 1e-5


@BOTH
def test_fit_on_samples_that_are_held_reads_no_dataset(strategy, monkeypatch):
    """But for an element at the start, of which Keras takes the shape under a strategy."""
    unread = distributed.unread

    def once(strategy):  # 0 // 0 is an error
        return unread(strategy).enumerate().map(lambda i, k: k // tf.cast(i == 0, "int64"))

    monkeypatch.setattr(distributed, "unread", once)
    gan = make(strategy)
    gan.fit(points(), batch_size=32, epochs=2, verbose=0)
    assert gan.step.numpy() == 16
