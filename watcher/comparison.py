"""账号对比表: a candidate beside the real account, as a page and as a spreadsheet. Pure.

Strangers' words are escaped for the page, and run as nothing in the spreadsheet.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from html import escape
from io import StringIO
from typing import Any

from watcher.candidates import CandidateEvent, Suspect, altered_parts
from watcher.manifest import Item, canonical, plain
from watcher.register.tables import cell_text
from watcher.showing_candidates import candidate_json, compared_rows, event_json, letter_json

_STYLE = (
    "body{font:16px/1.6 sans-serif;margin:2em;max-width:60em}table{border-collapse:collapse}"
    "td,th{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}mark{background:#ffd54f}"
)


def comparison(
    of: Suspect,
    real: Mapping[str, str],
    events: Iterable[CandidateEvent],
    names: Iterable[str],
    notes: Iterable[str] = (),
) -> list[Item]:
    """The comparison in its forms; `notes` say what the package does not hold, and why."""
    rows = list(compared_rows(of, real))
    reasons = of.candidate.judgement.reasons if of.candidate.judgement else ()
    history: dict[str, Any] = {
        "candidate": candidate_json(of.candidate),
        "letters": [letter_json(each) for each in of.letters],
        "events": [event_json(each) for each in events],
    }
    html = comparison_html(of, rows, reasons, names, notes).encode()
    return [
        Item("comparison.html", html, {"kind": "comparison", "type": "text/html"}),
        Item("comparison.csv", comparison_csv(rows, reasons), {"kind": "comparison"}),
        Item("candidate.json", canonical(plain(history)), {"kind": "parsed"}),
    ]


def comparison_csv(rows: Iterable[tuple[str, str, str]], reasons: Iterable[str]) -> bytes:
    """The comparison for a spreadsheet: UTF-8 with a mark, and nothing it would run."""
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow(("项目", "候选账号", "台账账号"))
    writer.writerows(tuple(map(cell_text, row)) for row in rows)
    writer.writerows(("判定理由", cell_text(text), "") for text in reasons)
    return b"\xef\xbb\xbf" + written.getvalue().encode("utf-8", "replace")


def comparison_html(
    of: Suspect,
    rows: Iterable[tuple[str, str, str]],
    reasons: Iterable[str],
    names: Iterable[str],
    notes: Iterable[str] = (),
) -> str:
    """The comparison for people; strangers' words are escaped, nothing is loaded from outside."""
    names = list(names)
    body = "".join(
        f"<tr><th>{escape(name)}</th><td>{_marked(name, mine, theirs)}</td>"
        f"<td>{escape(theirs)}</td></tr>"
        for name, mine, theirs in rows
    )
    said = "".join(f"<li>{escape(text)}</li>" for text in reasons)
    shown = "".join(
        f'<p><a href="{escape(name)}">{escape(name)}</a></p>' for name in names if "-" in name
    )
    listed = "".join(f"<li>{escape(text)}</li>" for text in notes)
    noted = f"<h2>未取得、须注意的</h2><ul>{listed}</ul>" if listed else ""
    avatars = '<p><img src="avatars.png" alt="头像对照"></p>' if "avatars.png" in names else ""
    who = escape(of.candidate.decided_by)
    stand = f"经{who}人工确认" if who else "未经人工确认，只是疑似"
    return (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>账号对比表</title>'
        f"<style>{_STYLE}</style><h1>账号对比表</h1><p>{stand}。时间为北京时间。</p>"
        f"<table><tr><th></th><th>候选账号</th><th>台账账号</th></tr>{body}</table>"
        f"{avatars}<h2>判定理由</h2><ol>{said}</ol><h2>截图与原文</h2>{shown}{noted}</html>"
    )


def _marked(field: str, mine: str, theirs: str) -> str:
    if field != "账号名称":
        return escape(mine)
    return "".join(
        f"<mark>{escape(part)}</mark>" if altered else escape(part)
        for part, altered in altered_parts(mine, theirs)
    )
