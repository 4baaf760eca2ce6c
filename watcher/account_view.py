"""One account as its page shows it; read from the database when somebody looks."""

from __future__ import annotations

from dataclasses import replace

from alerts.metrics import condition
from alerts.words import TROUBLES, attested_text, platform_name, source_name, vouched_text
from watcher import store
from watcher.console import AccountRow, AccountView, AttestationRow, LookRow, PostRow
from watcher.console.page import PAGE
from watcher.model import Attestation, Look
from watcher.showing_account import known_lines, look_result, post_marks, register_lines
from watcher.store import AccountState, ListedPost
from watcher.view_rows import case_row
from watcher.watch import Watch


def account_view(watch: Watch, version: str, key: str, page: int) -> AccountView | None:
    """The account with one page of its posts, counted from 1; None where there is none."""
    now = watch.now()
    if "\0" in key:
        return None
    with watch.db.read() as c:
        found = store.account_detail(c, key, now, min((page - 1) * PAGE, 10**9), PAGE)
    if found is None:
        return None
    state = found.state
    return AccountView(
        now=now,
        row=replace(
            _row(state),
            url=found.account.url,
            condition=condition(
                state.last_post_at,
                state.last_success_at,
                state.covered_to,
                now,
                attested_until=state.attested_until,
                filed=state.filed_state,
                trouble=state.trouble,
            ).value,
            attested=vouched_text(state.attested_at, state.attested_by, state.attested_until, now),
        ),
        register=[*register_lines(found)],
        known=[*known_lines(found)],
        looks=[_look(each) for each in found.sight.looks],
        posts=[_post(each) for each in found.posts],
        posts_total=found.posts_total,
        attestations=[_attestation(each) for each in found.attestations],
        cases=[case_row(case, state) for case in found.cases],
        version=version,
    )


def _row(state: AccountState) -> AccountRow:
    return AccountRow(
        key=state.key,
        name=state.name,
        platform=platform_name(state.platform),
        unit=state.unit_name,
        condition="",
        trouble=TROUBLES[state.trouble] if state.trouble else "",
    )


def _look(look: Look) -> LookRow:
    return LookRow(
        source=source_name(look.source),
        at=look.at,
        result=look_result(look),
        seen=look.result in ("complete", "partial"),
        posts=look.posts,
        newest=look.newest,
        detail=look.detail,
    )


def _post(each: ListedPost) -> PostRow:
    post = each.post
    return PostRow(
        at=post.at,
        title=post.title or post.id,
        source=source_name(each.source),
        first_seen=each.first_seen,
        url=post.url or "",
        day_only=post.day_only,
        marks=post_marks(each),
    )


def _attestation(said: Attestation) -> AttestationRow:
    return AttestationRow(
        text=attested_text(said.at, said.author),
        valid_until=said.valid_until,
        evidence=said.evidence,
        evidence_name=said.evidence_name,
        last_post_at=said.last_post.at if said.last_post else None,
        name=said.name,
        note=said.note,
    )
