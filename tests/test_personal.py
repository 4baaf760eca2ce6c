"""Personal numbers are found by their check sign and covered wherever a title goes."""

from __future__ import annotations

import logging
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.personal import Covering, Personal, check_sign, is_id, masked, personal_in

REGIONS = st.integers(110000, 659999).map(str)
BIRTHS = st.dates(date(1900, 1, 1), date(2030, 12, 31)).map(lambda day: day.strftime("%Y%m%d"))
FIRST = st.tuples(REGIONS, BIRTHS, st.integers(0, 999).map("{:03}".format)).map("".join)
IDS = FIRST.map(lambda first: first + check_sign(first))
MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
AROUND = st.text(st.sampled_from("海南三亚，。： （）abc@-"), max_size=8)
ID = "460200199001011236"


@given(IDS)
def test_a_number_with_its_check_sign_is_an_id(number: str) -> None:
    assert is_id(number)
    assert is_id(number.lower())


@given(IDS, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_found_by_the_check_sign(number: str, place: int, add: int) -> None:
    wrong = str((int(number[place]) + add) % 10)
    assert not is_id(number[:place] + wrong + number[place + 1 :])


@given(IDS, st.integers(0, 15))
def test_two_swapped_neighbours_are_found_by_the_check_sign(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or not is_id(swapped)


@pytest.mark.parametrize("born", ["19900230", "19001301", "18991231", "20250229", "00000000"])
def test_a_date_that_never_was_makes_no_id(born: str) -> None:
    first = f"460200{born}123"
    assert not is_id(first + check_sign(first))


@given(AROUND, IDS, AROUND, MOBILES, AROUND)
def test_what_is_covered_keeps_its_length_and_discloses_nothing(
    before: str, number: str, between: str, mobile: str, after: str
) -> None:
    text = f"{before}：{number}，{between}，{mobile}。{after}"
    safe = masked(text)
    assert len(safe) == len(text)
    assert number[6:17] not in safe
    assert mobile[3:9] not in safe
    assert not personal_in(safe).any
    assert masked(safe) == safe


@given(st.text(max_size=60))
def test_a_text_without_such_numbers_stays_as_it_is(text: str) -> None:
    if not any(sign.isdecimal() for sign in text):
        assert masked(text) == text
        assert personal_in(text) == Personal()


@pytest.mark.parametrize(
    ("text", "ids", "mobiles"),
    [
        (f"身份证{ID}号", 1, 0),
        ("身份证460200 19900101 1236", 1, 0),
        ("４６０２００１９９００１０１１２３６", 1, 0),
        ("身份证460200199001011237", 0, 0),  # the wrong check sign
        ("电话13800138000", 0, 1),
        ("电话：138-0013-8000转", 0, 1),
        ("+8613800138000、0086 13900139000", 0, 2),
        ("13800138000 13900139000", 0, 2),
        ("12800138000", 0, 0),  # no such prefix
        ("1380013800", 0, 0),  # ten digits
        ("138001380001", 0, 0),  # twelve
        ("订单号202611231380013800012", 0, 0),
        ("0898-88271234", 0, 0),  # an office telephone
        ("138****8000", 0, 0),
    ],
)
def test_what_counts(text: str, ids: int, mobiles: int) -> None:
    assert personal_in(text) == Personal(ids, mobiles)


def test_a_slip_in_the_check_sign_is_covered_all_the_same() -> None:
    assert masked("460200199001011237") == "46" + "*" * 15 + "7"


def test_our_own_log_is_covered(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("personal")
    caplog.handler.addFilter(covering := Covering())
    try:
        log.warning("cannot read %s", "举报电话13800138000")
        log.warning("nothing to cover: %d %%", 5)
    finally:
        caplog.handler.removeFilter(covering)
    assert caplog.messages == ["cannot read 举报电话138******00", "nothing to cover: 5 %"]
