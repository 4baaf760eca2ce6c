"""The example register is the sample, written down."""

from datetime import datetime
from pathlib import Path

import pytest

from watcher.register import read_register
from watcher.replica.sample import sample
from watcher.replica.timetable import ZONE

EXAMPLES = Path(__file__).parents[2] / "config" / "examples"


@pytest.mark.parametrize("name", ["register.yaml", "register.csv"])
def test_the_example_register_holds_the_samples_units_and_accounts(name):
    written = read_register(EXAMPLES / name)
    meant = sample(datetime(2026, 11, 9, tzinfo=ZONE))
    assert {a.key: a for a in written.accounts} == {a.key: a for a in meant.accounts}
    assert set(written.units) == set(meant.units)
