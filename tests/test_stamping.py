"""Time stamps (RFC 3161) of a small authority on loopback, which openssl makes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from tests.test_lookout import DAY, watching
from tests.test_proving import chain, plain_reading, silent
from watcher.chain import ground, verify
from watcher.proving import prove
from watcher.sight import Plan
from watcher.stamping import StampError, ask_stamp, check_stamp, stamp_days

__all__ = ["plain_reading"]  # a fixture
OPENSSL = shutil.which("openssl") or "openssl"
LINK = "ab" * 32
# The library wants certificates in DER order, which openssl does not give for several: so one.
CONFIG = """
[tsa]
default_tsa = t
[t]
serial = {0}/serial
signer_cert = {0}/tsa.pem
signer_key = {0}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
"""
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")


@dataclass
class Authority:
    folder: Path
    url: str = ""
    mode: str = "ok"

    def run(self, *words: str) -> None:
        subprocess.run([OPENSSL, *words], cwd=self.folder, check=True, capture_output=True)

    @property
    def roots(self) -> bytes:
        return (self.folder / "ca.pem").read_bytes()

    def found(self) -> None:
        """A root, and a certificate of it that may stamp."""
        self.folder.mkdir()
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650"]
        self.run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=root")
        usage = "extendedKeyUsage=critical,timeStamping"
        self.run(
            *("req", "-x509", *key, "-keyout", "tsa.key", "-out", "tsa.pem", "-subj", "/CN=tsa"),
            *("-CA", "ca.pem", "-CAkey", "ca.key", "-addext", usage),
            *("-addext", "keyUsage=critical,digitalSignature"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
        )
        (self.folder / "serial").write_text("01")
        (self.folder / "tsa.cnf").write_text(CONFIG.format(self.folder))

    async def answer(self, request: web.Request) -> web.Response:
        if self.mode == "error":
            return web.Response(status=500)
        if self.mode == "page":
            return web.Response(text="<html>login")
        (self.folder / "q").write_bytes(await request.read())
        self.run("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q", "-out", "r")
        return web.Response(body=(self.folder / "r").read_bytes())


@pytest.fixture
async def authority(tmp_path: Path) -> AsyncIterator[Authority]:
    here = Authority(tmp_path / "tsa")
    here.found()
    app = web.Application()
    app.router.add_post("/tsr", here.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here.url = f"http://127.0.0.1:{runner.addresses[0][1]}/tsr"
    yield here
    await runner.cleanup()


async def test_a_stamp_is_over_its_link_and_leads_to_the_authority(
    authority: Authority, tmp_path: Path
) -> None:
    stamp = await ask_stamp(authority.url, LINK, authority.roots)
    check_stamp(stamp, LINK, authority.roots)
    check_stamp(stamp, LINK, b"")
    with pytest.raises(StampError, match="不是这一环"):
        check_stamp(stamp, "cd" * 32, authority.roots)
    other = Authority(tmp_path / "other")
    other.found()
    with pytest.raises(StampError, match="签名"):
        check_stamp(stamp, LINK, other.roots)
    with pytest.raises(StampError, match="应答"):
        check_stamp(b"not a stamp", LINK, b"")


@pytest.mark.parametrize("mode", ["error", "page"])
async def test_an_authority_that_fails_is_named(authority: Authority, mode: str) -> None:
    authority.mode = mode
    with pytest.raises(StampError):
        await ask_stamp(authority.url, LINK, authority.roots)


async def test_an_authority_that_is_away_is_named() -> None:
    with pytest.raises(StampError, match="无应答"):
        await ask_stamp("http://127.0.0.1:9/", LINK, b"")


async def test_each_finished_day_s_last_link_is_stamped_once(
    authority: Authority, tmp_path: Path
) -> None:
    async with watching(tmp_path, accounts=2, plan=Plan()) as (watch, platform):
        await silent(watch)
        await prove(watch)
        assert await stamp_days(watch, authority.url, authority.roots) == ""
        assert all(link.stamp is None for link in chain(watch)), "the day is not over"
        platform.clock.moment += DAY
        authority.mode = "error"
        assert "未能加盖" in await stamp_days(watch, authority.url, authority.roots)
        authority.mode = "ok"
        for _ in range(2):
            assert await stamp_days(watch, authority.url, authority.roots) == ""
        first, last = chain(watch)
        assert first.stamp is None
        assert last.stamp is not None
        assert watch.proofs.folder is not None
        with watch.db.read() as c:
            audit = verify(ground(c), watch.proofs.folder, authority.roots, platform.clock.moment)
    assert (audit.first, audit.stamps, audit.unchecked) == (None, 1, [])
    assert platform.clock.moment - first.at == timedelta(days=1)
