"""微信视频号 by its owner's own API: name and followers; what it published no official list tells.

`channels/finderlive/get_finder_attr_by_appid` speaks of the 视频号 bound to the token's 视频号助手
account. PARTIAL: posts come from pasted links (`wechat_channels_link`) and people's word. The
handle is the 视频号's own ID where that is known (`uniq_id`); else its name must be the filed one.
"""

from __future__ import annotations

from collectors import Collector, Need
from collectors._wechat import mapping, text_of
from collectors._wechat_owner import OwnerApi, handshake
from watcher.model import CollectError, Coverage, Fetch, Profile, Sighting, Source, Trouble

_ATTR = "channels/finderlive/get_finder_attr_by_appid"


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read name and followers. Raises CollectError."""
    told = await OwnerApi(fetch, source)(_ATTR, {})
    attr = mapping(told.get("finder_attr"))
    uniq, name = text_of(attr.get("uniq_id")), text_of(attr.get("nickname")).strip()[:100]
    if not name:
        raise CollectError(Trouble.UNREADABLE, "finder_attr: no nickname in the answer")
    _require_own(source, uniq, name)
    fans = attr.get("fans_count")
    followers = fans if isinstance(fans, int) and not isinstance(fans, bool) and fans >= 0 else None
    return Sighting(Profile(source.handle, name, followers=followers), (), Coverage.PARTIAL)


def _require_own(source: Source, uniq: str, name: str) -> None:
    """Raises UNREADABLE unless ID or name is the account's."""
    filed = str(source.settings.get("name") or source.account_name)
    if uniq and uniq == source.handle:
        return
    if source.handle.startswith("sph") or not filed:
        raise CollectError(Trouble.UNREADABLE, f"wrong account: shows {uniq:.40} {name:.40}")
    if filed != name:
        raise CollectError(Trouble.UNREADABLE, f"wrong account: shows {name:.40}, not {filed:.40}")


collector = Collector(
    name="wechat_channels",
    platform="wechat",
    paths=(f"/{_ATTR}",),
    hosts=frozenset({"api.weixin.qq.com"}),
    collect=collect,
    coverage=Coverage.PARTIAL,
    needs=frozenset({Need.CREDENTIAL}),
    handshake=handshake,
    title="微信视频号（主办单位授权接口）",
    forms=("wechat_channels",),
    sees=frozenset({"followers"}),
)
