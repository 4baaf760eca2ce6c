"""`watcher filings`, as an office meets it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.program import Done, Run, place, run
from watcher.calendar import local

__all__ = ["place", "run"]  # fixtures


def ago(days: int) -> str:
    """So many days before today in Beijing, which may not be the day the tests were started on."""
    return (local(datetime.now(UTC)).date() - timedelta(days=days)).isoformat()


UNIT = """units:
- {unit_key: jyj, unit_name: 三亚市教育局, kind: city_department}
- {unit_key: qjyj, unit_name: 吉阳区教育局, kind: district_department}
- {unit_key: qzf, unit_name: 吉阳区人民政府, kind: district_government}
accounts:
- {key: a1, name: 三亚教育, platform: weibo, platform_id: "1", unit: jyj}
- {key: a2, name: 三亚教育, platform: douyin, platform_id: "2", unit: jyj}
- {key: b1, name: 吉阳教育, platform: weibo, platform_id: "3", unit: qjyj}
- {key: c1, name: 吉阳发布, platform: weibo, platform_id: "4", unit: qzf}
"""


@pytest.fixture
def ready(run: Run, place: Path) -> Run:
    assert run("migrate").returncode == 0
    (place / "units.yaml").write_text(
        UNIT.replace("unit_key:", "key:").replace("unit_name:", "name:"), "utf-8"
    )
    done = run("accounts", "import", "units.yaml")
    assert done.returncode == 0, done.stderr
    return run


def said(done: Done) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def add(run: Run, *words: str, key: str = "F1") -> Done:
    return run("filings", "add", "--key", key, "--by", "王一", "--json", *words)


def step(run: Run, name: str, on: str, *words: str, key: str = "F1") -> Done:
    given = ("--step", name, "--on", on, "--by", "王一", "--json")
    return run("filings", "advance", key, *given, *words)


def findings(run: Run) -> set[tuple[str, str]]:
    shown = said(run("findings", "--json"))["findings"]
    return {(each["account"], each["rule"]) for each in shown if each["rule"] < "SYS"}


def test_a_filing_goes_its_way_and_the_account_with_it(ready: Run) -> None:
    made = said(add(ready, "--kind", "关停", "--account", "b1", "--reason", "无力维护"))
    assert (made["unit"], made["step"], made["next_step"]) == ("qjyj", "draft", "applied")
    assert made["route"] == "two_steps"
    assert said(step(ready, "applied", ago(9)))["next_by"] == "区政府办公室审核"
    early = step(ready, "approved", ago(8))
    assert early.returncode == 2
    assert "初审日期" in early.stderr
    assert said(step(ready, "reviewed", ago(8)))["next_by"] == "市政府办公室审批"
    assert said(step(ready, "approved", ago(7), "--approval", "三府办〔2026〕1号"))["approval"]
    done = said(step(ready, "carried-out", ago(0)))
    assert done["step"] == "carried_out"
    assert {each["what"] for each in done["clocks"]} == {"填报备案登记表", "录入全国系统"}
    assert ready("accounts", "list").returncode == 0
    text = ready("filings", "show", "F1").stdout
    assert all(word in text for word in ("已实施，待报备", "市政府办公室审批", "期限", "未完成"))
    said(step(ready, "form", ago(0)))
    assert said(step(ready, "national", ago(0)))["step"] == "filed"
    exported = ready("accounts", "export", "out.csv")
    assert exported.returncode == 0
    assert "关停" in Path("out.csv").read_text("utf-8-sig")


def test_what_is_out_of_order_is_refused_and_kept_only_as_it_happened(ready: Run) -> None:
    assert add(ready, "--kind", "开设", "--account", "b1").returncode == 0
    refused = step(ready, "carried-out", ago(5))
    assert refused.returncode == 2
    assert "--as-happened" in refused.stderr
    said(step(ready, "carried-out", ago(5), "--as-happened"))
    assert ("b1", "FIL-02") in findings(ready)
    said(step(ready, "applied", ago(4), "--as-happened"))
    said(step(ready, "approved", ago(3), "--as-happened"))
    assert ("b1", "FIL-07") in findings(ready)


REFUSED = [
    (("--kind", "关门", "--account", "a1"), "--kind"),
    (("--kind", "关停", "--account", "zz"), "zz"),
    (("--kind", "关停", "--account", "a1", "--unit", "教育局"), "没有单位"),
    (("--kind", "关停", "--account", "a1", "--unit", "qjyj"), "主办单位是"),
    (("--kind", "变更", "--account", "a1"), "变更内容"),
    (("--kind", "变更", "--account", "a1", "--change", "颜色=红"), "颜色"),
    (("--kind", "变更", "--account", "a1", "--change", "名称"), "名称=新名称"),
    (("--kind", "注销", "--account", "c1"), "原则上不得注销"),
    (("--kind", "整合", "--unit", "jyj"), "保留账号"),
    (("--kind", "整合", "--keeps", "a1", "--child", "a1=关停"), "要保留的账号"),
    (("--kind", "整合", "--keeps", "a1", "--child", "a2"), "--child"),
    (
        (
            "--kind",
            "关停",
        ),
        "--unit",
    ),
    (("--kind", "开设", "--unit", "jyj", "--platform", "朋友圈", "--name", "新"), "--platform"),
    (("--kind", "关停", "--account", "a1", "--decided-on", "昨天"), "--decided-on"),
    (("--kind", "关停", "--account", "a1", "--by", " "), "--by"),
]


def test_what_cannot_be_taken_is_refused(ready: Run) -> None:
    for words, told in REFUSED:
        done = add(ready, *words)
        assert done.returncode == 2, words
        assert told in done.stderr
    assert said(ready("filings", "list", "--json")) == {"filings": []}


def test_a_step_that_cannot_be_taken_is_refused(ready: Run) -> None:
    said(add(ready, "--kind", "关停", "--account", "a1"))
    assert add(ready, "--kind", "关停", "--account", "a2").returncode == 2  # the key is taken
    assert "--step" in step(ready, "done", ago(1)).stderr
    assert "没有编号" in step(ready, "applied", ago(1), key="F9").stderr
    assert "尚未到" in step(ready, "applied", ago(-1)).stderr
    assert "不在审批中" in step(ready, "rejected", ago(1)).stderr
    said(step(ready, "applied", ago(3)))
    assert "已登记为" in step(ready, "applied", ago(2)).stderr
    assert "公告链接" in step(ready, "notice", ago(1), "--as-happened").stderr
    assert said(step(ready, "rejected", ago(1)))["step"] == "rejected"
    assert "终止" in step(ready, "approved", ago(0)).stderr


def test_a_deregistration_is_watched_over(ready: Run) -> None:
    said(add(ready, "--kind", "注销", "--account", "a1"))
    said(step(ready, "applied", ago(9)))
    assert ("a1", "DER-03") in findings(ready)
    said(step(ready, "approved", ago(8)))
    noted = said(step(ready, "notice", ago(7), "--url", "https://example.cn/1"))
    assert noted["clocks"][0]["what"] == "注销公告"
    short = step(ready, "carried-out", ago(0))
    assert short.returncode == 2
    assert "15个工作日" in short.stderr
    assert said(step(ready, "carried-out", ago(0), "--as-happened"))["step"] == "carried_out"
    city = add(ready, "--kind", "注销", "--account", "c1", "--as-happened", key="F2")
    assert city.returncode == 0
    assert ("c1", "DER-01") in findings(ready)


def test_a_merge_takes_its_children_along(ready: Run) -> None:
    made = said(add(ready, "--kind", "整合", "--keeps", "a1", "--child", "a2=关停"))
    assert made["children"] == ["F1-1"]
    said(step(ready, "applied", ago(5)))
    said(step(ready, "approved", ago(4), "--approval", "1号"))
    child = said(ready("filings", "show", "F1-1", "--json"))
    assert (child["approved_on"], child["approval"]) == (ago(4), "1号")
    early = step(ready, "carried-out", ago(1))
    assert early.returncode == 2
    assert "F1-1" in early.stderr
    said(step(ready, "carried-out", ago(2), key="F1-1"))
    assert said(step(ready, "carried-out", ago(1)))["step"] == "filed"
    listed = said(ready("filings", "list", "--open", "--json"))["filings"]
    assert [each["key"] for each in listed] == ["F1-1"]  # its form is still due


def test_an_opening_without_an_account_is_judged_by_itself(ready: Run) -> None:
    words = ("--kind", "开设", "--unit", "吉阳区教育局", "--platform", "抖音", "--name", "吉阳新号")
    said(add(ready, *words))
    said(step(ready, "applied", ago(9)))
    said(step(ready, "approved", ago(8), "--as-happened"))
    assert findings(ready) == {("filing:F1", "FIL-07")}
    assert "吉阳新号" not in ready("accounts", "list").stdout
    said(step(ready, "carried-out", ago(0), "--account", "b1", "--as-happened"))
    assert findings(ready) == {("b1", "FIL-07")}


def test_a_file_is_imported_whole_or_not_at_all_and_twice_is_once(ready: Run, place: Path) -> None:
    said(add(ready, "--kind", "变更", "--account", "a1", "--change", "名称==HYPERLINK(1)"))
    for name in ("a.xlsx", "a.csv", "a.yaml"):
        assert ready("filings", "export", name).returncode == 0
        done = said(ready("filings", "import", name, "--by", "王一", "--json"))
        assert done == {"added": [], "changed": [], "unchanged": ["F1"]}
    lines = ["事项编号,事项类型,主办单位,账号编号,申请日期,审批日期,公告期限"]
    lines += ["G1,关停,三亚市教育局,a1,2026-09-01,2026-09-31,"]
    (place / "bad.csv").write_text("\n".join(lines), "utf-8")
    bad = ready("filings", "import", "bad.csv")
    assert bad.returncode == 2
    assert "第1行「公告期限」" in bad.stderr
    assert "第2行「审批日期」" in bad.stderr
    lines = ["事项编号,事项类型,主办单位,账号编号,申请日期,审批日期"]
    lines += [f"G1,关停,三亚市教育局,a1,{ago(9)},{ago(8)}", f"G2,关停,教育局,a9,{ago(8)},{ago(9)}"]
    (place / "bad.csv").write_text("\n".join(lines), "utf-8")
    bad = ready("filings", "import", "bad.csv")
    assert bad.returncode == 2
    assert "第3行「主办单位」" in bad.stderr
    assert "第3行「账号编号」" in bad.stderr
    listed = said(ready("filings", "list", "--json"))["filings"]
    assert [each["key"] for each in listed] == ["F1"]


def test_a_ledger_is_not_written_where_there_is_no_folder(ready: Run, place: Path) -> None:
    done = ready("filings", "export", "nowhere/f.xlsx")
    assert (done.returncode, done.stderr) == (2, "没有文件夹 nowhere；请先建立，或换一个位置\n")
    (place / "folder.xlsx").mkdir()
    for area in ("filings", "accounts"):
        done = ready(area, "export", "folder.xlsx")
        assert (done.returncode, done.stderr) == (2, "folder.xlsx 是文件夹，请写明文件名\n")
