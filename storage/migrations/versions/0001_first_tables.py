"""First tables."""

import sqlalchemy as sa
from alembic import op


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "buyer",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("level", sa.String(length=128), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer")),
    )
    op.create_table(
        "category",
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("parent", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_category")),
    )
    op.create_table(
        "counter",
        sa.Column("rule_set", sa.String(length=128), nullable=False),
        sa.Column("rule", sa.String(length=128), nullable=False),
        sa.Column("counter", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rule_set", "rule", "counter", "subject", "period", name=op.f("pk_counter")),
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "leader",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("level", sa.String(length=128), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=True),
        sa.Column("pickup_point", sa.String(length=120), nullable=False),
        sa.Column("pickup_point_en", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leader")),
    )
    op.create_table(
        "merchant",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant")),
    )
    op.create_table(
        "order_record",
        sa.Column("order_id", sa.String(length=128), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("buyer_id", sa.String(length=128), nullable=True),
        sa.Column("promoter_id", sa.String(length=128), nullable=True),
        sa.Column("list_fen", sa.BigInteger(), nullable=False),
        sa.Column("goods_fen", sa.BigInteger(), nullable=False),
        sa.Column("shipping_fen", sa.BigInteger(), nullable=False),
        sa.Column("evaluation", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_record")),
    )
    op.create_index("ix_order_record_buyer_id_placed_at", "order_record", ["buyer_id", "placed_at"], unique=False)
    op.create_index("ix_order_record_promoter_id_placed_at", "order_record", ["promoter_id", "placed_at"], unique=False)

    op.create_table(
        "product",
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(length=128), nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("title_en", sa.String(length=500), nullable=False),
        sa.Column("category", sa.String(length=300), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("merchant", sa.String(length=128), nullable=False),
        sa.Column("unit_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("floor_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost_fen", sa.BigInteger(), nullable=True),
        sa.Column("vat_num", sa.BigInteger(), nullable=True),
        sa.Column("vat_den", sa.BigInteger(), nullable=True),
        sa.Column("stock", sa.BigInteger(), nullable=True),
        sa.Column("days_to_expiry", sa.Integer(), nullable=True),
        sa.Column("commission", sa.JSON(), nullable=False),
        sa.CheckConstraint("unit_price_fen >= 0 AND floor_price_fen >= 0", name=op.f("ck_product_prices")),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_product")),
    )
    op.create_index("ix_product_merchant", "product", ["merchant"], unique=False)
    op.create_index("ix_product_position", "product", ["position"], unique=False)

    op.create_table(
        "promoter",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("level", sa.String(length=128), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("merchant", sa.String(length=128), nullable=True),
        sa.Column("region", sa.String(length=12), nullable=True),
        sa.Column("referrer", sa.String(length=128), nullable=True),
        sa.ForeignKeyConstraint(["referrer"], ["promoter.id"], name=op.f("fk_promoter_referrer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promoter")),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("parent", sa.String(length=12), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    op.create_table(
        "rule_set_version",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_from", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_set_version")),
        sa.UniqueConstraint("kind", "name", "version", name=op.f("uq_rule_set_version_kind_name_version")),
    )
    op.create_index("ix_rule_set_version_content_hash", "rule_set_version", ["content_hash"], unique=False)

    op.create_table(
        "store",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("opens", sa.String(length=5), nullable=False),
        sa.Column("closes", sa.String(length=5), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store")),
    )
    op.create_table(
        "posting",
        sa.Column("entry_id", sa.String(length=160), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("destination", sa.String(length=200), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("rule_set", sa.String(length=128), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("rule", sa.String(length=128), nullable=True),
        sa.Column("role", sa.String(length=128), nullable=False),
        sa.Column("payee", sa.String(length=128), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_posting_amount")),
        sa.ForeignKeyConstraint(["order_id"], ["order_record.order_id"], name=op.f("fk_posting_order_id")),
        sa.PrimaryKeyConstraint("entry_id", "seq", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_order_id", "posting", ["order_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_posting_order_id", "posting")

    op.drop_table("posting")
    op.drop_table("store")
    op.drop_index("ix_rule_set_version_content_hash", "rule_set_version")

    op.drop_table("rule_set_version")
    op.drop_table("region")
    op.drop_table("promoter")
    op.drop_index("ix_product_position", "product")
    op.drop_index("ix_product_merchant", "product")

    op.drop_table("product")
    op.drop_index("ix_order_record_promoter_id_placed_at", "order_record")
    op.drop_index("ix_order_record_buyer_id_placed_at", "order_record")

    op.drop_table("order_record")
    op.drop_table("merchant")
    op.drop_table("leader")
    op.drop_table("idempotency")
    op.drop_table("counter")
    op.drop_table("category")
    op.drop_table("buyer")
