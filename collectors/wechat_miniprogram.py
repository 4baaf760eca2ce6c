"""微信小程序 by its owner's own API: when the version that is out was released.

A 小程序 has no public page and no public search; WeChat tells its owner the release that is out
(`/wxa/getversioninfo`), and nothing before it. So a release is a post, the reading is COMPLETE from
that release on, and only the newest is ever known. The face comes from `getaccountbasicinfo`.

The handle is the AppID. A `token` that somebody else keeps fresh does not prove whose it is: then
the face must be readable, and be that AppID's.
"""

from __future__ import annotations

from typing import Any

from collectors import Collector, Need
from collectors._wechat import mapping, title_of, unix
from collectors._wechat_owner import OwnerApi, WrongAccount, appid_of, face, handshake
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Post,
    Profile,
    Sighting,
    Source,
    Trouble,
)


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the release that is out and, where permitted, the profile. Raises CollectError."""
    if not appid_of(source):
        raise CollectError(Trouble.UNREADABLE, f"handle {source.handle[:40]!r} is no AppID")
    api = OwnerApi(fetch, source)
    told = await api("wxa/getversioninfo", {})
    if "release_info" not in told and "exp_info" not in told:
        raise CollectError(Trouble.UNREADABLE, "getversioninfo: no release_info in the answer")
    profile = await _profile(api, source)
    post = _release(told.get("release_info"))
    if post is None:  # never released, or taken back: which of them is not said
        return Sighting(profile, (), Coverage.PARTIAL)
    return Sighting(profile, (post,), Coverage.COMPLETE, reaches=post.at)


def _release(info: Any) -> Post | None:
    """The release that is out. Raises UNREADABLE where it has no time."""
    if info in (None, {}, []):
        return None
    release = mapping(info)
    at = unix(release.get("release_time"))
    if at is None:
        raise CollectError(Trouble.UNREADABLE, "getversioninfo: a release without release_time")
    version, what = (title_of(release.get(key)) for key in ("release_version", "release_desc"))
    # The version may be empty or the same again: a release is known by its moment.
    title = " ".join(part for part in (version, what) if part)[:120]
    return Post(f"release-{int(at.timestamp())}", at, title or "发布新版本")


async def _profile(api: OwnerApi, source: Source) -> Profile | None:
    try:
        return await face(api, source)
    except CollectError as error:
        unproved = bool(source.settings.get("token"))
        if unproved or error.retry_after is not None or isinstance(error, WrongAccount):
            raise
        return None


collector = Collector(
    name="wechat_miniprogram",
    platform="wechat",
    paths=("/wxa/getversioninfo",),
    hosts=frozenset({"api.weixin.qq.com"}),
    collect=collect,
    needs=frozenset({Need.CREDENTIAL}),
    handshake=handshake,
    title="微信小程序（主办单位授权接口）",
    forms=("wechat_miniprogram",),
    sees=frozenset({"bio", "avatar", "verified", "verified_as"}),
)
