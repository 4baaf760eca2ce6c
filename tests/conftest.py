"""What all tests share: one option."""

import pytest


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
