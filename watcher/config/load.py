"""From watcher.yaml and the files it names to Settings, or to every mistake in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import ValidationError

from alerts.offices import load_offices
from alerts.policy import Policy, RulePolicy
from alerts.routing import Offices
from alerts.routing import Secret as Reference
from alerts.steps import Step
from collectors import Collector, discover
from watcher.calendar import WorkCalendar, load_calendar
from watcher.config.evidence import evidence_settings
from watcher.config.impersonation import load_impersonation
from watcher.config.platforms import load_platforms
from watcher.config.reading import read_yaml, resolve_secrets
from watcher.config.reports import plan_of
from watcher.config.routes import Routing, load_routes
from watcher.config.schema import FetchTable, PaceTable, WatcherTable
from watcher.config.values import (
    AlertmanagerSettings,
    ConfigError,
    DeadMan,
    Dispatch,
    EvidenceSettings,
    LinkSettings,
    Listen,
    MetricsSettings,
    Secret,
    Settings,
)
from watcher.due import Cadence
from watcher.fetch import FetchSettings
from watcher.mistakes import Mistake, meant
from watcher.model import Pace, Role
from watcher.rules.ruleset import RuleSet
from watcher.rules.settings import load_rules
from watcher.sight import Plan
from watcher.wording import mistakes_of

T = TypeVar("T")


def load(
    path: Path,
    env: Mapping[str, str],
    platforms: Mapping[str, Pace] | None = None,
    targets: bool = True,
) -> Settings:
    """The configuration that `path` (watcher.yaml) and the files it names come to.

    `platforms` are the lanes there are, with their own pace; None asks the installed collectors.
    Without `targets` the secrets of offices.yaml may be missing: for commands that send nothing.
    Relative paths are taken from the folder of the file that holds them. Raises ConfigError with
    all mistakes of all files.
    """
    paces = default_paces(discover().values()) if platforms is None else platforms
    folder = path.absolute().parent
    table, mistakes = _table(path, env, folder, paces)
    if table is None:
        raise ConfigError(mistakes)
    rules, wrong = _gather(load_rules, folder / table.rules)
    mistakes += wrong
    offices, wrong = _gather(load_offices, folder / table.offices)
    mistakes += wrong
    routing, wrong = _routing(table, folder, rules, offices)
    mistakes += wrong
    if offices is not None and targets:
        mistakes += (*_unresolved(offices, table.offices, env, folder),)
    plans, wrong = _plans(table, folder, paces, platforms is None, env if targets else None)
    mistakes += wrong
    named = folder / table.impersonation if table.impersonation else None
    impersonation, wrong = load_impersonation(named, env if targets else None)
    mistakes += wrong
    calendar, wrong = _calendar(folder / table.holidays)
    cadence = Cadence(**table.cadence.model_dump(exclude_none=True))
    evidence, wrong_stamp = evidence_settings(table.evidence, folder, path.name)
    mistakes += wrong_stamp
    mistakes += (*wrong, *_senseless(cadence, rules, path.name), *_nowhere(table, path.name))
    plan, wrong = plan_of(table.reports, offices, path.name) if offices else ((), ())
    mistakes += wrong
    if mistakes or rules is None or offices is None or calendar is None:
        raise ConfigError(mistakes)
    rules, policy = routing.rules, policy_from(routing.rules, routing.policy, routing.steps)
    settings = _settings(table, folder, paces, cadence, rules, offices, calendar, plans, evidence)
    return replace(settings, impersonation=impersonation, policy=policy, reports=plan)


def _routing(
    table: WatcherTable, folder: Path, rules: RuleSet | None, offices: Offices | None
) -> tuple[Routing, tuple[Mistake, ...]]:
    """What routes.yaml says; what is usual where none is named."""
    if table.routes is None:
        return Routing(rules or RuleSet()), ()
    return load_routes(folder / table.routes, rules, offices)


def _plans(
    table: WatcherTable,
    folder: Path,
    paces: Mapping[str, Pace],
    installed: bool,
    env: Mapping[str, str] | None,
) -> tuple[Mapping[str, Plan], tuple[Mistake, ...]]:
    """What platforms.yaml says; nothing where none is named."""
    if table.platforms is None:
        return {}, ()
    known = {c.name: c.platform for c in discover().values()} if installed else None
    return load_platforms(folder / table.platforms, paces, known, env)


def default_paces(collectors: Iterable[Collector]) -> Mapping[str, Pace]:
    """The pace of each platform: the most careful one of the collectors that read it."""
    paces: dict[str, Pace] = {}
    for collector in collectors:
        other = paces.get(collector.platform, collector.pace)
        paces[collector.platform] = Pace(
            max(other.gap, collector.pace.gap), min(other.concurrency, collector.pace.concurrency)
        )
    return paces


def _table(
    path: Path, env: Mapping[str, str], folder: Path, paces: Mapping[str, Pace]
) -> tuple[WatcherTable | None, tuple[Mistake, ...]]:
    raw, mistakes = read_yaml(path)
    if raw is None:
        return None, mistakes or (Mistake(path.name, "", "是空文件"),)
    if not isinstance(raw, dict):
        return None, (*mistakes, Mistake(path.name, "", "最上层应为若干“名称: 值”"))
    resolved, unresolved = resolve_secrets(_named(raw), env, folder, path.name)
    mistakes += (*unresolved, *_unknown_platforms(resolved, path.name, paces))
    try:
        return WatcherTable.model_validate(resolved), mistakes
    except ValidationError as error:
        mistakes += mistakes_of(error, path.name, WatcherTable)
    # the files named elsewhere in it are still worth checking
    kept = {
        k: v
        for k, v in resolved.items()
        if k in ("rules", "offices", "routes", "holidays", "platforms", "impersonation")
    }
    try:
        return WatcherTable.model_validate(kept), mistakes
    except ValidationError:
        return WatcherTable(), mistakes


def _named(raw: Any) -> Any:
    """YAML reads `on`, `1` or a date as keys that are no text; here every key is text."""
    if isinstance(raw, dict):
        return {str(key): _named(value) for key, value in raw.items()}
    return [_named(item) for item in raw] if isinstance(raw, list) else raw


def _unknown_platforms(
    raw: Mapping[str, Any], name: str, paces: Mapping[str, Pace]
) -> Iterable[Mistake]:
    """Sections about platforms that nothing reads; said even where the file is wrong elsewhere."""
    fetch = raw.get("fetch")
    proxies = fetch.get("proxies") if isinstance(fetch, dict) else None
    for section, given in (("pace", raw.get("pace")), ("fetch.proxies", proxies)):
        for platform in given if isinstance(given, dict) else ():
            if platform not in paces:
                hint = meant(platform, paces) or f"已有：{'、'.join(sorted(paces))}"
                yield Mistake(name, f"{section}.{platform}", "没有采集器读取它", hint)


def _senseless(cadence: Cadence, rules: RuleSet | None, name: str) -> Iterable[Mistake]:
    """Figures that are each possible and together make no sense."""
    for less, more in (
        ("urgent", "base"),
        ("retry_first", "retry_most"),
        ("gone_first", "gone_most"),
        ("doubt_first", "doubt_most"),
    ):
        if getattr(cadence, less) > getattr(cadence, more):
            message = f"不能长于 {more}（{getattr(cadence, more)}）"
            yield Mistake(name, f"cadence.{less}", message)
    for each in ("base", "lively"):
        if rules is not None and getattr(cadence, each) >= rules.blind:
            message = "须短于 SYS-01 的 blind_hours，否则每个账号都像采集中断"
            yield Mistake(name, f"cadence.{each}", message)


def _nowhere(table: WatcherTable, name: str) -> Iterable[Mistake]:
    """Settings of links that lead nowhere."""
    if table.public_url is None and table.links.model_fields_set:
        hint = "写上 public_url，或去掉 links"
        yield Mistake(name, "links", "需要 public_url：各单位由它打开签收页", hint)


def _gather(read: Callable[[Path], T], path: Path) -> tuple[T | None, tuple[Mistake, ...]]:
    """What another module reads from a YAML file, or its mistakes as ours."""
    _, broken = read_yaml(path)
    if broken:  # no YAML, or a key twice: what it says otherwise means nothing
        return None, broken
    try:
        return read(path), ()
    except Exception as error:
        return None, _theirs(error, path)


def _calendar(folder: Path) -> tuple[WorkCalendar | None, tuple[Mistake, ...]]:
    if folder.exists() and not folder.is_dir():
        return None, (Mistake(folder.name, "", "应为文件夹，其中是 2027.yaml 之类的文件"),)
    try:
        return load_calendar(folder), ()
    except Exception as error:
        return None, _theirs(error, folder)


def _theirs(error: Exception, path: Path) -> tuple[Mistake, ...]:
    """The mistakes that another module's exception names; anything else is raised again."""
    found = getattr(error, "mistakes", None)
    if found is None:
        raise error
    return tuple(_mistake(each, path) for each in found)


def _mistake(said: object, path: Path) -> Mistake:
    if isinstance(said, str):  # "FILE: PATH: what is wrong (a suggestion)"
        parts = said.removeprefix(f"{path}: ").split(": ", 1)
        return Mistake(path.name, parts[0] if len(parts) > 1 else "", parts[-1])
    place, message, hint = (getattr(said, name, "") for name in ("path", "message", "suggestion"))
    return Mistake(Path(str(getattr(said, "file", path))).name, place, message, hint or "")


def _unresolved(
    offices: Offices, name: str, env: Mapping[str, str], folder: Path
) -> Iterable[Mistake]:
    """The secrets of targets that are not there now; they are read when a letter is sent."""
    for target in offices.targets.values():
        for key in ("url", "token", "secret", "to"):
            reference = getattr(target, key)
            if isinstance(reference, Reference):
                asked = {reference.source: reference.name}
                path = f"targets.{target.name}.{key}"
                yield from resolve_secrets(asked, env, folder, Path(name).name, path)[1]


def _settings(
    table: WatcherTable,
    folder: Path,
    paces: Mapping[str, Pace],
    cadence: Cadence,
    rules: RuleSet,
    offices: Offices,
    calendar: WorkCalendar,
    plans: Mapping[str, Plan],
    evidence: EvidenceSettings,
) -> Settings:
    state = _inside(folder, table.state)
    dead_man, url = table.dead_man, table.public_url
    return Settings(
        folder=folder,
        state=state,
        database=_database(table.database, folder, state),
        listen=Listen(table.listen.host, table.listen.port),
        fetch=_fetch(table.fetch),
        pace={name: _pace(own, table.pace.get(name)) for name, own in paces.items()},
        cadence=cadence,
        rules=rules,
        policy=policy_from(rules),
        offices=offices,
        calendar=calendar,
        recent=rules.recent,
        metrics=MetricsSettings(**table.metrics.model_dump()),
        dispatch=Dispatch(**table.dispatch.model_dump()),
        retention=table.retention,
        dead_man=DeadMan(dead_man.url, dead_man.every) if dead_man else None,
        platforms=plans,
        evidence=evidence,
        alertmanager=(
            AlertmanagerSettings(**dict(table.alertmanager)) if table.alertmanager else None
        ),
        links=LinkSettings(url, table.links.key, table.links.valid) if url else None,
        longest_silence=table.silences.most,
        alive_roles=tuple(Role(each) for each in dict.fromkeys(table.alive.roles)),
    )


def policy_from(
    rules: RuleSet,
    policy: Policy = Policy(),  # noqa: B008 (frozen)
    steps: Mapping[str, tuple[Step, ...]] = MappingProxyType({}),
) -> Policy:
    """Who hears of which rule, as rules.yaml says, and routes.yaml beside it."""
    made = {
        name: RulePolicy(
            rule.rule,
            rule.name,
            rule.roles,
            rule.digest_roles,
            rule.reminder,
            rule.deadline_days,
            rule.orange_roles,
            rule.later_roles,
            rule.late_roles,
            rule.red_roles,
            weighty_roles=tuple(map(Role, rule.thresholds.get("weighty_roles", ()))),
            steps=steps.get(name),
        )
        for name, rule in rules.rules.items()
    }
    return replace(policy, rules=made)


def _inside(folder: Path, given: str) -> Path:
    return (folder / given).resolve()


def _database(given: str | Secret | None, folder: Path, state: Path) -> Secret:
    """The database URL; a relative SQLite path is taken from the configuration's folder."""
    if given is None:
        return Secret(f"sqlite:///{state / 'watcher.sqlite'}")
    url = given.reveal() if isinstance(given, Secret) else given
    if url.startswith("sqlite:///"):
        url = f"sqlite:///{_inside(folder, url.removeprefix('sqlite:///'))}"
    return Secret(url)


def _pace(own: Pace, given: PaceTable | None) -> Pace:
    if given is None:
        return own
    return Pace(
        own.gap if given.gap is None else given.gap,
        own.concurrency if given.concurrency is None else given.concurrency,
    )


def _fetch(table: FetchTable) -> FetchSettings:
    """FetchSettings wants seconds; what is not given keeps its default."""
    names = {f.name for f in fields(FetchSettings)}
    plain = {k: v for k, v in table.model_dump().items() if k in names and v is not None}
    for name in ("connect_timeout", "read_timeout", "total_timeout"):
        plain[name] = getattr(table, name).total_seconds()
    plain["allow_private"] = tuple(table.allow_private)
    plain["proxies"] = {
        lane: url.reveal() if isinstance(url, Secret) else url
        for lane, url in table.proxies.items()
    }
    return FetchSettings(
        **plain,
        browser_path=table.browser.path,
        browser_pages=table.browser.pages,
        browser_idle=table.browser.idle.total_seconds(),
        page_timeout=table.browser.page_timeout.total_seconds(),
        browser_memory=table.browser.memory,
    )
