"""Reading offices.yaml: who is where, every mistake at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from alerts.routing import Office, Offices, Secret, Target
from watcher.mistakes import reason_of
from watcher.model import Role

# What each kind of target needs and may have beside `kind`.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "wecom": ("token",),
    "dingtalk": ("token",),
    "feishu": ("token",),
    "mail": ("url",),
    "webhook": ("url",),
    "sms": ("token", "to", "sign"),
    "apprise": ("url",),
}
MAY: Mapping[str, tuple[str, ...]] = {
    "wecom": ("base_url", "pictures"),
    "dingtalk": ("secret", "base_url"),
    "feishu": ("secret", "base_url"),
    "mail": ("pictures",),
    "webhook": ("secret", "pictures"),
    "sms": ("base_url",),
    "apprise": (),
}
SCHEMES: Mapping[str, tuple[str, ...]] = {
    "mail": ("mailto", "mailtos"),
    "webhook": ("http", "https"),
}
_ROLES = {role.value: role for role in Role}


class OfficesError(ValueError):
    """offices.yaml is wrong; `mistakes` are lines of "file: path: what (suggestion)"."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


@dataclass(slots=True)
class _Book:
    """What is being read, and what was wrong with it so far."""

    file: str
    mistakes: list[str] = field(default_factory=list)

    def wrong(self, path: str, what: str) -> None:
        self.mistakes.append(f"{self.file}: {path}: {what}")

    def mapping(self, value: Any, path: str) -> Mapping[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.wrong(path, "应为若干“名称: 值”")
            return {}
        return {str(key): item for key, item in value.items()}

    def text(self, value: Any, path: str) -> str:
        if value is None or isinstance(value, str):
            return (value or "").strip()
        self.wrong(path, "应为文字")
        return ""

    def known(self, given: Iterable[str], allowed: Iterable[str], path: str, what: str) -> None:
        names = tuple(allowed)
        for key in given:
            if key not in names:
                self.wrong(f"{path}.{key}" if path else key, f"{what}{_meant(key, names)}")


def load_offices(path: Path) -> Offices:
    """The offices of a file. Raises OfficesError with every mistake found."""
    book = _Book(str(path))
    try:
        raw = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise OfficesError([f"{path}: 不能读取：{reason_of(error)}"]) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise OfficesError([f"{path}: 不是有效的 YAML，请检查缩进、冒号和引号"]) from None
    top = book.mapping(raw, "(top)")
    book.known(top, ("targets", "offices", "units", "roles", "fallback"), "", "不认识这一项")
    targets = _targets(book, top.get("targets"))
    offices = _offices(book, top.get("offices"), "offices", targets)
    units = _offices(book, top.get("units"), "units", targets)
    _tree(book, offices)
    roles = _roles(book, top.get("roles"), offices)
    fallback = _names(book, top.get("fallback"), "fallback", targets)
    if not fallback:
        book.wrong("fallback", "至少要有一个推送目标，否则通知无处可发")
    if book.mistakes:
        raise OfficesError(book.mistakes)
    return Offices(offices, targets, units, roles, fallback)


# -- inside ----------------------------------------------------------------------------------


def _meant(word: str, names: Iterable[str]) -> str:
    near = get_close_matches(word, list(names), n=1, cutoff=0.6)
    return f" {word}，是否指“{near[0]}”？" if near else f" {word}"


def _targets(book: _Book, raw: Any) -> Mapping[str, Target]:
    made: dict[str, Target] = {}
    for name, value in book.mapping(raw, "targets").items():
        path = f"targets.{name}"
        entry = book.mapping(value, path)
        kind = book.text(entry.get("kind"), f"{path}.kind")
        if kind not in NEEDS:
            book.wrong(
                f"{path}.kind", f"不认识的类型{_meant(kind, NEEDS)}；可用：{'、'.join(NEEDS)}"
            )
            continue
        book.known(entry, ("kind", *NEEDS[kind], *MAY[kind]), path, f"{kind} 没有这一项")
        for needed in NEEDS[kind]:
            if not entry.get(needed):
                book.wrong(f"{path}.{needed}", f"{kind} 必须写这一项")
        made[name] = Target(
            name=name,
            kind=kind,
            url=_address(book, entry.get("url"), f"{path}.url", kind),
            token=_secret(book, entry.get("token"), f"{path}.token"),
            secret=_secret(book, entry.get("secret"), f"{path}.secret"),
            base_url=_base(book, entry.get("base_url"), f"{path}.base_url"),
            to=_secret(book, entry.get("to"), f"{path}.to"),
            sign=_sign(book, entry.get("sign"), f"{path}.sign"),
            pictures=_yes(book, entry.get("pictures"), f"{path}.pictures"),
        )
    return made


def _secret(book: _Book, value: Any, path: str) -> Secret | None:
    """A reference to a secret. The value itself, if one was written here, is not repeated."""
    if value is None:
        return None
    if isinstance(value, dict) and len(value) == 1:
        source, name = next(iter(value.items()))
        if source in ("env", "file") and isinstance(name, str) and name:
            return Secret(source, name)
    book.wrong(path, "密钥写成 {env: 变量名} 或 {file: 路径}，不能直接写在文件里")
    return None


def _address(book: _Book, value: Any, path: str, kind: str) -> Secret | str | None:
    """A secret reference, or an address without user, password or query in the open."""
    if value is None or isinstance(value, dict):
        return _secret(book, value, path)
    text = book.text(value, path)
    try:
        parts = urlsplit(text)
        open_secret = bool(parts.username or parts.password or parts.query)
    except ValueError:
        book.wrong(path, "不是网址")
        return None
    if kind == "apprise" or open_secret:
        book.wrong(path, "可能含有密钥：请写成 {env: 变量名} 或 {file: 路径}")
    elif parts.scheme not in SCHEMES[kind] or not parts.hostname:
        wanted = " 或 ".join(f"{scheme}://" for scheme in SCHEMES[kind])
        book.wrong(path, f"协议 {parts.scheme!r} 不对，须以 {wanted} 开头")
    return text


def _sign(book: _Book, value: Any, path: str) -> str:
    """The signature registered with the gateway: 2 to 20 characters, without the brackets."""
    text = book.text(value, path).strip("【】")
    if text and not (2 <= len(text) <= 20 and text.isprintable() and not set(text) & set("【】")):
        book.wrong(path, "应为已报备的短信签名，2 至 20 个字")
    return text


def _yes(book: _Book, value: Any, path: str) -> bool:
    if value is not None and not isinstance(value, bool):
        book.wrong(path, "应为 true 或 false")
    return value is True


def _base(book: _Book, value: Any, path: str) -> str:
    text = book.text(value, path)
    try:
        good = not text or (urlsplit(text).scheme in ("http", "https") and urlsplit(text).hostname)
    except ValueError:
        good = False
    if not good:
        book.wrong(path, "应为 http:// 或 https:// 网址")
    return text.rstrip("/")


def _offices(
    book: _Book, raw: Any, section: str, targets: Mapping[str, Target]
) -> Mapping[str, Office]:
    made: dict[str, Office] = {}
    for key, value in book.mapping(raw, section).items():
        path = f"{section}.{key}"
        entry = book.mapping(value, path)
        book.known(entry, ("name", "kind", "parent", "targets"), path, "不认识这一项")
        name = book.text(entry.get("name"), f"{path}.name")
        if not name and section == "offices":
            book.wrong(f"{path}.name", "必须写")
        made[key] = Office(
            key=key,
            name=name or key,
            kind=book.text(entry.get("kind"), f"{path}.kind"),
            parent=book.text(entry.get("parent"), f"{path}.parent"),
            targets=_by_role(book, entry.get("targets"), f"{path}.targets", targets),
        )
    return made


def _by_role(
    book: _Book, raw: Any, path: str, targets: Mapping[str, Target]
) -> Mapping[Role | str, tuple[str, ...]]:
    """`targets: [a, b]` for every role, or `targets: {C: [a], L: [b]}`."""
    if not isinstance(raw, dict):
        names = _names(book, raw, path, targets)
        return {"": names} if names else {}
    entry = book.mapping(raw, path)
    book.known(entry, _ROLES, path, f"不认识的角色（可用：{'、'.join(_ROLES)}）")
    return {
        _ROLES[role]: _names(book, value, f"{path}.{role}", targets)
        for role, value in entry.items()
        if role in _ROLES
    }


def _names(book: _Book, raw: Any, path: str, targets: Mapping[str, Target]) -> tuple[str, ...]:
    listed = [raw] if isinstance(raw, str) else raw or []
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        book.wrong(path, "应为一个推送目标的名称，或若干名称的列表")
        return ()
    for name in listed:
        if name not in targets:
            book.wrong(path, f"没有这个推送目标{_meant(name, targets)}")
    return tuple(dict.fromkeys(listed))


def _roles(book: _Book, raw: Any, offices: Mapping[str, Office]) -> Mapping[Role, str]:
    entry = book.mapping(raw, "roles")
    book.known(entry, _ROLES, "roles", f"不认识的角色（可用：{'、'.join(_ROLES)}）")
    made: dict[Role, str] = {}
    for role, value in entry.items():
        key = book.text(value, f"roles.{role}")
        if key not in offices:
            book.wrong(f"roles.{role}", f"没有这个办公室{_meant(key, offices)}")
        elif role in _ROLES:
            made[_ROLES[role]] = key
    return made


def _tree(book: _Book, offices: Mapping[str, Office]) -> None:
    for key, office in offices.items():
        if office.parent and office.parent not in offices:
            meant = _meant(office.parent, offices)
            book.wrong(f"offices.{key}.parent", f"没有这个办公室{meant}")
        elif key in (way := _above(key, offices)):
            book.wrong(f"offices.{key}.parent", f"上级绕成了一圈：{' → '.join((key, *way))}")


def _above(key: str, offices: Mapping[str, Office]) -> tuple[str, ...]:
    """The offices above one, up to the top or to the first met twice."""
    way: list[str] = []
    current = offices[key].parent
    while current in offices and current not in way:
        way.append(current)
        if current == key:
            break
        current = offices[current].parent
    return tuple(way)
