"""Time contenders in turns, so that a disturbance hits all of them."""

import time

import numpy as np


def alternate(calls, rounds, warm_up=1):
    """Time each call once a round, in turns.

    Args:
        calls: dict of names to functions of no argument that wait until their work is done.
        rounds: rounds that count, at least 1.
        warm_up: rounds before, which trace graphs and do not count.

    Returns:
        Two dicts of the same names to seconds, float64 (rounds,): by the clock, and CPU time
        added up over all threads, which other programs disturb less.
    """
    clock, cpu = ({name: [] for name in calls} for _ in range(2))
    for number in range(warm_up + rounds):
        for name, call in calls.items():
            started = time.perf_counter(), time.process_time()
            call()
            if number >= warm_up:
                clock[name].append(time.perf_counter() - started[0])
                cpu[name].append(time.process_time() - started[1])
    return tuple({name: np.array(times) for name, times in taken.items()} for taken in (clock, cpu))


def quartiles(values):
    """Return the median and the quartiles as a list of floats: [median, lower, upper]."""
    return [float(np.quantile(values, q)) for q in (0.5, 0.25, 0.75)]


def text(triple, unit="ms", scale=1e3):
    """Return a median with its quartiles, as '1.03 ms (0.99–1.1)'."""
    middle, low, high = (digits(scale * value) for value in triple)
    return f"{middle} {unit} ({low}–{high})"


def digits(number):
    """Return a number with three digits that count, as '0.985' or '1,230'."""
    return f"{float(f'{number:.3g}'):,.10g}"
