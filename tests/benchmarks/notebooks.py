"""Peak memory and wall time of each notebook, run from top to bottom in a copy of its folder.

The memory is the resident one of the kernel and all that it starts, added up ten times a second;
pages that two processes share count twice.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import psutil

from benchmarks.report import ROOT, Row

FOLDER = ROOT / "notebooks"
SECONDS, GIGABYTES, SERIES_MINUTES = 90, 1.5, 20


def cases(quick):
    names = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
    return names[:1] if quick else names


def measure(case, quick):
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "notebooks"
        shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("assignments"))
        command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute"]
        command += ["--log-level", "ERROR", "--output", "executed", f"{case}.ipynb"]
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=copy)
        peak = 0
        while process.poll() is None:
            peak = max(peak, resident(psutil.Process(process.pid)))
            time.sleep(0.1)
        seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"Expected {case} to run. Received: exit code {process.returncode}")
    return {"seconds": seconds, "gigabytes": peak / 1e9}


def resident(parent):
    """Return the resident memory in bytes of all that a process has started."""
    total = 0
    for process in parent.children(recursive=True):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def rows(records):
    for case, record in sorted(records.items()):
        memory, seconds = record["gigabytes"], record["seconds"]
        yield Row(f"{case}: seconds", f"{seconds:.0f} s", seconds, ("<=", SECONDS))
        yield Row(f"{case}: memory", f"{memory:.2f} GB", memory, ("<=", GIGABYTES))
    minutes = sum(record["seconds"] for record in records.values()) / 60
    text = f"{minutes:.1f} minutes for {len(records)} notebooks"
    yield Row("the whole series: minutes", text, minutes, ("<=", SERIES_MINUTES))
