"""Names of public organs as registers and platforms write them: when two mean one organ. Pure.

A register writes 中国共产党三亚市委员会宣传部, a platform 三亚市委宣传部; 三亚市教育局 is
三亚教育局.
What may differ is the place before the organ (above the innermost, and its 市 or 区), the standard
short forms of its words, and what follows it (官方微博). Another place, or a level between, never.
"""

from __future__ import annotations

import re
from functools import lru_cache

from watcher.canonical import text_key

# Long forms and the short ones that mean nothing else. One word, one short form.
_WORDS = """
中国共产党= 中共= 委员会=委 办公室=办 人民政府=政府 人民法院=法院 人民检察院=检察院
人民代表大会常务委员会=人大常委会 人民代表大会=人大 中国人民政治协商会议=政协
纪律检查委员会=纪委 监察委员会=监委 管理委员会=管委会 监督管理=监管 交通警察=交警
发展和改革=发改 发展改革=发改 国有资产监督管理=国资 卫生健康=卫健 住房和城乡建设=住建
住房城乡建设=住建 自然资源和规划=资规 人力资源和社会保障=人社 人力资源社会保障=人社
医疗保障=医保 旅游和文化广电体育=旅文 工业和信息化=工信 科学技术协会=科协 科学技术=科技
应急管理=应急 综合行政执法=综合执法 交通运输=交通 互联网信息=网信 网络安全和信息化=网信
精神文明建设=文明 中国共产主义青年团=团 共产主义青年团=团 共青团=团 妇女联合会=妇联
残疾人联合会=残联 工商业联合会=工商联 文学艺术界联合会=文联 归国华侨联合会=侨联 红十字会=红会
"""
_SHORT_FORMS = dict(pair.split("=") for pair in _WORDS.split())
_LONG = re.compile("|".join(sorted(map(re.escape, _SHORT_FORMS), key=len, reverse=True)))
_NAMED = re.compile(
    r"(?P<places>(?:\w{2,3}?省|\w{2,5}?自治区)?(?:\w{2,3}?市)?"
    r"(?:\w{1,4}?(?:区|县|旗|镇|街道))?)(?P<organ>\w+)"
)
_PLACE = re.compile(r"(\w+?)(省|自治区|市|区|县|旗|镇|街道)(?=\w|$)")
_PARTS = re.compile(r"[()（）、，,;；|/]+")
# What may follow the name of an organ without making another organ of it.
_TAIL = r"(?:$|官方|官微|微博|微信|公众号|抖音|头条|快手|视频号|账号|号|政务|新媒体|融媒|认证)"
_LEAST = 2  # characters of an organ: 团委, 公安


def same_organ(shown: str, wanted: str) -> bool:
    """Whether a verification and a unit's name mean one organ, as precisely as names can say."""
    return any(
        one == other or _means(one, other) or _means(other, one)
        for one in parts(shown)
        for other in parts(wanted)
    )


def parts(name: str) -> tuple[str, ...]:
    """The names in a name, in short form: 宣传部（新闻办公室） bears two."""
    return tuple(filter(None, map(short_form, _PARTS.split(text_key(name)))))


@lru_cache(4096)
def short_form(name: str) -> str:
    """A name with the short form of each of its words."""
    return _LONG.sub(lambda found: _SHORT_FORMS[found[0]], name)


def _means(name: str, wanted: str) -> bool:
    pattern = _pattern(wanted)
    return pattern is not None and pattern.match(name) is not None


@lru_cache(4096)
def _pattern(wanted: str) -> re.Pattern[str] | None:
    """How an organ may be written: its innermost place or none, higher ones at will."""
    named = _NAMED.fullmatch(wanted)
    if named is None or len(named["organ"]) < _LEAST:
        return None
    places = [f"{re.escape(name)}(?:{level})?" for name, level in _PLACE.findall(named["places"])]
    if not places:
        return None  # an organ of no place is compared as it is written
    *above, innermost = places
    before = "".join(f"(?:{each})?" for each in above)
    # Anything may stand above what the register writes: 海南省 before 三亚市.
    higher = r"(?:\w{2,3}?省|\w{2,3}?市)?"
    return re.compile(f"(?:{higher}{before}{innermost})?{re.escape(named['organ'])}{_TAIL}")
