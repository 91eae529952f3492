"""A JupyterLab on loopback and a Chromium that opens its notebooks."""

import contextlib
import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).parents[2]
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
SETTINGS = {
    # All cells stay in the page, so that one can be looked for that is not in view.
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


def pytest_collection_modifyitems(items):
    if CHROMIUM is None:
        reason = "no Chromium on the PATH: see the README on how to install it"
        for item in items:
            if pathlib.Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=reason))


@contextlib.contextmanager
def serve(command, port_option, folder):
    """Run a server's module on a free port; yield its address once it answers there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", *command, f"{port_option}={port}"]
    with open(folder / f"{command[2]}.log", "w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        try:
            wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def wait_for(port, process, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2):
            return
        time.sleep(0.2)
    raise TimeoutError(f"nothing answers on port {port} after {seconds} s")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Return a copy of the notebooks, which the browser may change."""
    copy = tmp_path_factory.mktemp("browser") / "notebooks"
    shutil.copytree(ROOT / "notebooks", copy, ignore=shutil.ignore_patterns(".*"))
    return copy


@pytest.fixture(scope="session")
def lab(folder):
    """Yield a function of a notebook's name that returns its address in a running JupyterLab."""
    settings = folder.parent / "settings"
    for name, values in SETTINGS.items():
        path = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    token = secrets.token_hex(16)
    command = [
        "jupyter", "lab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True",
        f"--LabApp.user_settings_dir={settings}",
        f"--LabApp.workspaces_dir={folder.parent / 'workspaces'}",
    ]  # fmt: skip
    with serve(command, "--ServerApp.port", folder.parent) as address:
        yield lambda name: f"{address}/lab/tree/{name}?token={token}&reset"


@pytest.fixture
def voila(folder):
    """Yield the address of the playground as Voilà's page, which has no code."""
    command = [
        "voila", str(folder / "playground.ipynb"), "--no-browser", "--Voila.ip=127.0.0.1",
        # Extensions of JupyterLab that Voilà fails to load, with errors on the console; none of
        # them draws a widget.
        "--VoilaConfiguration.extension_denylist=@jupyter-notebook/lab-extension",
        "--VoilaConfiguration.extension_denylist=@jupyter/nbgrader",
        "--VoilaConfiguration.extension_denylist=jupyterlab-jupytext",
    ]  # fmt: skip
    with serve(command, "--port", folder.parent) as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


def _stand_in(route):
    """Answer what would come from elsewhere, such as badges: the tests need no network."""
    nothing = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
    route.fulfill(status=200, content_type="image/svg+xml", body=nothing)


@pytest.fixture(scope="session")
def watched(chromium):
    """Return a context manager of a page, on whose console nothing may be reported."""

    @contextlib.contextmanager
    def watch(width, height):
        context = chromium.new_context(viewport={"width": width, "height": height})
        context.route(lambda url: not url.startswith("http://127.0.0.1"), _stand_in)
        page, complaints = context.new_page(), []
        page.set_default_timeout(60_000)
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        context.close()
        assert complaints == []

    return watch


@pytest.fixture(autouse=True)
def screenshot(request):
    """Where a folder is named in SCREENSHOTS, leave there what each test ended with."""
    yield
    folder, panel = os.environ.get("SCREENSHOTS"), request.node.funcargs.get("panel")
    if folder and panel:
        panel.page.screenshot(path=f"{folder}/{request.node.name}.png")
