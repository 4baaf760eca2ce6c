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
        "platfrm: unknown key (did you mean 'platform'?)",
        "request.methd: unknown key (did you mean 'method'?)",
        "forms[0]: must match",
        "states[0].state: must be",
        "posts.id.pth: unknown key (did you mean 'path'?)",
        "account.nam: unknown key (did you mean 'name'?)",
        "request.charset: unknown charset 'utf9'",
        "states[0].body: look-ahead",
        "states[1]: gone rests on something missing",
        "states[2].body: a back-reference is not supported",
        "account.bio: is no CSS selector: 'div >'",
        "account.name.regex: needs one group, has 0",
        "posts.list: is no CSS selector: 'li['",
        "posts.time.format[0]: no format 'epoch' (did you mean 'epoch_s'?)",
        "posts.time.format[1]: %Q is unknown",
    ):
        assert any(part in line for line in said), f"{part!r} is not among\n" + "\n".join(said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("platform: api", "", "platform: is missing"),
        ("parse: json", "parse: [json", "not valid YAML"),
        ("https://api.site.cn", "https://{id}.cn", "request.url: has a variable in its host"),
        ("https://api.site.cn", "ftp://api.site.cn", "request.url: is no address"),
        ('{id}"}', '{id}", form: {a: b}, json: {}}', "request: has both form and json"),
        ('{id}"}', '{id}", form: {a: b}, method: GET}', "request.method: GET carries no form"),
        ('{id}"}', '{id}", conditional: true}', "request.conditional: a complete list"),
        ("name: data.nick", "name: 'data['", "account.name: no path at '['"),
        ("name: data.nick", "name: {before: nick}", "account.name.before: there is no earlier"),
        ("name: data.nick", "name: {css: h1}", "account.name.css: CSS needs a page"),
        ("name: data.nick", "name: {path: a, var: b}", "account.name: names path and var"),
        ("name: data.nick", "name: {regex: (a)}", "account.name: does not say where"),
        ("name: data.nick", "name: 5", "account.name: must be text"),
        ("name: data.nick", "verified_as: a, verification: b", "account.verification: is the same"),
        ("format: [epoch_s]", "format: [cn], zone: UTC", "cn times are Beijing time"),
        ("format: [epoch_s]", "format: [iso], zone: Mars/One", "no zone 'Mars/One'"),
        ("  more:", "  require: [url]\n  more:", "posts.require: url is not read"),
        ("  more:", "  own: {path: by}\n  more:", "posts.own: tests nothing"),
        (
            "  more:",
            "  own: {any: [by, {var: id}], equals: '{id}'}\n  more:",
            "posts.own: may compare a variable with itself",
        ),
        ("{id: data.uid}", "{id: {var: id}}", "identity.id: may compare a variable with itself"),
        ("{id: data.uid}", "{}", "coverage: complete needs a page that says whose it is"),
        ("identity:", "mandatory: [nick]\nidentity:", "mandatory[0]: 'nick' is not read"),
        ("identity:", "hosts: [a/b]\nidentity:", "hosts[0]: is no host"),
        ("identity:", "pace: {gap: 0}\nidentity:", "pace.gap: must be at least 1"),
        ("identity:", "platform: b\nidentity:", "platform: is given twice, in lines 2 and"),
        ("identity:", "states: [{state: error}]\nidentity:", "states[0]: error has no condition"),
        (
            "identity:",
            "states: [{state: banned, status: [403]}]\nidentity:",
            "states[0]: banned rests on something missing",
        ),
        ("parse: json", "parse: {json_in_html: {}}", "parse.json_in_html: needs either script"),
        ("parse: json", "parse: xml", "parse: must be"),
        (
            "identity:",
            "variables: {a: {from: b}, b: {from: id}}\nidentity:",
            "variables.a.from: 'b' comes later",
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
        "x.yaml: coverage: complete needs posts (add posts:, or coverage: partial)"
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
    assert mistakes_of(bomb) == ["x.yaml: grows enormous by its aliases (write them out)"]
    assert mistakes_of("a: &a [*a]")[0].startswith("x.yaml: grows enormous")


def test_a_file_that_is_too_long_is_not_read() -> None:
    assert "is longer than" in mistakes_of("a" * 70_000)[0]


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
