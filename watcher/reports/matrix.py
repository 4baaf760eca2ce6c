"""The public page that lists an area's accounts (《办法》Art. 23): one static, self-contained file.

Only what is public stands on it: names, units, platforms, addresses, ids. It works without scripts;
the one script filters, and the page allows no other.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import segno
from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from watcher.reports.stamp import Stamp, written
from watcher.reports.template import TemplateProblemError, cleaned, said
from watcher.reports.words import day_text

MOST_CODES = 2000  # accounts of a page that still has codes: each is 2 kB and takes some time
LONGEST_URL = 600  # characters that a QR code may hold and still be read by a telephone
SCRIPT = """
(function () {
  var named = function (id) { return document.getElementById(id); };
  var form = named('filter'), rows = document.querySelectorAll('#list li');
  var district = named('district'), platform = named('platform');
  var word = named('word'), shown = named('shown');
  function filter() {
    var count = 0, text = word.value.trim().toLowerCase();
    rows.forEach(function (row) {
      var fits = (!district.value || row.dataset.district === district.value) &&
        (!platform.value || row.dataset.platform === platform.value) &&
        (!text || row.textContent.toLowerCase().indexOf(text) >= 0);
      row.hidden = !fits;
      count += fits ? 1 : 0;
    });
    document.querySelectorAll('#list section').forEach(function (part) {
      part.hidden = !part.querySelector('li:not([hidden])');
    });
    named('none').hidden = count > 0;
    shown.textContent = '显示' + count + '个账号';
  }
  form.addEventListener('submit', function (event) { event.preventDefault(); });
  form.addEventListener('input', filter);
  form.hidden = false;
  filter();
})();
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One account of the page; everything as it is shown."""

    district: str
    unit: str
    platform: str
    name: str
    url: str
    ident: str


@dataclass(frozen=True, slots=True)
class MatrixFacts:
    """The accounts in operation on a Beijing day, in the order of the page."""

    area: str
    on: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    unit: str
    platform: str
    url: str
    ident: str
    code: Markup | None


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    rows: tuple[_Row, ...]


def page(facts: MatrixFacts, stamp: Stamp, template: Path) -> bytes:
    """The page as UTF-8. Raises TemplateProblemError naming the template and the placeholder."""
    env = SandboxedEnvironment(
        loader=FileSystemLoader(template.parent),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
    )
    digest = b64encode(sha256(SCRIPT.encode()).digest()).decode()
    fields = {
        "title": f"{facts.area}政务新媒体矩阵",
        "count": len(facts.entries),
        "units": len({each.unit for each in facts.entries}),
        "day": day_text(facts.on),
        "districts": list(dict.fromkeys(each.district for each in facts.entries)),
        "platforms": sorted({each.platform for each in facts.entries}),
        "groups": list(_groups(facts.entries)),
        "left_out": len(facts.entries) > MOST_CODES,
        "line": stamp.line,
        "stamp": written(stamp),
        "script": Markup(SCRIPT),  # noqa: S704 - ours, and nothing is put into it
        "script_hash": f"sha256-{digest}",
    }
    try:
        return env.get_template(template.name).render(fields).encode()
    except OSError as error:
        raise TemplateProblemError([f"模板 {template} 不能读取：{error.strerror}"]) from error
    except (TemplateError, TypeError, UnicodeDecodeError) as error:
        raise TemplateProblemError([f"模板 {template} 不能填写：{said(error)}"]) from error


def public(url: str) -> str:
    """An address that may stand on a public page and in a code; "" for any other."""
    try:
        parts = urlsplit(url.strip())
        fits = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    except ValueError:
        return ""
    plain = url.strip()
    return plain if fits and len(plain) <= LONGEST_URL and plain.isprintable() else ""


# -- inside ------------------------------------------------------------------------------------


def _groups(entries: Sequence[Entry]) -> Iterator[_Group]:
    found: dict[str, list[_Row]] = {}
    coded = len(entries) <= MOST_CODES
    for each in entries:
        row = _Row(
            name=cleaned(each.name),
            unit=cleaned(each.unit),
            platform=cleaned(each.platform),
            url=public(each.url),
            ident=cleaned(each.ident),
            code=_code(public(each.url), cleaned(each.name)) if coded else None,
        )
        found.setdefault(each.district, []).append(row)
    for name, rows in found.items():
        yield _Group(name, tuple(rows))


def _code(url: str, name: str) -> Markup | None:
    """A QR code as SVG, with its name for those who cannot see it."""
    if not url:
        return None
    drawn = segno.make(url, error="m", micro=False).svg_inline(
        scale=1, border=4, omitsize=True, title=f"{name}的二维码"
    )
    drawn = drawn.replace("<svg ", '<svg role="img" ', 1)
    return Markup(drawn)  # noqa: S704 - segno escapes the title; the rest is numbers
