"""The workers of a sweep: where they are, how runs are handed out, and what a worker does."""

import concurrent.futures
import contextlib
import itertools
import os
import pathlib
import sys
import tempfile
import time

import cloudpickle
import dask
import distributed
import nbformat
import papermill
import psutil

# The workers of a cluster get what they call sent to them, since they do not have this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


class Refused(ValueError):
    """What was asked for cannot be done; nothing has been run."""


@contextlib.contextmanager
def connect(workers, scheduler):
    """Yield a client of the scheduler at an address, or of one with so many workers here."""
    with contextlib.ExitStack() as stack:
        if scheduler is None:
            # The kernels get the environment that they would have without Dask.
            stack.enter_context(dask.config.set({"distributed.nanny.pre-spawn-environ": {}}))
            local = distributed.LocalCluster(
                workers,
                threads_per_worker=1,
                memory_limit=0,  # none: what a notebook takes is its kernel's
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False, "allowed_failures": 0},
            )
            scheduler = stack.enter_context(local).scheduler_address
        try:
            client = stack.enter_context(distributed.Client(scheduler, timeout=20))
            client.wait_for_workers(1, timeout=20)
        except (OSError, TimeoutError, ValueError) as error:
            raise Refused(
                f"Expected a Dask scheduler with workers. Received: {scheduler} ({error})"
            ) from None
        threads = client.nthreads()
        if set(threads.values()) != {1}:
            raise Refused(
                "Expected workers of one thread each (dask worker --nthreads 1), because each "
                f"runs one notebook at a time. Received: {threads}"
            )
        yield client


def ended(submit, runs, workers):
    """Submit one run for each worker at a time, and yield (run, future) as they end.

    Dask blames the death of a worker on all that was given to it. A run so blamed is therefore
    tried once more, alone.
    """
    again = []
    for group, width in ((runs, workers), (again, 1)):
        waiting = iter(group)
        futures = {submit(run): run for run in itertools.islice(waiting, width)}
        completed = distributed.as_completed(futures)
        for future in completed:
            run = futures.pop(future)
            if future.status != "finished" and group is runs:
                again.append(run)
            else:
                yield run, future
            # A result that is kept would be computed anew when the worker that has it dies.
            future.release()
            for following in itertools.islice(waiting, 1):
                future = submit(following)
                futures[future] = following
                completed.add(future)


def execute(source, parameters, folder, has_results):
    """Run a notebook on a worker.

    Args:
        source: text of the notebook.
        parameters: dict of what papermill fills in.
        folder: the notebook's own, in which it runs where this machine has it.
        has_results: whether the notebook takes a `results_file`.

    Returns:
        Text of the executed copy, whose metadata have the run's record as "sweep".
    """
    with tempfile.TemporaryDirectory() as temporary:
        files = [pathlib.Path(temporary, name) for name in ("in.ipynb", "out.ipynb", "rows.csv")]
        given, executed, rows = files
        given.write_text(source, encoding="utf-8")
        options = {
            "parameters": parameters | ({"results_file": str(rows)} if has_results else {}),
            "kernel_name": "python3",
            "language": "python",
            "extra_arguments": ["--log-level=ERROR"],  # not a line about loopback each time
            "progress_bar": False,
            "cwd": folder if os.path.isdir(folder) else temporary,
        }
        begun = time.perf_counter()
        error, memory = watch(papermill.execute_notebook, given, executed, **options)
        notebook = nbformat.read(executed if executed.exists() else given, as_version=4)
        notebook.metadata["sweep"] = {
            "seconds": round(time.perf_counter() - begun, 1),
            "memory_mb": round(memory / 1e6),
            "error": describe(error) if error else "",
            "cell": last_begun(notebook) if error else "",
            "results": rows.read_text(encoding="utf-8") if rows.exists() else "",
        }
    return nbformat.writes(notebook)


def watch(call, *args, **kwargs):
    """Return the exception of a call, or None, and the most bytes seen in child processes."""
    peak = 0
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(call, *args, **kwargs)
        while not future.done():
            concurrent.futures.wait([future], timeout=0.2)
            held = 0
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):  # it may have ended since
                    held += child.memory_info().rss
            peak = max(peak, held)
    return future.exception(), peak


def describe(error):
    """Return an error's name and message, of the cell's own where it comes from one."""
    name = getattr(error, "ename", type(error).__name__)
    return f"{name}: {getattr(error, 'evalue', error)}"


def last_begun(notebook):
    """Return "In [n]: first line" of the last cell that an executed copy says has begun."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    begun = [cell for cell in cells if cell.metadata.get("papermill", {}).get("start_time")]
    return f"In [{len(begun)}]: {begun[-1].source.strip().splitlines()[0]}" if begun else ""
