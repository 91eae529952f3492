"""Images a second of `GAN.fit` on one device and on all GPUs, which share the batch.

Without a GPU two halves of the processor stand for them. There is nothing to gain between the
halves, since one device uses all cores, so that the ratio says what the exchange costs. The
measurement has a process of its own: the processor is divided before TensorFlow starts, and two
mirrored strategies over the same devices in one process confuse their exchanges.
"""

import json
import subprocess
import sys

from benchmarks import quality, timing
from benchmarks.report import ROOT, Row
from ganlib import data, runtime

BATCH = 64


def cases(quick):
    return ["dcgan"]


def measure(case, quick):
    rounds, images = ("2", "256") if quick else ("7", "1797")
    command = [sys.executable, "-m", "benchmarks.devices", rounds, images]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT / "tests")
    if run.returncode:
        raise RuntimeError(f"Expected a measurement. Received: {run.stderr}")
    return json.loads(run.stdout.splitlines()[-1])


def scaling(rounds, images):
    """Return the devices' number and kind, and quartiles of the seconds an image takes."""
    runtime.start(cpus=2)
    import tensorflow as tf

    kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
    names = [device.name for device in tf.config.list_logical_devices(kind)]
    gans = {"one": compiled(names[:1]), "all": compiled(names)}
    calls = {
        name: lambda gan=gan: gan.fit(images, batch_size=BATCH, verbose=0)
        for name, gan in gans.items()
    }
    clock, _ = timing.alternate(calls, rounds)
    seen = len(images) // BATCH * BATCH
    seconds = {name: timing.quartiles(times / seen) for name, times in clock.items()}
    return {"devices": len(names), "kind": kind, "batch_size": BATCH, "seconds": seconds}


def compiled(names):
    """Return the GAN of chapter 08 on the devices of these names."""
    import tensorflow as tf

    with tf.distribute.MirroredStrategy(names).scope():
        return quality.dcgan(seed=0)


def rows(records):
    for case, record in records.items():
        one, several = (record["seconds"][name] for name in ("one", "all"))
        devices = f"{record['devices']} {record['kind']}s"
        text = f"{1 / one[0]:.0f} images a second on one, {1 / several[0]:.0f} on all"
        name = f"{case}, batch {record['batch_size']}: {devices} / one, images a second"
        yield Row(name, text, one[0] / several[0])


if __name__ == "__main__":
    rounds, images = map(int, sys.argv[1:])
    print(json.dumps(scaling(rounds, data.digits()[0][:images])))
