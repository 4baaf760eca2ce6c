"""The bench works, in small, and a check does not cost much more than fetching its pages.

Only the ratio of two costs of the same process in the same run is judged, never a time.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from tests.bench import __main__ as bench
from tests.bench import checks, many, names, pages, reports, size, year

# Times the CPU of a loop that only fetches the same pages.
MOST = 2.5


@pytest.mark.slow
def test_a_check_costs_a_few_times_its_fetching(tmp_path: Path) -> None:
    ratios = []
    for turn in range(5):  # others share the machine: the best counts
        folder = tmp_path / str(turn)
        folder.mkdir()
        told = asyncio.run(checks.measure(80, 3, folder))
        for part in ("full", "first_sight", "bare"):
            assert set(told[part]) == {"checks", "cpu_ms_per_check", "checks_per_second"}
        assert (told["full"]["checks"], told["bare"]["checks"]) == (240, 240)
        ratios.append(told["ratio"])
        if told["ratio"] <= MOST:
            return
    pytest.fail(f"ratios: {ratios}")


@pytest.mark.slow
def test_a_large_register_is_measured_on_a_daemon_of_its_own(tmp_path: Path) -> None:
    told = many.measure(300, 1.0, tmp_path)
    assert told["accounts"] == 300
    assert told["rss_mb"] > 10
    assert told["metrics_accounts_bytes"] > 300 * 100
    assert {"startup_seconds", "idle_cpu_percent", "dispatch_ms_all_due"} <= set(told)


def test_a_year_of_an_account_is_extrapolated_from_a_stretch(tmp_path: Path) -> None:
    told = size.measure(1, size.LOG + 3, tmp_path)
    assert told["bytes_per_account_year"] >= told["bytes_after_log_is_full"] > 0


@pytest.mark.slow
def test_a_simulated_stretch_is_measured_and_equals_its_truth() -> None:
    told = year.measure(8, 8)
    assert told["differences"] == 0
    assert told["cpu_ms_per_reading"] > 0


@pytest.mark.slow
def test_a_report_over_a_year_is_measured(tmp_path: Path) -> None:
    told = reports.measure(80, 50, tmp_path, reports.MADE[:1])
    made = told["reports"]["inspection.docx"]
    assert told["posts"] == 4000
    assert {"cpu_seconds", "peak_rss_mb", "collecting_seconds"} <= set(made)
    assert made["bytes"] > 10_000
    assert (tmp_path / "inspection.docx").read_bytes().startswith(b"PK")


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["nothing"]) == 2
    assert "known: checks, many, names, pages, reports, size, year" in capsys.readouterr().err


def test_the_figures_are_one_json_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "PARTS", {"size": lambda folder: {"bytes": folder.is_dir()}})
    assert bench.main([]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["size"] == {"bytes": True}
    assert set(told["machine"]) == {"cores", "python", "sqlite", "load"}


@pytest.mark.slow
def test_reading_a_page_costs_a_few_times_its_bare_parsing() -> None:
    told = pages.measure(5)
    dear = {name: cost for name, cost in told.items() if cost["ratio"] > pages.MOST}
    if dear:  # others share the machine
        again = pages.measure(10)
        dear = {name: again[name] for name in dear if again[name]["ratio"] > pages.MOST}
    assert not dear


@pytest.mark.slow
def test_names_are_measured_for_quality_and_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "PUBLIC", Path("/nowhere"))  # what ships says all by itself
    told = names.measure(40, (300,))
    assert set(told) == {"generated", "speed"}
    assert told["generated"]["auc"] >= 0.98
    assert told["generated"]["recall_at_fpr_1"] >= 0.95
    assert told["speed"]["300"]["ratio_to_rapidfuzz"]["attacks"] > 0


def test_the_figures_of_a_ranking_are_what_the_words_say() -> None:
    bad, good = np.array([0.9, 0.8, 0.4]), np.array([0.5, 0.3])
    assert names.auc(bad, good) == pytest.approx(5 / 6)
    assert names.average_precision(bad, good) == pytest.approx((1 + 1 + 3 / 4) / 3)
