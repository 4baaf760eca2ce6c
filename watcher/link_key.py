"""The key that signs links: the configured one, or one made and kept in the state folder."""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path

from alerts.links import Signing
from watcher.config import Settings

log = logging.getLogger(__name__)

KEY_FILE = "links.key"  # in the state folder; who has it can make links


def signing_of(settings: Settings) -> Signing | None:
    """What makes links; None where no public address is configured."""
    asked = settings.links
    if asked is None:
        return None
    key = asked.key.reveal() if asked.key else _kept(settings.state / KEY_FILE)
    return Signing(key, asked.public_url, asked.valid)


def own_key(settings: Settings) -> Path | None:
    """The file of a key that we made and no backup holds; None where links have no such key."""
    asked = settings.links
    return None if asked is None or asked.key else settings.state / KEY_FILE


def _kept(path: Path) -> str:
    """The key in this file, made at the first time: for its owner's eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    if not path.exists():
        made = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # whole or not at all, and never over another's
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    if path.stat().st_mode & 0o077:
        log.warning("%s may be read by others; chmod 600 it", path)
    key = path.read_text("utf-8").strip()
    if len(key) < 16:
        raise OSError(f"{path} 中没有可用的签名密钥；删除它即可重新生成（已发出的链接随之失效）")
    return key
