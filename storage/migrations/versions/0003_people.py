"""People around sales: regional agents and their contracts, hosts, bindings of buyers, standings of promoters."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("promoter") as batch:
        batch.add_column(sa.Column("buyer", sa.String(length=128), nullable=True))
    op.create_index("ix_promoter_buyer", "promoter", ["buyer"], unique=False)
    op.create_index("ix_leader_pickup_point", "leader", ["pickup_point"], unique=False)
    _agents_and_contracts()
    op.create_table(
        "host",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("level", sa.String(length=128), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("merchant", sa.String(length=128), nullable=True),
        sa.Column("region", sa.String(length=12), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host")),
    )
    _touches()
    _standings()


def downgrade() -> None:
    raise NotImplementedError("bindings and standings are append-only: there is no way back that would not lose them")


def _agents_and_contracts() -> None:
    op.create_table(
        "agent",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
    )
    op.create_table(
        "contract",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("agent", sa.String(length=128), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("until", _INSTANT, nullable=False),
        sa.Column("rate_num", sa.BigInteger(), nullable=False),
        sa.Column("rate_den", sa.BigInteger(), nullable=False),
        sa.Column("parent", sa.String(length=128), nullable=True),
        sa.CheckConstraint("since < until", name=op.f("ck_contract_period")),
        sa.CheckConstraint("rate_num >= 0 AND rate_den > 0", name=op.f("ck_contract_rate")),
        sa.ForeignKeyConstraint(["agent"], ["agent.id"], name=op.f("fk_contract_agent")),
        sa.ForeignKeyConstraint(["parent"], ["contract.id"], name=op.f("fk_contract_parent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
    )
    op.create_index("ix_contract_region_since", "contract", ["region", "since"], unique=False)


def _touches() -> None:
    op.create_table(
        "touch",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("buyer", sa.String(length=128), nullable=False),
        sa.Column("promoter", sa.String(length=128), nullable=False),
        sa.Column("token", sa.String(length=128), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.CheckConstraint("window_days > 0", name=op.f("ck_touch_window")),
        sa.ForeignKeyConstraint(["promoter"], ["promoter.id"], name=op.f("fk_touch_promoter")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_touch")),
        sa.UniqueConstraint("buyer", "at", "token", name=op.f("uq_touch_buyer_at_token")),
    )
    op.create_index("ix_touch_promoter", "touch", ["promoter"], unique=False)


def _standings() -> None:
    op.create_table(
        "standing",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("promoter", sa.String(length=128), nullable=False),
        sa.Column("level_set", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=32), nullable=False),
        sa.Column("reviewed_until", _INSTANT, nullable=False),
        sa.Column("reviewed_at", _INSTANT, nullable=False),
        sa.Column("change", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=128), nullable=False),
        sa.Column("probation_left", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("delivered_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("buyers", sa.Integer(), nullable=False),
        sa.Column("repeat_buyers", sa.Integer(), nullable=False),
        sa.Column("repeat_rate_bp", sa.Integer(), nullable=True),
        sa.Column("refund_rate_bp", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["promoter"], ["promoter.id"], name=op.f("fk_standing_promoter")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_standing")),
        sa.UniqueConstraint("promoter", "reviewed_until", name=op.f("uq_standing_promoter_reviewed_until")),
    )
    op.create_index("ix_standing_promoter_reviewed_at", "standing", ["promoter", "reviewed_at"], unique=False)
