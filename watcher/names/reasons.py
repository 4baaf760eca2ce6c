"""What is told of a match: one Chinese sentence for each thing that was altered. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from watcher.names.edit import Step, steps
from watcher.names.normal import variants
from watcher.names.parts import Parts
from watcher.names.rules import Weight

_STEPS = {
    "glyph": "“{seen}”与“{meant}”字形相近",
    "sound": "“{seen}”与“{meant}”读音相同",
    "both": "“{seen}”与“{meant}”字形相近，读音相同",
    "near_sound": "“{seen}”与“{meant}”读音相近",
    "other": "以“{seen}”代替“{meant}”",
    "added": "多出“{seen}”字",
    "missing": "缺少“{meant}”字",
    "doubled": "“{seen}”字重复",
    "swapped": "“{meant}”颠倒为“{seen}”",
}
_RULES = {
    "taken": "与受保护名称的主体部分相同",
    "brand": "与受保护名称同用“{0}”",
    "administrative": "与受保护名称仅行政区划用字或“人民”等字有别",
    "sound": "与受保护名称读音相同",
    "spelt": "以拼音“{0}”书写受保护名称",
    "part_spelt": "以拼音“{0}”代替“{1}”",
    "initials": "以拼音首字母“{0}”代替“{1}”",
    "turned": "地名与机构名称前后颠倒",
    "shuffled": "与受保护名称用字相同，次序不同",
    "containing": "包含受保护名称，另有“{0}”",
    "containing_alike": "包含与受保护名称相近的文字，另有“{0}”",
    "synonymous": "地名相同，“{0}”与“{1}”指同一机构",
}
_CAPS = {
    "place": "所含“{0}”是另一真实地名，可能是当地的账号",
    "level": "行政级别不同，可能是另一级机构",
    "organ": "“{0}”是同一地方的另一机构",
    "word": "“{0}”是常用词，可能另有所指",
    "hotline": "{0}是另一公共服务热线",
    "media": "含媒体用语，可能是媒体账号",
    "fan": "含本地生活或爱好者用语，可能是民间账号",
    "commercial": "含商业用语，可能是企业账号",
}


def sentences(weight: Weight, seen: Parts, meant: Parts) -> tuple[str, ...]:
    """What makes one name be taken for the other, and what speaks against it, the latter last."""
    return tuple(dict.fromkeys(_all(weight, seen, meant)))


def _all(weight: Weight, seen: Parts, meant: Parts) -> Iterator[str]:
    if weight.rule == "same":
        yield from _written(seen, meant)
        return
    if weight.rule == "edited":
        yield from _edited(weight.detail)
    elif weight.rule in _RULES:
        yield _RULES[weight.rule].format(*weight.detail.split("\t"))
    extra = [word for word in seen.added if word not in meant.added]
    if extra and "\t" + seen.skeleton not in "\t" + weight.detail:
        yield f"增加了{'、'.join(f'“{word}”' for word in reversed(extra))}"
    yield from _oddities(seen, meant)
    if weight.cap:
        why, _, detail = weight.cap.partition("\t")
        yield _CAPS[why].format(detail)


def _written(seen: Parts, meant: Parts) -> Iterator[str]:
    if seen.name == meant.name:
        yield "与受保护名称完全相同"
        return
    odd = list(_oddities(seen, meant))
    yield from odd
    yield "除去上述书写差异后与受保护名称相同" if odd else "除书写形式外与受保护名称相同"


def _oddities(seen: Parts, meant: Parts) -> Iterator[str]:
    usual = variants(meant.name)
    yield from (odd for odd in variants(seen.name) if odd not in usual)


def _edited(detail: str) -> Iterator[str]:
    one, _, other = detail.partition("\t")
    found = steps(one, other)
    if len(found) > 1 and all(step.kind in ("sound", "both") for step in found):
        yield "与受保护名称读音相同"
    yield from map(_told, found)


def _told(step: Step) -> str:
    return _STEPS[step.kind].format(seen=step.seen, meant=step.meant)
