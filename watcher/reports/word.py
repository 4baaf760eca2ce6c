"""Word documents as offices write them (GB/T 9704-2012), and their finishing. Pure.

Fonts are named, never shipped: Word and WPS take the office's own 仿宋_GB2312 and 方正小标宋, and
the nearest they have where those are missing. Long tables are written as XML in one piece, since
adding rows one by one costs the square of their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from defusedxml.ElementTree import fromstring
from docx import Document
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.parser import parse_xml
from docx.package import Package
from markupsafe import Markup, escape

from watcher.calendar import local
from watcher.reports.stamp import PROPERTY, Stamp, StampError, read, written
from watcher.reports.template import cleaned

BODY, TITLE, HEADING, SUBHEADING = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312"
LATIN = "Times New Roman"
CELL = 120  # characters of one cell of a table
KEPT_TOGETHER = 12  # rows of a table that does not break over pages
MOST_ROWS = 500  # of one table of a report; the rest stands in the list beside it
_CUSTOM = "docProps/custom.xml"
_MOST_STAMP = 64 * 1024  # bytes of the part that holds a stamp


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, its width in millimetres, and whether it holds numbers."""

    heading: str
    width: float
    number: bool = False


def table(
    columns: Sequence[Column], rows: Iterable[Sequence[object]], size: float = 10.5
) -> Markup:
    """A ruled table for a `{{p name }}` placeholder; its heading is repeated on every page.

    `size` is in points. Cells are cut at CELL characters. Without rows one row says 无.
    """
    kept = list(rows) or [["无", *[""] * (len(columns) - 1)]]
    short = len(kept) <= KEPT_TOGETHER
    lines = [
        _row(columns, row, size, keep=short and at < len(kept))
        for at, row in enumerate(kept, start=1)
    ]
    grid = "".join(f'<w:gridCol w:w="{_twips(each.width)}"/>' for each in columns)
    head = "".join(
        _cell(each.heading, each.width, size, bold=True, align="center", keep=True)
        for each in columns
    )
    return Markup(  # noqa: S704 - every cell is escaped
        f"<w:tbl><w:tblPr>{_TABLE}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
        f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>{''.join(lines)}</w:tbl>"
        # A table must be followed by a paragraph.
        '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="200" w:lineRule="exact"/></w:pPr>'
        "</w:p>"
    )


def paragraphs(texts: Iterable[str]) -> Markup:
    """Body paragraphs for a `{{p name }}` placeholder, each in the style of the template's body."""
    made = "".join(
        '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="560" w:lineRule="exact"/>'
        '<w:ind w:firstLineChars="200" w:firstLine="640"/></w:pPr>'
        f'<w:r>{_font(BODY, 16)}<w:t xml:space="preserve">'
        f"{escape(cleaned(each, 4000))}</w:t></w:r></w:p>"
        for each in texts
    )
    return Markup(made)  # noqa: S704 - escaped above


def finished(document: bytes, stamp: Stamp, title: str) -> bytes:
    """The document with its stamp, and nothing in it that differs from one making to the next."""
    opened = Document(BytesIO(document))
    about = opened.core_properties
    about.title, about.author, about.last_modified_by, about.revision = title, "守望", "守望", 1
    about.created = about.modified = stamp.as_of.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    package = opened.part.package
    assert package is not None  # a document that was opened has one
    _put(package, written(stamp))
    made = BytesIO()
    opened.save(made)
    with ZipFile(made) as parts:
        kept = {name: parts.read(name) for name in parts.namelist()}
    return packed(kept, stamp.as_of, first="[Content_Types].xml")


def packed(parts: dict[str, bytes], at: datetime, first: str = "") -> bytes:
    """A zip of these parts by name, each dated `at` in Beijing."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name in sorted(parts, key=lambda each: (each != first, each)):
            info = ZipInfo(name, max(local(at), _EPOCH).timetuple()[:6])
            info.compress_type, info.external_attr, info.create_system = (
                ZIP_DEFLATED,
                0o644 << 16,
                3,
            )
            archive.writestr(info, parts[name])
    return made.getvalue()


def stamp_of(document: bytes) -> Stamp:
    """The stamp of a Word or Excel file. Raises StampError where it has none."""
    try:
        with ZipFile(BytesIO(document)) as parts:
            if parts.getinfo(_CUSTOM).file_size > _MOST_STAMP:
                raise StampError("文件属性过大，不是本系统生成的文件")
            root = fromstring(parts.read(_CUSTOM))
    except (BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        raise StampError("文件中没有守望的校验信息；可能不是本系统生成，或另存时被去掉") from error
    for each in root:
        if each.get("name") == PROPERTY:
            return read("".join(each.itertext()))
    raise StampError("文件中没有守望的校验信息；可能不是本系统生成，或另存时被去掉")


# -- inside ------------------------------------------------------------------------------------

_EPOCH = datetime.fromisoformat("1980-01-01T00:00:00+08:00")
_TABLE = (
    '<w:tblW w:w="5000" w:type="pct"/><w:jc w:val="center"/><w:tblBorders>'
    + "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    + '</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>'
    '<w:left w:w="57" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar>'
)


def _twips(millimetres: float) -> int:
    return round(millimetres * 56.7)


def _font(name: str, size: float, bold: bool = False) -> str:
    heavy = "<w:b/>" if bold else ""
    return (
        f'<w:rPr><w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{name}"/>{heavy}'
        f'<w:sz w:val="{round(2 * size)}"/><w:szCs w:val="{round(2 * size)}"/></w:rPr>'
    )


def _row(columns: Sequence[Column], row: Sequence[object], size: float, keep: bool) -> str:
    cells = "".join(
        _cell(value, each.width, size, align="right" if each.number else "left", keep=keep)
        for each, value in zip(columns, row, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"


def _cell(
    value: object,
    width: float,
    size: float,
    bold: bool = False,
    align: str = "left",
    keep: bool = False,
) -> str:
    """`keep`: on one page with what follows."""
    text = escape(cleaned(str(value), CELL))
    font = _font(HEADING if bold else BODY, size)
    next_ = "<w:keepNext/>" if keep else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{_twips(width)}" w:type="dxa"/><w:vAlign w:val="center"/>'
        f'</w:tcPr><w:p><w:pPr>{next_}<w:spacing w:before="0" w:after="0" w:line="240"'
        ' w:lineRule="auto"/>'
        f'<w:ind w:firstLine="0" w:firstLineChars="0"/><w:jc w:val="{align}"/></w:pPr>'
        f'<w:r>{font}<w:t xml:space="preserve">{text}</w:t></w:r></w:p></w:tc>'
    )


_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_EMPTY = f'<Properties xmlns="{_PROPERTIES}" xmlns:vt="{_TYPES}"/>'.encode()


def _put(package: Package, value: str) -> None:
    """Our custom property, beside those that an office's program put into the template."""
    known = [key for key, each in package.rels.items() if each.reltype == RT.CUSTOM_PROPERTIES]
    root = parse_xml(package.rels[known[0]].target_part.blob if known else _EMPTY)
    for each in [each for each in root if each.get("name") == PROPERTY]:
        root.remove(each)
    last = max((int(each.get("pid", "1")) for each in root), default=1)
    root.append(
        parse_xml(
            f'<property xmlns="{_PROPERTIES}" xmlns:vt="{_TYPES}" fmtid="{_FORMAT}"'
            f' pid="{last + 1}" name="{PROPERTY}"><vt:lpwstr>{escape(value)}</vt:lpwstr></property>'
        )
    )
    for key in known:
        del package.rels[key]
    blob = serialize_part_xml(root)
    part = Part(PackURI(f"/{_CUSTOM}"), CT.OFC_CUSTOM_PROPERTIES, blob, package)
    package.relate_to(part, RT.CUSTOM_PROPERTIES)
