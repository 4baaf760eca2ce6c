"""The tables. Moments are kept as milliseconds since 1970 in UTC: short, fast, the same everywhere.

Days are Beijing days, kept as days since 1970. Rows of accounts are joined by a small number,
never by the text key, since posts and daily counts are many.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from watcher.store.columns import Day, Json, Moment

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# Small numbers in SQLite, where only INTEGER counts by itself.
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def row_id() -> sa.Column[int]:
    """A small number of its own for each row."""
    return sa.Column("id", SERIAL, primary_key=True)


def text(name: str) -> sa.Column[str]:
    """Text that may be empty, never missing."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def account_id(**more: Any) -> sa.Column[int]:
    """The account a row belongs to, and goes with."""
    return sa.Column("account_id", SERIAL, sa.ForeignKey("account.id", ondelete="CASCADE"), **more)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


unit = sa.Table(
    "unit",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    text("daily_supervisor"),
    text("approval_authority"),
    text("first_reviewer"),
)
account = sa.Table(
    "account",
    metadata,
    row_id(),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("unit_key", sa.Text, sa.ForeignKey("unit.key"), nullable=False, index=True),
    sa.Column("sources", Json, nullable=False),
    text("url"),
    text("platform_id"),
    sa.Column("filed_state", sa.Text, nullable=False),
    sa.Column("opened_on", Day),
    sa.Column("approved_on", Day),
    sa.Column("filed_on", Day),
    text("filed_subject"),
    sa.Column("verified", sa.Boolean(create_constraint=False)),
    sa.Column("followers", sa.BigInteger),
    sa.Column("lead", Json, nullable=False),
    sa.Column("contact", Json, nullable=False),
    text("section"),
    text("email"),
    text("reason"),
    sa.Column("exemptions", Json, nullable=False),
    text("note"),
    text("approval"),  # 审批文号
    sa.Column("enabled", sa.Boolean(create_constraint=False), nullable=False),
)
# The hot row: one per account, what is due and what we know.
watch = sa.Table(
    "watch",
    metadata,
    account_id(primary_key=True, autoincrement=False),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("enabled", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("next_check_at", Moment, nullable=False),
    sa.Column("judge_at", Moment),
    sa.Column("lease_until", Moment),
    sa.Column("lease_owner", sa.Text),
    sa.Column("covered_from", Moment),
    sa.Column("covered_to", Moment),
    sa.Column("covered_by", sa.Text),  # the source of the last complete reading
    sa.Column("watched_since", Moment, nullable=False),
    sa.Column("last_reading_at", Moment),
    sa.Column("last_success_at", Moment),
    sa.Column("trouble", sa.Text),
    text("trouble_detail"),
    sa.Column("trouble_since", Moment),
    _count("failures"),
    text("source"),
    sa.Column("pages", Json),
    sa.Column("last_post", Json),
    sa.Column("last_post_at", Moment),
    sa.Column("sighting_hash", sa.LargeBinary),
    sa.Column("listed_on", Day),  # the day on which last_seen of the posts was last written
    sa.Column("followers", sa.BigInteger),
    sa.Column("post_count", sa.BigInteger),
    sa.Column("validators", Json),
    sa.Column("looks", Json),  # the last reading, source by source
    sa.Column("absent_since", Moment),
    _count("absent_looks"),
    sa.Column("attested_until", Moment),
    sa.Column("listed", sa.Integer),
    sa.Column("listed_usual", sa.Integer),
    sa.Column("paper", Json),  # filings and the accepted profile (watcher/filings.py)
    sa.Column("face", Json),  # what it shows, field by field (watcher/faces.py)
    sa.Column("absent_by", Json),  # source -> how often it said "gone" since absent_since
    sa.Column("absent_last", Moment),
    sa.Column("banned", Json),  # an Absence
    sa.Column("absent_pages", Json),  # what the last look of either showed
    sa.Column("absent_before", Json),  # another
)
sa.Index(
    "ix_watch_due",
    watch.c.lane,
    watch.c.next_check_at,
    sqlite_where=sa.text("enabled = 1"),
    postgresql_where=sa.text("enabled"),
)
sa.Index(
    "ix_watch_judge",
    watch.c.judge_at,
    sqlite_where=watch.c.judge_at.isnot(None),
    postgresql_where=watch.c.judge_at.isnot(None),
)
profile_version = sa.Table(
    "profile_version",
    metadata,
    account_id(primary_key=True, autoincrement=False),
    sa.Column("seen_from", Moment, primary_key=True),
    sa.Column("seen_to", Moment),  # NULL: the current face
    sa.Column("handle", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("bio", sa.Text),
    sa.Column("avatar", sa.Text),
    sa.Column("verified", sa.Boolean(create_constraint=False)),
    sa.Column("verified_type", sa.Text),
    sa.Column("verified_as", sa.Text),
    sa.Column("traits", Json),
    sa.Column("looks", sa.Integer, nullable=False, server_default="1"),
    sa.Column("confirmed_at", Moment),
    sa.Column("avatar_sha256", sa.Text),
    sa.Column("avatar_print", Json),
    sqlite_with_rowid=False,
)
sa.Index(
    "uq_profile_version_current",
    profile_version.c.account_id,
    unique=True,
    sqlite_where=profile_version.c.seen_to.is_(None),
    postgresql_where=profile_version.c.seen_to.is_(None),
)
# Title and address are kept whole, so a hash of the content would say nothing more.
post = sa.Table(
    "post",
    metadata,
    account_id(primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("title", sa.Text),
    sa.Column("url", sa.Text),
    sa.Column("flags", sa.SmallInteger, nullable=False),  # see posts.py
    sa.Column("backdatable", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("edited_at", Moment),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("last_seen", Moment, nullable=False),
    sa.Column("missing_since", Moment),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("gone_looks", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("gone_look_at", Moment),  # the last look at the page of a missing post
    sa.Column("removed_at", Moment),
    sa.Column("follows", sa.Text),  # id of the post that was taken down before
    sqlite_with_rowid=False,
)
# With what reports ask of a post, so that they need not look at its row.
sa.Index("ix_post_at", post.c.account_id, post.c.at, post.c.first_seen, post.c.flags)
DAILY_COUNTS = ("complete", "partial", "unreachable", "blocked", "unreadable", "gone", "banned")
daily = sa.Table(
    "daily",
    metadata,
    account_id(primary_key=True, autoincrement=False),
    sa.Column("day", Day, primary_key=True),
    *(_count(name) for name in DAILY_COUNTS),
    sa.Column("followers", sa.BigInteger),
    sqlite_with_rowid=False,
)
reading = sa.Table(
    "reading",
    metadata,
    account_id(primary_key=True, autoincrement=False),
    sa.Column("at", Moment, primary_key=True),
    sa.Column("outcome", sa.SmallInteger, nullable=False),  # index into DAILY_COUNTS
    sa.Column("source", sa.Text),
    sa.Column("detail", sa.Text),
    sqlite_with_rowid=False,
)
cases = sa.Table(
    "cases",
    metadata,
    row_id(),
    sa.Column("account", sa.Text, nullable=False),  # key, or "" for the watch itself
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("article", sa.Text, nullable=False),
    sa.Column("as_of", Moment, nullable=False),
    sa.Column("facts", Json, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("told_at", Moment),
    sa.Column("told_level", sa.Text),
    text("acknowledged_by"),
    sa.Column("closed_at", Moment),
    text("closing"),
    sa.Column("due_on", Day),
    sa.Column("due_from", Day),  # while due_on is provisional
    sa.Column("feedback_at", Moment),
    sa.Column(
        "dismissed",
        sa.Boolean(create_constraint=False),
        nullable=False,
        server_default=sa.false(),
    ),
    text("stepped"),  # steps up that were said, parted by blanks
)
sa.Index(
    "uq_cases_open",
    cases.c.account,
    cases.c.rule,
    cases.c.subject,
    unique=True,
    sqlite_where=cases.c.state == "open",
    postgresql_where=cases.c.state == "open",
)
sa.Index("ix_cases_account", cases.c.account, cases.c.opened_at)
outbox = sa.Table(
    "outbox",
    metadata,
    row_id(),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("short", sa.Text, nullable=False),
    sa.Column("not_before", Moment, nullable=False),
    text("merge"),
    sa.Column("case_id", SERIAL, sa.ForeignKey("cases.id")),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due_at", Moment, nullable=False),  # when it may be taken: not before, retry, lease
    _count("attempts"),
    sa.Column("possibly_sent", sa.Boolean(create_constraint=False), nullable=False),
    text("last_error"),
    text("provider_id"),
    sa.Column("done_at", Moment),
)
sa.Index(
    "ix_outbox_due",
    outbox.c.due_at,
    sqlite_where=outbox.c.state.in_(("pending", "sending")),
    postgresql_where=outbox.c.state.in_(("pending", "sending")),
)
audit_log = sa.Table(
    "audit",
    metadata,
    row_id(),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False, index=True),
    sa.Column("before", Json),
    sa.Column("after", Json),
)
mark = sa.Table(
    "mark",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
