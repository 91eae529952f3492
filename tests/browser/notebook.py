"""What a reader does with a notebook in JupyterLab."""

import re
import time


def open_notebook(page, address):
    """Open a notebook, wait for its kernel and return the notebook's panel."""
    page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_function(
        """() => {
            const panel = window.jupyterapp.shell.currentWidget;
            return panel?.sessionContext?.session?.kernel?.status === "idle";
        }"""
    )
    page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
    return page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")


def run_all(page, seconds=300):
    """Run all cells and wait until the last one is done."""
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_function(
        """() => {
            const panel = window.jupyterapp.shell.currentWidget;
            const cells = panel.content.widgets.filter((cell) => cell.model.type === "code");
            const prompt = (cell) => cell.node.querySelector(".jp-InputPrompt").textContent;
            return cells.every((cell) => /^\\[\\d+\\]:$/.test(prompt(cell)))
                && panel.sessionContext.session?.kernel?.status === "idle";
        }""",
        timeout=1000 * seconds,
    )


def run_again(page, text):
    """Run the cell that begins with this text again."""
    page.evaluate(
        """async (text) => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = notebook.widgets.findIndex(
                (cell) => cell.model.sharedModel.source.includes(text));
            await window.jupyterapp.commands.execute("notebook:run-cell");
        }""",
        text,
    )


def evaluate(page, code):
    """Return what the kernel prints for this code."""
    return page.evaluate(
        """async (code) => {
            const panel = window.jupyterapp.shell.currentWidget;
            const request = panel.sessionContext.session.kernel.requestExecute({ code });
            let said = "";
            request.onIOPub = (message) => { said += message.content.text ?? ""; };
            await request.done;
            return said.trim();
        }""",
        code,
    )


def errors(panel):
    """Return what the notebook shows of tracebacks and of widgets that failed."""
    failed = "[data-mime-type='application/vnd.jupyter.stderr'], .jupyter-widgets-error-widget"
    return panel.locator(failed).all_inner_texts()


def button(widget, name):
    """Return the button of this name; an icon stands before it."""
    return widget.get_by_role("button", name=re.compile(f"{name}$"))


def steps(widget):
    """Return how many steps of training a widget says that there were, 0 where it says nothing."""
    said = re.search(r"step ([\d,]+)\.", widget.inner_text())
    return int(said[1].replace(",", "")) if said else 0


def picture(widget):
    """Return the address of what a widget's image shows, another for each picture."""
    return widget.locator("img").get_attribute("src")


def wait_for_change(read, before=None, seconds=60):
    """Return the first value of `read()` that differs from `before`, or from the one now."""
    before = read() if before is None else before
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = read()
        if now != before:
            return now
        time.sleep(0.05)
    raise TimeoutError(f"still {before!r} after {seconds} s")
