"""`watcher leads` and `watcher filings national`, as an office meets them."""

from __future__ import annotations

from pathlib import Path

from tests.program import Run, place, run
from tests.test_cli_filings import add, ago, findings, ready, said

__all__ = ["place", "ready", "run"]  # fixtures
LEAD = ("--platform", "微博", "--handle", "99", "--name", "三亚教育资讯", "--by", "王一")


def test_a_lead_is_told_until_a_person_has_looked(ready: Run) -> None:
    made = said(ready("leads", "add", *LEAD, "--unit", "三亚市教育局", "--json"))
    assert findings(ready) == {(f"lead:{made['id']}", "FIL-01")}
    assert "三亚教育资讯" in ready("leads", "list").stdout
    assert ready("leads", "close", "77", "--as", "filed").returncode == 2
    assert ready("leads", "close", str(made["id"]), "--as", "也许").returncode == 2
    assert ready("leads", "close", str(made["id"]), "--as", "非政务", "--by", "李").returncode == 0
    assert findings(ready) == set()
    assert said(ready("leads", "list", "--json")) == {"leads": []}
    known = ("--platform", "微博", "--handle", "1", "--name", "三亚教育", "--by", "李")
    assert "已在台账中" in ready("leads", "add", *known).stderr
    assert "没有单位" in ready("leads", "add", *LEAD, "--unit", "教委").stderr


def test_the_national_systems_export_is_compared_field_by_field(ready: Run, place: Path) -> None:
    lines = [
        "账号名称,账号类型,账号ID,主办单位,运行状态",
        "三亚教育,新浪微博,1,三亚市教育局,关停",
        "三亚校园,美篇,9,三亚市教育局,正常",
    ]
    (place / "out.csv").write_text("\n".join(lines), "utf-8")
    done = said(ready("filings", "national", "out.csv", "--on", ago(0), "--json"))
    assert (done["matched"], done["missing"]) == (1, ["a2"])
    assert [(each["row"], each["name"]) for each in done["unknown"]] == [(3, "三亚校园")]
    assert findings(ready) == {("a1", "FIL-04"), ("a2", "FIL-04")}  # other units: nothing said
    lines[1:] = ["三亚教育,新浪微博,1,三亚市教育局,正常", "三亚教育,抖音,2,三亚市教育局,正常"]
    (place / "out.csv").write_text("\n".join(lines), "utf-8")
    assert ready("filings", "national", "out.csv").returncode == 0
    assert findings(ready) == set()
    assert "尚未到" in ready("filings", "national", "out.csv", "--on", ago(-1)).stderr
    (place / "config/national.yaml").write_text("columns: {名称: nam}", "utf-8")
    assert "nam" in ready("filings", "national", "out.csv").stderr
    assert add(ready, "--kind", "关停", "--account", "a1").returncode == 0
