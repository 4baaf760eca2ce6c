"""The text of a Word file that strangers filled in: its paragraphs and the cells of its tables.

Only the main part is read, by a parser that knows no entities; sizes are bounded while reading,
since what a zip says of itself may be a lie. Boxes are told in four ways by Word and WPS: as signs,
as symbols of a font, as content controls, as old form fields; all come out as ☑ or □.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

MOST_BYTES = 20 << 20  # of the file
MOST_PARTS = 2000
MOST_XML = 8 << 20  # bytes of the main part, unpacked
MOST_ALL = 200 << 20  # bytes of all parts together, as the zip says
MOST_DEPTH = 400
MOST_CELLS = 5000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MAIN = "word/document.xml"
_OLD = b"\xd0\xcf\x11\xe0"
TICKED, BLANK = "☑", "□"
# Wingdings and Wingdings 2, where people look for a tick.
_SYMBOLS = {
    **dict.fromkeys(("F0FE", "F0FD", "F052", "F053", "F0FC", "F054", "F050"), TICKED),
    **dict.fromkeys(("F0A8", "F06F", "F0A3", "F071", "F02A", "F030"), BLANK),
}


class FormError(ValueError):
    """A file that cannot be read as a form; for people."""


@dataclass(frozen=True, slots=True)
class TextCell:
    """A cell with its lines. `goes_on`: it belongs to the one above it."""

    text: str
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class FormText:
    """Paragraphs outside of tables, and the rows of all tables in their order."""

    paragraphs: tuple[str, ...] = ()
    rows: tuple[tuple[TextCell, ...], ...] = ()


def form_text(body: bytes) -> FormText:
    """The text of a .docx. Raises FormError saying what to do."""
    root = _root(_main_part(body))
    _bounded(root)
    gathered = _Gathered()
    for top in root:
        _walk(top, gathered)
    return FormText(tuple(gathered.paragraphs), tuple(gathered.rows))


# -- opening it --------------------------------------------------------------------------------


def _main_part(body: bytes) -> bytes:
    if len(body) > MOST_BYTES:
        raise FormError(f"文件超过{MOST_BYTES >> 20}MB，拒绝读取")
    if body.startswith(_OLD):
        raise FormError("是旧版 .doc 或加密的文件；请在 Word 或 WPS 中另存为不加密的 .docx")
    if body.startswith(b"%PDF"):
        raise FormError("是 PDF 文件；请提供填好的 Word 文件（.docx）")
    try:
        with ZipFile(BytesIO(body)) as parts:
            _checked(parts)
            with parts.open(_MAIN) as stream:
                found = stream.read(MOST_XML + 1)
    except FormError:
        raise
    except (BadZipFile, KeyError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise FormError("不是可读的 .docx 文件，或已损坏；请在 Word 或 WPS 中另存后再试") from error
    if len(found) > MOST_XML:
        raise FormError("正文解压后过大，拒绝读取")
    return found


def _checked(parts: ZipFile) -> None:
    entries = parts.infolist()
    if len(entries) > MOST_PARTS or sum(each.file_size for each in entries) > MOST_ALL:
        raise FormError("解压后过大，拒绝读取")
    names = {each.filename.lower() for each in entries}
    if any(name.endswith(("vbaproject.bin", "vbadata.xml")) for name in names):
        raise FormError("含有宏，拒绝读取；请另存为不含宏的 .docx")
    if _MAIN not in parts.namelist():
        raise FormError("不是 Word 文档（.docx）")


def _root(xml: bytes) -> Any:
    try:
        body = fromstring(xml, forbid_dtd=True).find(f"{_W}body")
    except DefusedXmlException as error:
        raise FormError("正文含有外部实体或文档类型声明，拒绝读取") from error
    except (SyntaxError, ValueError, LookupError) as error:
        raise FormError("正文不是可读的 XML；请在 Word 或 WPS 中另存后再试") from error
    if body is None:
        raise FormError("不是 Word 文档（.docx）：没有正文")
    return body


def _bounded(root: Any) -> None:
    """Refuse what is nested without end, before anything recurses into it."""
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > MOST_DEPTH:
            raise FormError("正文嵌套过深，拒绝读取")
        level = [each for parent in level for each in parent]


# -- walking through it ------------------------------------------------------------------------


@dataclass(slots=True)
class _Gathered:
    paragraphs: list[str] = field(default_factory=list)
    rows: list[tuple[TextCell, ...]] = field(default_factory=list)
    cells: int = 0


def _walk(node: Any, into: _Gathered) -> None:
    if node.tag == f"{_W}p":
        into.paragraphs.append(_text(node))
    elif node.tag == f"{_W}tbl":
        _table(node, into)
    elif node.tag not in (_FALLBACK, f"{_W}sectPr"):
        for each in node:  # content controls and tracked insertions around blocks
            _walk(each, into)


def _table(table: Any, into: _Gathered) -> None:
    for row in _inside(table, "tr"):
        cells = tuple(_cell(each, into) for each in _inside(row, "tc"))
        into.cells += len(cells)
        if into.cells > MOST_CELLS:
            raise FormError(f"表格超过{MOST_CELLS}格，不是一张登记表")
        into.rows.append(cells)


def _inside(node: Any, name: str) -> Iterator[Any]:
    """Children of a name, those in content controls among them; not those of inner tables."""
    for each in node:
        if each.tag == f"{_W}{name}":
            yield each
        elif each.tag not in (f"{_W}tbl", f"{_W}tc", _FALLBACK):
            yield from _inside(each, name)


def _cell(cell: Any, into: _Gathered) -> TextCell:
    merge = cell.find(f"{_W}tcPr/{_W}vMerge")
    goes_on = merge is not None and merge.get(f"{_W}val", "continue") == "continue"
    lines = [_text(each) for each in _paragraphs(cell)]
    for inner in cell.iter(f"{_W}tbl"):
        _table(inner, into)  # a form inside a form's cell: rows of their own
    return TextCell("\n".join(lines).strip(), goes_on)


def _paragraphs(node: Any) -> Iterator[Any]:
    for each in node:
        if each.tag == f"{_W}p":
            yield each
        elif each.tag not in (f"{_W}tbl", _FALLBACK):
            yield from _paragraphs(each)


def _text(paragraph: Any) -> str:
    return "".join(_pieces(paragraph))


def _pieces(node: Any) -> Iterator[str]:
    for each in node:
        tag = each.tag
        if tag == f"{_W}t":
            yield each.text or ""
        elif tag == f"{_W}tab":
            yield " "
        elif tag in (f"{_W}br", f"{_W}cr"):
            yield "\n"
        elif tag == f"{_W}sym":
            yield _SYMBOLS.get((each.get(f"{_W}char") or "").upper(), "")
        elif tag == f"{_W}sdt" and each.find(f"{_W}sdtPr/{_W14}checkbox") is not None:
            checked = each.find(f"{_W}sdtPr/{_W14}checkbox/{_W14}checked")
            yield TICKED if checked is not None and _on(checked.get(f"{_W14}val")) else BLANK
        elif tag == f"{_W}checkBox":
            yield TICKED if _field_on(each) else BLANK
        elif tag not in (f"{_W}delText", f"{_W}del", f"{_W}instrText", _FALLBACK, f"{_W}pPr"):
            yield from _pieces(each)


def _field_on(box: Any) -> bool:
    """An old form field: what it is set to, else what it is by default."""
    for name in ("checked", "default"):
        found = box.find(f"{_W}{name}")
        if found is not None:
            return _on(found.get(f"{_W}val"))
    return False


def _on(value: str | None) -> bool:
    return value is None or value.lower() in ("1", "true", "on")
