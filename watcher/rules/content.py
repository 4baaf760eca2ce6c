"""CON-01 to CON-03: advisories about what an account publishes. 《办法》Art. 13, 21, 22.

Only what our collectors see is judged: titles and short texts, never an article's body, and the
facts say so. One case for each post. A post that left our sight is judged no more; its case stands
until its page says that it is gone, or a person ends it (`watcher/restraint.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from watcher.calendar import local
from watcher.model import Account, Dossier, FiledState, Finding, Level, StoredPost
from watcher.rules.evidence import post_facts, reading_facts
from watcher.rules.ruleset import Rule, RuleSet, exempt

PREFIX = "CON-"
SEEN = "titles"  # what was judged: titles and short texts as the lists show them
_MOST = 3  # findings a day, account and rule, where the file says nothing else
_LINK = re.compile(r"(?i)https?://[^\s\"'<>，。；！？、）)】》”]{3,300}")
_ENDINGS = (
    "com|cn|net|org|top|xyz|cc|vip|shop|club|info|biz|site|online|store|ltd|fun|icu|live|app|wang"
    "|asia|mobi|tech|link|work|pro|ink|tv|me|co|io"
)
_BARE = re.compile(rf"(?i)(?<![\w@./:%-])(?:[a-z0-9-]{{1,63}}\.){{1,5}}(?:{_ENDINGS})(?![\w@-])")
# A post that calls itself taken from elsewhere …
_TAKEN = re.compile(
    r"[【\[（(〔]\s*(?:转载?|转发|转帖)\s*[】\]）)〕]|^\s*转载|转载\s*[:：]|来源\s*[:：]"
)
# … and one that says from where; 网络 and 互联网 name nobody.
_ORIGIN = re.compile(
    r"(?:转载?自|来源(?:于|自)?|出处|摘自|源自|作者|供稿)\s*[:：|丨/]?\s*"
    r"(?!网络|互联网|网上|佚名|不详|未知)[\w@“\"《「【]"
    r"|据[^，。]{2,20}(?:报道|消息|发布)|(?:文|图)\s*[/|丨]\s*\w|//?@|@[\w·-]{2,}"
)
_Judge: TypeAlias = Callable[[Dossier, StoredPost, Rule], Mapping[str, Any] | None]


def judge_content(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """What is to be advised about the posts of one account."""
    account = dossier.account
    if not dossier.posts or account.filed_state is FiledState.DEREGISTERED:
        return
    suspects = _suspects(dossier, rules)
    for name, judge in _RULES if suspects else ():
        rule = rules.active(name)
        if rule is not None and not exempt(account, name, now):
            yield from _capped(dossier, suspects, rule, judge)


def _suspects(dossier: Dossier, rules: RuleSet) -> list[StoredPost]:
    """The posts that any of these rules could mean; few, and found at little cost."""
    signs = [_signs(stored.post.title, stored.post.url) for stored in dossier.posts]
    links = rules.active("CON-01")
    allowed = _allowed(links) if links else ()
    strange = {host for host in {host for _, host in signs} if not _within(host, allowed)}
    return [
        stored
        for stored, (odd, host) in zip(dossier.posts, signs, strict=True)
        if (odd or host in strange or stored.ids or stored.mobiles) and not stored.removed_at
    ]


@lru_cache(maxsize=1 << 15)
def _signs(title: str, url: str | None) -> tuple[bool, str]:
    """Whether the text has a link or a word of reposts, and the host of the address."""
    return any(hosts_in(title)) or _TAKEN.search(title) is not None, _host(url or "")


def _allowed(rule: Rule) -> tuple[str, ...]:
    return tuple(rule.thresholds.get("allowed_domains", ()))


def about_lost_post(finding: Finding, dossier: Dossier) -> bool:
    """Whether a finding is about a post that is no longer among those at hand."""
    if not finding.rule.startswith(PREFIX):
        return False
    return all(stored.post.id != finding.subject for stored in dossier.posts)


def _capped(
    dossier: Dossier, suspects: Sequence[StoredPost], rule: Rule, judge: _Judge
) -> Iterator[Finding]:
    """The first findings of each day on which such posts were seen; the rest are not told."""
    most = int(rule.thresholds.get("most_per_day", _MOST))
    told: Counter[object] = Counter()
    for stored in sorted(suspects, key=lambda each: (each.first_seen, each.post.id)):
        facts = judge(dossier, stored, rule)
        if facts is None:
            continue
        day = local(_seen_at(dossier, stored)).date()
        told[day] += 1
        if told[day] <= most:
            yield _finding(dossier, stored, rule, facts)


def _finding(dossier: Dossier, stored: StoredPost, rule: Rule, facts: Mapping[str, Any]) -> Finding:
    level = Level.YELLOW if facts.get("disclosure") and rule.level is Level.RED else rule.level
    reading = reading_facts(dossier)
    if stored.source:
        reading = {**reading, "source": stored.source}
    return Finding(
        rule=rule.rule,
        account=dossier.account.key,
        subject=stored.post.id,
        level=level,
        article=rule.article,
        as_of=_seen_at(dossier, stored),
        facts={
            **post_facts(stored.post),
            **facts,
            "core": [stored.post.id, stored.post.title, *map(str, facts.values())],
            "seen": SEEN,
            "first_seen": stored.first_seen.isoformat(),
            "reading": reading,
        },
    )


def _seen_at(dossier: Dossier, stored: StoredPost) -> datetime:
    """When its text as it is now was first seen: an edit may add what was not there before."""
    edited, last = stored.post.edited_at, dossier.sight.last_reading_at
    if edited is None or last is None or edited > last:
        return stored.first_seen
    return max(stored.first_seen, edited)


# -- the rules -------------------------------------------------------------------------------


def _strange_links(dossier: Dossier, stored: StoredPost, rule: Rule) -> Mapping[str, Any] | None:
    """CON-01: links to domains that are neither on the list nor the account's own."""
    hosts = {*hosts_in(stored.post.title), _host(stored.post.url or "")} - {""}
    allowed = _allowed(rule)
    strange = [host for host in sorted(hosts) if not _within(host, allowed)]
    if not strange:
        return None
    own = tuple(_own_hosts(dossier.account))
    strange = [host for host in strange if not _within(host, own)]
    return {"domains": strange[:10]} if strange else None


def _without_origin(dossier: Dossier, stored: StoredPost, rule: Rule) -> Mapping[str, Any] | None:
    """CON-02: it calls itself a repost, and what we see of it names no origin.

    A forward names its origin by itself, as the platforms show it.
    """
    text = stored.post.title
    found = _TAKEN.search(text)
    if found is None or stored.post.repost or _ORIGIN.search(text):
        return None
    return {"pattern": found.group().strip()}


def _discloses(dossier: Dossier, stored: StoredPost, rule: Rule) -> Mapping[str, Any] | None:
    """CON-03: 身份证号 and 手机号. Disclosures that the law demands are a note, not an alarm."""
    if not (stored.ids or stored.mobiles):
        return None
    words = rule.thresholds.get("disclosure_words", ())
    word = next((each for each in words if each in stored.post.title), "")
    return {"ids": stored.ids, "mobiles": stored.mobiles, "disclosure": word}


_RULES: tuple[tuple[str, _Judge], ...] = (
    ("CON-01", _strange_links),
    ("CON-02", _without_origin),
    ("CON-03", _discloses),
)


# -- domains ---------------------------------------------------------------------------------


def hosts_in(text: str) -> Iterator[str]:
    """The hosts that a text links to, lower-case; an e-mail address links to nothing."""
    if "." not in text:
        return
    for match in _LINK.finditer(text):
        yield _host(match.group())
    for match in _BARE.finditer(_LINK.sub(" ", text)):
        yield match.group().lower()


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def _own_hosts(account: Account) -> Iterator[str]:
    """Where the account itself lives, as the register has it."""
    for address in (account.url, *(source.handle for source in account.sources)):
        if "://" in address and (host := _host(address)):
            yield host.removeprefix("www.")


def _within(host: str, allowed: tuple[str, ...]) -> bool:
    return not host or any(host == each or host.endswith(f".{each}") for each in allowed)
