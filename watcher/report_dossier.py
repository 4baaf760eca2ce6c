"""An account's file (一账号一档): its history from the database, as Word or PDF."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alerts.words import platform_name
from watcher.annals import Question
from watcher.calendar import local
from watcher.filing_columns import KINDS as FILING_KINDS
from watcher.history import Entered, History
from watcher.model import FiledState
from watcher.recording import recorded
from watcher.register.columns import HEADINGS, STATES
from watcher.register.columns import KINDS as UNIT_KINDS
from watcher.report_updates import terms_of
from watcher.reporting import Desk, Kind, ReportError
from watcher.reports.dossier import FIELDS, NEEDED, Register, fields_of
from watcher.reports.inspection_facts import Speech
from watcher.reports.period import between, weeks
from watcher.reports.stamp import Scope, Stamp
from watcher.reports.template import cleaned, render
from watcher.reports.word import finished
from watcher.reports.words import yes_no
from watcher.store import history as store
from watcher.store.period import pasts

TEMPLATE = "templates/dossier.docx"
YEAR = timedelta(days=364)  # 52 weeks
PATIENCE = 180.0  # seconds for LibreOffice
COVERED = "（已遮盖）"
BLANK = "未登记"


def collect(desk: Desk, scope: Scope, as_of: datetime) -> History:
    """The history. Raises ReportError for an account that the register did not have."""
    found = store.history(desk.connection, scope.account, as_of)
    if found is None:
        said = f"没有账号 {scope.account}，或当时尚未录入；账号编号见 watcher accounts list"
        raise ReportError(said)
    today = local(as_of).date()
    period, settings = between(today - YEAR, today), desk.settings
    weekly = weeks(period, settings.calendar)
    ask = Question(period.since, period.until, weekly, as_of, terms_of(settings.rules))
    past = next(pasts(desk.connection, ask, key=scope.account), None)
    return found if past is None else store.recorded(found, recorded(past, ask))


def make(facts: History, stamp: Stamp, desk: Desk, ending: str) -> bytes:
    """The file; as PDF where LibreOffice is installed. Raises ReportError where it is not."""
    policy = desk.settings.policy
    speech = Speech(
        platform_name, lambda rule: policy.of(rule).name, FILING_KINDS, desk.settings.calendar
    )
    register = Register(
        list(_register(facts, stamp.scope.shared, desk.settings.offices.name_of)),
        [(each.at, each.actor, entered_text(each)) for each in facts.entered],
    )
    fields = fields_of(facts, register, speech, stamp.as_of, stamp.line)
    title = f"账号档案：{facts.register['name']}"
    made = finished(render(desk.settings.folder / TEMPLATE, fields, FIELDS, NEEDED), stamp, title)
    return made if ending == "docx" else as_pdf(made)


def as_pdf(document: bytes) -> bytes:
    """A Word file as PDF, by LibreOffice. Raises ReportError where that is not to be had."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise ReportError("生成 PDF 需要 LibreOffice（apt install libreoffice-writer）；或用 docx")
    with TemporaryDirectory(prefix="shouwang-pdf-") as folder:
        source = Path(folder) / "report.docx"
        source.write_bytes(document)
        profile = (Path(folder) / "profile").as_uri()
        command = [program, f"-env:UserInstallation={profile}", "--headless"]
        command += ["--convert-to", "pdf", "--outdir", folder, str(source)]
        try:
            subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE)  # noqa: S603
            return source.with_suffix(".pdf").read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise ReportError("LibreOffice 未能转换为 PDF；请改用 docx") from error


def _register(
    facts: History, shared: bool, office: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """The fields of the register under their headings; people's numbers covered in a copy."""
    row, unit = facts.register, facts.unit
    said: dict[str, str] = {
        "key": facts.key,
        "name": row["name"],
        "platform": platform_name(row["platform"]),
        "platform_id": row["platform_id"],
        "url": row["url"],
        "unit_name": unit.name,
        "unit_kind": UNIT_KINDS[unit.kind],
        "filed_subject": row["filed_subject"],
        "daily_supervisor": office(unit.daily_supervisor),
        "approval_authority": office(unit.approval_authority),
        "first_reviewer": office(unit.first_reviewer),
        **_people(row, shared),
        "section": row["section"],
        "email": _covered(row["email"], shared),
        "opened_on": row["opened_on"] or BLANK,
        "approved_on": row["approved_on"] or BLANK,
        "approval": row["approval"] or BLANK,
        "filed_on": row["filed_on"] or BLANK,
        "verified": BLANK if row["verified"] is None else yes_no(row["verified"]),
        "followers": BLANK if row["followers"] is None else str(row["followers"]),
        "filed_state": STATES[FiledState(row["filed_state"])],
        "note": row["note"],
    }
    for name, value in said.items():
        yield HEADINGS[name][0], value


def entered_text(entered: Entered) -> str:
    """What a change of the register changed: 运行状态：正常→公告期.

    Of people, addresses and what is long only the name of the field.
    """
    if entered.before is None:
        return "录入"
    fields = sorted(entered.after, key=lambda name: (name not in _TOLD, name))
    return "；".join(
        _changed(name, entered.before.get(name), entered.after[name]) for name in fields
    )


_TOLD: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(
        (
            *("name", "platform_id", "filed_subject", "approval", "unit_key"),
            *("opened_on", "approved_on", "filed_on"),
        ),
        lambda value: cleaned(str(value or ""), 60) or BLANK,
    ),
    "platform": lambda value: platform_name(str(value)),
    "filed_state": lambda value: STATES[FiledState(value)],
    "verified": lambda value: BLANK if value is None else yes_no(value),
    "enabled": lambda value: "是" if value else "否",
}
_PLACES: Mapping[str, str] = {"lead": "工作负责人", "contact": "工作联系人"}


def _changed(name: str, before: Any, after: Any) -> str:
    heading = _PLACES.get(name) or HEADINGS.get(name, (name,))[0]
    told = _TOLD.get(name)
    return f"{heading}：{told(before)}→{told(after)}" if told else heading


def _people(row: Any, shared: bool) -> dict[str, str]:
    return {
        f"{role}_{part}": _covered(row[role][part], shared and part == "phone")
        for role in ("lead", "contact")
        for part in ("name", "post", "phone")
    }


def _covered(text: str, shared: bool) -> str:
    return COVERED if shared and text else text


DOSSIER = Kind(
    "dossier",
    "账号档案",
    ("docx", "pdf"),
    collect,
    make,
    about=lambda desk, scope: scope.account + ("-共享版" if scope.shared else ""),
)
