"""Runs the grader of one submission in a process of its own, and chooses the walls around it."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import psutil

from ganlib import files

HERE = pathlib.Path(__file__).resolve().parent
LIMITS = {"memory": 4 * 10**9, "file": 10**9}  # bytes of a process, of a file
GRACE = 60  # seconds for nbgrader itself, beyond those of the submission
NO_NETWORK = ["unshare", "--map-root-user", "--net"]
STRONG = [*NO_NETWORK, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def room():
    """Return the folder for all that is temporary: one place to hide, also from another run.

    It lies in /tmp, where the names of sockets stay below the 100 characters they may have.
    """
    folder = pathlib.Path("/tmp").resolve() / f"grading-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(f"Expected a folder of this user's own. Received: {folder}")
    return folder


def choose_walls(hide):
    """Return the strongest walls around a kernel that this system allows.

    Strong ones are Linux namespaces: no network, no other processes, no sight of the folders
    `hide`, and no folder to write in but the kernel's own. Next come a namespace without a
    network and nothing else, and last none, where the kernel refuses Python's sockets.
    """
    for name, command, hidden in (
        ("strong", STRONG, [str(folder) for folder in hide]),
        ("no network", NO_NETWORK, None),
        ("none", [], None),
    ):
        with tempfile.TemporaryDirectory(dir=hide[0]) as desk:
            settings = json.dumps({**LIMITS, "desk": desk, "hide": hidden})
            probe = [*command, sys.executable, str(HERE / "kernel.py"), settings, "probe"]
            found = not command or shutil.which(command[0])
            if found and subprocess.run(probe, capture_output=True).returncode == 0:
                return {"name": name, "command": command, "hide": hidden}
    raise RuntimeError(f"Expected a kernel to start without any walls. Received: {probe}")


def environment(jobs):
    """Return a small environment for a grader and its kernel, without the teacher's secrets."""
    kept = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL")
    cache = os.environ.get("XDG_CACHE_HOME", str(pathlib.Path.home() / ".cache"))
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "XDG_CACHE_HOME": cache,
        "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // jobs)),
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def kill(pid):
    """Kill a grader and what it has started; its kernel leads a process group of its own."""
    try:
        grader = psutil.Process(pid)
        family = [*grader.children(recursive=True), grader]
    except psutil.NoSuchProcess:
        return
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue


def write(path, record):
    """Write a result whole or not at all."""
    files.write(path, json.dumps(record, indent=1))


def run(job, root, jobs):
    """Grade one submission; return its result, which then lies in the file `job["result"]`.

    Args:
        job: dict, as `course.py` makes it.
        root: folder for a temporary folder.
        jobs: how many of these run at once, to share the cores among them.
    """
    work, result = pathlib.Path(tempfile.mkdtemp(dir=root)), pathlib.Path(job["result"])
    result.parent.mkdir(parents=True, exist_ok=True)
    result.with_suffix(".log").unlink(missing_ok=True)
    shutil.rmtree(job["feedback"], ignore_errors=True)
    (work / "job.json").write_text(json.dumps({**job, "work": str(work)}))
    grader = [sys.executable, str(HERE / "grader.py"), str(work / "job.json")]
    with open(work / "log", "wb") as log:
        process = subprocess.Popen(
            grader, cwd=work, env=environment(jobs), stdout=log, stderr=log, start_new_session=True
        )
    try:
        process.wait(job["limits"]["seconds"] + GRACE)
        status = "failed"
    except subprocess.TimeoutExpired:
        status = "out of time"
    finally:
        kill(process.pid)
        process.wait()
    if process.returncode != 0:
        write(result, {**job["record"], "status": status, "review": ["log"], "seconds": 0})
        shutil.copy(work / "log", result.with_suffix(".log"))
    shutil.rmtree(work, ignore_errors=True)
    return json.loads(result.read_text())
