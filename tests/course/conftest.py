import pytest


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder that all test processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base if base.name.startswith("pytest-") else base.parent
