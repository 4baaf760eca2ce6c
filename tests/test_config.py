"""Every mistake of the configuration is said at once, in words, with its place."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from shutil import copy
from textwrap import dedent

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.config import (
    ConfigError,
    Mistake,
    Secret,
    Settings,
    default_paces,
    load,
    source_settings,
)
from watcher.config.schema import CadenceTable
from watcher.due import Cadence
from watcher.mistakes import parse_yaml
from watcher.model import Coverage, Pace

SHIPPED = Path(__file__).parents[1] / "config"
PLATFORMS = {"weibo": Pace(8.0, 1), "wechat": Pace(6.0, 2)}
OFFICES = """
targets:
  hook: {kind: webhook, url: {env: HOOK}}
offices:
  city: {name: 市政府办公室, targets: [hook]}
roles: {A: city, O: city}
fallback: [hook]
"""
ENV = {"HOOK": "https://hook.example.cn/1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy(SHIPPED / "rules.yaml", tmp_path / "rules.yaml")
    (tmp_path / "offices.yaml").write_text(OFFICES, "utf-8")
    return tmp_path


def read(folder: Path, text: str, env: Mapping[str, str] = ENV) -> Settings:
    (folder / "watcher.yaml").write_text(dedent(text), "utf-8")
    return load(folder / "watcher.yaml", env, PLATFORMS)


def mistakes(folder: Path, text: str, env: Mapping[str, str] = ENV) -> tuple[Mistake, ...]:
    with pytest.raises(ConfigError) as caught:
        read(folder, text, env)
    return caught.value.mistakes


def only(folder: Path, text: str, env: Mapping[str, str] = ENV) -> Mistake:
    (mistake,) = mistakes(folder, text, env)
    return mistake


def test_an_empty_file_means_the_defaults(folder: Path) -> None:
    loaded = read(folder, "")
    assert loaded.database.reveal() == f"sqlite:///{loaded.state}/watcher.sqlite"
    assert loaded.state == (folder / "../var").resolve()
    assert loaded.listen.host == "127.0.0.1"
    assert loaded.pace == PLATFORMS
    assert not loaded.metrics.accounts
    assert loaded.dead_man is None


def test_the_shipped_configuration_is_right() -> None:
    named = yaml.safe_load((SHIPPED / "offices.yaml").read_text("utf-8"))["targets"]
    env = {
        place["env"]: "mailto://office.example.cn" if key == "url" else "x"
        for target in named.values()
        for key, place in target.items()
        if isinstance(place, dict)
    }
    assert load(SHIPPED / "watcher.yaml", env).listen.port == 8710


def test_what_is_written_is_what_is_set(folder: Path) -> None:
    (folder / "ping.txt").write_text("https://hc.example.cn/abc\n")
    loaded = read(
        folder,
        """
        state: data
        database: sqlite:///data/w.sqlite
        listen: {host: "::1", port: 0}
        fetch:
          read_timeout: 5s
          max_body: 2 MiB
          origins: {m.weibo.cn: "http://127.0.0.1:8701", "*": "http://127.0.0.1:8702"}
          allow_private: [127.0.0.0/8]
          proxies: {weibo: {env: PROXY}}
          browser: {path: /bin/true, idle: 10min}
        pace: {weibo: {gap: 0}}
        cadence: {base: 6h, retry_most: 2h}
        metrics: {accounts: true, cap: 10, render_every: 45s}
        dispatch: {tick: 1s, lease: 1h}
        retention: 30d
        dead_man: {url: {file: ping.txt}, every: 1min}
        """,
        {**ENV, "PROXY": "http://u:p@10.0.0.1:3128"},
    )
    assert loaded.state == folder / "data"
    assert loaded.database.reveal() == f"sqlite:///{folder}/data/w.sqlite"
    assert (loaded.listen.host, loaded.listen.port) == ("::1", 0)
    assert loaded.fetch.read_timeout == 5.0
    assert loaded.fetch.max_body == 2 << 20
    assert loaded.fetch.origins["m.weibo.cn"] == "http://127.0.0.1:8701"
    assert loaded.fetch.proxies == {"weibo": "http://u:p@10.0.0.1:3128"}
    assert loaded.fetch.allow_private == ("127.0.0.0/8",)
    assert (loaded.fetch.browser_path, loaded.fetch.browser_idle) == ("/bin/true", 600.0)
    assert loaded.pace["weibo"] == Pace(0.0, 1)
    assert loaded.pace["wechat"] == PLATFORMS["wechat"]
    assert loaded.cadence.base == timedelta(hours=6)
    assert loaded.recent == loaded.rules.recent
    assert loaded.metrics.render_every == timedelta(seconds=45)
    assert loaded.dispatch.lease == timedelta(hours=1)
    assert loaded.dead_man is not None
    assert loaded.dead_man.url.reveal() == "https://hc.example.cn/abc"


def test_all_mistakes_of_all_files_are_said_at_once(folder: Path) -> None:
    (folder / "offices.yaml").write_text(OFFICES.replace("fallback: [hook]", "fallback: [hok]"))
    (folder / "holidays").mkdir()
    (folder / "holidays" / "2027.yaml").write_text("year: 2026\n")
    found = mistakes(
        folder,
        """
        listen: {port: 99999, hots: x}
        pace: {weibbo: {gap: 1}}
        dispatch: {tick: soon}
        dead_man: {url: {env: NOT_THERE}}
        """,
    )
    said = {(m.file, m.path) for m in found}
    assert {
        ("watcher.yaml", "listen.port"),
        ("watcher.yaml", "listen.hots"),
        ("watcher.yaml", "dispatch.tick"),
        ("watcher.yaml", "pace.weibbo"),
        ("watcher.yaml", "dead_man.url"),
        ("offices.yaml", "fallback"),
        ("2027.yaml", "year"),
    } <= said


def test_a_mistyped_key_is_refused_with_what_was_meant(folder: Path) -> None:
    mistake = only(folder, "fetch: {browser: {pagse: 2}}")
    assert mistake.path == "fetch.browser.pagse"
    assert mistake.message == "不认识这一项"
    assert mistake.suggestion == "是否指“pages”？"


def test_rules_that_cannot_be_read_hide_no_mistake_of_the_routes(folder: Path) -> None:
    (folder / "rules.yaml").write_text("rules: {}\n")
    (folder / "routes.yaml").write_text("hours: {quiet_from: 22}\n")
    (folder / "watcher.yaml").write_text("routes: routes.yaml\n")
    with pytest.raises(ConfigError) as caught:
        load(folder / "watcher.yaml", ENV, {})
    told = {(each.file, each.path) for each in caught.value.mistakes}
    assert ("routes.yaml", "hours.quiet_from") in told
    assert ("rules.yaml", "rules.UPD-01") in told


def test_a_key_nobody_knows_is_refused_with_those_that_are_known(folder: Path) -> None:
    assert only(folder, "pace: {weibo: {zzz: 1}}").suggestion == "这里可用：gap、concurrency"
    assert "listen" in only(folder, "qqqqqqqq: 1").suggestion
    assert only(folder, "metrics: {acounts: true}").suggestion == "是否指“accounts”？"


def test_an_unknown_platform_is_fatal(folder: Path) -> None:
    mistake = only(folder, "pace: {weibbo: {gap: 1}}")
    assert (mistake.path, mistake.suggestion) == ("pace.weibbo", "是否指“weibo”？")
    assert only(folder, "fetch: {proxies: {zz: 'http://h:1'}}").path == "fetch.proxies.zz"


def test_a_key_given_twice_is_fatal_and_both_lines_are_named(folder: Path) -> None:
    mistake = only(folder, "state: a\nlisten: {port: 1}\nstate: b\n")
    assert mistake.path == "state"
    assert mistake.message == "写了两次，在第 1 行和第 3 行"


@pytest.mark.parametrize("name", ["offices.yaml", "rules.yaml"])
def test_a_key_given_twice_in_a_named_file_is_fatal_too(folder: Path, name: str) -> None:
    path = folder / name
    text = path.read_text("utf-8")
    first = next(line for line in text.splitlines() if line and line[0] not in "# -")
    path.write_text(f"{text}\n{first.split(':')[0]}: {{}}\n", "utf-8")
    mistake = only(folder, "")
    assert mistake.file == name
    assert "写了两次" in mistake.message


def test_broken_yaml_is_said_with_line_and_column(folder: Path) -> None:
    mistake = only(folder, "listen:\n  port: [1\nstate: x\n")
    assert mistake.file == "watcher.yaml"
    assert "第 3 行第 6 列" in mistake.message


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("listen: {port: '80'}", "listen.port", "应为整数"),
        ("listen: {port: true}", "listen.port", "应为整数"),
        ("listen: {port: 70000}", "listen.port", "不能大于 65535，现在是 70000"),
        ("listen: {port: -1}", "listen.port", "不能小于 0，现在是 -1"),
        ("listen: 8710", "listen", "应为若干“名称: 值”"),
        ("listen: {host: ''}", "listen.host", "至少要有 1 个字"),
        ("metrics: {accounts: 'yes'}", "metrics.accounts", "应为 true 或 false"),
        ("pace: {weibo: {gap: .nan}}", "pace.weibo.gap", "不能大于 3600，现在是 nan"),
        ("pace: {weibo: {gap: -1}}", "pace.weibo.gap", "不能小于 0"),
        ("pace: {weibo: {concurrency: 0}}", "pace.weibo.concurrency", "不能小于 1"),
        ("retention: 48", "retention", "应为时长"),
        ("retention: -2h", "retention", "应为时长"),
        ("retention: 99999999999999999999d", "retention", "不到一百年"),
        ("retention: 1h", "retention", "须在 1d 与 3660d 之间"),
        ("dispatch: {tick: 3h}", "dispatch.tick", "须在 0.1s 与 1min 之间"),
        ("cadence: {urgent: 5h}", "cadence.urgent", "不能长于 base"),
        ("cadence: {base: 12h}", "cadence.base", "SYS-01 的 blind_hours"),
        ("cadence: {base: 0h}", "cadence.base", "须在 1min 与 7d 之间"),
        ("fetch: {max_body: 8MB}", "fetch.max_body", "应为大小"),
        ("fetch: {max_body: 2 GiB}", "fetch.max_body", "不能大于"),
        ("fetch: {allow_private: 10.0.0.0/8}", "fetch.allow_private", "应为列表"),
        ("fetch: {allow_private: [10.0.0.1/8]}", "fetch.allow_private[0]", "应为网段"),
        ("fetch: {origins: {m.weibo.cn: 'ftp://x'}}", "fetch.origins.m.weibo.cn", "应为网址"),
        ("fetch: {origins: {'http://x': 'http://y'}}", "fetch.origins.http://x", "应为主机名"),
        ("fetch: {proxies: {weibo: 'x:1'}}", "fetch.proxies.weibo", "应为代理地址"),
        ("database: mysql://x/y", "database", "须以 sqlite:///"),
        ("database: 'sqlite:///'", "database", "须以 sqlite:///"),
        ("dead_man: {url: 'https://x.cn/1'}", "dead_man.url", "是密钥"),
        ("dead_man: {every: 1min}", "dead_man.url", "没有写"),
        ("state: {env: HOOK}", "state", "应为文字"),
        ("- a\n- b", "", "应为若干“名称: 值”"),
        ("just text", "", "应为若干“名称: 值”"),
    ],
)
def test_a_wrong_value_is_said_in_words(folder: Path, text: str, path: str, words: str) -> None:
    mistake = only(folder, text)
    assert mistake.file == "watcher.yaml"
    assert mistake.path == path
    assert words in mistake.message


@pytest.mark.parametrize("name", ["rules", "offices"])
def test_a_file_that_is_not_there_is_named(folder: Path, name: str) -> None:
    mistake = only(folder, f"{name}: nowhere.yaml")
    assert mistake.file == "nowhere.yaml"
    assert mistake.message == "没有这个文件"
    assert str(folder) in mistake.suggestion


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"watcher\.yaml: 没有这个文件"):
        load(tmp_path / "watcher.yaml", {}, PLATFORMS)


def test_a_file_that_is_no_text_is_named(folder: Path) -> None:
    (folder / "watcher.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="不是 UTF-8"):
        load(folder / "watcher.yaml", ENV, PLATFORMS)


def test_a_missing_variable_is_a_mistake_that_names_it(folder: Path) -> None:
    mistake = only(folder, "database: {env: SHOUWANG_DATABSE}", {**ENV, "SHOUWANG_DATABASE": "x"})
    assert mistake.path == "database"
    assert mistake.message == "环境变量 SHOUWANG_DATABSE 没有设置"
    assert mistake.suggestion == "是否指“SHOUWANG_DATABASE”？"


def test_a_missing_secret_of_a_target_is_a_mistake_unless_nothing_is_sent(folder: Path) -> None:
    mistake = only(folder, "", {})
    assert (mistake.file, mistake.path) == ("offices.yaml", "targets.hook.url")
    assert "HOOK" in mistake.message
    load(folder / "watcher.yaml", {}, PLATFORMS, targets=False)


def test_a_secret_file_that_is_missing_or_empty_is_a_mistake(folder: Path) -> None:
    (folder / "empty").write_text("\n")
    assert "不能读取" in only(folder, "dead_man: {url: {file: nowhere}}").message
    assert "是空的" in only(folder, "dead_man: {url: {file: empty}}").message


@pytest.mark.parametrize(
    "text",
    [
        "database: postgresql+psycopg://u:hunter2@h/d",
        "fetch: {proxies: {weibo: 'http://u:hunter2@h:1'}}",
        "dead_man: {url: hunter2}",
        "dead_man: {url: [hunter2]}",
    ],
)
def test_a_secret_in_the_open_is_refused_and_not_repeated(folder: Path, text: str) -> None:
    mistake = only(folder, text)
    assert "{env: 变量名} 或 {file: 路径}" in mistake.message
    assert "hunter2" not in str(mistake)


def test_a_wrong_secret_is_not_repeated_either(folder: Path) -> None:
    env = {**ENV, "X": "hunter2"}
    for text in ("database: {env: X}", "dead_man: {url: {env: X}}", "state: {env: X}"):
        assert "hunter2" not in str(only(folder, text, env))


def test_a_source_gets_its_secrets_just_before_it_is_read(tmp_path: Path) -> None:
    kept = {"appid": "wx1", "secret": {"env": "WX"}, "links": ["https://a", "https://b"]}
    given_ = source_settings(kept, {"WX": "s3"}, tmp_path, "wechat-1")
    assert given_ == {**kept, "secret": "s3"}
    with pytest.raises(ConfigError, match=r"wechat-1: settings\.secret: .* WX 没有设置"):
        source_settings(kept, {}, tmp_path, "wechat-1")


def test_settings_never_show_a_secret(folder: Path) -> None:
    env = {**ENV, "X": "postgresql+psycopg://u:hunter2@h/d", "P": "http://u:hunter2@h:1"}
    loaded = read(folder, "{database: {env: X}, fetch: {proxies: {weibo: {env: P}}}}", env)
    assert loaded.database.reveal() == env["X"]
    for text in (repr(loaded.database), str(loaded.database), f"{loaded.database:}"):
        assert text == "***"
    assert "hunter2" not in repr(loaded)


def test_a_secret_is_a_value_like_any_other() -> None:
    assert Secret("a") == Secret("a")
    assert pickle.loads(pickle.dumps(Secret("a"))).reveal() == "a"


@settings(deadline=None)
@given(st.text())
def test_any_text_is_either_read_or_a_mistake(text: str) -> None:
    value, wrong = parse_yaml(text, "x.yaml")
    assert value is not None or wrong or not text.strip() or yaml.safe_load(text) is None


@pytest.mark.parametrize("text", ["&a [*a]", "? [1, 2]\n: 3", "[" * 5000, "a: !!python/x 1", "%"])
def test_strange_yaml_is_no_crash(text: str) -> None:
    _, wrong = parse_yaml(text, "x.yaml")
    assert wrong or text == "&a [*a]"


def test_every_figure_of_the_cadence_can_be_set() -> None:
    assert set(CadenceTable.model_fields) == set(Cadence.__dataclass_fields__)


def test_recipients_come_from_the_rules_file(folder: Path) -> None:
    loaded = read(folder, "")
    told = loaded.policy.of("UPD-04")
    assert (told.name, told.roles) == (
        loaded.rules.rules["UPD-04"].name,
        loaded.rules.rules["UPD-04"].roles,
    )
    assert told.deadline_days == loaded.rules.rules["UPD-04"].deadline_days


def test_a_platform_goes_at_the_pace_of_its_most_careful_collector() -> None:
    from collectors import Collector

    async def collect(source: object, fetch: object) -> None: ...

    def collector(name: str, pace: Pace) -> Collector:
        return Collector(name, "wechat", frozenset(), collect, Coverage.PARTIAL, pace)  # type: ignore[arg-type]

    made = default_paces([collector("a", Pace(6, 1)), collector("b", Pace(2, 4))])
    assert made == {"wechat": Pace(6, 1)}
