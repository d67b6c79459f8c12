"""Corrections by hand: proposed by one person, approved by another."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "adjustment",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("destination", sa.String(length=200), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_by", sa.String(length=128), nullable=False),
        sa.Column("proposed_at", _INSTANT, nullable=False),
        sa.Column("approved_by", sa.String(length=128), nullable=True),
        sa.Column("approved_at", _INSTANT, nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_adjustment_amount")),
        sa.CheckConstraint("approved_by <> proposed_by", name=op.f("ck_adjustment_two_persons")),
        sa.CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name=op.f("ck_adjustment_approval")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment")),
    )
    op.create_index("ix_adjustment_proposed_at", "adjustment", ["proposed_at"], unique=False)


def downgrade() -> None:
    op.drop_table("adjustment")
