"""What a package of evidence says of itself, and how packages are chained. Pure.

A package is a manifest (canonical JSON) and files named by the SHA-256 of their bytes. A link is
the SHA-256 of the link before it and the manifest's hash, both as hexadecimal text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from watcher.calendar import local
from watcher.fetch.record import scrub, scrub_url
from watcher.model import Account, Case, Outcome, Page, Snapshot

FORMAT = "shouwang-evidence/1"
GENESIS = "0" * 64  # the link before the first
DEFAULT_DAYS = 1096  # three years
MANIFEST = "manifest.json"
_KINDS = {"json": "json", "html": "html", "xml": "xml", "javascript": "js", "png": "png"}
_PICTURES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


class Kind(StrEnum):
    """What a package was made for."""

    CASE = "case"  # a case opened, or rose to red
    PAGE = "page"  # the picture of the page, taken afterwards
    CANDIDATE = "candidate"  # an impersonator beside the real account


@dataclass(frozen=True, slots=True)
class Item:
    """One file: its name in the package, its bytes, and what is known of it (JSON values)."""

    name: str
    body: bytes
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        return sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Package:
    """A manifest and the files that are kept with it."""

    manifest: Mapping[str, Any]
    items: tuple[Item, ...]

    @property
    def body(self) -> bytes:
        """The manifest as it is hashed and kept."""
        return canonical(self.manifest)


def canonical(value: Any) -> bytes:
    """JSON in the one form that is hashed: keys sorted, no spaces, UTF-8."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def link_of(previous: str, manifest: str) -> str:
    """The link over the one before and a manifest's hash."""
    return sha256(f"{previous}{manifest}".encode()).hexdigest()


def both(at: datetime) -> dict[str, str]:
    """A moment for machines and for people."""
    return {"utc": at.isoformat(), "beijing": local(at).isoformat()}


def package(
    kind: Kind,
    case: Case,
    account: Account,
    reading: Mapping[str, Any] | None,
    items: Iterable[Item],
    notes: Iterable[str],
    now: datetime,
    version: str,
    keep_until: datetime,
    bodies: bool = True,
) -> Package:
    """The package of a case. Without `bodies` the files are named and hashed but not kept."""
    items, finding = tuple(items), case.finding
    manifest = {
        "format": FORMAT,
        "kind": kind.value,
        "case": case.id,
        "account": _account(account),
        "finding": {
            "rule": finding.rule,
            "subject": finding.subject,
            "level": finding.level.value,
            "article": finding.article,
            "as_of": both(finding.as_of),
            "facts": _clean(plain(finding.facts)),
        },
        "opened_at": both(case.opened_at),
        "made_at": both(now),
        "keep_until": both(keep_until),
        "fetcher": f"shouwang {version}",
        "reading": reading,
        "files": [
            {"name": i.name, "sha256": i.sha256, "size": len(i.body), "kept": bodies}
            | plain(i.about)
            for i in items
        ],
        "notes": list(notes),
    }
    return Package(manifest, items if bodies else ())


def _account(account: Account) -> dict[str, str]:
    return {
        "key": account.key,
        "platform": account.platform,
        "name": account.name,
        "unit": account.unit.name,
        "url": scrub_url(account.url),
        "platform_id": account.platform_id,
    }


def plain(value: Any) -> Any:
    """A value as JSON reads it back: moments as ISO 8601, tuples as lists."""
    return json.loads(json.dumps(value, default=_other))


def _clean(value: Any) -> Any:
    """JSON whose addresses hold no secrets."""
    if isinstance(value, dict):
        return {key: _clean(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_clean(each) for each in value]
    web = isinstance(value, str) and value.startswith(("http://", "https://"))
    return scrub_url(value) if web else value


def _other(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def sighting_item(outcome: Outcome) -> Item:
    """What was understood of the pages: profile and posts, or why nothing was."""
    said = asdict(outcome)
    said.pop("pages"), said.pop("looks")
    return Item("sighting.json", canonical(_clean(plain(said))), {"kind": "parsed"})


def reading_of(outcome: Outcome, collector: str, version: str) -> dict[str, Any]:
    """The reading in the manifest: when, by which collector, and every page with its hash."""
    seen = outcome.sighting.coverage if isinstance(outcome, Snapshot) else outcome.trouble
    return {
        "at": both(outcome.at),
        "collector": collector,
        "collector_version": version,
        "result": seen.value,
        "pages": [
            {"url": scrub_url(p.url), "status": p.status, "sha256": p.sha256, "at": both(p.at)}
            for p in outcome.pages
        ],
    }


def page_items(pages: Iterable[Page]) -> Iterator[Item]:
    """Raw responses, scrubbed of what opens doors; `read_sha256` is the hash of what came."""
    for number, page in enumerate(pages, 1):
        kind = page.headers.get("content-type", "").lower()
        picture = _PICTURES.get(kind.split(";")[0].strip())
        ending = picture or next((end for word, end in _KINDS.items() if word in kind), "txt")
        body = page.body if picture else scrub(page.body)
        about = {
            "kind": "picture" if picture else "response",
            "url": scrub_url(page.url),
            "status": page.status,
            "type": kind,
            "at": both(page.at),
            "read_sha256": page.sha256,
            "scrubbed": body != page.body,
        }
        yield Item(f"{number:02}.{ending}", body, about)


def hashes_in(facts: Any) -> frozenset[str]:
    """The hashes of pages that facts rest on, wherever in them they stand."""
    if isinstance(facts, Mapping):
        own = {str(facts["sha256"])} if "url" in facts and facts.get("sha256") else set()
        return frozenset(own.union(*map(hashes_in, facts.values())))
    if isinstance(facts, list | tuple):
        return frozenset().union(*map(hashes_in, facts))
    return frozenset()


def registered(manifest: Mapping[str, Any], digest: str, size: int) -> dict[str, tuple[str, int]]:
    """The files that belong to a manifest, itself among them: hash to name and size."""
    found = {digest: (MANIFEST, size)}
    for each in manifest["files"]:
        if each["kept"]:
            found.setdefault(each["sha256"], (each["name"], each["size"]))
    return found
