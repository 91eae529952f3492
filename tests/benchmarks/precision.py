"""The GAN of chapter 08 in 16 bits beside float32: its speed, and FID on hardware made for it.

The speed is a goal only where the hardware is made for it: GPUs, and processors with AMX. Elsewhere
the ratio says whether to leave 16 bits alone, which is why no recipe switches them on by itself.
FID is over three seeds.
"""

import pathlib
import statistics

from benchmarks import quality, timing
from benchmarks.report import Row
from ganlib import data, features, runtime

EPOCHS = 100


def cases(quick):
    return ["mixed_bfloat16", "mixed_float16"] if on_gpu() else ["mixed_bfloat16"]


def on_gpu():
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def made_for_16_bits():
    info = pathlib.Path("/proc/cpuinfo")
    return on_gpu() or (info.exists() and "amx_bf16" in info.read_text())


def measure(case, quick):
    images, _ = data.digits()
    policies, calls = ("float32", case), {}
    for policy in policies:
        gan = trained(policy, 0, images, epochs=1)
        calls[policy] = lambda gan=gan: gan.fit(images, batch_size=64, verbose=0)
    clock, _ = timing.alternate(calls, rounds=2 if quick else 9)
    steps = len(images) // 64
    record = {"step": {policy: timing.quartiles(times / steps) for policy, times in clock.items()}}
    if made_for_16_bits():
        record["fid"] = {
            policy: [fid_of(policy, seed, images, quick) for seed in range(1 if quick else 3)]
            for policy in policies
        }
    runtime.start(0)
    return record


def fid_of(policy, seed, images, quick):
    gan = trained(policy, seed, images, epochs=1 if quick else EPOCHS)
    return float(features.fid(images, gan.generate(2000, seed=seed)))


def trained(policy, seed, images, epochs):
    runtime.start(seed, policy)
    gan = quality.dcgan(seed)
    gan.fit(images, batch_size=64, epochs=epochs, verbose=0)
    return gan


def rows(records):
    for case, record in records.items():
        plain, short = record["step"]["float32"], record["step"][case]
        goal = (">=", 1.8) if "fid" in record else None
        text = f"{timing.text(plain)} and {timing.text(short)} a step"
        yield Row(f"{case}: steps a second / float32's", text, plain[0] / short[0], goal)
        if "fid" not in record:
            continue
        plain, short = record["fid"]["float32"], record["fid"][case]
        apart = abs(statistics.median(short) - statistics.median(plain))
        spread = max(plain) - min(plain)
        text = f"{listed(short)} against {listed(plain)}"
        ratio, goal = (apart / spread, ("<=", 1)) if spread else (None, None)
        yield Row(f"{case}: FID, medians' difference / float32's range", text, ratio, goal)


def listed(values):
    return ", ".join(f"{value:.1f}" for value in values)
