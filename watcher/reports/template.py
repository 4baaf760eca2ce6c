"""Word templates that an office may edit, filled with fields; a broken one names its placeholder.

Placeholders are `{{ name }}` and the row loops of docxtpl. Whatever a stranger wrote is escaped
and cleaned of what XML cannot hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from docx.opc.exceptions import PackageNotFoundError
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

LONGEST = 300  # characters of one field
_PLACEHOLDER = re.compile(r"'([^']*)' is undefined|has no attribute '([^']*)'")


class TemplateProblemError(ValueError):
    """A template cannot be used; every reason, for people."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = list(reasons)
        super().__init__("\n".join(self.reasons))


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG for a field, so many millimetres wide."""

    png: bytes
    width: float


def render(
    template: Path, fields: Mapping[str, Any], known: Mapping[str, str], needed: Sequence[str]
) -> bytes:
    """The template filled, as a Word file.

    `known` gives each field's meaning; `needed` are those without which the document would say
    nothing. A field may hold text, a list of texts or of values with attributes, a Picture, or
    Markup made by `watcher.reports.word`. Raises TemplateProblemError naming the template and the
    placeholder.
    """
    env = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    letter, used = _opened(template, env)
    wrong = [
        f"模板 {template} 中的 {{{{ {each} }}}} 不认识；可用：{'、'.join(known)}"
        for each in sorted(used - known.keys())
    ]
    wrong += [
        f"模板 {template} 缺少 {{{{ {each} }}}}（{known[each]}）"
        for each in needed
        if each not in used
    ]
    if wrong:
        raise TemplateProblemError(wrong)
    given = {name: _placed(value, letter) for name, value in fields.items() if name in used}
    try:
        letter.render(given, env, autoescape=True)
    except (TemplateError, TypeError) as error:
        raise TemplateProblemError([f"模板 {template} 不能填写：{said(error)}"]) from error
    made = BytesIO()
    letter.save(made)
    return made.getvalue()


def cleaned(text: str, limit: int = LONGEST) -> str:
    """Text that XML can hold, on one line: no control, surrogate, invisible or directional sign."""
    kept = "".join(sign if sign.isprintable() else " " for sign in text)
    plain = " ".join(kept.split()) if kept.strip() != kept or "  " in kept else kept
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


# -- inside ------------------------------------------------------------------------------------


def _opened(template: Path, env: SandboxedEnvironment) -> tuple[DocxTemplate, set[str]]:
    if not template.is_file():
        gone = f"没有模板 {template}；请从安装包的 config/templates 复制同名文件到此处"
        raise TemplateProblemError([gone])
    try:
        letter = DocxTemplate(str(template))
        return letter, letter.get_undeclared_template_variables(env)
    except (OSError, BadZipFile, PackageNotFoundError, KeyError, ValueError) as error:
        broken = f"模板 {template} 不能读取：不是 Word 文档（.docx）或已损坏"
        raise TemplateProblemError([broken]) from error
    except TemplateError as error:
        raise TemplateProblemError([f"模板 {template} 的占位符写法有误：{said(error)}"]) from error


def said(error: Exception) -> str:
    """The error with the placeholder it is about, as far as jinja tells."""
    text = str(error)
    found = _PLACEHOLDER.search(text)
    if found:
        return f"占位符 {{{{ {found[1] or found[2]} }}}} 没有内容可填（{text}）"
    if isinstance(error, TemplateSyntaxError) and error.source and error.lineno:
        line = error.source.splitlines()[error.lineno - 1]
        seen = re.findall(r"\{[{%][^{}]{0,80}", re.sub(r"<[^>]*>", "", line))
        return f"{text}（在 {seen[-1].strip()} 附近）" if seen else text
    return text


def _placed(value: Any, letter: DocxTemplate) -> Any:
    if isinstance(value, Picture):
        return InlineImage(letter, BytesIO(value.png), width=Mm(value.width))
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return cleaned(value, 20 * LONGEST)
    if isinstance(value, (list, tuple)):
        return [_placed(each, letter) for each in value]
    if isinstance(value, Mapping):
        return {key: _placed(each, letter) for key, each in value.items()}
    return value
