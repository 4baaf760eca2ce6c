"""A full disk: nothing committed is lost, it is said clearly, and freed space is enough."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.stage import stage
from tests.reliability.test_signals import silent


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount") or "mount"
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)], capture_output=True
    )
    if made.returncode:
        pytest.skip(f"mounting a tmpfs is not permitted here: {made.stderr.decode().strip()}")
    yield place
    subprocess.run([shutil.which("umount") or "umount", "-l", str(place)], check=True)


@pytest.mark.slow
async def test_a_full_disk_is_told_and_freed_space_is_enough(
    tmp_path: Path, small_disk: Path
) -> None:
    async with stage(tmp_path / "config", silent(6), state=small_disk) as s:
        await s.go(lease=1, letter_lease=1, every=1)
        await s.until("SELECT count(*) FROM cases WHERE rule = 'UPD-04'", 6)
        ballast = small_disk / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                pass
        said = await s.says("/readyz", 503, 60)
        assert "no room left for the database" in said or "cannot be written" in said
        assert (await s.get("/healthz"))[0] == 200
        assert s.rows("SELECT count(*) FROM cases WHERE rule = 'UPD-04'") == [(6,)]
        readings = s.rows("SELECT count(*) FROM reading")[0][0]
        ballast.unlink()
        await s.says("/readyz", 200, 60)
        await s.until(f"SELECT count(*) > {readings} FROM reading", 1)
        await s.until("SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')", 0)
        assert s.rows("PRAGMA integrity_check") == [("ok",)]
        assert await s.end() == 0
