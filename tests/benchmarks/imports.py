"""Time to import ganlib beside Keras, each in a process of its own, in turns."""

import subprocess
import sys

from benchmarks import timing
from benchmarks.report import Row

STATEMENTS = {
    "import keras": "import keras",
    "import ganlib": "import ganlib",
    "its GAN": "from ganlib import GAN",
    "its NumPy modules": "from ganlib import metrics, dynamics, plotting",
}
GOALS = {"import ganlib": ("<=", 1.15), "its GAN": ("<=", 1.15)}


def cases(quick):
    return ["all"]


def measure(case, quick):
    calls = {
        name: lambda code=code: subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True
        )
        for name, code in STATEMENTS.items()
    }
    taken, _ = timing.alternate(calls, rounds=1 if quick else 5)
    return {"seconds": {name: timing.quartiles(times) for name, times in taken.items()}}


def rows(records):
    for record in records.values():
        keras = record["seconds"]["import keras"][0]
        for name, triple in record["seconds"].items():
            ratio = None if name == "import keras" else triple[0] / keras
            yield Row(STATEMENTS[name], timing.text(triple, "s", 1), ratio, GOALS.get(name))
