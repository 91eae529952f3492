"""Nothing is lost by saving, loading, or being killed."""

import concurrent.futures
import pathlib
import random
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from ganlib import GAN, ConditionalGAN, Regularizer, callbacks, data, networks

EPOCHS = 12


def build(kind="gan"):
    """A GAN with all that has a state: dropout, batch statistics, penalties, two Adams."""
    keras.utils.set_random_seed(0)
    if kind == "conditional":
        gan = ConditionalGAN(
            *networks.conditional_dcgan(width=2), regularizers=[Regularizer("r1", 0.1, every=3)]
        )
    else:
        generator = keras.Sequential(
            [
                keras.Input((2,)),
                keras.layers.Dense(8),
                keras.layers.BatchNormalization(),
                keras.layers.ReLU(),
                keras.layers.Dense(2, dtype="float32"),
            ]
        )
        discriminator = keras.Sequential(
            [
                keras.Input((2,)),
                keras.layers.Dense(8, "leaky_relu"),
                keras.layers.Dropout(0.3),
                keras.layers.Dense(1, dtype="float32"),
            ]
        )
        gan = GAN(
            generator,
            discriminator,
            loss="hinge",
            update="alternating",
            d_steps=2,
            ema=0.9,
            seed=3,
            regularizers=[Regularizer("gradient_penalty", 0.1, every=3)],
        )
    schedule = keras.optimizers.schedules.CosineDecay(1e-2, 100)
    gan.compile(keras.optimizers.Adam(schedule, 0.0), keras.optimizers.Adam(1e-2, 0.5))
    return gan


def samples(kind="gan"):
    if kind == "conditional":
        images, labels = data.digits()
        return images[:64], labels[:64]
    return (data.ring().sample(160, seed=0),)


def everything(gan):
    return [np.array(v.value) for v in gan.variables] + [
        np.array(v.value)
        for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer)
        for v in optimizer.variables
    ]


def assert_identical(a, b):
    for left, right in zip(a, b, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
@pytest.mark.parametrize("kind", ["gan", "conditional"])
def test_saved_and_loaded_takes_an_equal_next_step(kind, precision, tmp_path):
    keras.config.set_dtype_policy(precision)
    gan = build(kind)
    gan.fit(*samples(kind), batch_size=16, epochs=2, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert type(loaded) is type(gan)
    for name in ("loss", "regularizers", "update", "d_steps", "ema", "seed"):
        assert loaded.get_config()[name] == gan.get_config()[name]
    assert_identical(everything(loaded), everything(gan))
    for model in (gan, loaded):
        model.fit(*samples(kind), batch_size=16, epochs=1, verbose=0)
    assert_identical(everything(loaded), everything(gan))


def test_a_loss_of_ones_own_cannot_be_saved():
    from ganlib.losses import LOSSES, AdversarialLoss

    own = AdversarialLoss(LOSSES["hinge"].discriminator, LOSSES["minimax"].generator)
    with pytest.raises(ValueError, match=r"to be saved\. Received: AdversarialLoss"):
        GAN(*networks.mlp(), loss=own).get_config()


def train_here(folder, epochs=EPOCHS):
    """What the killed process runs."""
    gan = build()
    resume = callbacks.Resume(pathlib.Path(folder) / "gan.weights.h5")
    gan.fit(*samples(), batch_size=16, epochs=epochs, callbacks=[resume], verbose=0)
    np.savez(pathlib.Path(folder) / "final.npz", *everything(gan))
    return gan


def test_resumed_after_a_stop_equals_never_stopped(tmp_path):
    gan = build()
    stop = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: 1 / (5 - epoch)  # raises at epoch 5
    )
    resume = callbacks.Resume(tmp_path / "gan.weights.h5")
    with pytest.raises(ZeroDivisionError):
        gan.fit(*samples(), batch_size=16, epochs=EPOCHS, callbacks=[resume, stop], verbose=0)
    resumed = train_here(tmp_path)
    assert int(resumed.step) == EPOCHS * 10
    assert not list(tmp_path.glob("*.h5"))
    uninterrupted = build()
    uninterrupted.fit(*samples(), batch_size=16, epochs=EPOCHS, verbose=0)
    assert_identical(everything(resumed), everything(uninterrupted))


TRAIN = """
import pathlib, sys, time
sys.path[:0] = [sys.argv[3]]
from ganlib import runtime
runtime.start()
import keras, test_resume
save = keras.Model.save_weights
def slow(model, path):
    save(model, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    time.sleep(0.1)
    path.write_bytes(whole)
    time.sleep(0.05)
    print("an epoch is written", flush=True)
if sys.argv[2] == "slow":  # writing takes as long as an epoch, so that many kills hit it
    keras.Model.save_weights = slow
test_resume.train_here(sys.argv[1], epochs=150)
"""


def start(folder, speed):
    here = str(pathlib.Path(__file__).parent)
    return subprocess.Popen(
        [sys.executable, "-c", TRAIN, str(folder), speed, here], stdout=subprocess.PIPE, text=True
    )


def killed_ten_times(folder, seed):
    """Start and SIGKILL ten processes, then let one finish; return all that it ends with."""
    folder.mkdir()
    moments = random.Random(seed)
    for _ in range(10):
        with start(folder, "slow") as process:
            assert process.stdout.readline() == "an epoch is written\n"
            time.sleep(moments.uniform(0, 1.2))
            assert process.poll() is None, "it must be killed before it ends"
            process.send_signal(signal.SIGKILL)
    assert (folder / "gan.weights.h5").exists()
    with start(folder, "fast") as process:
        assert process.wait(timeout=120) == 0
    with np.load(folder / "final.npz", allow_pickle=False) as final:
        return [final[name] for name in final]


@pytest.mark.kills
def test_killed_at_random_moments_equals_never_killed(tmp_path):
    """20 kills in two chains side by side, within training and within writing."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        chains = list(pool.map(killed_ten_times, [tmp_path / "a", tmp_path / "b"], [0, 1]))
    uninterrupted = build()
    uninterrupted.fit(*samples(), batch_size=16, epochs=150, verbose=0)
    for resumed in chains:
        assert_identical(resumed, everything(uninterrupted))


def test_a_fit_that_is_stopped_early_keeps_its_checkpoint(tmp_path):
    gan = build()
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(gan, "stop_training", epoch == 1)
    )
    resume = callbacks.Resume(tmp_path / "gan.weights.h5")
    gan.fit(*samples(), batch_size=16, epochs=4, callbacks=[resume, stop], verbose=0)
    assert resume.path.exists()
    assert int(gan.step) == 20


def test_other_endings_are_refused():
    with pytest.raises(ValueError, match=r"weights\.h5.*Received: gan\.keras"):
        callbacks.Resume("gan.keras")
