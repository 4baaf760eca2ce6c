"""A validated table to a Spec, with what only the whole of it shows to be wrong."""

from __future__ import annotations

from collectors.declarative.asks import (
    asks_of,
    build_ask,
    build_before,
    hosts_of,
    open_variables,
    parse_of,
    prefix_of,
    secret_variables,
)
from collectors.declarative.building import (
    Build,
    build_field,
    build_time,
    natural,
    variables_in,
)
from collectors.declarative.paths import text_of
from collectors.declarative.schema import (
    CollectorTable,
    FieldTable,
    PostsTable,
)
from collectors.declarative.spec import (
    Account,
    Css,
    Field,
    Given,
    Identity,
    Path,
    Posts,
    Spec,
    Template,
    Variable,
    Where,
)
from watcher.mistakes import Mistake, meant
from watcher.model import Coverage, Pace

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
    "可能拿变量和它自己比：任何页面都会通过",
    "只从页面上读；没有一行显示的，约束不了任何一行",
)


def compile_spec(
    table: CollectorTable, file: str, partial: bool = False
) -> tuple[Spec | None, tuple[Mistake, ...]]:
    """The collector, or everything that is wrong with it.

    `partial`: parts of it were taken out, so what only the whole shows is not looked at.
    """
    before = table.request.before
    earlier = parse_of(before.parse, Build(file, "json", None), "") if before else None
    build = Build(file, parse_of(table.parse, Build(file, "html", None), ""), earlier, partial)
    parse_of(table.parse, build, "parse")
    name = table.collector or table.platform or ""
    if not name:
        build.whole("platform", "没有写", "platform: 写平台，collector: 写采集器名")
    secrets = secret_variables(table, open_variables(table, build))
    spec = Spec(
        name=name,
        platform=table.platform or name,
        title=table.title or name,
        forms=tuple(table.forms),
        sure=table.sure,
        coverage=Coverage(table.coverage),
        needs=tuple(table.needs),
        hosts=hosts_of(table, build),
        paths=tuple(table.paths or sorted({prefix_of(ask.url) for ask in asks_of(table)})),
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
        ask=build_ask(table.request, "request", build, build.parse, table.states, secrets),
        before=build_before(before, build, secrets) if before else None,
        account=_account(table, build),
        posts=_posts(table.posts, build) if table.posts else None,
        identity=_identity(table, build),
        pace=Pace(table.pace.gap, table.pace.concurrency),
        mandatory=_mandatory(table, build),
    )
    _conditional(table, build)
    _bound(spec, build)
    return (None if build.wrong else spec), tuple(dict.fromkeys(build.wrong))


# -- account, posts, identity --------------------------------------------------------------


def _account(table: CollectorTable, build: Build) -> Account:
    given = table.account
    if given.verified_as is not None and given.verification is not None:
        build.add("account.verification", "与 verified_as 是一回事", "留下其中一个")
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
    if not whole and natural(build.parse) in ("header", "text"):
        build.add("posts.list", f"parse: {build.parse} 只有一行", 'list: "."')
    own = build_field(table.own, "posts.own", build)
    test = own.test if own is not None else None
    if test is not None and _given(own) & variables_in([test.equals, test.pattern]):
        build.add("posts.own", *_VACUOUS)
    more = build_field(table.more, "posts.more", build)
    for name in table.require:
        if name not in ("id", "time") and name not in fields:
            build.whole("posts.require", f"{name} 没有读取", f"加上 posts.{name}")
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
            build.add("identity.id", "只与一个值比较", 'equals: "{id}"')
        elif given.equals is not None:
            wanted = Template(text_of(given.equals) or "")
        given = given.model_copy(update={"equals": None})
    found = build_field(given, "identity.id", build)
    if _given(found) & wanted.names:
        build.add("identity.id", *_VACUOUS)
    name = Template(table.identity.name) if table.identity.name is not None else None
    if name is not None and table.account.name is None:
        build.whole("identity.name", "没有可比的名称", "加上 account.name")
    return Identity(found, wanted, _given(found), name)


def _given(found: Field | None) -> frozenset[str]:
    """The variables that a field may read in place of the page."""
    names: frozenset[str] = frozenset()
    for place in found.places if found is not None else ():
        if isinstance(place, Given):
            names |= place.value.names
        elif isinstance(place, Field):
            names |= _given(place)
    return names


def _mandatory(table: CollectorTable, build: Build) -> tuple[str, ...]:
    complete = table.coverage == "complete"
    names = table.mandatory
    if names is None:
        return ("posts",) if complete and table.posts is not None else ()
    given = [n for n in _ACCOUNT if getattr(table.account, n) is not None]
    known = [*given, *(["posts"] if table.posts else []), *table.account.traits]
    for index, name in enumerate(names):
        if name not in known:
            hint = meant(name, known) or f"这里读取：{'、'.join(known)}"
            build.whole(f"mandatory[{index}]", f"{name} 没有读取", hint)
    return tuple(names)


def _conditional(table: CollectorTable, build: Build) -> None:
    """Unchanged proves nothing of a list that may prove silence."""
    if table.request.conditional and table.coverage == "complete":
        build.whole("request.conditional", "完整的列表每次都要整读", "去掉这一项")
    if table.request.conditional and (table.request.form or table.request.json_):
        build.whole("request.conditional", "只有 GET 可以按条件请求", "去掉这一项")


def _bound(spec: Spec, build: Build) -> None:
    """COMPLETE needs posts, and a page that says whose it is."""
    if spec.coverage is not Coverage.COMPLETE or build.wrong:
        return
    if spec.posts is None:
        build.whole("coverage", "complete 须有 posts", "加上 posts:，或写 coverage: partial")
        return
    tied = spec.identity.id or spec.identity.name or spec.posts.own or spec.posts.bound
    if not tied:
        build.whole(
            "coverage",
            "complete 须由页面说明是谁的账号",
            "加上 identity.id、identity.name 或 posts.own，或写 coverage: partial",
        )
