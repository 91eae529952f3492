"""Train the GAN of chapter 08 and leave what it drew.

    demo.py [FOLDER]

FOLDER (default: outputs) receives digits.png, what the GAN drew; 08_dcgan.ipynb, the executed
chapter; and 08_dcgan.html, the same as a page. None of them is ever half written.
"""

import argparse
import logging
import os
import pathlib
import sys
import tempfile

NOTEBOOKS = pathlib.Path(__file__).resolve().parents[1]
CHAPTER = NOTEBOOKS / "08_dcgan.ipynb"
# What does not tell a reader how far it is: papermill's own lines, figures, exercises.
UNSAID = ("Executing", "Ending", "Input", "Output", "Working directory", "<", "VBox(", "Not yet.")


def execute(path, picture):
    """Execute the chapter into a notebook at `path`, with the picture in a file of its own."""
    # Imported here, where somebody waits for Ctrl-C: it takes seconds.
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    # Else the kernel warns of its own transport and, when it is stopped, of that.
    quiet = ["--IPKernelApp.log_level=CRITICAL"]
    try:
        papermill.execute_notebook(
            CHAPTER, path, {"grid_file": str(picture)}, kernel_name="python3", cwd=NOTEBOOKS,
            progress_bar=False, log_output=True, extra_arguments=quiet,
        )  # fmt: skip
    except DeadKernelError:
        sys.exit("The kernel died, as it does where memory runs out: the chapter needs 1.5 GB.")
    except PapermillExecutionError as error:
        sys.exit(str(error))


def as_page(path):
    """Return a notebook as a page of HTML."""
    from nbconvert import HTMLExporter
    from traitlets.config.loader import PyFileConfigLoader

    config = PyFileConfigLoader("page.py", path=str(NOTEBOOKS)).load_config()
    return HTMLExporter(config=config).from_filename(str(path))[0]


def telling(record):
    """Shorten a line of papermill's log; return whether it is shown."""
    record.msg, record.args = record.getMessage().strip(), ()
    return record.msg != "" and not record.msg.startswith(UNSAID)


def demo(folder):
    """Leave the three files in a folder. Returns: their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder.resolve() / "digits.png"
    with tempfile.TemporaryDirectory(prefix=".demo-", dir=folder) as unfinished:
        notebook = pathlib.Path(unfinished, CHAPTER.name)
        execute(notebook, picture)
        page = notebook.with_suffix(".html")
        page.write_text(as_page(notebook), encoding="utf-8")
        for path in (notebook, page):
            os.replace(path, folder / path.name)
    return picture, folder / notebook.name, folder / page.name


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default="outputs", type=pathlib.Path, metavar="FOLDER")
    folder = parser.parse_args().folder
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    logging.getLogger("papermill").addFilter(telling)
    print("Executing chapter 08: a minute or two on two cores.", flush=True)
    try:
        picture, notebook, page = demo(folder)
    except KeyboardInterrupt:
        # The cell ends with an error that nobody waits for: asyncio would tell of it.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        sys.exit("Stopped. The same command begins anew.")
    except OSError as error:
        sys.exit(
            f"Expected a folder with room for 10 MB that can be written to. Received: {error}. "
            "Name another with: make demo OUT=FOLDER"
        )
    print(f"What the GAN drew:     {picture}")
    print(f"The executed notebook: {notebook}")
    print(f"The same as a page:    {page}")


if __name__ == "__main__":
    main()
