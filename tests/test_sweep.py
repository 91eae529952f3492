import subprocess
import sys
import time

import distributed
import nbformat
import pandas as pd
import psutil
import pytest
import sweep
from nbformat import v4

PARAMETERS = """\
seed: int = 0  # a comment
rate: float = 0.5
kind: str = "a"
fast: bool = False
results_file: str = ""
"""
# Writes what ganlib.results would, and the addresses at which its worker and Dask's other processes
# listen; its third run takes 200 MB.
RECORDS = """\
import psutil, time
around = psutil.Process().parents()[:2]
sockets = [s for p in around for s in getattr(p, "net_connections", p.connections)("inet")]
listening = {s.laddr.ip for s in sockets if s.status == "LISTEN"}
held = bytearray(200_000_000 * (seed == 2))
held[::1000] = b"x" * len(held[::1000])
time.sleep(0.5)
with open(results_file, "w") as file:
    file.write("# papermill\\nseed,fid,listening\\n")
    file.write(f"{seed},{10 * seed + rate},{' '.join(listening)}\\n")
"""
# Seeds 1 and 4 kill their worker once, seed 2 twice, seed 3 its kernel.
KILLS = """\
import os, pathlib, psutil, signal, time
with open("begun.txt", "a") as file:
    file.write(f"{seed} {os.getpid()}\\n")
before = [line for line in open("begun.txt") if line.startswith(f"{seed} ")]
if seed == 2 or (seed in (1, 4) and len(before) == 1):
    psutil.Process().parent().kill()
    time.sleep(60)
if seed == 3:
    os._exit(1)
"""
FAILS_UNTIL_CURED = """\
import pathlib
with open("begun.txt", "a") as file:
    file.write(f"{seed} ")
assert seed != 1 or pathlib.Path("cured").exists()
"""


def write(path, *cells, parameters=PARAMETERS):
    tagged = v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    nbformat.write(v4.new_notebook(cells=[tagged, *map(v4.new_code_cell, cells)]), path)
    return path


@pytest.fixture(scope="module")
def scheduler():
    options = {"dashboard": False, "allowed_failures": 0}
    with distributed.LocalCluster(
        2,
        threads_per_worker=1,
        memory_limit=0,
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs=options,
        silence_logs="CRITICAL",
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([["epochs", "1"]], "out of seed, rate, kind, fast. Received: epochs"),
        ([["results_file", "a"]], "out of seed, rate, kind, fast. Received: results_file"),
        ([["seed", "1", "0.5"]], "Expected seed as int, like its default 0. Received: 0.5"),
        ([["rate", "big"]], "Expected rate as float, like its default 0.5. Received: big"),
        ([["fast", "1"]], "Expected fast as bool, like its default False. Received: 1"),
        ([["rate", "0.1", "1e-1"]], "with values that differ. Received: -p rate 0.1 1e-1"),
        ([["seed", "0"], ["seed", "1"]], "Expected -p seed once"),
        ([["seed"]], "Expected -p seed once, with values"),
    ],
)
def test_wrong_parameters_are_refused_before_any_work(options, message, tmp_path):
    notebook = write(tmp_path / "a.ipynb")
    with pytest.raises(sweep.Refused) as raised:
        sweep.sweep(notebook, options, tmp_path / "out", workers=1)
    assert message in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_other_wrong_requests_are_refused_before_any_work(tmp_path):
    for name, text in (("none.ipynb", None), ("text.ipynb", "no notebook")):
        if text:
            (tmp_path / name).write_text(text)
        with pytest.raises(sweep.Refused, match=f"Expected the file of a notebook.*{name}"):
            sweep.sweep(tmp_path / name, [], tmp_path / "out", 1)
    untagged = tmp_path / "untagged.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("seed = 0")]), untagged)
    with pytest.raises(sweep.Refused, match='one cell tagged "parameters". Received: 0'):
        sweep.sweep(untagged, [], tmp_path / "out", 1)
    computed = write(tmp_path / "computed.ipynb", parameters="steps = 3 * epochs")
    with pytest.raises(sweep.Refused, match="only lines such as .* Received: steps = 3"):
        sweep.sweep(computed, [], tmp_path / "out", 1)
    with pytest.raises(sweep.Refused, match="at least one worker. Received: 0"):
        sweep.sweep(write(tmp_path / "a.ipynb"), [], tmp_path / "out", 0)
    with pytest.raises(sweep.Refused, match="Expected a Dask scheduler.*Received: nowhere"):
        sweep.sweep(tmp_path / "a.ipynb", [], tmp_path / "out", 1, "nowhere://1")
    assert not (tmp_path / "out").exists()


def test_workers_that_would_run_several_notebooks_at_once_are_refused(tmp_path):
    with (
        distributed.LocalCluster(
            1, threads_per_worker=2, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        pytest.raises(sweep.Refused, match="workers of one thread each.*: 2}"),
    ):
        sweep.sweep(write(tmp_path / "a.ipynb"), [], tmp_path / "out", 1, cluster.scheduler_address)


def test_plan_has_every_combination_under_a_name_of_its_own(tmp_path):
    texts = [["kind", "b/c", "b c", "x" * 300], ["seed", "-1", "2"], ["rate", "1e-3"]]
    chosen = sweep.settings(
        [*texts, ["fast", "True"]], {"seed": 0, "rate": 0.5, "kind": "a", "fast": False}
    )
    runs = sweep.plan("text", chosen, tmp_path)
    assert [(run.parameters["kind"], run.parameters["seed"]) for run in runs] == [
        (kind, seed) for kind in ("b/c", "b c", "x" * 300) for seed in (-1, 2)
    ]
    assert all(run.parameters["rate"] == 0.001 and run.parameters["fast"] is True for run in runs)
    names = {run.path.name for run in runs}
    assert len(names) == 6 and all(len(name) < 110 and " " not in name for name in names)
    assert {run.path.parent for run in runs} == {tmp_path}
    assert not names & {run.path.name for run in sweep.plan("changed", chosen, tmp_path)}


def test_command_keeps_the_other_runs_where_one_fails(tmp_path):
    notebook = write(tmp_path / "a.ipynb", 'if seed == 1:\n    raise ValueError("boom")', RECORDS)
    command = [sys.executable, sweep.__file__, notebook, "-p", "seed", "0", "1", "2"]
    command += ["-p", "rate", "5e-1", "--workers", "2", "--out", tmp_path / "out"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 1, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0] == "runs: 3, done before: 0"
    assert [line.split("]")[0] for line in lines[1:4]] == ["[1/3", "[2/3", "[3/3"]
    assert all("min left" in line for line in lines[1:4])
    assert lines[4:7] == [
        "failed: seed=1 rate=0.5",
        "  ValueError: boom",
        "  cell In [3]: if seed == 1:",
    ]

    table = pd.read_csv(tmp_path / "out/runs.csv")
    assert list(table.seed) == [0, 1, 2] and list(table.rate) == [0.5] * 3
    assert list(table.status) == ["done", "failed", "done"]
    assert table.error[1] == "ValueError: boom" and table.cell[1] == "In [3]: if seed == 1:"
    assert table.seconds.between(0.1, 60).all()
    # 200 MB more than the first run; what a kernel itself takes varies by a few MB.
    assert 180 < table.memory_mb[2] - table.memory_mb[0] < 220
    for seed, name in enumerate(table.notebook):
        copy = nbformat.read(tmp_path / "out" / name, as_version=4)
        assert copy.metadata.papermill.parameters.seed == seed
    assert len(list((tmp_path / "out").iterdir())) == 5  # three copies, two tables, no leftovers

    results = pd.read_csv(tmp_path / "out/results.csv")
    assert list(results.columns) == ["seed", "fid", "listening", "rate"]
    assert list(results.seed) == [0, 2] and list(results.fid) == [0.5, 20.5]
    assert list(results.listening) == ["127.0.0.1"] * 2


@pytest.mark.kills
@pytest.mark.parametrize("alone", [True, False])
def test_killed_workers_and_kernels_cost_only_their_runs(alone, tmp_path, scheduler, capsys):
    """On two workers, and on one, which dies of a run after it has done another."""
    notebook, out = write(tmp_path / "a.ipynb", KILLS), tmp_path / "out"
    options = [["seed", "1", "2", "3", "4", "0"]]
    runs = sweep.sweep(notebook, options, out, 1, None if alone else scheduler)
    assert [run.status for run in runs] == ["done", "failed", "failed", "done", "done"]
    assert runs[1].record["error"].startswith("KilledWorker: ")
    assert runs[2].record["error"].startswith("DeadKernelError: ")
    assert runs[2].record["cell"] == "In [3]: import os, pathlib, psutil, signal, time"
    assert sweep.report(runs) == 1
    assert "2 of 5 failed" in capsys.readouterr().out
    begun = [line.split() for line in (tmp_path / "begun.txt").read_text().splitlines()]
    assert [sum(seed == s for s, _ in begun) for seed in "124"] == [2, 2, 2]
    # A kernel looks once a second whether its worker lives.
    deadline = time.monotonic() + 10
    while any(psutil.pid_exists(int(kernel)) for _, kernel in begun):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_sweep_goes_on_where_it_stopped(tmp_path, scheduler):
    """What failed and what is new runs; what is done does not, unless the notebook changes."""
    notebook, out = write(tmp_path / "a.ipynb", FAILS_UNTIL_CURED), tmp_path / "out"

    def statuses(*seeds):
        return [run.status for run in sweep.sweep(notebook, [["seed", *seeds]], out, 1, scheduler)]

    def begun():
        return sorted((tmp_path / "begun.txt").read_text().split())

    assert statuses("0", "1") == ["done", "failed"]
    (tmp_path / "cured").touch()
    assert statuses("0", "1") == ["done"] * 2
    assert begun() == ["0", "1", "1"]
    assert sweep.sweep(notebook, [["seed", "1"]], out, 1, "nobody is asked")
    assert list(pd.read_csv(out / "runs.csv").seed) == [1]
    notebook.write_bytes(notebook.read_bytes() + b"\n")
    assert statuses("0") == ["done"]
    assert begun() == ["0", "0", "1", "1"]
