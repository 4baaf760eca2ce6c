"""Strangers' text made harmless, and long text cut where it does not hurt. Pure.

Two steps, both needed. `inert` is applied to every name, title or detail that comes from outside
when a message is composed: afterwards it cannot be a link, a mention or a second line. `markdown`,
`feishu` and `html` are applied by a channel to the whole message: they take the channel's own
signs out of it. The only links that survive are those we built with `link`.
"""

from __future__ import annotations

import html as _html
import json
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote, urlsplit

ELLIPSIS = "…"
Measure = Callable[[str], int]  # adds up: of two texts together it is the sum of both
_DOT_OF_A_HOST = re.compile(r"(?<=\w)\.(?=[^\W\d_])")
_SCHEME = re.compile(r"(?i)(?<=[a-z]):(?=\S)|:(?=//)")
_STRUCTURE = str.maketrans(
    '@《》【】"', "＠〈〉〔〕'"
)  # the signs our own sentences are built with
_OUR_LINK = re.compile(r"https?://[!#-'*+,\-./0-9:;=?@A-Z_a-z~%]+")
_WIDE = str.maketrans("*_`~[]<>\\|&!@", "＊＿｀～［］＜＞＼｜＆！＠")
_FEISHU = str.maketrans("<>[]*~`@", "＜＞［］＊～｀＠")
_LINE_MARK = re.compile(r"(?m)^(\s*)([#>+=-]+)")
# What must not be torn apart: tags, entities, Markdown links, addresses, marks on a letter.
_ATOM = re.compile(
    r"<[^<>\n]{0,200}>|&#?\w{1,10};|\[[^\]\n]{0,200}\]\([^)\n]{0,400}\)|https?://[!-~]+"
    r"|[\U0001f1e6-\U0001f1ff]{2}"  # the two letters of a flag
    r"|.(?:[\u0300-\u036f\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff]|\u200d.)*",
    re.DOTALL,
)
_ENDS = "。！？；…"  # of sentences
_CLOSES = "”’」』）》〉〕】\"'"  # what closes with a sentence stays with it


def visible(text: str) -> str:
    """Without control, bidirectional, zero-width and unassigned signs; white space is one blank."""
    kept = (" " if c.isspace() else c for c in text)
    return " ".join("".join(c for c in kept if unicodedata.category(c)[0] != "C").split())


def inert(text: str, limit: int = 60) -> str:
    """A stranger's text for one line: no link, no mention, at most `limit` characters."""
    plain = visible(text[: limit * 20])
    plain = _DOT_OF_A_HOST.sub("．", _SCHEME.sub("：", plain)).translate(_STRUCTURE)
    return plain if len(plain) <= limit else plain[: limit - 1] + ELLIPSIS


def link(url: str, limit: int = 300) -> str:
    """An address we may print as a link, or "" where it is none.

    Only http and https with a host; signs that could leave an address are percent-encoded, user
    and password are left out.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or not re.fullmatch(r"[\w.-]+", host):
        return ""
    tail = quote(parts.path, safe="/%:+,;=~-._", errors="replace") or "/"
    if parts.query:
        tail += "?" + quote(parts.query, safe="/%:+,;=~-._?&", errors="replace")
    try:
        name = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return ""
    address = f"{parts.scheme}://{name}{f':{port}' if port else ''}{tail}"
    return address if len(address) <= limit else ""


def markdown(text: str) -> str:
    """For DingTalk and WeCom: wide twins of their signs; backslashes are not honoured there."""
    return _outside_links(text, lambda part: _LINE_MARK.sub(_wide_mark, part.translate(_WIDE)))


def feishu(text: str) -> str:
    """For a Feishu text message, in which <at …> is a mention and [x](address) a link."""
    return _outside_links(text, lambda part: part.translate(_FEISHU))


def html(text: str) -> str:
    return _html.escape(text, quote=True).replace("\n", "<br>\n")


def size(text: str) -> int:
    """Bytes in UTF-8, which is what the channels count; half a surrogate pair leaves as "?"."""
    return len(text.encode(errors="replace"))


def json_size(text: str) -> int:
    """Bytes inside a JSON string: quotes, backslashes and line breaks take two and more."""
    return len(json.dumps(text, ensure_ascii=False).encode(errors="replace")) - 2


def sms_size(text: str) -> int:
    """Characters as a text message counts them: 16 bits each, so that an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shorten(text: str, limit: int, tail: str = ELLIPSIS, measure: Measure = size) -> str:
    """At most `limit`, ending where a sentence ends if one does, marked with `tail`."""
    if measure(text) <= limit:
        return text
    return _head(text, limit - measure(tail), measure).rstrip() + tail


def split(text: str, limit: int, measure: Measure = size) -> tuple[str, ...]:
    """The text in pieces of at most `limit` by `measure`, cut at line ends, else at sentence ends.

    Joined they are the text again, less the white space at the cuts.
    """
    pieces: list[str] = []
    while measure(text) > limit:
        head = _head(text, limit, measure)
        pieces.append(head.strip("\n"))
        text = text[len(head) :].lstrip("\n")
    return tuple(piece for piece in (*pieces, text) if piece)


# -- inside ----------------------------------------------------------------------------------


def _wide_mark(match: re.Match[str]) -> str:
    wide = {"#": "＃", ">": "＞", "+": "＋", "=": "＝", "-": "－"}
    return match.group(1) + "".join(wide[sign] for sign in match.group(2))


def _outside_links(text: str, change: Callable[[str], str]) -> str:
    parts: list[str] = []
    end = 0
    for found in _OUR_LINK.finditer(text):
        parts += [change(text[end : found.start()]), found.group()]
        end = found.end()
    return "".join([*parts, change(text[end:])])


def _head(text: str, limit: int, measure: Measure) -> str:
    """The longest good beginning of `text` within `limit`; never empty."""
    fits, used, line, sentence, earlier = 0, 0, 0, 0, 0
    for atom in _ATOM.finditer(text):
        sign = atom.group()
        used += measure(sign)
        if used > limit:
            if sign in _CLOSES and sentence == fits:
                sentence = earlier
            break
        fits = atom.end()
        if sign == "\n":
            line = fits
        elif sign[0] in _ENDS:
            earlier, sentence = sentence, fits
        elif sign in _CLOSES and sentence == atom.start():
            sentence = fits
    for cut in (line, sentence):
        if cut * 2 > fits:  # a cut that wastes more than half is no good cut
            return text[:cut]
    return text[:fits] if fits else _hard_cut(text, limit, measure)


def _hard_cut(text: str, limit: int, measure: Measure) -> str:
    """A single atom longer than the limit: characters are all that can be kept whole."""
    used, most = 0, max(limit, 4)
    for cut, sign in enumerate(text):
        used += measure(sign)
        if used > most:
            return text[: max(cut, 1)]
    return text
