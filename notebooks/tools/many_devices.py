"""Train a GAN on all GPUs of a machine, or on several machines, and go on after a lost one.

    python notebooks/tools/many_devices.py digits RUN

trains the DCGAN of chapter 08 ("ring": the GAN of chapter 07) on every GPU of this machine, or on
its CPU. RUN is a folder for the checkpoint and for what comes out, `gan.keras`. On several
machines RUN is on a disk that they share, and the same command is started on each of them with
TF_CONFIG, which lists them all and says which one this is (the first is index 0):

    export TF_CONFIG='{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]},
                       "task": {"type": "worker", "index": 0}}'

The batch is shared by all devices, so that their number does not change the training: without
batch normalization the weights are the same up to rounding. When a machine is lost, the others
end with a message; start the command on all of them again, and training goes on after the last
finished epoch.
"""

import argparse
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

from ganlib import GAN, Regularizer, callbacks, data, networks, runtime


def ring():
    settings = {"loss": "non_saturating", "update": "alternating"}
    return data.ring().sample(25_600, seed=0), networks.mlp, settings


def digits():
    settings = {"regularizers": [Regularizer("r1", weight=0.5, every=16)]}
    return data.digits()[0], networks.dcgan, settings


RECIPES = {"ring": ring, "digits": digits}


def train(recipe, strategy, folder, epochs, batch_size, seed=0):
    """Train on the strategy's devices, from the checkpoint in the folder if there is one."""
    samples, build, settings = RECIPES[recipe]()
    runtime.start(seed)
    with strategy.scope():
        gan = GAN(*build(), **settings, seed=seed)
        gan.compile(*(keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99) for _ in range(2)))
    resume = callbacks.Resume(pathlib.Path(folder, "gan.weights.h5"))
    verbose = 2 if strategy.extended.should_checkpoint else 0
    gan.fit(samples, batch_size=batch_size, epochs=epochs, callbacks=[resume], verbose=verbose)
    return gan


def choose_strategy(cpus):
    if "TF_CONFIG" in os.environ:
        # It has to come before anything else that starts TensorFlow's devices.
        return tf.distribute.MultiWorkerMirroredStrategy()
    print(runtime.start(cpus=cpus))
    return tf.distribute.MirroredStrategy()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("folder")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--batch_size", type=int, default=64, help="samples of all devices a step")
    parser.add_argument("--cpus", type=int, help="split the CPU into so many devices, to try it")
    options = parser.parse_args()
    strategy = choose_strategy(options.cpus)
    print(f"{strategy.num_replicas_in_sync} devices", flush=True)
    lost = tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.InternalError
    try:
        gan = train(options.recipe, strategy, options.folder, options.epochs, options.batch_size)
    except lost as error:
        sys.exit(
            f"Expected all machines to train to the end. Received: {type(error).__name__}, so that "
            "one of them is lost. Start the same command on all of them, to go on after the last "
            "finished epoch."
        )
    if strategy.extended.should_checkpoint:
        gan.save(pathlib.Path(options.folder, "gan.keras"))


if __name__ == "__main__":
    main()
