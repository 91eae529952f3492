"""A check prints one line and never raises."""

import pytest

from ganlib.exercises import check


def untouched():
    raise NotImplementedError


@pytest.mark.parametrize(
    ("claim", "printed"),
    [
        (lambda: True, "Right.\n"),
        (lambda: False, "Not yet. Hint: mind the sign\n"),
        (lambda: None, "Not yet. Hint: mind the sign\n"),
        (untouched, "Not yet. Hint: mind the sign\n"),
        (lambda: 1 / 0, "raised ZeroDivisionError: division by zero. Hint: mind the sign\n"),
    ],
)
def test_check(claim, printed, capsys):
    check(claim, "mind the sign")
    assert capsys.readouterr().out.endswith(printed)
