"""A quiet start, seeds, precision, and errors before any work."""

import os
import random
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganlib import runtime

TF_20 = tf.__version__.startswith("2.20.")


@pytest.mark.parametrize(("cores", "text"), [({3}, "CPU, 1 core"), ({0, 5}, "CPU, 2 cores")])
def test_counts_the_cores_that_the_process_may_use(cores, text, monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: [])  # no GPU either
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: cores, raising=False)
    assert runtime.report().endswith(text)


def test_start_prints_nothing_and_reports_one_line():
    code = (
        "from ganlib import runtime; print(runtime.start());"
        "from ganlib import GAN, data, networks;"
        "gan = GAN(*networks.dcgan(width=4));"
        "gan.compile('adam', 'adam'); gan.fit(data.digits()[0][:64], verbose=0)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = run.stderr.splitlines()
    if TF_20:  # one note on a skipped optimisation comes past TF_CPP_MIN_LOG_LEVEL
        lines = [line for line in lines if not line.startswith(("WARNING: All log mess", "E0000"))]
    assert lines == []
    assert len(run.stdout.splitlines()) == 1
    assert keras.__version__ in run.stdout


def test_start_keeps_onednn_on():
    code = (
        "import os; from ganlib import runtime; runtime.start();"
        "print(os.environ.get('TF_ENABLE_ONEDNN_OPTS', '1'))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "1"


def test_held_back_lines_are_shown_on_failure(capfd):
    with pytest.raises(ZeroDivisionError), runtime._stderr_held_back():
        print("the reason", file=sys.__stderr__, flush=True)
        raise ZeroDivisionError
    assert "the reason" in capfd.readouterr().err


def test_seed_repeats_every_generator():
    def draw():
        weight = keras.initializers.RandomNormal()((1,))
        return random.random(), np.random.rand(), float(weight[0])

    runtime.start(seed=3)
    first = draw()
    runtime.start(seed=3)
    assert draw() == first
    runtime.start(seed=4)
    assert all(a != b for a, b in zip(draw(), first, strict=True))


def test_precision_is_set():
    runtime.start(precision="mixed_bfloat16")
    assert keras.config.dtype_policy().name == "mixed_bfloat16"


def test_cpus_splits_the_cpu_once_for_the_process():
    code = (
        "from ganlib.runtime import start; start(cpus=3); start(1); start(cpus=3)\n"
        "import tensorflow as tf; print(len(tf.config.list_logical_devices('CPU')))\n"
        "try: start(cpus=2)\n"
        "except RuntimeError: print('no longer')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n")[:2] == ["3", "no longer"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": -1}, r"seed from 0 .*Received: seed=-1"),
        ({"seed": 0.5}, r"seed from 0 .*Received: seed=0.5"),
        ({"precision": "float8"}, r"precision out of .*Received: 'float8'"),
        ({"cpus": 0}, r"cpus to be at least 1.*Received: 0"),
        ({"cpus": 1.5}, r"cpus to be at least 1.*Received: 1.5"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        runtime.start(**arguments)
