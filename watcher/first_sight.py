"""What a search showed when a candidate was first found, kept before anybody can change it.

Evidence is worth most at first sight (impersonation.md §8). The pages are scrubbed of what opens
doors and kept by their hash; what was read beside an operator's session is not kept at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from watcher.candidates import CandidateEvent
from watcher.evidence import keep_bytes
from watcher.fetch.record import scrub, scrub_url
from watcher.model import Page
from watcher.store import Connection
from watcher.store.candidates import add_candidate_event

LARGEST = 1 << 20  # bytes of one page that is kept
MOST = 8  # pages of one search


def keep_pages(folder: Path, pages: Iterable[Page]) -> list[dict[str, Any]]:
    """Keep the pages of a search; what is known of each. Raises OSError."""
    kept = []
    for page in list(pages)[:MOST]:
        if not page.body or len(page.body) > LARGEST:
            continue
        body = scrub(page.body)
        file = keep_bytes(body, folder, "search").sha256
        kept.append(
            {
                "url": scrub_url(page.url),
                "status": page.status,
                "at": page.at.isoformat(),
                "read_sha256": page.sha256,
                "file": file,
                "scrubbed": body != page.body,
            }
        )
    return kept


def note_pages(
    numbers: Iterable[int], kept: list[dict[str, Any]], by: str, at: datetime, c: Connection
) -> None:
    """Note beside the candidates which pages showed them first."""
    for number in numbers:
        event = CandidateEvent(at, by, "pages", f"{len(kept)}个页面", {"kept": kept})
        add_candidate_event(c, number, event)
