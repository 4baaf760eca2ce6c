"""A filled 备案登记表 read: every field, and every doubt with what was read and what to do.

Ours or one typed by hand: rows are found by their labels wherever they stand, ticks by the sign
before their word, full-width signs are taken as plain ones. Nothing is guessed silently.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from watcher.register.cells import day, number
from watcher.register.columns import PLATFORM_OF, PLATFORMS, plain
from watcher.register.form_text import FormText

TICKS, BOXES = "☑☒√✓✔■▣⊠●◉", "□☐○◯▢"
_MARKS = re.compile(rf"[{TICKS}{BOXES}]|\[\s*[xX√]?\s*\]|\(\s*[√]\s*\)")
_LONGEST = 500  # characters of a field
WORDS: Mapping[str, str] = {
    "unit": "单位名称",
    "filled_on": "填表时间",
    "name": "账号名称",
    "opened_on": "创建/注册日期",
    "subject": "账号主体",
    "closed": "运行状态",
    "followers": "关注量/粉丝量",
    "verified": "是否通过认证",
    "lead_name": "工作负责人",
    "lead_post": "工作负责人职务",
    "lead_phone": "工作负责人联系电话",
    "contact_name": "工作联系人",
    "contact_post": "工作联系人职务",
    "contact_phone": "工作联系人联系电话",
    "platform": "账号类型",
    "section": "负责科室",
    "email": "电子邮箱",
    "url": "访问链接",
    "reason": "开设、变更、关停、整合理由",
}
# Labels without signs and spaces, the longer ones first.
_LABELS: tuple[tuple[str, str], ...] = (
    ("账号名称", "name"),
    ("创建注册日期", "opened_on"),
    ("创建日期", "opened_on"),
    ("注册日期", "opened_on"),
    ("账号主体", "subject"),
    ("运行状态", "closed"),
    ("关注量粉丝量", "followers"),
    ("粉丝量", "followers"),
    ("是否通过认证", "verified"),
    ("政务新媒体工作负责人", "lead"),
    ("工作负责人", "lead"),
    ("政务新媒体工作联系人", "contact"),
    ("工作联系人", "contact"),
    ("职务", "post"),
    ("联系电话", "phone"),
    ("账号类型", "platform"),
    ("负责科室电子邮箱", "office"),
    ("负责科室", "section"),
    ("电子邮箱", "email"),
    ("访问链接", "url"),
    ("开设变更关停整合理由", "reason"),
    ("开设变更关停注销整合理由", "reason"),
    ("主办单位意见", "opinion"),
    ("主管单位意见", "opinion"),
    ("单位名称", "unit"),
    ("单位名称盖章", "unit"),
    ("填表时间", "filled_on"),
)
_FIELD_OF = dict(_LABELS)
_SUBTYPES = ("wechat_service", "wechat_subscription", "wechat_miniprogram", "wechat_channels")
_TYPE_WORDS: Mapping[str, str] = {
    "微信": "wechat",
    "服务号": "wechat_service",
    "订阅号": "wechat_subscription",
    "小程序": "wechat_miniprogram",
    "视频号": "wechat_channels",
    "其他": "other",
    **{
        name: code
        for code, name in PLATFORMS.items()
        if not code.startswith("wechat") and code not in ("other", "xiaohongshu", "govsite")
    },
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that was not read for sure: the field, what stood there, what to do.

    `soft`: it was read all the same, and is taken over unless somebody objects.
    """

    field: str
    read: str
    advice: str
    soft: bool = False

    @property
    def word(self) -> str:
        return WORDS[self.field]


@dataclass(frozen=True, slots=True)
class FormRead:
    """What a form says: only fields that were read; `texts` as they stood there."""

    values: Mapping[str, Any]
    texts: Mapping[str, str]
    doubts: tuple[Doubt, ...] = ()
    other_name: str = ""  # of a platform that the form does not name
    event: str = ""  # 开设, 变更, 整合, 关停, 注销, as its reason tells

    def sure(self, name: str) -> bool:
        """Whether a field was read well enough to be taken over."""
        hard = (each.field for each in self.doubts if not each.soft)
        return name in self.values and name not in hard


def read_form(text: FormText) -> FormRead:
    """A form from the text of its file. Raises ValueError where it is none."""
    texts = _texts(text)
    if len(texts.keys() & {"name", "subject", "platform", "reason"}) < 3:
        raise ValueError(
            "不是《三亚市政务新媒体备案登记表》：找不到账号名称、账号主体、账号类型等栏目"
        )
    desk = _Desk(texts)
    for name, read in _READERS.items():
        if name in texts:
            read(desk, name, texts[name])
    for name in ("unit", "name", "platform"):
        if not desk.values.get(name) and not any(each.field == name for each in desk.doubts):
            desk.doubt(name, texts.get(name, ""), "必填而没有读到；请补填")
    _closing(desk)
    event = event_of(texts.get("reason", ""), bool(desk.values.get("closed")))
    return FormRead(desk.values, texts, tuple(desk.doubts), desk.other, event)


def event_of(reason: str, closed: bool) -> str:
    """Which of the five events a reason is about; "" where it does not say."""
    found = re.search(r"拟(?:予)?(开设|变更|关停|注销|整合)", reason)
    found = found or re.search(r"已于.{0,16}?(开设|变更|关停|注销|整合)", reason)
    found = found or re.match(r"[（(]?(关停|注销)", reason)
    if found:
        return found[1]
    named = {word for word in ("开设", "变更", "关停", "注销", "整合") if word in reason}
    if closed:
        named &= {"关停", "注销"}
    return named.pop() if len(named) == 1 else ""


# -- which text belongs to which field ---------------------------------------------------------


def _squeezed(text: str) -> str:
    """A label as it is compared: no spaces, no signs, one width."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text))


def _texts(text: FormText) -> Mapping[str, str]:
    found: dict[str, str] = dict(_headed(text))
    who = ""
    for row in text.rows:
        waiting = ""
        for cell in row:
            if cell.goes_on and not cell.text.strip():
                continue
            label = _FIELD_OF.get(_squeezed(cell.text))
            if label is not None:
                who = label if label in ("lead", "contact") else who
                waiting = _awaited(label, who)
            elif waiting:
                found.setdefault(waiting, _tidy(cell.text))
                waiting = ""
            else:
                _labelled(cell.text, found)
    if "office" in found:
        found |= _office(found.pop("office"))
    found.pop("opinion", None)
    return found


def _awaited(label: str, who: str) -> str:
    """The field that the next cell holds: 职务 and 联系电话 are those of the person above."""
    if label in ("lead", "contact"):
        return f"{label}_name"
    if label in ("post", "phone"):
        return f"{who}_{label}" if who else ""
    return label


def _headed(text: FormText) -> Iterator[tuple[str, str]]:
    """单位名称 and 填表时间 stand above the table, mostly on one line."""
    above = " ".join(text.paragraphs)
    unit = re.search(r"单位名称\s*[:：]?\s*(.*?)\s*(?:[（(]\s*盖\s*章\s*[)）]|填表时间|$)", above)
    if unit and unit[1].strip():
        yield "unit", _tidy(unit[1])
    filled = re.search(r"填表(?:时间|日期)\s*[:：]?\s*([\d\s年月日./\-０-９]+)", above)
    if filled and re.search(r"\d", filled[1]):
        yield "filled_on", _tidy(filled[1])


def _labelled(text: str, found: dict[str, str]) -> None:
    """A cell that holds its label and its value: 账号名称：三亚发布."""
    head, colon, rest = text.replace(":", "：", 1).partition("：")
    name = _FIELD_OF.get(_squeezed(head))
    if colon and rest.strip() and name and name not in ("lead", "contact", "post", "phone"):
        found.setdefault(name, _tidy(rest))


def _office(text: str) -> dict[str, str]:
    """负责科室 and 电子邮箱 share a cell."""
    mails = _mails(text)
    rest = text
    for mail in mails:
        rest = rest.replace(mail, " ")
    section = re.sub(r"(负责科室|电子邮箱|邮箱)\s*[:：]?", " ", rest)
    found = {"section": " ".join(section.split()).strip(" ，,；;、/|")}
    return found | ({"email": "；".join(mails)} if mails else {})


def _tidy(text: str) -> str:
    """Text without the signs that only a form has: full width made plain but for Chinese signs."""
    wide = "".join(
        unicodedata.normalize("NFKC", sign)
        if ("０" <= sign <= "ｚ" and sign.isalnum()) or sign in "＠．－＋／ \u3000"
        else sign
        for sign in text
    )
    lines = (" ".join(line.split()) for line in wide.split("\n"))
    kept = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in "\n".join(lines))
    return kept.strip()[:_LONGEST]


# -- what a text says --------------------------------------------------------------------------


@dataclass(slots=True)
class _Desk:
    texts: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    other: str = ""

    def doubt(self, name: str, read: str, advice: str, soft: bool = False) -> None:
        self.doubts.append(Doubt(name, read, advice, soft))


def _plain_text(desk: _Desk, name: str, text: str) -> None:
    found = " ".join(text.split())
    if found.strip("_＿ 　/无"):
        desk.values[name] = found


def _called(desk: _Desk, name: str, text: str) -> None:
    """A name; typed with spaces between its characters, as forms are filled (李　某), it is one."""
    _plain_text(desk, name, _SPACED.sub("", " ".join(text.split())))


_SPACED = re.compile(r"(?<=[\u4e00-\u9fff·]) (?=[\u4e00-\u9fff·])")


def _date(desk: _Desk, name: str, text: str) -> None:
    found = "".join(text.split()).replace("．", ".")
    if not re.search(r"\d", found):
        return
    try:
        desk.values[name] = day(re.sub(r"[.。]$", "", found))
    except ValueError:
        desk.doubt(name, text, "不是完整的日期；请写成 2026年9月30日")


def _number(desk: _Desk, name: str, text: str) -> None:
    found = re.sub(r"[\s_人个约余]+", "", text)
    if not found or found in ("未采集到", "无", "/"):
        return
    try:
        desk.values[name] = number(found.removeprefix("粉丝").removeprefix("关注"))
    except ValueError:
        desk.doubt(name, text, "不是一个数量；请填数字")


def _phone(desk: _Desk, name: str, text: str) -> None:
    found = [
        each for each in re.split(r"[、,，;；/\n]|\s{1,}(?=\d{3,4}-?\d{4})", text) if each.strip()
    ]
    found = [" ".join(each.split()) for each in found]
    if not found:
        return
    desk.values[name] = "、".join(found)
    odd = [each for each in found if not _is_phone(each)]
    if odd:
        desk.doubt(name, text, f"“{'、'.join(odd)}”不像电话号码；请核对")
    elif len(found) > 1:
        desk.doubt(name, text, f"读到 {len(found)} 个号码，照原样都保留；请确认", soft=True)


def _is_phone(text: str) -> bool:
    digits = re.sub(r"[\s\-—()（）]|转\d+$|\+?86(?=1)", "", unicodedata.normalize("NFKC", text))
    return (
        re.fullmatch(r"1[3-9]\d{9}|0\d{9,11}|[2-9]\d{6,7}|400\d{7}|1[0-2]\d{3,4}", digits)
        is not None
    )


def _mails(text: str) -> list[str]:
    wide = text.replace("＠", "@").replace("．", ".")
    return re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", wide)


def _email(desk: _Desk, name: str, text: str) -> None:
    found = _mails(text)
    if found:
        desk.values[name] = "；".join(found)
    if len(found) > 1:
        desk.doubt(name, text, f"读到 {len(found)} 个邮箱，照原样都保留；请确认", soft=True)
    elif not found and text.strip("_ /无"):
        desk.doubt(name, text, "不是电子邮箱；请核对")


def _url(desk: _Desk, name: str, text: str) -> None:
    found = "".join(text.split())
    if not found.strip("_/无"):
        return
    match = re.search(r"https?://[!-~]+", unicodedata.normalize("NFKC", found), re.IGNORECASE)
    if match:
        desk.values[name] = match[0]
    else:
        desk.doubt(name, text, "没有 http:// 或 https:// 开头的链接；请核对")


def _verified(desk: _Desk, name: str, text: str) -> None:
    chosen = _chosen(desk, name, text, {"是": True, "否": False})
    if len(chosen) == 1:
        desk.values[name] = chosen[0]


def _state(desk: _Desk, name: str, text: str) -> None:
    chosen = _chosen(
        desk, name, text, {"正常": False, "关停注销": True, "关停": True, "注销": True}
    )
    if len(chosen) == 1:
        desk.values[name] = chosen[0]


def _platform(desk: _Desk, name: str, text: str) -> None:
    """One account a form: WeChat's group box with one of its four, or one of the others."""
    ticked = ticked_words(_flat(text), _TYPE_WORDS)
    codes = [code for code, on in ticked if on]
    if not ticked or all(on is None for _, on in ticked):
        known = PLATFORM_OF.get(plain(text))
        if known:
            desk.values[name] = known
            desk.doubt(name, text, "没有方框，按文字理解；请确认", soft=True)
        else:
            desk.doubt(name, text, "没有勾选账号类型；请勾选一项")
        return
    kinds = [code for code in codes if code != "wechat"]
    if not codes:
        desk.doubt(name, _named(codes), "没有勾选账号类型；请勾选一项")
    elif not kinds:
        desk.doubt(name, "微信", "只勾选了微信，没有勾选服务号、订阅号、小程序或视频号")
    elif len(kinds) > 1 or ("wechat" in codes and kinds[0] not in _SUBTYPES):
        desk.doubt(name, _named(codes), "勾选了不止一项；一个账号一张表，请只勾选一项")
    else:
        _one_platform(desk, name, text, kinds[0], "wechat" in codes)


def _one_platform(desk: _Desk, name: str, text: str, kind: str, group: bool) -> None:
    desk.values[name] = kind
    if kind in _SUBTYPES and not group:
        desk.doubt(
            name,
            PLATFORMS[kind],
            "勾选了微信的子类型而没有勾选微信；按子类型理解，请确认",
            soft=True,
        )
    if kind == "other":
        desk.other = re.sub(r"[_＿\s:：（）()]+", "", _flat(text).rpartition("其他")[2])
        desk.values[name] = PLATFORM_OF.get(plain(desk.other), "other")
        if not desk.other:
            desk.doubt(name, "其他", "勾选了其他而没有写平台名称；请补填")


def _named(codes: Iterable[str]) -> str:
    return "、".join({code: word for word, code in _TYPE_WORDS.items()}[code] for code in codes)


def _chosen(desk: _Desk, name: str, text: str, words: Mapping[str, bool]) -> list[bool]:
    """The one that was ticked of two that exclude each other; else a doubt."""
    flat = _flat(text)
    ticked = ticked_words(flat, words)
    found = list(dict.fromkeys(meaning for meaning, on in ticked if on))
    if ticked and all(on is None for _, on in ticked):
        found = list(dict.fromkeys(meaning for meaning, _ in ticked))
        if len(found) == 1:
            desk.doubt(name, flat, "没有方框，按文字理解；请确认", soft=True)
            return found
    if len(found) > 1:
        desk.doubt(name, flat, "两项都勾选了；请只勾选一项")
    elif not found and ticked:
        desk.doubt(name, flat, "没有勾选；请勾选一项")
    elif not found and flat:
        desk.doubt(name, flat, "读不出选了哪一项；请按表式勾选")
    return found if len(found) == 1 else []


def _flat(text: str) -> str:
    """Ticks are looked for across lines."""
    return re.sub(r"\s+", " ", text)


def ticked_words(text: str, words: Mapping[str, Any]) -> list[tuple[Any, bool | None]]:
    """Each known word of a text in its order, with whether it is ticked; None: it has no box.

    A mark belongs to the word after it; where two marks stand between two words, the first one
    belongs to the word before, if that has none of its own (正常√ □关停注销).
    """
    names = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    found: list[tuple[Any, bool | None]] = []
    at = 0
    for match in re.finditer(names, text):
        marks = _MARKS.findall(text, at, match.start())
        _give_back(found, marks)
        found.append((words[match[0]], _is_tick(marks[-1]) if marks else None))
        at = match.end()
    if found:
        _give_back(found, [*_MARKS.findall(text, at), ""])
    return found


def _give_back(found: list[tuple[Any, bool | None]], marks: Sequence[str]) -> None:
    if len(marks) > 1 and found and found[-1][1] is None:
        found[-1] = (found[-1][0], _is_tick(marks[0]))


def _is_tick(mark: str) -> bool:
    return any(sign in mark for sign in (*TICKS, "x", "X"))


def _closing(desk: _Desk) -> None:
    """The one box says 关停注销; which of both, only the reason tells."""
    if desk.values.get("closed") and not event_of(desk.texts.get("reason", ""), True):
        read = desk.texts.get("reason", "")
        desk.doubt(
            "closed", read, "勾选了关停注销，理由中没有写明是关停还是注销；请写明", soft=True
        )


_READERS: Mapping[str, Callable[[_Desk, str, str], None]] = {
    **dict.fromkeys(
        (*("lead_post", "contact_post", "section", "reason"),),
        _plain_text,
    ),
    **dict.fromkeys(("unit", "name", "subject", "lead_name", "contact_name"), _called),
    **dict.fromkeys(("filled_on", "opened_on"), _date),
    **dict.fromkeys(("lead_phone", "contact_phone"), _phone),
    "closed": _state,
    "followers": _number,
    "verified": _verified,
    "platform": _platform,
    "email": _email,
    "url": _url,
}


def dated(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return value.isoformat() if isinstance(value, date) else str(value)
