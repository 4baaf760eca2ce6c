"""The `evidence` section of watcher.yaml: its size, and the authority that stamps the time."""

from __future__ import annotations

from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates

from watcher.config.schema import EvidenceTable
from watcher.config.values import EvidenceSettings
from watcher.mistakes import Mistake


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
        text = "is missing: an authority and its certificates (PEM) go together"
        return plain, (Mistake(file, f"evidence.{missing}", text),)
    try:
        roots = (folder / table.stamp_roots).read_bytes()
        load_pem_x509_certificates(roots)
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
        return plain, (Mistake(file, "evidence.stamp_roots", why),)
    except ValueError:
        why = "must be a file of certificates in PEM form"
        return plain, (Mistake(file, "evidence.stamp_roots", why),)
    return EvidenceSettings(table.max_size, table.stamp_url, roots), ()
