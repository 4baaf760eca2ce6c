"""Which collectors there are and how they stand, as far as a database is at hand; YAML files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from collectors import Collector, installed
from collectors.declarative import collector_from, read_spec
from watcher import store
from watcher.mistakes import meant
from watcher.service import service_of, users_of
from watcher.showing_collectors import Entry
from watcher.terminal import BadInputError, settings_of
from watcher.trying import Candidate, shipped_text


def entries_of(config: Path, shipped: Mapping[str, Collector]) -> tuple[Entry, ...]:
    """Every collector and how it stands, as far as a database is at hand."""
    db = database_of(config)
    if db is None:
        return tuple(Entry(shipped[name], True, None, None) for name in sorted(shipped))
    try:
        with db.read() as c:
            known = service_of(c, shipped).collectors
            standings = {each.name: each for each in store.standings(c)}
            accounts = store.load_accounts(c)
    finally:
        db.close()
    return tuple(
        Entry(known[name], name in shipped, standings.get(name), len(users_of(name, accounts)))
        for name in sorted(known)
    )


def database_of(config: Path) -> store.Database | None:
    """The configured database, where there is a configuration and a database that is ready."""
    if not config.is_file():
        return None
    url = settings_of(config).database.reveal()
    return store.connect(url) if store.ready(url) else None


def versions_of(config: Path, name: str) -> tuple[store.Added, ...]:
    db = database_of(config)
    if db is None:
        return ()
    try:
        with db.read() as c:
            return store.added_collectors(c, name)
    finally:
        db.close()


def text_of(collector: Collector, versions: Iterable[store.Added]) -> str:
    """The YAML of a collector: the version that stands, else what is installed; "" for Python."""
    added = next((each for each in versions if str(each.version) == collector.version), None)
    return added.spec if added else shipped_text(collector.name)


def entry_of(name: str, entries: Iterable[Entry]) -> Entry:
    known = {entry.collector.name: entry for entry in entries}
    named(name, {key: entry.collector for key, entry in known.items()})
    return known[name]


def named(name: str, known: Mapping[str, Collector]) -> Collector:
    if name not in known:
        hint = meant(name, known) or f"已有：{', '.join(sorted(known))}"
        raise BadInputError([f"没有采集器 {name!r}；{hint}"])
    return known[name]


def candidate_of(target: str, config: Path) -> Candidate:
    """A YAML file, or a collector that is known by name, whether in service or not."""
    path = Path(target)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return from_file(path)
    entry = entry_of(target, entries_of(config, installed().collectors))
    text = text_of(entry.collector, versions_of(config, target))
    if not text:
        return Candidate(entry.collector)
    spec, _ = read_spec(text, target)
    return Candidate(replace(entry.collector, out=""), spec, text)


def from_file(file: Path) -> Candidate:
    """The collector of a YAML file. Raises BadInputError with all its mistakes."""
    text = read_text(file)
    spec, mistakes = read_spec(text, str(file))
    if spec is None or mistakes:
        raise BadInputError([f"有 {len(mistakes)} 处错误：", *mistakes])
    return Candidate(collector_from(spec), spec, text)


def read_text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError([f"{file}: 不是 UTF-8 文本（第 {error.start} 字节）"]) from None
    except OSError as error:
        raise BadInputError([f"{file}: {error.strerror or error}"]) from None
