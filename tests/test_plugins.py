"""Collectors of other packages: found by their entry point, and never in each other's way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from collectors import discover, installed

MODULE = '''
"""A collector of somebody else's."""

from collectors import Collector
from watcher.model import Coverage, Pace, Profile, Request, Sighting


async def collect(source, fetch):
    page = await fetch(Request(f"https://www.yacheng.example/{source.handle}"))
    return Sighting(Profile(source.handle, page.text), coverage=Coverage.PARTIAL)


collector = Collector(
    name="yacheng",
    platform="yacheng",
    hosts=frozenset({"www.yacheng.example"}),
    collect=collect,
    coverage=Coverage.PARTIAL,
    pace=Pace(gap=6.0),
    title="崖城通",
)
same_name = Collector("weibo", "weibo", frozenset(), collect)
no_collector = {"name": "yacheng"}
'''


def wheel(folder: Path, points: str, name: str = "shouwang_yacheng") -> Path:
    """A wheel as any build tool makes it (PEP 427), without one being installed."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": MODULE,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[watcher.collectors]\n{points}\n",
    }
    rows = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        for place, text in {**files, f"{info}/RECORD": rows}.items():
            made.writestr(place, text)
    return path


def install(made: Path, target: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    words = ["--no-index", "--no-deps", "--no-cache-dir", "--target", str(target), str(made)]
    subprocess.run([*pip, *words], check=True, capture_output=True, timeout=60)


def listed(target: Path, folder: Path) -> tuple[dict[str, object], str]:
    """What the program itself says in a new process, away from any configuration."""
    root = Path(__file__).parents[1]
    path = os.pathsep.join([str(root), str(target)])
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from watcher.cli import main; main()",
            "collectors",
            "list",
            "--json",
        ],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.mark.slow
def test_a_package_that_is_installed_is_found_by_its_entry_point(tmp_path: Path) -> None:
    target, points = tmp_path / "site", "yacheng = shouwang_yacheng:collector"
    install(wheel(tmp_path, points), target)
    found, said = listed(target, tmp_path)
    rows = {row["name"]: row for row in found["collectors"]}  # type: ignore[attr-defined]
    assert rows["yacheng"]["title"] == "崖城通"
    assert (rows["yacheng"]["coverage"], rows["yacheng"]["in_service"]) == ("partial", True)
    assert "weibo" in rows
    assert (found["broken"], said) == ([], "")


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path of this process."""
    target = tmp_path / "site"
    target.mkdir()
    monkeypatch.syspath_prepend(str(target))
    return target


def unpack(target: Path, points: str) -> None:
    with zipfile.ZipFile(wheel(target.parent, points)) as made:
        made.extractall(target)


@pytest.mark.parametrize(
    ("point", "why"),
    [
        ("yacheng = shouwang_nowhere:collector", "ModuleNotFoundError"),
        ("yacheng = shouwang_yacheng:missing", "AttributeError"),
        ("yacheng = shouwang_yacheng:no_collector", "is a dict, no Collector"),
        ("yacheng = shouwang_yacheng:same_name", "'weibo' is there already"),
    ],
)
def test_a_plug_in_that_fails_is_named_and_the_others_go_on(
    beside: Path, point: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    unpack(beside, f"{point}\ngood = shouwang_yacheng:collector")
    sys.modules.pop("shouwang_yacheng", None)
    found = installed()
    assert set(found.broken) == {"yacheng"}
    assert why in found.broken["yacheng"]
    assert {"yacheng", "weibo"} <= set(found.collectors)
    assert found.collectors["weibo"].hosts
    assert discover().keys() == found.collectors.keys()
    assert "the plug-in yacheng is left out" in caplog.text


def test_a_plug_in_whose_module_ends_the_process_is_left_out(beside: Path) -> None:
    (beside / "shouwang_exit.py").write_text("import sys\nsys.exit('no licence')\n", "utf-8")
    unpack(beside, "yacheng = shouwang_exit:collector")
    assert installed().broken == {"yacheng": "shouwang_exit:collector: SystemExit: no licence"}
