"""The article page of mp.weixin.qq.com, in its templates since 2018, and its refusals; pure.

Values are read only where a template declares them: `var NAME =` and `window.NAME =` of the page,
the first level of `cgiDataNew`, and `d.NAME =` of the picture template. Anything deeper belongs
to somebody else: the advertisement preview of every page names 微信广告 (gh_1e80bb81a1d2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from selectolax.lexbor import LexborHTMLParser

from collectors._wechat import (
    Identity,
    article_ref,
    clean,
    looks_like_captcha,
    read_json,
    title_of,
    unix,
)
from watcher.model import CollectError, Page, Post, Profile, Trouble

BEIJING = ZoneInfo("Asia/Shanghai")

# An unfinished string is taken to the end of its line, so that no page is read twice over.
_STRING = r"\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?"
_TOKEN = re.compile(rf"({_STRING})|([{{\[])|([}}\]])|([A-Za-z_]\w*)[ \t]*:")
_META = re.compile(r"<meta\s+property=\"og:(title|url)\"\s+content=\"([^\"]{0,2000})\"")
_VERIFY = re.compile(r"verify_status\s*[:=]\s*[\"'](\d{1,3})[\"']")
_ARTICLE = re.compile(r"id=[\"'](?:js_article|js_content|page-content)[\"']")
_LARGEST_HEAD = 1_000_000  # characters; styles come before the metas
_LARGEST_REFUSAL = 200_000  # characters; real ones have 40,000
_WANTED = (
    "biz|bizuin|user_name|alias|nickname|nick_name|ct|oriCreateTime|ori_create_time|create_time"
    "|createTime|modify_time|mid|idx|msg_title|title|round_head_img|profile_signature|signature"
    "|link"
)
# Three patterns that begin with letters: such a search is many times faster on pages of 3 MB.
_DECLARED = tuple(
    re.compile(rf"{start}({_WANTED})[ \t]*=(?!=)[ \t]*([^\n]{{1,4000}})")
    for start in (r"var[ \t]+", r"window\.")
)
_DEE = re.compile(rf"d\.({_WANTED})[ \t]*=(?!=)[ \t]*([^\n]{{1,4000}})")
_NAMES = frozenset(_WANTED.split("|"))

# What an error page says about the account itself, then about the article or the visitor.
_ACCOUNT_WORDS: tuple[tuple[str, Trouble, str], ...] = (
    (r"涉嫌侵权。\s*此[帐账]号已注销", Trouble.BANNED, "account closed after a complaint"),
    (r"[帐账]号已被屏蔽", Trouble.BANNED, "account closed by the platform"),
    (r"[帐账]号已自主注销", Trouble.GONE, "account deregistered by its owner"),
    (r"[帐账]号已系统注销|[帐账]号已被系统回收", Trouble.GONE, "account reclaimed"),
    (r"[公众帐账]号已迁移", Trouble.GONE, "account migrated to another"),
)
_DELETED = "article deleted by its author"
_OTHER_WORDS: tuple[tuple[str, Trouble, str], ...] = (
    (r"[帐账]号迁移流程中|已申请[帐账]号迁移", Trouble.BLOCKED, "account is migrating"),
    (r"已被发布者删除|deleted by the author", Trouble.UNREADABLE, _DELETED),
    (r"因违规无法查看", Trouble.UNREADABLE, "article blocked by the platform"),
    (r"被投诉|多人投诉|涉嫌侵权", Trouble.UNREADABLE, "article blocked after complaints"),
    (r"发送失败无法查看", Trouble.UNREADABLE, "article failed to be sent"),
    (r"已停止访问该网页", Trouble.UNREADABLE, "article stopped by the platform"),
    (r"链接已过期", Trouble.UNREADABLE, "the link has expired; a short link does not"),
    (r"参数错误", Trouble.UNREADABLE, "the link is wrong"),
    (r"该内容暂时无法查看", Trouble.BLOCKED, "article not to be seen for now"),
    (r"请在微信客户端打开|no session", Trouble.BLOCKED, "wants the WeChat client"),
)


class AccountError(CollectError):
    """An article page that speaks of the account, not of the article."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article, and the account that published it."""

    identity: Identity
    profile: Profile
    post: Post


def read_article(page: Page) -> Article:
    """The article of a page. Raises CollectError; AccountError where the account is at stake."""
    if page.status >= 500:
        raise CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
    if page.status != 200:
        walled = page.status < 400 or page.status in (401, 403, 418, 429)
        where = "captcha" if "captcha" in page.headers.get("location", "") else "no article"
        trouble = Trouble.BLOCKED if walled else Trouble.UNREADABLE
        raise CollectError(trouble, f"HTTP {page.status}: {where}")
    html = page.text
    if not html.strip():
        raise CollectError(Trouble.BLOCKED, "empty page")
    if html.lstrip().startswith("{"):
        read_json(page)
        raise CollectError(Trouble.UNREADABLE, "JSON instead of an article")
    scripts = _scripts(html)
    article = _article(_values(html, scripts), html, scripts, page)
    if article is not None:
        return article
    _judge(page, html)
    raise CollectError(Trouble.UNREADABLE, "neither an article nor a refusal we know")


def transfer_target(page: Page) -> str | None:
    """Where a migrated account says the article now lives; only an address of mp.weixin.qq.com."""
    found = re.search(rf"\btransferTargetLink\s*=\s*({_STRING})", page.text)
    url = unescape(_literal(found[1])) if found else ""
    return url if re.match(r"https?://mp\.weixin\.qq\.com/", url) else None


def _article(values: dict[str, str], html: str, scripts: str, page: Page) -> Article | None:
    """None where the page is not built as an article."""
    biz, mid, idx = article_ref(values.get("og:url") or values.get("link", ""))
    biz = values.get("biz") or values.get("bizuin") or biz
    identity = Identity(biz, values.get("user_name", ""), values.get("alias", ""))
    name = values.get("nickname") or values.get("nick_name") or ""
    at = _published(values)
    if at is None or not name or not (identity.biz or identity.gh):
        if _ARTICLE.search(html) and not looks_like_captcha(html[:_LARGEST_REFUSAL]):
            raise CollectError(Trouble.UNREADABLE, "an article without account or time")
        return None
    mid, idx = values.get("mid") or mid, values.get("idx") or idx or "1"
    edited = unix(values.get("modify_time"))
    title = values.get("og:title") or values.get("msg_title") or values.get("title") or ""
    post = Post(
        id=f"{mid}_{idx}" if mid.isdigit() and idx.isdigit() else _short(page.url),
        at=at,
        title=title_of(title),
        url=page.url,
        edited_at=edited if edited and edited > at else None,
    )
    return Article(identity, _profile(identity, name, values, scripts), post)


def _profile(identity: Identity, name: str, values: dict[str, str], scripts: str) -> Profile:
    status = _VERIFY.search(scripts)
    bio = values.get("profile_signature", values.get("signature"))
    return Profile(
        handle=identity.biz or identity.gh,
        name=name.strip()[:100],
        bio=bio[:1000] if bio else bio,
        avatar=avatar(values.get("round_head_img", "")),
        # seen on 26 pages, documented nowhere: 2 on verified accounts, 0 on others
        verified={"2": True, "0": False}.get(status[1]) if status else None,
    )


def avatar(url: str) -> str | None:
    """The name of the picture: WeChat appends its size as the last part of the path."""
    try:
        parts = [part for part in urlsplit(url).path.split("/") if part]
    except ValueError:
        return None
    named = [part for part in parts if not part.isdigit()]
    return named[-1] if named else None


def _short(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2] or url


def _published(values: dict[str, str]) -> datetime | None:
    for name in ("ct", "oriCreateTime", "ori_create_time", "create_time"):
        if at := unix(values.get(name)):
            return at
    for name in ("createTime", "create_time"):
        try:
            local = datetime.fromisoformat(values.get(name, ""))
        except ValueError:
            continue
        if local.tzinfo is None and local.year > 2010:
            return local.replace(tzinfo=BEIJING).astimezone(UTC)
    return None


def _values(html: str, scripts: str) -> dict[str, str]:
    """The page's own declarations by name; the first that says something wins.

    Metas come as og:title and og:url; `var` and `window.` before `cgiDataNew` before `d.`.
    """
    found: dict[str, str] = {}
    for name, value in _META.findall(html[:_LARGEST_HEAD]):
        found.setdefault(f"og:{name}", clean(unescape(value)))
    for pattern in _DECLARED:
        for match in pattern.finditer(scripts):
            if _begins_statement(scripts, match.start()):
                _keep(found, match[1], _first(match[2]))
    for name, value in _top_level(scripts):
        _keep(found, name, value)
    for match in _DEE.finditer(scripts):
        if _begins_statement(scripts, match.start()):
            _keep(found, match[1], _last(match[2]))
    return found


def _scripts(html: str) -> str:
    """The page's scripts alone: an article's text may show any code it likes."""
    found, at = [], html.find("<script")
    while at >= 0:
        end = html.find("</script", at)
        found.append(html[html.find(">", at) + 1 : end if end >= 0 else len(html)])
        at = html.find("<script", end) if end >= 0 else -1
    return "\n".join(found)


def _begins_statement(script: str, at: int) -> bool:
    return at == 0 or script[at - 1] in " \t\n\r;{,"


def _keep(found: dict[str, str], name: str, value: str) -> None:
    if value and name not in found:
        found[name] = value


def _first(expression: str) -> str:
    """The first string of `"" || "x"`, `htmlDecode("x")`, `'x'.html(false)` that is not empty."""
    statement = re.match(rf"(?:{_STRING}|[^;\"'])*", expression)
    literals = re.findall(_STRING, statement[0]) if statement else []
    return next((text for text in map(_literal, literals) if text), "")


def _last(expression: str) -> str:
    """The last string of `xml ? getXmlValue('x.DATA') : 'value'`."""
    literals = re.findall(_STRING, expression)
    return _literal(literals[-1]) if literals else ""


def _top_level(script: str) -> list[tuple[str, str]]:
    """The strings of the first level of `cgiDataNew = {…}`; deeper ones are not the account's."""
    start = re.search(r"cgiDataNew\s*=\s*\{", script)
    depth, name, found = 1, "", []
    for token in _TOKEN.finditer(script, start.end()) if start else ():
        string, opening, closing, key = token.groups()
        if opening:
            depth, name = depth + 1, ""
        elif closing:
            depth -= 1
        elif depth == 1 and key:
            name = key
        elif depth == 1 and string and name:
            if name in _NAMES:
                found.append((name, _literal(string)))
            name = ""
        if depth == 0:
            break
    return found


_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_PLAIN = {"n": "\n", "r": "", "t": " ", "b": "", "f": ""}


def _literal(quoted: str) -> str:
    r"""A JavaScript string and the \x26amp; that WeChat's JsDecode and htmlDecode undo."""

    def undo(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else _PLAIN.get(match[3], match[3])

    if len(quoted) < 2 or quoted[0] != quoted[-1]:
        return ""
    return clean(unescape(unescape(_ESCAPE.sub(undo, quoted[1:-1]))))


def _judge(page: Page, html: str) -> None:
    """Raises what an error page means: its headline first, then the marks of a captcha."""
    said = _headline(html)
    for pattern, trouble, meaning in _ACCOUNT_WORDS:
        if re.search(pattern, said):
            raise AccountError(trouble, meaning)
    if "captcha" in page.url or looks_like_captcha(html[:_LARGEST_REFUSAL]):
        raise CollectError(Trouble.BLOCKED, "captcha")
    for pattern, trouble, meaning in _OTHER_WORDS:
        if re.search(pattern, said):
            raise CollectError(trouble, meaning, post_gone=meaning == _DELETED)


def _headline(html: str) -> str:
    """The words of an error page: its message blocks where it has some, else all it shows."""
    tree = LexborHTMLParser(html[:_LARGEST_REFUSAL])
    tree.strip_tags(["script", "style"])
    blocks = tree.css(".weui-msg__title, .weui-msg__desc, .mesg-block")[:10]
    said = " ".join(block.text() for block in blocks)
    if not said.strip() and tree.body:
        said = tree.body.text()
    return " ".join(said.split())[:2000]
