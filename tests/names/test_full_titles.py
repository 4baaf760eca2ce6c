"""The full titles of organs and what people call them in short are one organ's."""

from __future__ import annotations

import pytest

from watcher.names.organs import form, kind_of
from watcher.names.score import compare, protect


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("人社", "人力资源和社会保障局"),
        ("人社", "人力资源社会保障"),
        ("卫健委", "卫生健康委员会"),
        ("文旅", "文化广电和旅游局"),
        ("文旅", "文化和旅游厅"),
        ("住建", "住房和城乡建设局"),
        ("自然资源", "自然资源和规划局"),
        ("发改委", "发展和改革委员会"),
        ("残联", "残疾人联合会"),
        ("城管", "城市管理局"),
        ("网信", "互联网信息办公室"),
        ("工信局", "工业和信息化局"),
    ],
)
def test_a_full_title_is_its_short_form(short: str, full: str) -> None:
    assert form(short) == form(full)
    found = compare(f"遂宁{short}", protect(f"遂宁市{full}"))
    assert found.score >= 0.85
    other = compare(f"广安{short}", protect(f"遂宁市{full}"))
    assert other.score < 0.7, "the same organ elsewhere"


def test_who_sells_instruments_is_no_office() -> None:
    assert kind_of("平凉气象仪器") == "commercial"
    assert compare("平凉气象仪器", protect("平凉气象")).score < 0.7
