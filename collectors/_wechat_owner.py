"""api.weixin.qq.com for the owner of an account: the token, the calls, the account's own face.

Settings: `appid` (else the handle, where that is one) and either `secret`, for which WeChat gives
a token of the stable kind, or `token`, an authorizer_access_token that the city's own 第三方平台
keeps fresh in a file or variable.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from collectors._wechat import mapping, text_of
from collectors._wechat_errors import STALE_TOKEN, ApiError, payload
from collectors._wechat_page import avatar
from watcher.model import (
    CollectError,
    Fetch,
    Profile,
    Request,
    Session,
    Source,
    Trouble,
)

API = "https://api.weixin.qq.com"
MARGIN = 300  # seconds: a token in its last five minutes may die under way
GIVEN = 60.0  # seconds for which a token that others keep fresh is not read anew
_APPID = re.compile(r"wx[0-9a-f]{16}")


class WrongAccount(CollectError):  # noqa: N818 - named for what it says
    """The token speaks for another account."""


def appid_of(source: Source) -> str:
    """The AppID of the account, "" where the source tells none."""
    given = str(source.settings.get("appid") or "")
    return given or (source.handle if _APPID.fullmatch(source.handle) else "")


async def handshake(source: Source, fetch: Fetch) -> Session:
    """An access_token of the stable kind, which no other system's token puts out.

    Raises BLOCKED for wrong credentials.
    """
    if given := str(source.settings.get("token") or ""):
        return Session(params={"access_token": given}, lifetime=GIVEN)
    body = {
        "grant_type": "client_credential",
        "appid": appid_of(source),
        "secret": str(source.settings.get("secret") or ""),
        "force_refresh": False,
    }
    page = await fetch(Request(f"{API}/cgi-bin/stable_token", "POST", json=body, secret=True))
    told = payload(page, "stable_token")
    token, lifetime = text_of(told.get("access_token")), told.get("expires_in")
    if not token or isinstance(lifetime, bool) or not isinstance(lifetime, int | float):
        raise CollectError(Trouble.UNREADABLE, "stable_token: no token in the answer")
    return Session(params={"access_token": token}, lifetime=max(60.0, float(lifetime) - MARGIN))


class OwnerApi:
    """The calls of one reading; the token is renewed at most once. `seen` is the only clock."""

    def __init__(self, fetch: Fetch, source: Source) -> None:
        self.fetch, self.renewed = fetch, False
        # a token is one account's: the session must never be shared with another AppID
        self.session = f"token {appid_of(source) or source.handle}"
        self.seen: datetime | None = None

    async def __call__(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = Request(f"{API}/{path}", "POST", json=body, session=self.session)
        page = await self.fetch(request)
        self.seen = self.seen or page.at
        try:
            return payload(page, path)
        except ApiError as error:
            if self.renewed or error.code not in STALE_TOKEN:
                raise
        self.renewed = True
        return payload(await self.fetch(replace(request, renew=True)), path)


async def face(api: OwnerApi, source: Source) -> Profile | None:
    """The account's face by getaccountbasicinfo; None where the answer names nobody.

    Raises CollectError: most owners' own tokens have no permission for it. An answer about another
    AppID is UNREADABLE.
    """
    told = await api("cgi-bin/account/getaccountbasicinfo", {})
    appid, name = text_of(told.get("appid")), text_of(told.get("nickname")).strip()[:100]
    wanted = appid_of(source)
    if appid and wanted and wanted != appid:
        raise WrongAccount(Trouble.UNREADABLE, "wrong account: the token is another AppID's")
    if not name:
        return None
    verify = mapping(told.get("wx_verify_info")).get("qualification_verify")
    head = mapping(told.get("head_image_info")).get("head_image_url")
    return Profile(
        handle=source.handle,
        name=name,
        bio=text_of(mapping(told.get("signature_info")).get("signature"))[:1000] or None,
        avatar=avatar(text_of(head)),
        verified=verify if isinstance(verify, bool) else None,
        verified_as=text_of(told.get("principal_name"))[:200] or None,
    )
