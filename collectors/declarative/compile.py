"""A validated table to a Spec, with what only the whole of it shows to be wrong."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from collectors.declarative.building import (
    Build,
    build_field,
    build_time,
    natural,
    parse_css,
    variables_in,
)
from collectors.declarative.paths import text_of
from collectors.declarative.patterns import WrongError
from collectors.declarative.schema import (
    AskTable,
    BeforeTable,
    CollectorTable,
    FieldTable,
    InHtmlTable,
    ParseTable,
    PostsTable,
    RequestTable,
    StateTable,
    TestTable,
)
from collectors.declarative.spec import (
    Account,
    Ask,
    Css,
    Field,
    Given,
    Identity,
    InHtml,
    Parse,
    Path,
    Posts,
    Spec,
    State,
    Template,
    Variable,
    Where,
)
from watcher.mistakes import Mistake, meant
from watcher.model import Coverage, Pace

BOUND = frozenset({"id", "expected_name"})  # variables that every source has
_ACCOUNT = (
    "handle",
    "name",
    "bio",
    "avatar",
    "verified",
    "verified_type",
    "verified_as",
    "followers",
    "post_count",
)
_VACUOUS = (
    "may compare a variable with itself: every page would pass",
    "read it from the page only; what no row shows ties no row",
)


def compile_spec(table: CollectorTable, file: str) -> tuple[Spec | None, tuple[Mistake, ...]]:
    """The collector, or everything that is wrong with it."""
    before = table.request.before
    earlier = _parse(before.parse, Build(file, "json", None), "") if before else None
    build = Build(file, _parse(table.parse, Build(file, "html", None), ""), earlier)
    _parse(table.parse, build, "parse")
    name = table.collector or table.platform or ""
    if not name:
        build.add("platform", "is missing", "platform: names the lane, collector: the collector")
    known = _known(table, build)
    secrets = _secrets(table, known)
    spec = Spec(
        name=name,
        platform=table.platform or name,
        title=table.title or name,
        forms=tuple(table.forms),
        sure=table.sure,
        coverage=Coverage(table.coverage),
        needs=tuple(table.needs),
        hosts=_hosts(table, build),
        paths=tuple(sorted({_prefix(ask.url) for ask in _asks(table)})),
        variables=tuple(
            Variable(key, each.from_, build.pattern(each.pattern, f"variables.{key}.pattern"))
            for key, each in table.variables.items()
        ),
        secrets=secrets,
        links=tuple(
            found
            for index, text in enumerate(table.links)
            if (found := build.pattern(text, f"links[{index}]")) is not None
        ),
        ask=_ask(table.request, "request", build, build.parse, table.states, secrets),
        before=_before(before, build, secrets) if before else None,
        account=_account(table, build),
        posts=_posts(table.posts, build) if table.posts else None,
        identity=_identity(table, build),
        pace=Pace(table.pace.gap, table.pace.concurrency),
        mandatory=_mandatory(table, build),
    )
    _bound(spec, build)
    return (None if build.wrong else spec), tuple(dict.fromkeys(build.wrong))


def _parse(given: str | ParseTable, build: Build, path: str) -> Parse:
    if isinstance(given, str):
        return given
    table: InHtmlTable = given.json_in_html
    if (table.script is None) == (table.marker is None):
        build.add(f"{path}.json_in_html", "needs either script or marker", "script: 'script#id'")
    if table.script is not None:
        try:
            parse_css(table.script)
        except WrongError as error:
            build.add(f"{path}.json_in_html.script", error.message, error.suggestion)
    return InHtml(table.script or "", table.marker or "", table.decode or "")


# -- variables, hosts, secrets -------------------------------------------------------------


def _asks(table: CollectorTable) -> Iterator[AskTable]:
    if table.request.before is not None:
        yield table.request.before
    yield table.request


def _known(table: CollectorTable, build: Build) -> frozenset[str]:
    """The variables that speak of this account or post, however the handle became them."""
    known = set(BOUND)
    for key, each in table.variables.items():
        pattern = build.pattern(each.pattern, f"variables.{key}.pattern")
        if each.from_ in known or each.from_ not in table.variables:
            known |= {key, *(pattern.groupindex if pattern else ())}
        else:
            build.add(f"variables.{key}.from", f"{each.from_!r} comes later", "put it before")
    for index, link in enumerate(table.links):
        compiled = build.pattern(link, f"links[{index}]")
        known |= set(compiled.groupindex if compiled else ())
    return frozenset(known)


def _secrets(table: CollectorTable, known: frozenset[str]) -> frozenset[str]:
    """The settings that may be credentials, and what is made of them."""
    if "credential" not in table.needs:
        return frozenset()
    before = table.request.before
    taken = frozenset(before.take) if before else frozenset()
    used = frozenset().union(*(_used(ask) for ask in _asks(table)))
    secrets = used - known - taken
    for key, each in table.variables.items():
        if each.from_ not in known and each.from_ not in table.variables:
            secrets |= {each.from_, key}
        elif each.from_ in secrets:
            secrets |= {key}
    if before and _used(before) & secrets:
        secrets |= taken
    return secrets


def _used(ask: AskTable) -> frozenset[str]:
    texts = (ask.url, *ask.headers.values(), *(ask.form or {}).values())
    return variables_in([*map(Template, texts), _templates(ask.json_)])


def _hosts(table: CollectorTable, build: Build) -> frozenset[str]:
    given = frozenset(host.strip().lower() for host in table.hosts)
    for index, host in enumerate(table.hosts):
        if not re.fullmatch(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?", host.strip().lower()):
            build.add(f"hosts[{index}]", f"is no host: {host!r}", "e.g. api.example.cn")
    found: set[str] = set()
    for ask in _asks(table):
        path = "request.url" if ask is table.request else "request.before.url"
        host = _host(ask.url)
        if not re.match(r"https?://", ask.url) or not host:
            build.add(path, f"is no address: {ask.url[:60]!r}", "https://host/path/{id}")
        elif Template(host).names and not given:
            build.add(path, "has a variable in its host", "name the hosts it may be under hosts:")
        elif not Template(host).names:
            found.add(host)
    return given | found


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2].partition(":")[0].lower()
    except ValueError:
        return ""


def _prefix(url: str) -> str:
    path = "/" + url.partition("://")[2].partition("/")[2]
    return re.split(r"[{?#]", path, maxsplit=1)[0] or "/"


# -- requests ------------------------------------------------------------------------------


def _ask(
    table: AskTable,
    path: str,
    build: Build,
    parse: Parse,
    states: list[StateTable],
    secrets: frozenset[str],
) -> Ask:
    if table.form is not None and table.json_ is not None:
        build.add(path, "has both form and json", "keep one of them")
    if table.charset and not _is_charset(table.charset):
        build.add(f"{path}.charset", f"unknown charset {table.charset!r}", "e.g. gb18030")
    posts = table.form is not None or table.json_ is not None
    if posts and table.method == "GET":
        build.add(f"{path}.method", "GET carries no form or json", "POST")
    where = f"{path}.states" if path != "request" else "states"
    return Ask(
        url=Template(table.url),
        method=table.method or ("POST" if posts else "GET"),
        headers={key: Template(value) for key, value in table.headers.items()},
        form={k: Template(v) for k, v in table.form.items()} if table.form is not None else None,
        json=_templates(table.json_),
        redirects=table.redirects,
        charset=table.charset or "",
        conditional=isinstance(table, RequestTable) and table.conditional,
        secret=bool(_used(table) & secrets),
        parse=parse,
        states=tuple(_states(states, where, build)),
        take={},
    )


def _before(table: BeforeTable, build: Build, secrets: frozenset[str]) -> Ask:
    path = "request.before"
    inner = Build(build.file, build.before or "json", None, build.wrong)
    _parse(table.parse, inner, f"{path}.parse")
    ask = _ask(table, path, inner, inner.parse, table.states, secrets)
    take = {
        name: found
        for name, given in table.take.items()
        if (found := build_field(given, f"{path}.take.{name}", inner)) is not None
    }
    return Ask(
        **{**{n: getattr(ask, n) for n in Ask.__slots__}, "take": take, "optional": table.optional}
    )


def _is_charset(name: str) -> bool:
    try:
        return bool(codecs.lookup(name)) and bool(b"x".decode(name))
    except (LookupError, ValueError, TypeError):
        return False


def _templates(value: Any) -> Any:
    """A JSON value with every text in it a template."""
    if isinstance(value, str):
        return Template(value)
    if isinstance(value, Mapping):
        return {str(key): _templates(each) for key, each in value.items()}
    return [_templates(each) for each in value] if isinstance(value, list) else value


# -- states --------------------------------------------------------------------------------

_OWN_WORDS = ("url", "body", "header", "when")  # by which a platform says that somebody is gone


def _states(tables: list[StateTable], path: str, build: Build) -> Iterator[State]:
    for index, table in enumerate(tables):
        here = f"{path}[{index}]"
        conditions = table.model_dump(exclude_none=True, exclude={"state", "why"}, by_alias=True)
        if not conditions:
            build.add(here, f"{table.state} has no condition", "e.g. body: '安全验证'")
        if table.state in ("gone", "banned") and not _accuses(table):
            build.add(
                here,
                f"{table.state} rests on something missing: that is no word of the platform",
                "add body:, url:, when: with its own words or code, or status: [404] or [410]",
            )
        yield State(
            state=table.state,
            text=", ".join(f"{key} {value}" for key, value in conditions.items())[:200],
            why=table.why,
            status=frozenset(table.status or ()),
            url=build.pattern(table.url, f"{here}.url"),
            body=build.pattern(table.body, f"{here}.body"),
            header=tuple(
                (name.lower(), found)
                for name, text in (table.header or {}).items()
                if (found := build.pattern(text, f"{here}.header.{name}")) is not None
            ),
            tests=tuple(_tests(table, here, build)),
            smaller=table.smaller,
        )


def _accuses(table: StateTable) -> bool:
    """Whether a gone or banned rests on the platform's own words or codes."""
    says = any(getattr(table, name) is not None for name in ("url", "body", "header"))
    when = table.when
    says |= when is not None and (when.equals, when.in_, when.matches) != (None, None, None)
    return says or bool(table.status and set(table.status) <= {404, 410})


def _tests(table: StateTable, here: str, build: Build) -> Iterator[Field]:
    kind = natural(build.parse)
    given: list[tuple[str, TestTable]] = []
    if table.when is not None:
        given.append(("when", table.when))
    for key, test in (("missing", "missing"), ("present", "present"), ("len0", "empty")):
        if (text := getattr(table, key)) is not None:
            given.append((key, TestTable.model_validate({kind: text, test: True})))
    for key, each in given:
        if (found := build_field(each, f"{here}.{key}", build)) is not None:
            yield found


# -- account, posts, identity --------------------------------------------------------------


def _account(table: CollectorTable, build: Build) -> Account:
    given = table.account
    if given.verified_as is not None and given.verification is not None:
        build.add("account.verification", "is the same as verified_as", "keep one of them")
    fields: dict[str, Field] = {}
    for name in _ACCOUNT:
        value = getattr(given, name)
        if name == "verified_as" and value is None:
            value = given.verification
        if (found := build_field(value, f"account.{name}", build)) is not None:
            fields[name] = found
    traits = {
        name: found
        for name, value in given.traits.items()
        if (found := build_field(value, f"account.traits.{name}", build)) is not None
    }
    return Account(fields, traits)


def _posts(table: PostsTable, build: Build) -> Posts | None:
    fields = {
        name: found
        for name in ("id", "title", "url", "pinned", "repost")
        if (found := build_field(getattr(table, name), f"posts.{name}", build)) is not None
    }
    whole = table.list.strip() in ("", ".")
    listed = Field("", ()) if whole else build_field(table.list, "posts.list", build)
    time = build_time(table.time, "posts.time", build)
    edited = build_time(table.edited, "posts.edited", build)
    drops = [build_field(t, f"posts.drop_if[{i}]", build) for i, t in enumerate(table.drop_if)]
    own = build_field(table.own, "posts.own", build)
    if own is not None and _reads_itself(own):
        build.add("posts.own", *_VACUOUS)
    more = build_field(table.more, "posts.more", build)
    for name in table.require:
        if name not in ("id", "time") and name not in fields:
            build.add("posts.require", f"{name} is not read", f"add posts.{name}")
    if listed is None or time is None or "id" not in fields:
        return None
    return Posts(
        list=listed,
        fields=fields,
        time=time,
        edited=edited,
        require=frozenset(table.require),
        drop_if=tuple(drop for drop in drops if drop is not None),
        own=own,
        more=more,
        bound=_choosing(listed) - {"expected_name"},
    )


def _choosing(field: Field) -> frozenset[str]:
    """The variables by which a list is chosen."""
    names: frozenset[str] = frozenset()
    for place in field.places:
        if isinstance(place, Css):
            names |= place.selector.names
        elif isinstance(place, Path):
            names |= variables_in([s.equals for s in place.steps if isinstance(s, Where)])
    return names


def _identity(table: CollectorTable, build: Build) -> Identity:
    given, wanted = table.identity.id, Template("{id}")
    if isinstance(given, FieldTable):
        if isinstance(given.equals, list) or given.in_ or given.matches:
            build.add("identity.id", "compares with one value", 'equals: "{id}"')
        elif given.equals is not None:
            wanted = Template(text_of(given.equals) or "")
        given = given.model_copy(update={"equals": None})
    found = build_field(given, "identity.id", build)
    if found is not None and _reads_itself(found):
        build.add("identity.id", *_VACUOUS)
    name = Template(table.identity.name) if table.identity.name is not None else None
    if name is not None and table.account.name is None:
        build.add("identity.name", "there is no name to compare", "add account.name")
    return Identity(found, wanted, name)


def _reads_itself(found: Field) -> bool:
    """Whether a comparison may read a variable or constant instead of the page."""
    return any(
        isinstance(place, Given) or (isinstance(place, Field) and _reads_itself(place))
        for place in found.places
    )


def _mandatory(table: CollectorTable, build: Build) -> tuple[str, ...]:
    complete = table.coverage == "complete"
    names = table.mandatory
    if names is None:
        return ("posts",) if complete and table.posts is not None else ()
    given = [n for n in _ACCOUNT if getattr(table.account, n) is not None]
    known = [*given, *(["posts"] if table.posts else []), *table.account.traits]
    for index, name in enumerate(names):
        if name not in known:
            hint = meant(name, known) or f"read here: {', '.join(known)}"
            build.add(f"mandatory[{index}]", f"{name!r} is not read", hint)
    return tuple(names)


def _bound(spec: Spec, build: Build) -> None:
    """COMPLETE needs posts, and a page that says whose it is."""
    if spec.coverage is not Coverage.COMPLETE or build.wrong:
        return
    if spec.posts is None:
        build.add("coverage", "complete needs posts", "add posts:, or coverage: partial")
        return
    tied = spec.identity.id or spec.identity.name or spec.posts.own or spec.posts.bound
    if not tied:
        build.add(
            "coverage",
            "complete needs a page that says whose it is",
            "add identity.id, identity.name or posts.own, or coverage: partial",
        )
