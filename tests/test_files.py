"""Files appear whole or not at all."""

import pytest

from ganlib import files


def test_a_file_has_its_name_only_when_it_is_written(tmp_path):
    path = tmp_path / "table.csv"
    with files.whole(path) as unfinished:
        unfinished.write_text("half of it")
        assert not path.exists()
    assert path.read_text() == "half of it"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_older_file(tmp_path):
    path = tmp_path / "table.csv"
    files.write(path, "old")
    with pytest.raises(OSError, match="disk is full"), files.whole(path) as unfinished:
        unfinished.write_text("half of it")
        raise OSError("disk is full")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_text_is_written_as_it_is(tmp_path):
    path = tmp_path / "text.txt"
    files.write(path, "é\r\nz\n")
    assert path.read_bytes() == b"\xc3\xa9\r\nz\n"
