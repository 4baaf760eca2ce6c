"""The `evidence` section of watcher.yaml: its size, and the authority that stamps the time."""

from __future__ import annotations

from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates

from watcher.config.schema import EvidenceTable
from watcher.config.values import EvidenceSettings
from watcher.mistakes import Mistake, reason_of


def evidence_settings(
    table: EvidenceTable, folder: Path, file: str
) -> tuple[EvidenceSettings, tuple[Mistake, ...]]:
    """The section, or what is wrong with it. A stamp that cannot be verified proves nothing, so
    an authority comes with its certificates."""
    plain = EvidenceSettings(table.max_size)
    if table.stamp_url is None and table.stamp_roots is None:
        return plain, ()
    if table.stamp_url is None or table.stamp_roots is None:
        missing = "stamp_url" if table.stamp_url is None else "stamp_roots"
        text = "没有写：时间戳机构与其根证书（PEM）须同时给出"
        return plain, (Mistake(file, f"evidence.{missing}", text),)
    try:
        roots = (folder / table.stamp_roots).read_bytes()
        load_pem_x509_certificates(roots)
    except OSError as error:
        why = f"不能读取：{reason_of(error)}"
        return plain, (Mistake(file, "evidence.stamp_roots", why),)
    except ValueError:
        why = "应为 PEM 格式的证书文件"
        return plain, (Mistake(file, "evidence.stamp_roots", why),)
    return EvidenceSettings(table.max_size, table.stamp_url, roots), ()
