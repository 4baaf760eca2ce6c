"""`watcher names score`: two files in, one JSON document or a table out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.program import Done, Run, place, run

__all__ = ["place", "run"]  # fixtures

PROTECTED = "临江公安\n临江发布\n平安洛阳\n".encode()


def score(
    run: Run, folder: Path, candidates: bytes, *more: str, protected: bytes = PROTECTED
) -> Done:
    (folder / "protected.txt").write_bytes(protected)
    (folder / "candidates.txt").write_bytes(candidates)
    files = ("--protected", "protected.txt", "--candidates", "candidates.txt")
    return run("names", "score", *files, *more)


def results(done: Done) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["results"]
    return found


def test_each_candidate_has_a_result_in_the_order_of_the_file(run: Run, place: Path) -> None:
    found = results(score(run, place, "临江公按\n小明的厨房\n临江发布\n".encode(), "--json"))
    assert [row["candidate"] for row in found] == ["临江公按", "小明的厨房", "临江发布"]
    assert [row["band"] for row in found] == ["alert", "none", "same"]
    assert set(found[0]) == {"candidate", "match", "score", "band", "reasons"}
    assert (found[0]["match"], found[2]["score"]) == ("临江公安", 1.0)
    assert found[0]["reasons"] == ["“按”与“安”字形相近，读音相同"]


def test_a_candidate_like_none_has_no_match(run: Run, place: Path) -> None:
    [row] = results(score(run, place, "小明的厨房".encode(), "--json"))
    assert row == {
        "candidate": "小明的厨房",
        "match": None,
        "score": 0.0,
        "band": "none",
        "reasons": [],
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_files_are_read_in_the_encodings_offices_use(run: Run, place: Path, encoding: str) -> None:
    done = score(
        run,
        place,
        "临江公按\r\n".encode(encoding),
        "--json",
        protected="临江公安\r\n".encode(encoding),
    )
    assert results(done)[0]["match"] == "临江公安"


def test_empty_lines_are_left_out_and_it_is_said(run: Run, place: Path) -> None:
    done = score(run, place, "\n临江公按\n \n\n".encode(), "--json")
    assert len(results(done)) == 1
    assert "候选名称：略过 3 个空行" in done.stderr


def test_time_and_memory_are_said_beside_the_document(run: Run, place: Path) -> None:
    done = score(run, place, "临江公按\n".encode(), "--json")
    assert "受保护名称 3 个，准备" in done.stderr
    assert "MiB" in done.stderr


def test_no_candidates_are_no_results(run: Run, place: Path) -> None:
    assert results(score(run, place, b"", "--json")) == []


def test_every_mistake_of_both_files_is_said(run: Run, place: Path) -> None:
    done = score(run, place, b"\0\1\2\xff", protected=("长" * 201 + "\n临江公安\n").encode())
    assert done.returncode == 2
    assert done.stdout == ""
    assert "protected.txt: 第 1 行有 201 个字符" in done.stderr
    assert "candidates.txt: 不是 UTF-8 或 GB 18030 的文本文件" in done.stderr


def test_a_broken_line_is_named_and_not_read_as_nonsense(run: Run, place: Path) -> None:
    done = score(run, place, "临江公安局\n临江发布\n".encode() + b"\xe4\xb8\n")
    assert done.returncode == 2
    assert "candidates.txt: 第 3 行不是完整的 UTF-8" in done.stderr


def test_another_encoding_is_told(run: Run, place: Path) -> None:
    done = score(run, place, "临江公按\n".encode("gb18030"), "--json")
    assert "候选名称：不是 UTF-8，按 GB 18030 读取" in done.stderr


def test_a_file_that_is_not_there_is_named(run: Run, place: Path) -> None:
    done = run("names", "score", "--protected", "p.txt", "--candidates", "c.txt", "--json")
    assert done.returncode == 2
    assert "p.txt: 不能读取" in done.stderr
    assert "c.txt: 不能读取" in done.stderr


def test_nothing_to_protect_is_a_mistake(run: Run, place: Path) -> None:
    done = score(run, place, "临江公按\n".encode(), protected=b"\n\n")
    assert done.returncode == 2
    assert "没有名称" in done.stderr


def test_strange_names_are_names(run: Run, place: Path) -> None:
    names = ["\u200b", "😀", "\u202e临江公安", "[bold]临江公安", "a" * 200, "\u2028临江公安"]
    found = results(score(run, place, "\n".join(names).encode(), "--json"))
    assert [row["candidate"] for row in found] == names
    assert found[2]["score"] == found[5]["score"] == 1.0


def test_the_table_lists_what_is_alike_and_counts_the_rest(run: Run, place: Path) -> None:
    done = score(run, place, "临江公按\n\u202e[red]临江发布\n小明的厨房\n".encode())
    assert done.returncode == 0
    assert "“按”与“安”字形相近，读音相同" in done.stdout
    assert "小明" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "无关 1" in done.stdout


def test_an_empty_character_in_a_file_is_told_with_its_line(run: Run, place: Path) -> None:
    done = score(run, place, "临江公安\n临江\0发布\n".encode())
    assert done.returncode == 2
    assert "第 2 行含有空字符（NUL）" in done.stderr
    assert "删去" in done.stderr
