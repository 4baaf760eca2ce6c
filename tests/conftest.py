"""What all tests share: one option, and no deadlines: how fast a machine is, no test may judge."""

import pytest
from hypothesis import settings

settings.register_profile("shouwang", deadline=None)
settings.load_profile("shouwang")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update",
        action="store_true",
        help="rewrite the expected.json of the recorded cases from what is read now",
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether expected.json is to be rewritten; read the difference before committing it."""
    return bool(request.config.getoption("--update"))
