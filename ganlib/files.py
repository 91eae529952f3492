"""Files that are never found half written."""

import contextlib
import os
import pathlib


@contextlib.contextmanager
def whole(path):
    """Give a temporary path to write to, whose file takes the name `path` when it is written.

    The file appears whole or not at all; an older one of this name is replaced. An error leaves
    the older one as it was.

    Args:
        path: the file, in a folder that exists. The temporary one lies beside it and is
            this process's own.
    """
    path = pathlib.Path(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write(path, text):
    """Write a text file in UTF-8, with the line ends that the text has, whole or not at all."""
    with whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8", newline="")
