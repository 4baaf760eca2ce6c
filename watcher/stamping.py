"""Time stamps of an authority (RFC 3161) over the last link of each day."""

from __future__ import annotations

import logging
from hashlib import sha256

import httpx
from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from watcher import store
from watcher.calendar import local, midnight
from watcher.watch import Watch

log = logging.getLogger(__name__)

TIMEOUT = 20.0  # seconds
LARGEST = 1 << 20  # bytes of an answer


class StampError(Exception):
    """A time stamp that proves nothing, and why; for people."""


def check_stamp(stamp: bytes, link: str, roots: bytes, nonce: int | None = None) -> None:
    """Raises StampError where the stamp is not over this link or does not lead to `roots` (PEM);
    without roots its signature is not looked at."""
    answer = _decoded(stamp)
    imprint = answer.tst_info.message_imprint.message
    if imprint != sha256(bytes.fromhex(link)).digest():
        raise StampError("盖的不是这一环")
    if not roots:
        return
    builder = VerifierBuilder(roots=list(load_pem_x509_certificates(roots)), nonce=nonce)
    try:
        builder.build().verify_message(answer, bytes.fromhex(link))
    except (VerificationError, ValueError) as error:
        raise StampError(f"签名核验不通过（{error}）") from error


def _decoded(stamp: bytes) -> TimeStampResponse:
    try:
        answer = decode_timestamp_response(stamp)
        if answer.status not in (0, 1):
            raise StampError(f"时间戳机构拒绝盖章（状态 {answer.status}）")
        answer.tst_info.message_imprint  # noqa: B018 - where there is none, it is no stamp
    except ValueError as error:
        raise StampError(f"不是 RFC 3161 应答（{error}）") from error
    return answer


async def ask_stamp(url: str, link: str, roots: bytes) -> bytes:
    """The stamp over a link, verified. Raises StampError. The address is configured, so it may be
    private."""
    request = (
        TimestampRequestBuilder()
        .data(bytes.fromhex(link))
        .hash_algorithm(HashAlgorithm.SHA256)
        .cert_request(cert_request=True)
        .build()
    )
    kind = {"content-type": "application/timestamp-query"}
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
            answer = await client.post(url, content=request.as_bytes(), headers=kind)
    except (httpx.HTTPError, OSError) as error:
        raise StampError(f"时间戳机构无应答（{type(error).__name__}）") from error
    if answer.status_code != 200 or len(answer.content) > LARGEST:
        raise StampError(f"时间戳机构应答 {answer.status_code}")
    check_stamp(answer.content, link, roots, request.nonce)
    return answer.content


async def stamp_days(watch: Watch, url: str, roots: bytes) -> str:
    """Have the last link of each finished day stamped; why one could not be, "" where all went."""
    today = midnight(local(watch.now()).date())
    for link in await watch.writer.submit(lambda c: store.unstamped(c, today)):
        try:
            stamp = await ask_stamp(url, link.link, roots)
        except StampError as error:
            log.error("no time stamp for evidence %d: %s", link.number, error)
            return f"{local(link.at):%Y-%m-%d} 的证据未能加盖时间戳：{error}"
        number = link.number
        await watch.writer.submit(lambda c, n=number, s=stamp: store.set_stamp(c, n, s))  # type: ignore[misc]
        log.info("evidence %d bears a time stamp", link.number)
    return ""
