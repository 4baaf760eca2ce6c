"""The list of reports on the console, and their files to take along."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from watcher.console.app import HEADERS
from watcher.console.report_page import ReportFile, ReportRow, ReportsView, render_reports
from watcher.enclosing import REPORTS
from watcher.store.reports_made import MadeFile, MadeReport, report_made, reports_made
from watcher.watch import Watch

SHOWN = 200  # reports on the page
_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".html": "application/octet-stream",  # to be saved, never shown under our own address
}


def report_routes(watch: Watch, version: str) -> tuple[Route, ...]:
    """The pages; like all endpoints they run in a thread, and read."""

    def shown(request: Request) -> Response:
        with watch.db.read() as c:
            rows = tuple(_row(each, watch.state) for each in reports_made(c, SHOWN))
        view = ReportsView(watch.now(), rows, version)
        return Response(render_reports(view), 200, HEADERS, "text/html; charset=utf-8")

    def file(request: Request) -> Response:
        number, at = request.path_params["number"], request.path_params["at"]
        with watch.db.read() as c:
            made = report_made(c, number)
        if made is None or at >= len(made.files):
            return _plain("没有此报告\n", 404)
        return _given(made.files[at], watch.state)

    return (Route("/reports", shown), Route("/reports/{number:int}/{at:int}", file))


def _given(file: MadeFile, state: Path | None) -> Response:
    """The file as it was made, or why it cannot be had."""
    path = _path(file, state)
    if path is None:
        return _plain("文件存于生成时指定的位置，不在本机报告目录中\n", 404)
    body = path.read_bytes()
    if sha256(body).hexdigest() != file.sha256:
        return _plain("文件已被改动，与生成时不同；请在服务器上重新生成\n", 409)
    name = quote(Path(file.name).name)
    headers = {**HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(body, 200, headers, _TYPES.get(path.suffix, "application/octet-stream"))


def _path(file: MadeFile, state: Path | None) -> Path | None:
    """Where the file lies, if it is one of the plan's and still there."""
    if state is None:
        return None
    folder = (state / REPORTS).resolve()
    found = (folder / file.name).resolve()
    return found if found.is_relative_to(folder) and found.is_file() else None


def _row(made: MadeReport, state: Path | None) -> ReportRow:
    files = tuple(
        ReportFile(
            Path(each.name).name,
            f"/reports/{made.id}/{at}" if _path(each, state) else "",
            each.size,
        )
        for at, each in enumerate(made.files)
    )
    assert made.id is not None  # what the store hands out has one
    return ReportRow(made.id, made.title, made.as_of, made.made_at, made.author, made.digest, files)


def _plain(text: str, status: int) -> Response:
    return Response(text, status, HEADERS, "text/plain; charset=utf-8")
