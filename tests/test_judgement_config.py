from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from watcher.config.impersonation import load_impersonation
from watcher.config.judgement import judgement_of, takedown_of
from watcher.rules.suspicion import Weights

SHIPPED = Path(__file__).parents[1] / "config" / "impersonation.yaml"


def test_the_shipped_file_says_the_weights_that_are_built_in() -> None:
    found, wrong = load_impersonation(SHIPPED, {})
    assert wrong == ()
    assert found.weights == Weights()
    assert found.takedown.platforms["weibo"].company == "北京微梦创科网络技术有限公司"
    assert found.takedown.template == SHIPPED.parent / "templates/takedown.docx"


@pytest.mark.parametrize(
    ("section", "path", "words"),
    [
        ({"name": {"same": 60}}, "judgement.name", "仅凭名称就会达到 alert（60）"),
        ({"alert": 55, "red": 54}, "judgement.red", "不能小于 alert（55）"),
        ({"name": {"weak": 40}}, "judgement.name", "从 same 到 weak 须依次降低"),
        ({"avatar": -1}, "judgement.avatar", "不能小于 0"),
        ({"avatr": 3}, "judgement.avatr", "不认识"),
        ({"emblems": ["no.png"]}, "judgement.emblems[0]", "no.png：没有这个文件"),
    ],
)
def test_a_wrong_figure_is_said_in_words(section: dict[str, Any], path: str, words: str) -> None:
    _, _, wrong = judgement_of(section, SHIPPED)
    assert any(each.path == path and words in each.message for each in wrong), wrong


def test_an_emblem_is_read_and_what_is_no_picture_is_named(tmp_path: Path) -> None:
    made = BytesIO()
    Image.effect_noise((64, 64), 90).save(made, "PNG")
    (tmp_path / "e.png").write_bytes(made.getvalue())
    (tmp_path / "t.png").write_text("x")
    _, emblems, wrong = judgement_of({"emblems": ["e.png", "t.png"]}, tmp_path / "i.yaml")
    assert len(emblems) == 1
    assert [each.path for each in wrong] == ["judgement.emblems[1]"]


def test_an_unknown_key_of_letters_is_a_mistake() -> None:
    _, wrong = takedown_of({"platforms": {"weibo": {"company": "x"}}}, SHIPPED)
    assert [each.path for each in wrong] == ["takedown.platforms.weibo.channel"]


def test_a_template_that_is_not_there_is_a_mistake() -> None:
    _, wrong = takedown_of({"template": "templates/none.docx"}, SHIPPED)
    assert [each.path for each in wrong] == ["takedown.template"]
    assert takedown_of({}, Path("/nowhere/impersonation.yaml"))[1] == ()
