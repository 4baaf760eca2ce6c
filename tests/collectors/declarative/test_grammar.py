"""What people may write, and every mistake of it said at once with its place."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import discover
from collectors.declarative import collector_from, json_schema, read_spec, shipped
from collectors.declarative.load import FOLDER
from tests.collectors.declarative.examples import API, SECTION_14, SITE, mistakes_of, spec_of
from watcher.mistakes import Words

SCHEMA = FOLDER / "declarative" / "collector.schema.json"
SHIPPED = sorted(FOLDER.glob("*.yaml"))


def test_the_example_of_section_14_loads() -> None:
    spec = spec_of(SECTION_14)
    assert (spec.name, spec.platform) == ("thepaper_gov", "thepaper_gov")
    assert spec.hosts == {"api.thepaper.cn"}


def test_everything_wrong_is_said_at_once() -> None:
    said = mistakes_of(
        """
platfrm: x
request: {url: "https://{sub}.site.cn/", methd: GET, charset: utf9}
parse: html
forms: [App!]
states:
  - {state: nope, body: '(?=a)'}
  - {state: gone, missing: .list}
  - {state: error, body: '(a)\\1'}
account: {nam: h2, bio: 'div >', name: {css: h1, regex: 'a'}}
posts: {list: 'li[', id: {pth: x}, time: {css: i, format: [epoch, '%Q']}}
"""
    )
    for part in (
        "platfrm: 不认识这一项（是否指“platform”？）",
        "request.methd: 不认识这一项（是否指“method”？）",
        "forms[0]: 写法不对",
        "states[0].state: 应为其中之一",
        "posts.id.pth: 不认识这一项（是否指“path”？）",
        "account.nam: 不认识这一项（是否指“name”？）",
        "request.charset: 不认识的编码 utf9",
        "states[0].body: 不支持前瞻",
        "states[1]: gone 只凭“缺少某项”",
        "states[2].body: 不支持反向引用",
        "account.bio: 不是 CSS 选择器：div >",
        "account.name.regex: 须有一个分组，现有 0 个",
        "posts.list: 不是 CSS 选择器：li[",
        "posts.time.format[0]: 没有写法 epoch（是否指“epoch_s”？）",
        "posts.time.format[1]: %Q 里的 %Q 不认识",
    ):
        assert any(part in line for line in said), f"{part!r} is not among\n" + "\n".join(said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("platform: api", "", "platform: 没有写"),
        ("parse: json", "parse: [json", "不是有效的 YAML"),
        ("https://api.site.cn", "https://{id}.cn", "request.url: 主机名里有变量"),
        ("https://api.site.cn", "ftp://api.site.cn", "request.url: 不是网址"),
        ('{id}"}', '{id}", form: {a: b}, json: {}}', "request: 不能同时写 form 和 json"),
        ('{id}"}', '{id}", form: {a: b}, method: GET}', "request.method: GET 不能带 form"),
        ('{id}"}', '{id}", conditional: true}', "request.conditional: 完整的列表"),
        ("name: data.nick", "name: 'data['", "account.name: 路径在 '[' 处写错"),
        ("name: data.nick", "name: {before: nick}", "account.name.before: 没有更早的"),
        ("name: data.nick", "name: {css: h1}", "account.name.css: CSS 用于网页"),
        ("name: data.nick", "name: {path: a, var: b}", "account.name: 同时写了 path、var"),
        ("name: data.nick", "name: {regex: (a)}", "account.name: 没有写值在哪里"),
        ("name: data.nick", "name: 5", "account.name: 应为文字"),
        (
            "name: data.nick",
            "verified_as: a, verification: b",
            "account.verification: 与 verified_as",
        ),
        ("format: [epoch_s]", "format: [cn], zone: UTC", "cn 写法的时间就是北京时间"),
        ("format: [epoch_s]", "format: [iso], zone: Mars/One", "没有时区 Mars/One"),
        ("  more:", "  require: [url]\n  more:", "posts.require: url 没有读取"),
        ("  more:", "  own: {path: by}\n  more:", "posts.own: 没有写检验条件"),
        (
            "  more:",
            "  own: {any: [by, {var: id}], equals: '{id}'}\n  more:",
            "posts.own: 可能拿变量和它自己比",
        ),
        ("{id: data.uid}", "{id: {var: id}}", "identity.id: 可能拿变量和它自己比"),
        ("{id: data.uid}", "{}", "coverage: complete 须由页面说明是谁的账号"),
        ("identity:", "mandatory: [nick]\nidentity:", "mandatory[0]: nick 没有读取"),
        ("identity:", "hosts: [a/b]\nidentity:", "hosts[0]: 不是主机名"),
        ("identity:", "pace: {gap: 0}\nidentity:", "pace.gap: 不能小于 1"),
        ("identity:", "platform: b\nidentity:", "platform: 写了两次，在第 2 行和第"),
        ("identity:", "states: [{state: error}]\nidentity:", "states[0]: error 没有写条件"),
        (
            "identity:",
            "states: [{state: banned, status: [403]}]\nidentity:",
            "states[0]: banned 只凭“缺少某项”",
        ),
        ("parse: json", "parse: {json_in_html: {}}", "parse.json_in_html: 须写 script"),
        ("parse: json", "parse: xml", "parse: 应为"),
        (
            "identity:",
            "variables: {a: {from: b}, b: {from: id}}\nidentity:",
            "variables.a.from: b 排在它后面",
        ),
    ],
)
def test_each_mistake_has_its_place(old: str, new: str, said: str) -> None:
    assert old in API
    found = mistakes_of(API.replace(old, new, 1))
    assert any(said in line for line in found), found
    assert len(found) <= 2, "one thing is wrong"


def test_a_complete_collector_needs_posts() -> None:
    text = "platform: x\ncoverage: complete\nrequest: {url: 'https://a.cn/'}\nparse: json\n"
    assert mistakes_of(text) == [
        "x.yaml: coverage: complete 须有 posts（加上 posts:，或写 coverage: partial）"
    ]


def test_a_status_that_means_no_such_page_may_be_believed_where_it_is_named() -> None:
    spec_of(API + "states: [{state: gone, status: [404]}]\n")


def test_words_and_days_are_texts_as_people_mean_them() -> None:
    text = API.replace("{path: top, equals: 1}", "{path: top, in: [on, yes, 2026-01-01]}")
    pinned = spec_of(text).posts
    assert pinned is not None
    test = pinned.fields["pinned"].test
    assert test is not None
    assert [each.text for each in test.equals] == ["on", "yes", "2026-01-01"]


def test_aliases_are_followed_but_may_not_grow() -> None:
    spec_of(SITE.replace("name: h2", "name: &n h2").replace("bio: .desc", "bio: *n"))
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert mistakes_of(bomb) == ["x.yaml: 别名展开后过大（请直接写出）"]
    assert mistakes_of("a: &a [*a]")[0].startswith("x.yaml: 别名展开后过大")


def test_a_file_that_is_too_long_is_not_read() -> None:
    assert "超过" in mistakes_of("a" * 70_000)[0]


@pytest.mark.parametrize("text", ["", "[]", "5", "null", "&a", "\x00", "a: !!python/x 1"])
def test_what_is_no_collector_says_so(text: str) -> None:
    assert mistakes_of(text)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_spec_or_mistakes(text: str) -> None:
    assert mistakes_of(text)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab.[]=^*{}@(?", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["path", "css", "any", "equals", "id", "time", "state", "url"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
_KEYS = ["variables", "request", "parse", "states", "account", "posts", "identity", "mandatory"]


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from([*_KEYS, "hosts", "links", "pace"]), _VALUES, min_size=1))
def test_any_spoiled_collector_is_mistakes_or_a_collector(spoiled: dict[str, object]) -> None:
    value = yaml.load(API, Words) | spoiled
    spec, wrong = read_spec(yaml.safe_dump(value, allow_unicode=True), "x.yaml")
    assert (spec is None) == bool(wrong)
    if spec is not None:
        collector_from(spec)


# -- what is shipped -----------------------------------------------------------------------


def test_the_schema_that_editors_read_is_current() -> None:
    """`python -m collectors.declarative > collectors/declarative/collector.schema.json`."""
    assert json.loads(SCHEMA.read_text("utf-8")) == json_schema()
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_collector_fits_the_schema(path: Path) -> None:
    value = yaml.load(path.read_text("utf-8"), Words)
    jsonschema.validate(value, json_schema())


@pytest.mark.parametrize("text", [SECTION_14, API, SITE])
def test_what_loads_fits_the_schema(text: str) -> None:
    jsonschema.validate(yaml.load(text, Words), json_schema())


def test_the_schema_refuses_an_unknown_key() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.load(API + "nope: 1\n", Words), json_schema())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_collector_is_found(path: Path) -> None:
    spec, wrong = read_spec(path.read_text("utf-8"), path.name)
    assert spec is not None, "\n".join(map(str, wrong))
    assert discover()[spec.name].hosts == spec.hosts


def test_a_broken_shipped_collector_raises_with_all_its_mistakes(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(API.replace("data.nick", "'data['"), "utf-8")
    (tmp_path / "b.yaml").write_text(API.replace("parse: json", "parse: xml"), "utf-8")
    with pytest.raises(ValueError, match=r"(?s)a.yaml: account.name.*b.yaml: parse") as caught:
        list(shipped(tmp_path))
    assert len(str(caught.value).splitlines()) == 2
