"""A user object of weibo.com or m.weibo.cn as a row of a search. Pure."""

from __future__ import annotations

from typing import Any

from collectors._search import plain, traits
from collectors._weibo import count, mapping, text_of
from collectors._xhr import file_name
from watcher.model import Profile


def read_user(value: Any) -> Profile | None:
    """The face of a user; None where it has no number or no name."""
    user = mapping(value)
    number = str(user.get("idstr") or user.get("id") or "")
    name = plain(user.get("screen_name"), 100)
    if not (number.isascii() and number.isdigit() and len(number) <= 20 and name):
        return None
    bio = text_of(user.get("description"))[:1000] if "description" in user else None
    picture = text_of(user.get("avatar_hd")) or text_of(user.get("profile_image_url"))
    verified, kind = user.get("verified"), user.get("verified_type")
    return Profile(
        handle=number,
        name=name,
        bio=bio,
        avatar=file_name(picture),
        verified=verified if isinstance(verified, bool) else None,
        verified_type=str(kind) if isinstance(kind, int) and abs(kind) < 10_000 else None,
        verified_as=text_of(user.get("verified_reason"))[:200] or None,
        followers=count(user.get("followers_count")),
        post_count=count(user.get("statuses_count")),
        traits=traits(
            bio,
            url=f"https://weibo.com/u/{number}",
            avatar_url=picture[:500],
            created=text_of(user.get("created_at"))[:40],
        ),
    )
