"""Open cases as JSON: what `watcher findings --json` and /api/findings say alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from watcher.console.view import CaseRow


def as_json(rows: Iterable[CaseRow], now: datetime) -> dict[str, Any]:
    """Plain JSON values; moments as ISO 8601 in UTC."""
    return {"now": _moment(now), "findings": [_finding(row) for row in rows]}


def _finding(row: CaseRow) -> dict[str, Any]:
    case, finding = row.case, row.case.finding
    return {
        "id": case.id,
        "rule": finding.rule,
        "level": str(finding.level),
        "article": finding.article,
        "account": finding.account,
        "account_name": row.account,
        "platform": row.platform,
        "unit": row.unit,
        "subject": finding.subject,
        "fact": row.fact,
        "facts": dict(finding.facts),
        "last_post_at": _moment(row.last_post_at),
        "as_of": _moment(finding.as_of),
        "opened_at": _moment(case.opened_at),
        "state": str(case.state),
        "told_at": _moment(case.told_at),
        "acknowledged_by": case.acknowledged_by,
        "due_on": None if case.due_on is None else case.due_on.isoformat(),
        "due_provisional": case.due_from is not None,
        "feedback_at": _moment(case.feedback_at),
        "dismissed": case.dismissed,
        "closed_at": _moment(case.closed_at),
        "closing": case.closing,
        "proof": list(row.proof),
        "evidence": row.evidence,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
