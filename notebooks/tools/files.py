"""Files that are never found half written."""

import os


def write(path, text):
    """Write a text file that appears whole or not at all; an older one is replaced."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
