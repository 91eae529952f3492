import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ganlib import results

TABLE = pd.DataFrame(
    {"loss": ["b", "b", "b", "a"], "seed": [0, 1, 2, 0], "fid": [10.0, 12.0, 14.0, 1 / 3]}
)


def test_a_table_comes_back_as_it_was(tmp_path):
    path = tmp_path / "made" / "table.csv"
    results.write(path, TABLE, "12_losses.ipynb", steps=300)
    read = results.read(path, otherwise=None)
    # Five digits are kept: a relative error of at most 5e-5.
    pd.testing.assert_frame_equal(read, TABLE, rtol=5e-5, atol=0)
    assert [each.name for each in path.parent.iterdir()] == ["table.csv"]


def test_the_first_line_is_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results.write("results/t.csv", TABLE, "12_losses.ipynb", steps=300, dataset="mnist")
    first = (tmp_path / "results/t.csv").read_text().splitlines()[0]
    assert first == (
        "# papermill 12_losses.ipynb full.ipynb -p steps 300 -p dataset mnist "
        "-p results_file results/t.csv"
    )


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    results.write(path, TABLE, "a.ipynb")
    before = path.read_bytes()

    def full(*args):
        raise OSError("No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        results.write(path, 2 * TABLE, "a.ipynb")
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("table", [TABLE[:0], TABLE.drop(columns="seed")])
def test_tables_without_runs_or_seeds_are_refused(table, tmp_path):
    with pytest.raises(ValueError, match='Expected rows with a column "seed"'):
        results.write(tmp_path / "table.csv", table, "a.ipynb")
    assert not list(tmp_path.iterdir())


def test_a_missing_file_gives_the_other_table(tmp_path, capsys):
    assert results.read(tmp_path / "none.csv", TABLE) is TABLE
    assert "none.csv is not beside this notebook" in capsys.readouterr().out


def test_summary_has_mean_and_sample_deviation_in_order_of_appearance():
    table = results.summary(TABLE, "loss", digits=2)
    assert list(table.index) == ["b", "a"]
    assert list(table.fid) == ["12.00 ± 2.00", "0.33"]  # of 10, 12, 14: the sample deviation is 2
    assert list(table.runs) == [3, 1]
    assert "seed" not in table


def test_compare_draws_every_run_and_its_groups_mean():
    other = TABLE.assign(fid=TABLE.fid + 1)
    figure = results.compare(
        {"quick": TABLE, "full": other}, "loss", "fid", "FID", log=True, reference=(5, "floor")
    )
    FigureCanvasAgg(figure).draw()
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "a"]
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "FID"
    assert axes.yaxis_inverted()
    drawn = [line.get_xdata() for line in axes.lines if line.get_marker() == "o"]
    for runs in ([10, 12, 14], [1 / 3], [11, 13, 15], [4 / 3]):
        assert any(len(x) == len(runs) and np.allclose(x, runs) for x in drawn)
    bars = [bar for bar in axes.containers]
    assert len(bars) == 2  # one run has no spread
    np.testing.assert_allclose(bars[0].lines[2][0].get_segments()[0][:, 0], [10, 14])
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["quick", "full", "floor"]


@pytest.mark.parametrize(
    ("factor", "expected"),
    [(10, ["1", "2", "5", "10", "20"]), (1000, ["1", "10", "100", "1000"])],
)
def test_compare_labels_a_wide_logarithmic_axis_with_round_numbers(factor, expected):
    table = pd.DataFrame({"seed": [0, 1], "loss": ["a", "a"], "fid": [0.9, 3.0 * factor]})
    figure = results.compare({"this run": table}, "loss", "fid", "FID", log=True)
    FigureCanvasAgg(figure).draw()
    axes, (low, high) = figure.axes[0], figure.axes[0].get_xlim()
    ticks = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
    assert [label.get_text() for x, label in ticks if low <= x <= high] == expected
    assert not axes.get_xticks(minor=True).size


def test_compare_of_one_table_needs_no_legend():
    figure = results.compare({"this run": TABLE}, "loss", "fid", "FID")
    assert not figure.legends
