"""What is said of an app: that no store lists it, that its host has no IPv6. Pure.

Each function gives the long text and what follows the name in a text message.
"""

from __future__ import annotations

from alerts.escape import inert
from alerts.scene import Scene
from alerts.words import moment_text, store_name


def off_the_shelf(s: Scene) -> tuple[str, str]:
    """APP-01: which stores, since when, how often looked for."""
    since, looks, given = (
        s.moment("absent_since"),
        s.facts.get("absent_looks"),
        s.facts.get("stores"),
    )
    shelves = [store_name(str(each)) for each in given] if isinstance(given, list) else []
    where = "、".join(dict.fromkeys(shelves)) or "应用商店"
    shop = where if "、" not in where else "各应用商店"
    first = f"自{moment_text(since)}起" if since else ""
    often = f"{looks}次" if isinstance(looks, int) else "多次"
    text = (
        f'【应用不可用】经监测，"{s.name}"（{s.unit}）在{where}{first}无法下载：'
        f"截至{moment_text(s.seen)}共核查{often}，商店均答无此应用。"
        f"请{s.unit}于{s.due(2)}前恢复；拟停用的，请按《办法》第九条公告并在各类平台下架。"
    )
    return text, f"在{shop}无法下载（核查{often}），请恢复。"


def without_ipv6(s: Scene) -> tuple[str, str]:
    """APP-03: which host, asked from when to when."""
    since, host = s.moment("since"), inert(str(s.facts.get("host", "")), 60) or "服务域名"
    begun = f"自{moment_text(since)}" if since else ""
    text = (
        f'【IPv6支持】经监测，"{s.name}"（{s.unit}）的服务域名{host}{begun}'
        f"至{moment_text(s.seen)}多次查询均无IPv6地址（AAAA记录）。"
        "《办法》第七条要求移动客户端全面支持IPv6。"
        f"请{s.unit}于{s.due(10)}前完成改造并反馈；服务域名有误的，请更正台账。"
    )
    return text, "服务域名多次查询均无IPv6地址，请核实改造。"
