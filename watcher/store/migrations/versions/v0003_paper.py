"""Filings, what was accepted, the work on cases, and the proof that is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _serial() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for table, column in (
        # filings and the accepted profile of the account, beside what is read at every reading
        ("watch", sa.Column("paper", sa.Text(), nullable=True)),
        # what it shows, field by field, since when and how often
        ("watch", sa.Column("face", sa.Text(), nullable=True)),
        # which sources said that the account is gone, and how often, since it was last seen
        ("watch", sa.Column("absent_by", sa.Text(), nullable=True)),
        ("watch", sa.Column("absent_last", sa.BigInteger(), nullable=True)),
        ("watch", sa.Column("banned", sa.Text(), nullable=True)),
        ("watch", sa.Column("absent_pages", sa.Text(), nullable=True)),
        # how long a deregistered account had been gone when it was seen again
        ("watch", sa.Column("absent_before", sa.Text(), nullable=True)),
        # so many looks showed this face, the last of them then
        ("profile_version", sa.Column("looks", sa.Integer(), server_default="1", nullable=False)),
        ("profile_version", sa.Column("confirmed_at", sa.BigInteger(), nullable=True)),
        ("profile_version", sa.Column("avatar_sha256", sa.Text(), nullable=True)),
        ("profile_version", sa.Column("avatar_print", sa.Text(), nullable=True)),
        # a post that is missing: what its own page said, and what replaced it
        ("post", sa.Column("gone_looks", sa.SmallInteger(), server_default="0", nullable=False)),
        ("post", sa.Column("gone_look_at", sa.BigInteger(), nullable=True)),
        ("post", sa.Column("removed_at", sa.BigInteger(), nullable=True)),
        ("post", sa.Column("follows", sa.Text(), nullable=True)),
        ("cases", sa.Column("due_on", sa.Integer(), nullable=True)),
        ("cases", sa.Column("due_from", sa.Integer(), nullable=True)),
        ("cases", sa.Column("feedback_at", sa.BigInteger(), nullable=True)),
        ("cases", sa.Column("dismissed", sa.Boolean(), server_default=sa.false(), nullable=False)),
    ):
        op.add_column(table, column)
    _filings()
    _work()
    _proof()


def _filings() -> None:
    op.create_table(
        "filing",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit_key", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), server_default="", nullable=False),
        sa.Column("platform", sa.Text(), server_default="", nullable=False),
        sa.Column("account_name", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("approval", sa.Text(), server_default="", nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Integer(), nullable=True),
        sa.Column("applied_on", sa.Integer(), nullable=True),
        sa.Column("reviewed_on", sa.Integer(), nullable=True),
        sa.Column("approved_on", sa.Integer(), nullable=True),
        sa.Column("notice_from", sa.Integer(), nullable=True),
        sa.Column("carried_out_on", sa.Integer(), nullable=True),
        sa.Column("form_on", sa.Integer(), nullable=True),
        sa.Column("national_on", sa.Integer(), nullable=True),
        sa.Column("ended_on", sa.Integer(), nullable=True),
        sa.Column("rejected", sa.Boolean(), nullable=False),
        sa.Column("notice_url", sa.Text(), server_default="", nullable=False),
        sa.Column("parent", sa.Text(), server_default="", nullable=False),
        sa.Column("keeps", sa.Text(), server_default="", nullable=False),
        sa.Column("override", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["unit_key"], ["unit.key"], name="fk_filing_unit_key_unit"),
        sa.PrimaryKeyConstraint("key", name="pk_filing"),
    )
    op.create_index("ix_filing_account", "filing", ["account"], unique=False)
    op.create_index("ix_filing_unit_key", "filing", ["unit_key"], unique=False)
    op.create_table(
        "acceptance",
        sa.Column("id", _serial(), nullable=False),
        sa.Column("account_id", _serial(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("filing", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name="fk_acceptance_account_id_account",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_acceptance"),
    )
    op.create_index("ix_acceptance_account_id", "acceptance", ["account_id"], unique=False)
    op.create_table(
        "lead",
        sa.Column("id", _serial(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("unit_key", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("followers", sa.BigInteger(), nullable=True),
        sa.Column("last_post_at", sa.BigInteger(), nullable=True),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lead"),
        sa.UniqueConstraint("platform", "handle", name="uq_lead_platform_handle"),
    )


def _work() -> None:
    op.create_table(
        "case_event",
        sa.Column("id", _serial(), nullable=False),
        sa.Column("case_id", _serial(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("data", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_event_case_id_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_case_event"),
    )
    op.create_index("ix_case_event_case_id", "case_event", ["case_id"], unique=False)
    op.create_table(
        "unit_paper",
        sa.Column("id", _serial(), nullable=False),
        sa.Column("unit_key", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("valid_from", sa.Integer(), nullable=True),
        sa.Column("valid_until", sa.Integer(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["unit_key"], ["unit.key"], name="fk_unit_paper_unit_key_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_paper"),
    )
    op.create_index("ix_unit_paper_unit_key", "unit_paper", ["unit_key"], unique=False)
    op.create_table(
        "inspection",
        sa.Column("id", _serial(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inspection"),
    )


def _proof() -> None:
    op.create_table(
        "evidence_link",
        sa.Column("number", _serial(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("case_id", _serial(), nullable=True),
        sa.Column("account", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.BigInteger(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("stamp", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), server_default="kept", nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_evidence_link_case_id_cases"),
        sa.PrimaryKeyConstraint("number", name="pk_evidence_link"),
    )
    op.create_index("ix_evidence_link_case_id", "evidence_link", ["case_id"], unique=False)
    op.create_table(
        "evidence_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("number", _serial(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "number", name="pk_evidence_file"),
    )
