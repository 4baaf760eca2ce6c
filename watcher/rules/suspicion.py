"""What the judgement of candidates rests on: what they are held against, and the weights. Pure.

The weights are ours and untested on a reviewed queue (impersonation.md §8): they add points, each
with a sentence, and decide who is shown to a person first. They accuse nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from watcher.model import Account
from watcher.portraits import Portrait

COMMERCE = (
    *("带货", "橱窗", "团购", "下单", "购物", "商城", "小店", "直播间", "优惠", "秒杀", "代理"),
    *("加盟", "收费", "付费", "代办", "代缴", "包过", "内部渠道", "招生名额", "刷单", "兼职"),
    *("微信号", "加微信", "加V", "vx", "v信", "薇信", "私信领取", "扫码", "进群", "客服电话"),
)
# Said by so many that it says nothing; taken out before two introductions are compared.
BOILERPLATE = (
    *("官方账号", "官方微博", "官方抖音号", "官方公众号", "官方平台", "官方号", "唯一官方"),
    *("欢迎关注", "点击关注", "关注我们", "权威发布", "为您服务", "为人民服务", "政务服务"),
)
OFFICIAL = ("官方账号", "官方小号", "官方号", "官方发布", "官方唯一", "唯一官方", "官方平台")


class NameMatch(Protocol):
    """What `watcher.names` makes of a name (its Match)."""

    @property
    def match(self) -> str: ...
    @property
    def score(self) -> float: ...
    @property
    def band(self) -> str: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Weights:
    """Points of each sign, and where the tiers begin: section `judgement` of impersonation.yaml.

    Similarity of introductions is a share, 0 to 1; `young` in days; `few` and `many` followers.
    """

    name: Mapping[str, int] = field(
        default_factory=lambda: {"same": 55, "alert": 50, "review": 30, "weak": 10}
    )
    unverified: int = 15
    person: int = 15
    company: int = 12
    avatar: int = 20
    bio: int = 10
    bio_alike: float = 0.6
    claims: int = 5  # it calls itself official, and nobody verified that
    commerce: int = 10
    links: int = 5
    young: int = 5
    young_days: int = 90
    few: int = 3
    few_followers: int = 500
    few_posts: int = 5
    alert: int = 60  # points from which a case opens
    red: int = 80  # … and from which it is red
    shared: int = 3  # subjects who use one picture, from which it is nobody's
    commerce_words: tuple[str, ...] = COMMERCE


@dataclass(frozen=True, slots=True)
class Known:
    """A registered account as it shows itself, as far as it has been seen."""

    account: Account
    bio: str | None = None
    portrait: Portrait | None = None
    avatar_sha256: str = ""
    followers: int | None = None
    identified: bool = True  # the register, or a source, names its id on the platform


@dataclass(frozen=True, slots=True)
class Grounds:
    """All that a candidate is held against.

    `ids` are (family of platforms, id) of the register; `subjects` are the names of units and
    subjects as skeletons, with the unit's key; `pictures` are those of all subjects we have seen,
    by subject; `emblems` those that name nobody.
    """

    best: Callable[[str], NameMatch | None]
    skeleton: Callable[[str], str]
    ids: frozenset[tuple[str, str]] = frozenset()
    known: Mapping[str, tuple[Known, ...]] = field(default_factory=dict)  # by protected name
    subjects: Mapping[str, str] = field(default_factory=dict)
    pictures: tuple[tuple[str, Portrait], ...] = ()
    emblems: tuple[Portrait, ...] = ()


def family(platform: str) -> str:
    """Account types that share one space of ids: WeChat's two kinds of 公众号."""
    return "wechat" if platform in ("wechat_subscription", "wechat_service") else platform
