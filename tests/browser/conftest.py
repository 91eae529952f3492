"""A JupyterLab on loopback and a Chromium that opens its notebooks."""

import contextlib
import json
import os
import pathlib
import secrets
import shutil

import loopback
import pytest

CONFIG = loopback.ROOT / "notebooks" / "tools" / "lab"  # as in `make lab`
# All cells stay in the page, so that one can be looked for that is not in view.
SETTINGS = {"notebook-extension/tracker": {"windowingMode": "none"}}


def pytest_collection_modifyitems(items):
    if loopback.CHROMIUM is None:
        reason = "no Chromium on the PATH: see the README on how to install it"
        for item in items:
            if pathlib.Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Return a copy of the notebooks, which the browser may change."""
    copy = tmp_path_factory.mktemp("browser") / "notebooks"
    shutil.copytree(loopback.ROOT / "notebooks", copy, ignore=shutil.ignore_patterns(".*"))
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
    config = {"JUPYTER_CONFIG_PATH": str(CONFIG)}
    with loopback.serve(command, "--ServerApp.port", folder.parent, **config) as address:
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
    with loopback.serve(command, "--port", folder.parent) as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    with loopback.chromium() as browser:
        yield browser


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
