"""Names of things in the language of the offices, and how moments are written. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from alerts.escape import inert
from alerts.hours import beijing
from watcher.calendar import WorkCalendar, deadline
from watcher.model import ATTEST, PASTED, PUSHED, Level, Post, Role, Trouble

PROVISIONAL = "（预计，待国办放假通知）"

# Account types of the filing form (domain.md §1.4) and the lanes they are read in.
PLATFORMS: Mapping[str, str] = {
    "weibo": "新浪微博",
    "wechat": "微信公众号",
    "wechat_service": "微信服务号",
    "wechat_subscription": "微信订阅号",
    "wechat_miniprogram": "微信小程序",
    "wechat_channels": "微信视频号",
    "meipian": "美篇",
    "app": "移动客户端",
    "douyin": "抖音",
    "kuaishou": "快手",
    "weishi": "腾讯微视",
    "toutiao": "今日头条",
    "renminhao": "人民号",
    "baijiahao": "百家号",
    "neteasehao": "网易号",
    "sohuhao": "搜狐号",
    "dayuhao": "大鱼号",
    "yidianhao": "一点号",
    "pengpaihao": "澎湃号",
    "qiehao": "企鹅号",
    "nanfanghao": "南方号",
    "bilibili": "Bilibili",
    "xiaohongshu": "小红书",
    "baidu": "百家号",
    "thepaper": "澎湃号",
    "sohu": "搜狐号",
    "netease": "网易号",
    "qq_news": "企鹅号",
    "southcn": "南方号",
    "people": "人民号",
    "yidian": "一点号",
    "dayu": "大鱼号",
    "apple": "苹果App Store",
    "huawei": "华为应用市场",
    "vivo": "vivo应用商店",
    "yyb": "应用宝",
    "dns": "域名解析",
    "feed": "订阅源",
    "govsite": "政府网站",
    "other": "其他平台",
}
# Where an app is offered, by the collector that looks there.
STORES: Mapping[str, str] = {
    "app_apple": "苹果App Store",
    "app_yyb": "应用宝",
    "app_yyb_simple": "应用宝",
    "app_huawei": "华为应用市场",
    "app_vivo": "vivo应用商店",
}
LEVELS: Mapping[Level, str] = {
    Level.RED: "红",
    Level.ORANGE: "橙",
    Level.YELLOW: "黄",
    Level.BLUE: "蓝",
    Level.OPERATOR: "运维",
}
ROLES: Mapping[Role, str] = {
    Role.CONTACT: "工作联系人",
    Role.LEAD: "工作负责人",
    Role.SUPERVISOR: "日常主管单位",
    Role.CITY: "市政府办公室",
    Role.CYBERSPACE: "网信部门",
    Role.POLICE: "公安机关",
    Role.OPERATOR: "监测运维",
}
TROUBLES: Mapping[Trouble, str] = {
    Trouble.BLOCKED: "验证码或限流",
    Trouble.UNREADABLE: "页面改版",
    Trouble.UNREACHABLE: "网络不通",
    Trouble.GONE: "平台提示账号不存在",
    Trouble.BANNED: "平台提示账号被封禁",
}


def platform_name(code: str) -> str:
    return PLATFORMS.get(code, code)


def source_name(source: str) -> str:
    """A collector as it is; what people and events tell, by what it is."""
    if source.startswith(PASTED):
        return f"粘贴链接（{source.removeprefix(PASTED)}）"
    return {ATTEST: "人工核验", PUSHED: "微信推送"}.get(source, source)


def store_name(collector: str) -> str:
    return STORES.get(collector, "应用商店")


def attested_text(at: datetime, author: str) -> str:
    """人工核验 · 日期 · 姓名, as it is shown wherever a person's word stands for a reading."""
    return f"人工核验 · {beijing(at):%Y-%m-%d} · {inert(author, 20)}"


def vouched_text(at: datetime | None, author: str, until: datetime | None, now: datetime) -> str:
    """The same with its end, where there ever was one: an account may be read again by now."""
    if at is None or until is None:
        return ""
    ended = "（已到期）" if until <= now else ""
    return attested_text(at, author) + ended


def day_text(day: date) -> str:
    return f"{day.month}月{day.day}日"


def moment_text(at: datetime) -> str:
    """Year, day, hour and minute in Beijing."""
    here = beijing(at)
    return f"{here.year}年{day_text(here)}{here:%H:%M}"


def post_time(post: Post) -> str:
    here = beijing(post.at)
    return f"{here.year}年{day_text(here)}" if post.day_only else moment_text(post.at)


def due_text(cal: WorkCalendar, start: date, days: int) -> str:
    """The last day of a term of working days, the first not counted, marked where provisional."""
    due = deadline(cal, start, days)
    return day_text(due.on) + (PROVISIONAL if due.provisional else "")
