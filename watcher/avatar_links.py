"""Where a page says that an avatar is to be had. Pure.

Collectors keep only the part of an avatar's address that names the picture, since hosts and
signatures change. To fetch the picture its whole address is looked up in the pages that were just
read. Of several sizes always the same one is taken, and only from hosts that serve pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

from watcher.canonical import picture_key
from watcher.model import Page

# Hosts of pictures of the platforms that we read.
HOSTS = frozenset(
    {
        *("*.sinaimg.cn", "wx.qlogo.cn", "*.qlogo.cn", "mmbiz.qpic.cn", "*.qpic.cn"),
        *("*.douyinpic.com", "*.byteimg.com", "*.pstatp.com", "*.toutiaoimg.com"),
        *("*.yximgs.com", "*.kwimgs.com", "*.hdslb.com", "*.xhscdn.com"),
        *("*.bdstatic.com", "*.bdimg.com", "*.baidu.com", "pic.weishi.qq.com", "*.gtimg.com"),
        *("*.uczzd.cn", "*.126.net", "*.127.net", "*.sohucs.com", "*.itc.cn", "*.thepaper.cn"),
        *("*.meipian.me", "*.ivwen.com", "*.southcn.com", "*.yidianzixun.com", "*.mzstatic.com"),
        *("*.myapp.com", "*.dbankcdn.com", "*.dbankcloud.cn", "*.vivo.com.cn"),  # stores of apps
    }
)
WANTED = 300  # pixels a side, about: large enough to be told apart, small enough to be polite
_SHORTEST = 5  # characters that name a picture; less stands in any page
_AROUND = 1500  # bytes on either side: a signed address is long
_PLACES = 4  # of a page that are looked at
_ADDRESS = re.compile(r"""(?:https?:)?//[^\s"'<>()\\]+""")
_SIZE = re.compile(r"(?<!\d)(\d{2,4})(?:x\d{2,4})?(?=[/~.]|$)")
_WECHAT = re.compile(r"(?<=/)(?:0|46|64|96|132)$")


@dataclass(frozen=True, slots=True)
class Link:
    """The address of a picture, and the page that shows it, as browsers tell its server."""

    url: str
    referer: str


def link_to(avatar: str, pages: Iterable[Page]) -> Link | None:
    """The address of an avatar in the size that is always taken; None where no page tells it."""
    name = picture_key(avatar)
    if len(name) < _SHORTEST:
        return None
    found = {(url, _origin(page.url)) for page in pages for url in _addresses(page.body, name)}
    best = min(found, key=lambda each: (_unfit(each[0], name), each), default=None)
    return Link(_sized(best[0]), best[1]) if best else None


def _addresses(body: bytes, name: str) -> Iterator[str]:
    needle, at = name.encode(), -1
    for _ in range(_PLACES):
        at = body.find(needle, at + 1)
        if at < 0:
            return
        text = _plain(body[max(0, at - _AROUND) : at + len(needle) + _AROUND])
        for shown in {text, unquote(text)}:
            for match in _ADDRESS.findall(shown):
                if name in match:
                    yield _secure(match)


def _plain(snippet: bytes) -> str:
    """A piece of JSON, a script or HTML with its addresses as they are meant."""
    text = snippet.decode("utf-8", "replace").replace("\\/", "/").replace("&amp;", "&")
    return re.sub(r"\\u00(2[fF]|26)", lambda m: chr(int(m[1], 16)), text)


def _secure(address: str) -> str:
    return f"https://{address.partition('//')[2]}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, "/", "", ""))


def _unfit(url: str, name: str) -> int:
    """How far the size that an address names is from the wanted one; 0 where it names none."""
    sizes = _SIZE.findall(urlsplit(url).path.replace(name, ""))
    return abs(int(sizes[-1]) - WANTED) if sizes else 0


def _sized(url: str) -> str:
    """WeChat serves a portrait in any of five sizes, unsigned."""
    parts = urlsplit(url)
    if (parts.hostname or "").endswith("wx.qlogo.cn"):
        return urlunsplit(parts._replace(path=_WECHAT.sub("132", parts.path)))
    return url
