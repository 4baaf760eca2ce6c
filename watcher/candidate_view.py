"""The review queue and one candidate, made of what is kept; their pages and pictures."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256
from io import BytesIO

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerts.escape import shorten
from alerts.words import platform_name
from watcher.candidates import (
    STATE_WORDS,
    Candidate,
    CandidateState,
    Suspect,
    Takedown,
    altered_parts,
)
from watcher.console.app import HEADERS
from watcher.console.candidate_page import (
    POLICY,
    CandidateRow,
    CandidateView,
    QueueView,
    render_candidate,
    render_queue,
)
from watcher.console.page import lazy_sheet
from watcher.coverage import WORDS
from watcher.evidence import place
from watcher.pictures import NotAPictureError, opened
from watcher.search_state import covered
from watcher.showing import moment
from watcher.showing_candidates import (
    badge_text,
    compared_rows,
    event_words,
    gravity,
    state_text,
    tier_text,
)
from watcher.store.candidates import by_numbers, candidate_events, load_candidates
from watcher.store.takedowns import register_faces, suspects
from watcher.suspect_deeds import real_face
from watcher.suspect_pictures import REAL_UNPICTURED, why_unpictured
from watcher.watch import Watch

QUEUE = (CandidateState.REVIEW, CandidateState.CONFIRMED, CandidateState.BACK)
HTML = "text/html; charset=utf-8"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SIDE = 240  # pixels of a picture that is shown
_MOST = 100  # lines of a history
LONGEST = 100  # characters of a name that are shown


def candidate_routes(watch: Watch, version: str) -> tuple[Route, ...]:
    """The pages; like all endpoints they run in a thread, and read."""

    def queue(request: Request) -> Response:
        asked = request.query_params
        view = queue_view(watch, version, asked.get("state", ""), asked.get("page"))
        return Response(render_queue(view), headers={**HEADERS, **POLICY}, media_type=HTML)

    def one(request: Request) -> Response:
        found = candidate_view(watch, version, int(request.path_params["number"]))
        if found is None:
            return Response("没有此候选账号\n", 404, HEADERS, "text/plain; charset=utf-8")
        return Response(render_candidate(found), headers={**HEADERS, **POLICY}, media_type=HTML)

    def picture(request: Request) -> Response:
        body = avatar_png(watch, request.path_params["digest"])
        if body is None:
            return Response("没有此图片\n", 404, HEADERS, "text/plain; charset=utf-8")
        return Response(body, headers=dict(HEADERS), media_type="image/png")

    return (
        Route("/candidates", queue),
        Route("/candidates/{number:int}", one),
        Route("/candidates/avatar/{digest}", picture),
    )


def queue_view(watch: Watch, version: str, state: str, page: str | None) -> QueueView:
    """One page of the queue: of one state, or of all that waits for people."""
    state = state if state in set(CandidateState) else ""
    now = watch.now()
    with watch.db.read() as c:
        every = load_candidates(c)
        wanted = (CandidateState(state),) if state else QUEUE
        chosen = sorted((each for each in every if each.state in wanted), key=gravity)
        rows = lazy_sheet(
            len(chosen),
            page,
            lambda first, count: [
                _row(each) for each in suspects(c, chosen[first : first + count])
            ],
        )
    counts = Counter(each.state for each in every)
    searched = Counter(each.status for each in covered(watch.searches, now))
    shown = [
        (key.value, word, counts[key])
        for key, word in STATE_WORDS.items()
        if key is not CandidateState.NEW
    ]
    return QueueView(
        now,
        rows,
        state,
        [("", "待办", sum(counts[each] for each in QUEUE)), *shown],
        [(word, searched[status]) for status, word in WORDS.items()],
        version,
    )


def _row(of: Suspect) -> CandidateRow:
    candidate = of.candidate
    judged = candidate.judgement
    return CandidateRow(
        id=candidate.id,
        state=state_text(candidate),
        tier=tier_text(candidate),
        level=judged.level if judged else "",
        platform=platform_name(candidate.platform),
        name=candidate.profile.name or candidate.handle,
        match=(judged and judged.match) or "",
        unit=of.victim.unit.name if of.victim else "",
        badge=badge_text(candidate),
        points=judged.points if judged else 0,
        why=judged.reasons[0] if judged and judged.reasons else "",
        last_seen=candidate.last_seen,
    )


def candidate_view(watch: Watch, version: str, number: int) -> CandidateView | None:
    """One candidate beside the real account; None where there is none of this number."""
    now = watch.now()
    if number >= 1 << 62:
        return None
    with watch.db.read() as c:
        found = suspects(c, by_numbers(c, (number,)))
        if not found:
            return None
        (suspect,) = found
        real, events = real_face(c, suspect), candidate_events(c, number)
        face = register_faces(c).get(suspect.victim.key) if suspect.victim else None
    shown = face.avatar_sha256 if face else ""
    candidate, judged = suspect.candidate, suspect.candidate.judgement
    name = candidate.profile.name or candidate.handle
    searched = (
        (platform_name(each.platform), WORDS[each.status], moment(each.searched_at), each.detail)
        for each in covered(watch.searches, now)
        if judged and each.name == judged.match
    )
    return CandidateView(
        now=now,
        row=_row(suspect),
        parts=list(altered_parts(shorten(name, 3 * LONGEST), (judged and judged.match) or name)),
        pairs=list(compared_rows(suspect, real)),
        avatars=(candidate.avatar_sha256, shown),
        unpictured=(why_unpictured(candidate), "" if shown else REAL_UNPICTURED),
        reasons=judged.reasons if judged else (),
        decided=_decided(candidate),
        letters=[_letter(each) for each in suspect.letters],
        searched=list(searched),
        events=[(moment(e.at), e.actor or "监测", *event_words(e)) for e in events[-_MOST:]],
        coming=_coming(candidate),
        version=version,
    )


def _decided(of: Candidate) -> str:
    if of.decided_at is None:
        return ""
    why = f"：{of.reason}" if of.reason else ""
    return f"{moment(of.decided_at)} {of.decided_by} {STATE_WORDS[of.state]}{why}"


def _letter(of: Takedown) -> tuple[str, str, str, str, str]:
    receipt = f"{moment(of.received_at)} {of.receipt}" if of.received_at else ""
    result = f"{moment(of.result_at)} {of.result}" if of.result_at else ""
    return of.number, moment(of.made_at), moment(of.sent_at), receipt, result


def _coming(of: Candidate) -> list[tuple[str, str]]:
    """What a person may do next, and how."""
    command, by = "watcher candidates", "--by 姓名"
    if of.state in (CandidateState.CONFIRMED, CandidateState.BACK):
        return [
            ("证据包", f"{command} proof {of.id} -o proof.zip {by}"),
            ("关停函", f"{command} letter {of.id} -o letter.docx {by}"),
            ("登记发函", f"{command} sent {of.id} {by}"),
            ("登记受理", f"{command} receipt {of.id} --receipt 受理编号 {by}"),
            ("登记结果", f"{command} result {of.id} --text 结果 [--gone] {by}"),
        ]
    return [
        ("确认为假冒", f"{command} confirm {of.id} --reason 理由 {by}"),
        ("排除", f"{command} dismiss {of.id} --reason 理由 {by}"),
        ("本单位账号", f"{command} own {of.id} {by}"),
        ("继续观察", f"{command} watch {of.id} {by}"),
    ]


def avatar_png(watch: Watch, digest: str) -> bytes | None:
    """A kept picture, drawn anew so that nothing but its pixels reaches a browser."""
    folder = watch.proofs.folder
    if folder is None or not _DIGEST.fullmatch(digest):
        return None
    try:
        content = place(digest, folder.parent).read_bytes()
        if sha256(content).hexdigest() != digest:
            return None
        shown = opened(content)
    except (OSError, NotAPictureError):
        return None
    shown.thumbnail((_SIDE, _SIDE))
    written = BytesIO()
    shown.save(written, "PNG")
    return written.getvalue()
