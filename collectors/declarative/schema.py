"""The YAML of a declarative collector as tables: shapes and sizes, no meaning yet.

A FIELD is a text or a section; what its text means depends on `parse` and is compile.py's affair.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag
from typing_extensions import TypeAliasType

Scalar = str | int | float | bool
Text = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Regex = Annotated[str, Field(max_length=300, min_length=1)]


def _shape(value: Any) -> str:
    return "<section>" if isinstance(value, dict | BaseModel) else "<text>"


def _parse_shape(value: Any) -> str:
    return "<json_in_html>" if isinstance(value, dict | BaseModel) else "<word>"


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class FieldTable(Table):
    """Where a value stands, and how it is read. One of css, path, header, text, before, var,
    const, any; then decode, regex, map, number, prefix and suffix in this order; a test last."""

    css: Text | None = None
    path: Text | None = None
    header: Text | None = None
    text: Regex | None = None
    before: Text | None = None
    var: Name | None = None
    const: Scalar | None = None
    any: list[FieldValue] | None = Field(None, min_length=1, max_length=8)
    decode: Literal["json", "url", "base64"] | None = None
    regex: Regex | None = None
    map: dict[Scalar, Scalar] | None = Field(None, max_length=100)
    number: bool = False
    prefix: Text = ""
    suffix: Text = ""
    equals: Scalar | list[Scalar] | None = None
    in_: list[Scalar] | None = Field(None, alias="in", max_length=100)
    matches: Regex | None = None


FieldValue = TypeAliasType(
    "FieldValue",
    Annotated[
        Annotated[Text, Tag("<text>")] | Annotated[FieldTable, Tag("<section>")],
        Discriminator(_shape),
    ],
)


class TimeTable(FieldTable):
    """A field that is a time: formats tried in order; a time without zone is in `zone`."""

    format: list[Text] = Field(["iso", "cn", "cn_relative"], min_length=1, max_length=10)
    zone: Text = "Asia/Shanghai"
    precision: Literal["day", "minute", "second"] | None = None


TimeValue = TypeAliasType(
    "TimeValue",
    Annotated[
        Annotated[Text, Tag("<text>")] | Annotated[TimeTable, Tag("<section>")],
        Discriminator(_shape),
    ],
)


class TestTable(FieldTable):
    """A field and what must be so about it."""

    present: bool | None = None
    missing: bool | None = None
    empty: bool | None = None


class InHtmlTable(Table):
    script: Text | None = None
    marker: Text | None = None
    decode: Literal["url", "base64"] | None = None
    optional: bool = False  # of two designs of a page only one has it: the other is read by css


class ParseTable(Table):
    json_in_html: InHtmlTable


ParseWord = Literal["html", "json", "header", "text"]
ParseValue = TypeAliasType(
    "ParseValue",
    Annotated[
        Annotated[ParseWord, Tag("<word>")] | Annotated[ParseTable, Tag("<json_in_html>")],
        Discriminator(_parse_shape),
    ],
)


class StateTable(Table):
    """A state of the page and all the conditions under which it is in it."""

    state: Literal[
        "challenge",
        "blocked",
        "login",
        "private",
        "error",
        "unreadable",
        "gone",
        "banned",
        "empty",
        "ok",
    ]
    status: list[Annotated[int, Field(ge=100, le=599)]] | None = Field(None, min_length=1)
    url: Regex | None = None
    body: Regex | None = None
    header: dict[Text, Regex] | None = Field(None, min_length=1, max_length=10)
    when: TestTable | None = None
    missing: Text | None = None
    present: Text | None = None
    len0: Text | None = None
    smaller: int | None = Field(None, ge=1, le=1_000_000)
    why: Text = ""


class AskTable(Table):
    """What is asked."""

    url: Annotated[str, Field(max_length=1000)]
    method: Literal["GET", "POST"] | None = None
    headers: dict[str, Text] = Field(default_factory=dict, max_length=20)
    form: dict[str, Text] | None = Field(None, max_length=40)
    json_: Any = Field(None, alias="json")
    redirects: bool = True
    charset: Text | None = None


class BeforeTable(AskTable):
    parse: ParseValue = "json"
    optional: bool = False  # what it says may be missing, unless the request needs it
    states: list[StateTable] = Field(default_factory=list, max_length=40)
    take: dict[Name, FieldValue] = Field(default_factory=dict, max_length=10)


class RequestTable(AskTable):
    conditional: bool = False
    before: BeforeTable | None = None


class VariableTable(Table):
    from_: Name = Field("id", alias="from")
    pattern: Regex | None = None


class AccountTable(Table):
    handle: FieldValue | None = None
    name: FieldValue | None = None
    bio: FieldValue | None = None
    avatar: FieldValue | None = None
    verified: FieldValue | None = None
    verified_type: FieldValue | None = None
    verified_as: FieldValue | None = None
    verification: FieldValue | None = None
    followers: FieldValue | None = None
    post_count: FieldValue | None = None
    traits: dict[Name, FieldValue] = Field(default_factory=dict, max_length=20)


# `list` is a key of posts, so its type needs other names there.
Required = list[Literal["id", "title", "url", "time"]]
Tests = list[TestTable]


class PostsTable(Table):
    list: Text
    id: FieldValue
    time: TimeValue
    title: FieldValue | None = None
    url: FieldValue | None = None
    pinned: FieldValue | None = None
    repost: FieldValue | None = None
    edited: TimeValue | None = None
    require: Required = []
    drop_if: Tests = []
    own: TestTable | None = None
    more: FieldValue | None = None


class IdentityTable(Table):
    id: FieldValue | None = None
    name: Text | None = None


class PaceTable(Table):
    gap: float = Field(6.0, ge=1, le=3600)
    concurrency: int = Field(1, ge=1, le=8)


class CollectorTable(Table):
    """A whole collector."""

    collector: Name | None = None
    platform: Name | None = None
    title: Text = ""
    forms: list[Name] = Field(default_factory=list, max_length=20)
    sure: Literal["captured", "reported", "unconfirmed"] = "unconfirmed"
    coverage: Literal["complete", "partial"] = "partial"
    needs: list[Literal["credential", "person"]] = Field(default_factory=list)
    hosts: list[Text] = Field(default_factory=list, max_length=20)
    paths: list[Annotated[str, Field(pattern=r"^/", max_length=200)]] = Field(
        default_factory=list, max_length=20
    )  # where a pasted link is asked as it stands: how its paths begin
    variables: dict[Name, VariableTable] = Field(default_factory=dict, max_length=20)
    links: list[Regex] = Field(default_factory=list, max_length=20)
    request: RequestTable
    parse: ParseValue
    states: list[StateTable] = Field(default_factory=list, max_length=60)
    account: AccountTable = AccountTable()
    posts: PostsTable | None = None
    identity: IdentityTable = IdentityTable()
    pace: PaceTable = PaceTable()
    mandatory: list[Name] | None = Field(None, max_length=20)
