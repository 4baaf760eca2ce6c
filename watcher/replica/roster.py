"""Who is in the sample: some fifty accounts of offices like Sanya's, and what happens to them.

Every identifier (uid, gh_ id, __biz, sec_uid, appid, album) and every link is INVENTED: no account
of this kind exists under it. Names resemble real offices so that the demo reads like the real
thing. Days are counted from the start of the sample, in Beijing.
"""

from __future__ import annotations

from dataclasses import dataclass

from watcher.model import UnitKind
from watcher.replica.world import Scene

_GOV, _DEPT = UnitKind.DISTRICT_GOVERNMENT, UnitKind.CITY_DEPARTMENT

# key: (name, kind, office that supervises it daily); every approval is the city office's.
UNITS: dict[str, tuple[str, UnitKind, str]] = {
    # It runs the accounts of the city government itself, which Art. 9 guards.
    "city": ("三亚市人民政府办公室", UnitKind.CITY_GOVERNMENT, "city_office"),
    "police": ("三亚市公安局", UnitKind.CITY_DEPARTMENT, "police_office"),
    "tourism": ("三亚市旅游和文化广电体育局", _DEPT, "tourism_office"),
    "education": ("三亚市教育局", _DEPT, "education_office"),
    "health": ("三亚市卫生健康委员会", _DEPT, "health_office"),
    "hrss": ("三亚市人力资源和社会保障局", _DEPT, "hrss_office"),
    "transport": ("三亚市交通运输局", _DEPT, "transport_office"),
    "market": ("三亚市市场监督管理局", _DEPT, "market_office"),
    "emergency": ("三亚市应急管理局", _DEPT, "emergency_office"),
    "water": ("三亚市水务局", _DEPT, "city_office"),
    "haitang": ("三亚市海棠区人民政府", _GOV, "haitang_office"),
    "jiyang": ("三亚市吉阳区人民政府", _GOV, "jiyang_office"),
    "tianya": ("三亚市天涯区人民政府", _GOV, "tianya_office"),
    "yazhou": ("三亚市崖州区人民政府", _GOV, "yazhou_office"),
    "yucai": ("三亚市育才生态区管理委员会", UnitKind.MANAGEMENT_COMMITTEE, "yucai_office"),
    "traffic_police": ("三亚市公安局交通警察支队", UnitKind.INTERNAL_ORGAN, "police_office"),
    "haitang_education": ("海棠区教育局", UnitKind.DISTRICT_DEPARTMENT, "haitang_office"),
    "museum": ("三亚市博物馆", UnitKind.PUBLIC_INSTITUTION, "tourism_office"),
    "bus": ("三亚公共交通集团有限公司", UnitKind.SOE, "transport_office"),
    "hospital": ("三亚中心医院", UnitKind.PUBLIC_INSTITUTION, "health_office"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One account's part: `every` days a post; `acts` as (scene, first day, last day or None)."""

    platform: str  # a lane, or the source that reads the account another way (wechat_api, …)
    unit: str
    name: str
    every: float = 1.0
    acts: tuple[tuple[Scene, float, float | None], ...] = ()
    state: str = "active"
    verified: bool = True
    backdated: float | None = None  # on this day a post appears that claims three days before
    exempt: str = ""


PARTS: tuple[Part, ...] = (
    Part("weibo", "city", "三亚发布", 0.5),
    Part("weibo", "police", "三亚公安", 0.6, ((Scene.PINNED_OLD, -30, None),)),
    Part("weibo", "tourism", "三亚旅文", 0.8, backdated=8),
    Part("weibo", "education", "三亚教育", 2.0, ((Scene.SILENT_9, 0, 2),)),
    Part("weibo", "health", "健康三亚", 1.5, ((Scene.SILENT_13, 0, 4.6),)),
    Part("weibo", "hrss", "三亚人社", 1.0, ((Scene.SILENT_15, 0, 9.5),)),
    Part("weibo", "transport", "三亚交通", 1.2, ((Scene.SILENT_40, 0, None),)),
    Part("weibo", "market", "三亚市场监管", 2.0, ((Scene.SILENT_100, 0, None),)),
    Part("weibo", "emergency", "三亚应急", 0.7, ((Scene.CAPTCHA, 2, 4.5),)),
    Part("weibo", "haitang", "三亚海棠", 1.0, ((Scene.SILENT, -2, 9.4),)),
    Part("weibo", "jiyang", "吉阳发布", 1.0, ((Scene.SILENT, -3, 4.45),)),
    Part("weibo", "tianya", "天涯发布", 1.0,
         ((Scene.SILENT_15, 2, 12), (Scene.PINNED_NEWEST, 1, 12))),
    Part("weibo", "yazhou", "崖州发布", 0.9, ((Scene.GUEST_HIDES, 1, 3.5),)),
    Part("weibo", "traffic_police", "三亚交警", 0.5,
         ((Scene.NEWEST_DELETED, 6, None), (Scene.STATUS_432, 12, 13.5))),
    Part("weibo", "museum", "三亚市博物馆", 3.0, ((Scene.SILENT_40, 0, None),),
         exempt="闭馆大修，市政府办公室同意暂停更新"),
    Part("wechat_api", "city", "三亚市人民政府网", 0.7),
    Part("wechat_api", "police", "三亚警方", 1.0, ((Scene.NOT_PERMITTED, 3, 6),)),
    Part("wechat_api", "tourism", "三亚旅游", 1.0, ((Scene.SILENT_15, 0, 8),)),
    Part("wechat_api", "tianya", "三亚天涯", 1.5, ((Scene.SILENT_13, 4, None),)),
    Part("wechat_api", "yucai", "育才生态区", 2.0, ((Scene.SILENT_200, 0, None),), verified=False),
    Part("wechat", "haitang", "海棠湾", 1.0),
    Part("wechat", "jiyang", "三亚吉阳", 1.0, ((Scene.CAPTCHA, 5, 7),)),
    Part("wechat", "yazhou", "三亚崖州", 1.5, ((Scene.RENAMED, 6, None),)),
    Part("wechat", "education", "三亚市教育局", 1.0, ((Scene.WRONG_ACCOUNT, 9, 10),)),
    Part("wechat", "health", "三亚卫健", 1.0, ((Scene.SILENT_40, 0, None),)),
    Part("wechat", "water", "三亚水务", 2.0, ((Scene.BANNED, 6, None),)),
    Part("wechat", "haitang_education", "海棠教育", 2.0, ((Scene.SILENT_100, 0, None),),
         state="suspended"),
    Part("douyin", "city", "三亚发布", 1.0, ((Scene.PINNED_OLD, -30, None),)),
    Part("douyin", "police", "三亚公安", 0.8),
    Part("douyin", "tourism", "这里是三亚", 1.0, ((Scene.SILENT_13, 1, 9),)),
    Part("douyin", "emergency", "三亚应急", 1.0, ((Scene.GUEST_HIDES, 2, 4),)),
    Part("douyin", "hospital", "三亚中心医院", 1.0, ((Scene.BANNED, 5, None),)),
    Part("feed", "transport", "三亚出行", 1.0),
    Part("feed", "bus", "三亚公交", 2.0, ((Scene.SILENT_15, 0, None),)),
    Part("feed", "hrss", "三亚就业", 1.0, ((Scene.CAPTCHA, 3, 5),)),
    Part("feed", "market", "三亚消费提示", 2.0, ((Scene.LAYOUT_CHANGED, 8, 9),)),
    Part("govsite", "city", "三亚要闻", 0.5),
    Part("govsite", "police", "通知公告", 2.0, ((Scene.SILENT_9, 2, 8),)),
    Part("govsite", "education", "教育动态", 1.0, ((Scene.LAYOUT_CHANGED, 7, 8.5),)),
    Part("govsite", "tourism", "旅游资讯", 1.0, ((Scene.SILENT_15, 6, None),)),
    Part("apple", "city", "三亚政务通", 20.0),
    Part("apple", "transport", "三亚出行通", 25.0, ((Scene.GONE, 4, None),)),
    Part("wechat_miniprogram", "hrss", "三亚人社服务", 15.0),
    Part("wechat_channels", "tourism", "三亚文旅", 2.0),
    Part("bilibili", "tourism", "三亚旅文", 1.5, ((Scene.PINNED_OLD, -30, None),)),
    Part("weishi", "transport", "三亚交通", 2.0, ((Scene.CAPTCHA, 4, 6),)),
    Part("baijiahao_api", "city", "三亚发布", 1.0, ((Scene.LOGIN_WALL, 7, 9),)),
    Part("weibo_api", "bus", "三亚公交集团", 1.0, ((Scene.LOGIN_WALL, 6, 8),)),
    Part("douyin_api", "museum", "三亚市博物馆", 2.0),
    Part("kuaishou", "city", "三亚发布", 1.0, ((Scene.PINNED_OLD, -30, None),)),
    Part("kuaishou", "traffic_police", "三亚交警", 13.0, ((Scene.SILENT_40, 0, None),)),
    Part("toutiao", "health", "健康三亚", 1.0, ((Scene.SILENT_15, 2, None),)),
    Part("xiaohongshu", "tourism", "三亚旅文", 2.0),
    Part("netease", "tourism", "三亚文旅", 1.0),
    Part("netease", "transport", "三亚交通", 1.5, ((Scene.SILENT_15, 0, None),)),
    Part("thepaper", "city", "三亚发布", 1.0),
    Part("thepaper", "police", "三亚警方", 1.0, ((Scene.CAPTCHA, 3, 5),)),
    Part("qq_news", "city", "三亚发布", 1.0),
    Part("sohu", "education", "三亚教育", 2.0),
    Part("southcn", "haitang", "海棠发布", 1.0, ((Scene.CAPTCHA, 2, 4),)),
    Part("meipian", "museum", "三亚市博物馆", 2.0, ((Scene.CAPTCHA, 4, 4.5),)),
    Part("yidian", "health", "健康三亚", 1.0, ((Scene.GONE, 5, None),)),
    Part("dayu", "market", "三亚市场监管", 2.0),
    Part("people", "city", "三亚发布", 1.0),
)  # fmt: skip
