"""More tables: filings, what was accepted, the work on cases, and the proof that is kept."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.store.columns import Day, Json, Moment
from watcher.store.schema import SERIAL, account_id, metadata, row_id, text

# 备案事项, as watcher/filings.py has them.
filing = sa.Table(
    "filing",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("unit_key", sa.Text, sa.ForeignKey("unit.key"), nullable=False, index=True),
    sa.Column("account", sa.Text, nullable=False, server_default="", index=True),  # key, or ""
    *(text(name) for name in ("platform", "account_name", "reason", "decision", "approval")),
    sa.Column("changes", Json, nullable=False),
    *(
        sa.Column(name, Day)
        for name in (
            "decided_on",
            "applied_on",
            "reviewed_on",
            "approved_on",
            "notice_from",
            "carried_out_on",
            "form_on",
            "national_on",
            "ended_on",
        )
    ),
    sa.Column("rejected", sa.Boolean(create_constraint=False), nullable=False),
    *(text(name) for name in ("notice_url", "parent", "keeps", "override", "note")),
)

# The accepted profile moves by a filing or a person's decision, field by field; never changed.
acceptance = sa.Table(
    "acceptance",
    metadata,
    row_id(),
    account_id(nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("before", Json),
    sa.Column("after", Json),
    text("author"),
    text("reason"),
    text("filing"),  # key of the filing it rests on
)

# What people did about a case (问题): 签收, 反馈, 复查, 销号, 不予认定, 处置措施. Append-only.
case_event = sa.Table(
    "case_event",
    metadata,
    row_id(),
    sa.Column("case_id", SERIAL, sa.ForeignKey("cases.id"), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    text("text"),
    sa.Column("data", Json),  # attachments by SHA-256, new deadline, measure …
)

# Packages of proof about cases, chained: each link hashes the one before. Never changed but for
# `state` (kept, expired) and the stamp that comes later.
evidence_link = sa.Table(
    "evidence_link",
    metadata,
    sa.Column("number", SERIAL, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("case_id", SERIAL, sa.ForeignKey("cases.id"), index=True),
    sa.Column("account", sa.Text, nullable=False, server_default=""),
    sa.Column("kind", sa.Text, nullable=False),  # case, page
    sa.Column("level", sa.Text, nullable=False),  # of the case at that moment
    sa.Column("keep_until", Moment, nullable=False),
    sa.Column("manifest", sa.Text, nullable=False),  # SHA-256 of the manifest file
    sa.Column("link", sa.Text, nullable=False),  # SHA-256 over the link before and the manifest
    sa.Column("stamp", sa.LargeBinary),  # RFC 3161 token
    sa.Column("state", sa.Text, nullable=False, server_default="kept"),
)

# Files of evidence: how large, and which links need them.
evidence_file = sa.Table(
    "evidence_file",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("number", SERIAL, primary_key=True, autoincrement=False),  # of evidence_link
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
)

# Papers of a unit or an account: 承办合同, 保密协议, 等保测评, 应用备案 …
unit_paper = sa.Table(
    "unit_paper",
    metadata,
    row_id(),
    sa.Column("unit_key", sa.Text, sa.ForeignKey("unit.key"), nullable=False, index=True),
    sa.Column("account", sa.Text, nullable=False, server_default=""),
    sa.Column("kind", sa.Text, nullable=False),
    *(text(name) for name in ("party", "number", "note", "evidence", "author")),
    sa.Column("valid_from", Day),
    sa.Column("valid_until", Day),
    sa.Column("at", Moment, nullable=False),
)

# The people of a unit (Art. 19, 24), beside those whom the form of an account names.
unit_person = sa.Table(
    "unit_person",
    metadata,
    sa.Column("unit_key", sa.Text, sa.ForeignKey("unit.key"), primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    *(text(name) for name in ("post", "phone", "email")),
)

# 专项检查 (Art. 25).
inspection = sa.Table(
    "inspection",
    metadata,
    row_id(),
    sa.Column("office", sa.Text, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("held_on", Day, nullable=False),
    *(text(name) for name in ("note", "author")),
    sa.Column("at", Moment, nullable=False),
)

# 线索: an account found that is in no register.
lead = sa.Table(
    "lead",
    metadata,
    row_id(),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("handle", sa.Text, nullable=False),
    *(text(name) for name in ("name", "subject", "url", "unit_key", "note", "author")),
    sa.Column("followers", sa.BigInteger),
    sa.Column("last_post_at", Moment),
    sa.Column("found_at", Moment, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # open, filed, foreign
    sa.UniqueConstraint("platform", "handle"),
)
