"""The console as a Starlette application; who builds it decides where it listens.

Endpoints are plain functions, which Starlette runs in a thread: a large page never stalls the
readings. What is handed in must therefore be safe to call from a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from watcher.console.case_page import CaseView, render_case
from watcher.console.findings import as_json
from watcher.console.page import page_number, render, render_account
from watcher.console.view import AccountView, Pulse, View, unhealthy, unready

METRICS = "text/plain; version=0.0.4; charset=utf-8"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STYLE = (Path(__file__).parent / "templates" / "console.css").read_bytes()


def build(
    view: Callable[[], View],
    pulse: Callable[[], Pulse],
    metrics: Callable[[], bytes],
    account_metrics: Callable[[], bytes | None] = lambda: None,
    account: Callable[[str, int], AccountView | None] = lambda key, page: None,
    more: Sequence[BaseRoute] = (),
    case: Callable[[str], CaseView | None] = lambda number: None,
) -> Starlette:
    """The application. `account_metrics` gives None where /metrics/accounts is not wanted.

    `account` gives one account with a page of its posts, `case` one case; `more` are routes of
    other parts.
    """

    def status(request: Request) -> Response:
        return _answer(render(view(), request.query_params), "text/html; charset=utf-8")

    def findings(request: Request) -> Response:
        seen = view()
        return _json(as_json(seen.cases, seen.now))

    def health(request: Request) -> Response:
        return _verdict(unhealthy(pulse()))

    def readiness(request: Request) -> Response:
        return _verdict(unready(pulse()))

    def prometheus(request: Request) -> Response:
        return _answer(metrics(), METRICS)

    def prometheus_accounts(request: Request) -> Response:
        text = account_metrics()
        if text is None:
            return PlainTextResponse("off: set metrics.accounts in watcher.yaml\n", 404)
        return _answer(text, METRICS)

    def style(request: Request) -> Response:
        return _answer(_STYLE, "text/css; charset=utf-8")

    return Starlette(
        routes=[
            Route("/", status),
            Route("/accounts/{key:path}", _one_account(account)),
            Route("/cases/{number}", _one_case(case)),
            Route("/console.css", style),
            Route("/api/findings", findings),
            Route("/healthz", health),
            Route("/readyz", readiness),
            Route("/metrics", prometheus),
            Route("/metrics/accounts", prometheus_accounts),
            *more,
        ]
    )


def _one_account(
    account: Callable[[str, int], AccountView | None],
) -> Callable[[Request], Response]:
    def shown(request: Request) -> Response:
        number = page_number(request.query_params.get("page"))
        found = account(request.path_params["key"], number)
        if found is None:
            return Response("没有此账号\n", 404, HEADERS, "text/plain; charset=utf-8")
        return _answer(render_account(found, number), "text/html; charset=utf-8")

    return shown


def _one_case(case: Callable[[str], CaseView | None]) -> Callable[[Request], Response]:
    def shown(request: Request) -> Response:
        found = case(request.path_params["number"])
        if found is None:
            return Response("没有此问题\n", 404, HEADERS, "text/plain; charset=utf-8")
        return _answer(render_case(found), "text/html; charset=utf-8")

    return shown


def _verdict(reasons: tuple[str, ...]) -> Response:
    return _json({"ok": not reasons, "reasons": reasons}, 503 if reasons else 200)


def _json(value: Any, status: int = 200) -> Response:
    return _answer(orjson.dumps(value), "application/json", status)


def _answer(body: str | bytes, kind: str, status: int = 200) -> Response:
    return Response(body, status, HEADERS, kind)
