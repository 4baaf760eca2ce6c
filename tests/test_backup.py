"""Backup and restore, on both databases and across them."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from gzip import GzipFile
from hashlib import sha256
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa

from tests.backup_world import NOW, chain, everything, fill, report, rows_of, settings_at
from tests.postgres import cluster, database
from watcher import restoring, store
from watcher.archive import ArchiveError, Packer, read
from watcher.backing_up import make
from watcher.backup import Backup, prune, verify
from watcher.chain import ground
from watcher.chain import verify as verify_chain
from watcher.config import Settings
from watcher.restoring import RestoreError, Wish, restore
from watcher.store import arriving, dumping
from watcher.store.arriving import ArrivalError
from watcher.store.held_letters import drop_letters, held_letters, release_letters
from watcher.store.schema import metadata

BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
Place = Callable[[str, str], Settings]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with cluster() as url:
        yield url


@pytest.fixture
def place(tmp_path: Path, server: str) -> Iterator[Place]:
    """Settings of an installation of its own: a folder, and a database of either kind."""
    opened = []

    def settings(name: str, kind: str) -> Settings:
        url = f"sqlite:///{tmp_path}/{name}/var/watcher.sqlite"
        if kind == "postgresql":
            opened.append(database(server))
            url = opened[-1].__enter__()
        return settings_at(tmp_path / name, url)

    yield settings
    for each in opened:
        each.__exit__(None, None, None)


def filled(settings: Settings) -> None:
    """Rows in every table, a chain of two packages, a file beside it."""
    with closing(store.connect(settings.database.reveal())) as db:
        store.migrate(db)
        with db.write() as c:
            chain(c, settings.state)
            report(c, settings.state)
            fill(c)


def backed_up(settings: Settings, file: Path, **more: bool) -> Backup:
    with closing(store.connect(settings.database.reveal())) as db:
        return make(file, settings, db, NOW, "0.1.0", **more)


def dumped(settings: Settings) -> Mapping[str, list[bytes]]:
    with closing(store.connect(settings.database.reveal())) as db, db.read() as c:
        return everything(c)


@BOTH
@pytest.mark.slow
@pytest.mark.parametrize("onto", ["sqlite", "postgresql"])
def test_every_row_and_file_comes_back_on_either_database(
    place: Place, tmp_path: Path, kind: str, onto: str
) -> None:
    source, target, file = place("a", kind), place("b", onto), tmp_path / "b.tar.gz"
    filled(source)
    said = backed_up(source, file)
    assert all(shape.rows for shape in said.tables), "a table without rows proves nothing"
    assert file.stat().st_mode & 0o777 == 0o600
    assert verify(file) == said
    before = dumped(source)
    done = restore(file, target, Wish(by="李四"), NOW + timedelta(hours=3))
    after = dumped(target)
    changed = {"outbox", "audit"}
    assert {k: v for k, v in after.items() if k not in changed} == {
        k: v for k, v in before.items() if k not in changed
    }
    assert done.chain is not None
    assert (done.chain.first, done.chain.links) == (None, 2)
    assert done.files == said.evidence_files == 6
    (written,) = (target.state / "reports").rglob("*.docx")
    assert (written.read_bytes(), said.reports) == (b"a report", 1)
    with closing(store.connect(target.database.reveal())) as db, db.write() as c:
        assert store.list_audit(c, "database", 1)[0].actor == "李四"
        added = c.execute(  # numbers go on after those that came
            metadata.tables["lead"].insert().returning(sa.column("id")),
            {"platform": "weibo", "handle": "new", "found_at": NOW, "state": "open"},
        )
        assert added.scalar_one() == 14


@BOTH
@pytest.mark.slow
def test_the_backup_is_of_one_moment_and_writers_do_not_wait(
    place: Place, tmp_path: Path, kind: str
) -> None:
    settings, file = place("a", kind), tmp_path / "b.tar.gz"
    filled(settings)
    before = dumped(settings)
    writes = 0

    def meanwhile(what: str, done: int, total: int) -> None:
        nonlocal writes
        with db.write() as c:  # while the backup reads
            store.set_mark(c, f"later-{writes}", "1")
            store.audit(c, "daemon", "later", "x", None, None, NOW)
        writes += 1

    with closing(store.connect(settings.database.reveal())) as db:
        make(file, settings, db, NOW, "0.1.0", progress=meanwhile)
    assert writes > 30
    target = place("b", "sqlite")
    restore(file, target, Wish(), NOW)
    after = dumped(target)
    assert after["mark"] == before["mark"]
    assert after["audit"][:-1] == before["audit"]


def test_the_tables_of_a_backup_are_all_that_the_migrations_make(place: Place) -> None:
    settings = place("a", "sqlite")
    filled(settings)
    with closing(store.connect(settings.database.reveal())) as db, db.read() as c:
        names = {shape.name for shape in dumping.shapes(c)}
        assert names == set(sa.inspect(c).get_table_names()) - {"alembic_version"}


@BOTH
@pytest.mark.slow
def test_rows_are_only_replaced_when_asked_and_the_old_ones_stay(
    place: Place, tmp_path: Path, kind: str
) -> None:
    source, target, file = place("a", "sqlite"), place("b", kind), tmp_path / "b.tar.gz"
    filled(source)
    backed_up(source, file)
    restore(file, target, Wish(), NOW)
    with closing(store.connect(target.database.reveal())) as db, db.write() as c:
        store.set_mark(c, "mine", "1")
        c.exec_driver_sql("CREATE TABLE of_a_newer_program (a INTEGER)")
    with pytest.raises(RestoreError, match="--replace"):
        restore(file, target, Wish(), NOW)
    done = restore(file, target, Wish(replace=True), NOW)
    assert done.aside
    with closing(store.connect(target.database.reveal())) as db:
        with db.read() as c:
            assert store.get_mark(c, "mine") is None
            assert not sa.inspect(c).has_table("of_a_newer_program")
            if kind == "postgresql":
                schema = done.aside.split()[-1]
                kept = c.exec_driver_sql(f"SELECT value FROM {schema}.mark WHERE name = 'mine'")
                assert kept.scalar_one() == "1"
        if kind == "postgresql":
            return
    with closing(store.connect(f"sqlite:///{done.aside}")) as db, db.read() as c:
        assert store.get_mark(c, "mine") == "1"


@BOTH
@pytest.mark.slow
def test_nobody_restores_under_a_running_watch(place: Place, tmp_path: Path, kind: str) -> None:
    settings, file = place("a", kind), tmp_path / "b.tar.gz"
    filled(settings)
    backed_up(settings, file)
    with (
        closing(store.connect(settings.database.reveal())) as db,
        db.read() as c,
    ):
        assert store.get_mark(c, "nothing") is None
        with pytest.raises(ArrivalError, match="请先停止监测程序"):
            restore(file, settings, Wish(replace=True), NOW)


@BOTH
@pytest.mark.slow
def test_an_older_backup_is_brought_up_to_the_newest_tables(
    place: Place, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the first version of the tables had it: made with the columns that there were then."""
    source, target, file = place("a", "sqlite"), place("b", kind), tmp_path / "b.tar.gz"
    with closing(store.connect(source.database.reveal())) as db:
        rows_of(db, "0001", file, NOW)
    done = restore(file, target, Wish(), NOW)
    assert done.migrated
    with closing(store.connect(target.database.reveal())) as db:
        assert store.at_head(db)
        with db.read() as c:
            assert [unit.name for unit in store.load_units(c)] == ["三亚市第一局"]


def test_a_backup_of_newer_tables_is_refused(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, file = place("a", "sqlite"), tmp_path / "b.tar.gz"
    filled(settings)
    backed_up(settings, file)
    monkeypatch.setattr("watcher.restoring.revisions", lambda: ("0001",))
    with pytest.raises(RestoreError, match="请先把程序升级"):
        restore(file, place("b", "sqlite"), Wish(), NOW)


@BOTH
@pytest.mark.slow
def test_letters_whose_time_had_come_wait_for_a_person(
    place: Place, tmp_path: Path, kind: str
) -> None:
    """`fill` writes one letter that was sent, one that was due, one for tomorrow."""
    source, target, file = place("a", "sqlite"), place("b", kind), tmp_path / "b.tar.gz"
    filled(source)
    backed_up(source, file)
    assert restore(file, target, Wish(), NOW).held == 1
    lease = timedelta(minutes=1)
    with closing(store.connect(target.database.reveal())) as db, db.write() as c:
        assert [letter.id for letter in held_letters(c)] == [12]
        assert store.take_letters(c, NOW, lease) == ()
        assert release_letters(c, NOW) == 1
        ((letter,),) = store.take_letters(c, NOW, lease)
        assert (letter.id, letter.possibly_sent) == (12, True)
        ((letter,),) = store.take_letters(c, NOW + timedelta(days=2), lease / 2)[:1]
        assert letter.id is not None
    restore(file, target, Wish(replace=True), NOW)
    with closing(store.connect(target.database.reveal())) as db, db.write() as c:
        assert drop_letters(c, NOW) == 1
        assert release_letters(c, NOW) == 0
        assert store.take_letters(c, NOW, lease) == ()


def test_a_backup_without_files_says_so_and_checks_the_links(place: Place, tmp_path: Path) -> None:
    source, target, file = place("a", "sqlite"), place("b", "sqlite"), tmp_path / "b.tar.gz"
    filled(source)
    said = backed_up(source, file, evidence=False)
    assert (said.evidence, said.evidence_files) == (False, 0)
    done = restore(file, target, Wish(), NOW)
    assert done.chain is None
    assert "不含证据文件" in done.remarks[0]


def test_a_lost_or_spoilt_file_is_named_and_hinders_nothing(place: Place, tmp_path: Path) -> None:
    source, target, file = place("a", "sqlite"), place("b", "sqlite"), tmp_path / "b.tar.gz"
    filled(source)
    first, second = sorted((source.state / "evidence/packages").glob("??/*"))[:2]
    first.unlink()
    second.chmod(0o600)
    second.write_bytes(b"changed")
    said = backed_up(source, file)
    assert said.missing_count == 3  # the spoilt one is missed by the chain as well
    assert f"packages/{second.parent.name}/{second.name}" in said.missing
    done = restore(file, target, Wish(), NOW)
    assert "断裂" in done.remarks[-1]


def test_secrets_stay_behind_and_are_named(place: Place, tmp_path: Path) -> None:
    settings, file = place("a", "sqlite"), tmp_path / "b.tar.gz"
    filled(settings)
    folder = settings.folder
    (folder / "watcher.yaml").write_text(
        "database: postgresql://u:hunter2@db/shouwang\n"
        "alertmanager: {token: {file: am.token}}\n"
        "x: {env: OPERATOR_KEY}\n"
        "# token: abcdef-in-a-comment\n"
        "secret: {env: OTHER}\n"
        "城市: 三亚\n"
    )
    (folder / "am.token").write_text("geheim-token")
    (folder / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\ngeheim\n")
    (folder / ".env").write_text("A=geheim")
    (folder / "放假").mkdir()
    (folder / "放假/说明.yaml").write_text("a: 1\n")
    said = backed_up(settings, file)
    assert said.secrets == {"env": ("OPERATOR_KEY", "OTHER"), "file": ("am.token",)}
    assert said.masked == 3
    with GzipFile(file) as opened:
        body = opened.read()
    for secret in (b"hunter2", b"geheim", b"abcdef-in"):
        assert secret not in body
    into = tmp_path / "config"
    restore(file, place("b", "sqlite"), Wish(config_into=into), NOW)
    assert (into / "放假/说明.yaml").read_text() == "a: 1\n"
    assert "secret: {env: OTHER}\n城市: 三亚" in (into / "watcher.yaml").read_text()
    with pytest.raises(RestoreError, match="不是空目录"):
        restore(file, place("c", "sqlite"), Wish(config_into=into), NOW)


def test_nul_signs_come_to_postgresql_as_replaced(place: Place, tmp_path: Path) -> None:
    source, target, file = place("a", "sqlite"), place("b", "postgresql"), tmp_path / "b.tar.gz"
    filled(source)
    with closing(store.connect(source.database.reveal())) as db, db.write() as c:
        store.set_mark(c, "odd", "a\0b")
    backed_up(source, file)
    assert restore(file, target, Wish(), NOW).nul == 1
    with closing(store.connect(target.database.reveal())) as db, db.read() as c:
        assert store.get_mark(c, "odd") == "a�b"


# -- files that are no backups ---------------------------------------------------------------


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small backup, unpacked."""
    folder = tmp_path_factory.mktemp("good")
    settings = settings_at(folder, f"sqlite:///{folder}/var/watcher.sqlite")
    filled(settings)
    backed_up(settings, folder / "b.tar.gz")
    with GzipFile(folder / "b.tar.gz") as opened:
        return opened.read()


def packed(tmp_path: Path, tar: bytes) -> Path:
    file = tmp_path / "odd.tar.gz"
    with GzipFile(file, "wb", 1) as out:
        out.write(tar)
    return file


def with_member(good: bytes, name: str, **more: object) -> bytes:
    """The backup with another member after its header."""
    info = tarfile.TarInfo(name)
    for key, value in more.items():
        setattr(info, key, value)
    size = int(good[124:135], 8)
    first = 512 + size + -size % 512
    body = bytes(info.size + -info.size % 512) if info.type == tarfile.REGTYPE else b""
    return good[:first] + info.tobuf(tarfile.GNU_FORMAT) + body + good[first:]


HOSTILE: Mapping[str, tuple[dict[str, object], str]] = {
    "config/../../etc/cron.d/x": ({}, "写到目录之外"),
    "/etc/passwd": ({}, "写到目录之外"),
    "evidence/..": ({}, "写到目录之外"),
    "config/a\x1b[31m": ({}, "写到目录之外"),
    "config/link": ({"type": tarfile.SYMTYPE, "linkname": "/etc"}, "链接"),
    "config/hard": ({"type": tarfile.LNKTYPE, "linkname": "/etc/shadow"}, "链接"),
    "config/device": ({"type": tarfile.CHRTYPE}, "链接"),
    "config/long": ({"type": b"L", "size": 1 << 30}, "链接"),
    "config/pax": ({"type": b"x", "size": 1 << 30}, "链接"),
    "other/file": ({}, "不认识的成员"),
    "shouwang.json": ({}, "重复"),
    "tables/99-nothing/000001.jsonl": ({}, "不认识的表|重复或次序"),
    "config/huge": ({"size": 9 << 20}, "过大"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_members_that_no_backup_has_are_refused(good: bytes, tmp_path: Path, name: str) -> None:
    more, why = HOSTILE[name]
    file = packed(tmp_path, with_member(good, name, **more))
    with pytest.raises(ArchiveError, match=why) as caught:
        verify(file)
    assert "\x1b" not in str(caught.value)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watcher.archive._PATIENCE", 8 << 20)
    file = tmp_path / "bomb.tar.gz"
    header = tarfile.TarInfo("shouwang.json")
    table = tarfile.TarInfo("tables/01-unit/000001.jsonl")
    said = orjson.dumps(
        {
            "format": 1, "program": "shouwang", "version": "", "revision": "", "database": "",
            "made_at": NOW.isoformat(), "evidence": True, "secrets_not_included": {}, "masked": 0,
            "tables": [{"name": "unit", "rows": 1, "columns": [["key", "text"]]}],
        }
    )  # fmt: skip
    header.size, table.size = len(said), 8 << 20
    with GzipFile(file, "wb", 9) as out:
        out.write(header.tobuf(tarfile.USTAR_FORMAT) + said + bytes(-len(said) % 512))
        for number in (1, 2):
            table.name = f"tables/01-unit/{number:06}.jsonl"
            out.write(table.tobuf(tarfile.USTAR_FORMAT))
            for _ in range(8):
                out.write(bytes(1 << 20))
    with pytest.raises(ArchiveError, match="压缩炸弹"):
        verify(file)


@pytest.mark.parametrize("part", [0.0, 0.2, 0.5, 0.9, 0.999])
def test_a_truncated_file_says_so(good: bytes, tmp_path: Path, part: float) -> None:
    file = packed(tmp_path, good)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(ArchiveError, match=r"不完整|已损坏"):
        verify(file)


def test_a_cut_at_a_member_is_noticed(good: bytes, tmp_path: Path) -> None:
    end = good.index(b"SHA256SUMS")
    with pytest.raises(ArchiveError, match="没有清单"):
        verify(packed(tmp_path, good[:end] + bytes(1024)))


def test_a_changed_byte_names_its_file(good: bytes, tmp_path: Path) -> None:
    at = good.index("三亚".encode())
    changed = good[:at] + "二".encode() + good[at + 3 :]
    with pytest.raises(ArchiveError, match=r"tables/.*SHA-256 不符"):
        verify(packed(tmp_path, changed))


def test_something_after_the_end_is_refused(good: bytes, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="多余"):
        verify(packed(tmp_path, good + b"more"))


def test_a_file_of_another_kind_is_no_backup(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"PK\x03\x04 and so on" * 100)
    with pytest.raises(ArchiveError, match="不是守望的备份文件"):
        verify(file)
    with pytest.raises(ArchiveError, match="缺少文件头"):
        verify(packed(tmp_path, b"".join(members({"config/a": b"1"}))))


def members(files: Mapping[str, bytes]) -> Iterator[bytes]:
    for name, body in files.items():
        info = tarfile.TarInfo(name)
        info.size = len(body)
        yield info.tobuf(tarfile.USTAR_FORMAT) + body + bytes(-len(body) % 512)
    yield bytes(1024)


def test_evidence_that_is_not_what_its_name_says_is_refused(
    place: Place, tmp_path: Path, good: bytes
) -> None:
    """Sums and manifest may be made to fit; the name of evidence is its own proof."""
    out, file = io.BytesIO(), tmp_path / "forged.tar.gz"
    packer, sums = Packer(out, 0), sha256()
    for name, body in contents(good):
        if name == "manifest.json":
            said = orjson.loads(body) | {"sums": sums.hexdigest()}
            packer.finish(orjson.dumps(said))
        elif name != "SHA256SUMS":
            body = b"forged" if name.startswith("evidence/packages/") else body
            packer.add(name, body)
            sums.update(f"{sha256(body).hexdigest()}  {name}\n".encode())
    file.write_bytes(out.getvalue())
    verify(file)
    target = place("b", "sqlite")
    with pytest.raises(ArchiveError, match="与其名称"):
        restore(file, target, Wish(), NOW)
    assert not Path(target.state / "watcher.sqlite").exists()


def contents(tar: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        for info in opened:
            body = opened.extractfile(info)
            assert body is not None
            yield info.name, body.read()


def test_plain_tar_and_sha256sum_are_enough(good: bytes, tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(good)) as opened:
        opened.extractall(tmp_path, filter="data")
    done = subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stdout


def test_reading_a_backup_takes_what_it_wrote(good: bytes, tmp_path: Path) -> None:
    with packed(tmp_path, good).open("rb") as opened:
        found = {name: body.read() for name, body in read(opened)}  # type: ignore[arg-type]
    assert {**found, "SHA256SUMS": b""} == {**dict(contents(good)), "SHA256SUMS": b""}


# -- files on the disk -----------------------------------------------------------------------


def test_only_the_newest_scheduled_backups_stay(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"shouwang-202611{day:02}T020000Z.tar.gz").touch()
    (tmp_path / "mine.tar.gz").touch()
    gone = prune(tmp_path, 2)
    assert [file.name[9:17] for file in gone] == ["20261101", "20261102", "20261103"]
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "mine.tar.gz",
        "shouwang-20261104T020000Z.tar.gz",
        "shouwang-20261105T020000Z.tar.gz",
    ]


def test_a_failed_backup_leaves_nothing(place: Place, tmp_path: Path) -> None:
    settings, file = place("a", "sqlite"), tmp_path / "out" / "b.tar.gz"
    file.parent.mkdir()
    filled(settings)

    def full(what: str, done: int, total: int) -> None:
        raise OSError(28, "No space left on device")

    with (
        closing(store.connect(settings.database.reveal())) as db,
        pytest.raises(OSError, match="No space"),
    ):
        make(file, settings, db, NOW, "0.1.0", progress=full)
    assert list(file.parent.iterdir()) == []


MOMENTS = {  # the function whose n-th call is the last thing that happens
    "before anything": (restoring, "make_tables", 1),
    "in the middle of tables": (restoring, "put", 20),
    "at a file of evidence": (restoring, "_file", 3),
    "after all rows": (restoring, "hold_letters", 1),
    "before the file takes its place": (arriving, "_take_place", 1),
    "when the old one has its other name": (arriving, "_with_journals", 2),
}


def killed(module: object, name: str, count: int, deed: Callable[[], object]) -> int:
    """The status of a process of its own that dies at a call while it does something."""
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    kept, left = getattr(module, name), count

    def deadly(*given: object, **more: object) -> object:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return kept(*given, **more)

    setattr(module, name, deadly)
    try:
        deed()
    finally:
        os._exit(0)


@BOTH
@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_restore_that_is_killed_changes_nothing_and_can_be_repeated(
    place: Place, tmp_path: Path, kind: str, moment: str
) -> None:
    module, name, count = MOMENTS[moment]
    if kind == "postgresql" and module is arriving:
        pytest.skip("SQLite's own step")
    source, target, file = place("a", "sqlite"), place("b", kind), tmp_path / "b.tar.gz"
    filled(source)
    backed_up(source, file)
    with closing(store.connect(target.database.reveal())) as db:
        store.migrate(db)
        with db.write() as c:
            store.set_mark(c, "mine", "1")
    before = dumped(target)
    wish = Wish(replace=True)
    status = killed(module, name, count, lambda: restore(file, target, wish, NOW))
    assert status == -signal.SIGKILL
    assert dumped(target) == before
    again = restore(file, target, Wish(replace=True), NOW)
    assert again.aside
    assert again.chain is not None
    assert again.chain.first is None
    left = [each.name for each in target.state.iterdir() if "restoring" in each.name]
    assert left == []


@pytest.mark.slow
def test_a_killed_backup_is_no_backup_and_the_next_one_takes_its_place(
    place: Place, tmp_path: Path
) -> None:
    settings, file = place("a", "sqlite"), tmp_path / "out" / "b.tar.gz"
    file.parent.mkdir()
    filled(settings)
    status = killed(dumping, "_plain", 2, lambda: backed_up(settings, file))
    assert status == -signal.SIGKILL
    assert [each.name for each in file.parent.iterdir()] == [".b.tar.gz.part"]
    backed_up(settings, file)
    assert [each.name for each in file.parent.iterdir()] == ["b.tar.gz"]
    verify(file)


def test_the_chain_holds_in_the_new_place(place: Place, tmp_path: Path) -> None:
    source, target, file = place("a", "sqlite"), place("b", "sqlite"), tmp_path / "b.tar.gz"
    filled(source)
    backed_up(source, file)
    shutil.rmtree(source.state)
    restore(file, target, Wish(), NOW)
    with closing(store.connect(target.database.reveal())) as db, db.read() as c:
        audit = verify_chain(ground(c), target.state / "evidence/packages", b"", NOW)
    assert (audit.first, audit.links) == (None, 2)
