"""The journal: events as they came in, entries chained by hash, postings by entry.

Orders that were recorded before become the first sales of the journal, in the order in which they were recorded; their
postings follow from them.
"""

from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa
from alembic import op

from engine.journal.canonical import content_hash
from engine.journal.entry import Entry
from engine.journal.news_reader import encode_news
from engine.journal.order_news import SaleEvent
from engine.journal.posting import Books, post
from engine.order import Evaluation

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.drop_table("posting")
    op.create_table(
        "event",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("order_id", sa.String(length=128), nullable=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event")),
        sa.UniqueConstraint("key", name=op.f("uq_event_key")),
    )
    op.create_index("ix_event_order_id_number", "event", ["order_id", "number"], unique=False)
    op.create_table(
        "entry",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("booked_at", _INSTANT, nullable=False),
        sa.Column("order_id", sa.String(length=128), nullable=False),
        sa.Column("event_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_entry_key")),
    )
    op.create_index("ix_entry_booked_at", "entry", ["booked_at"], unique=False)
    op.create_index("ix_entry_kind_booked_at", "entry", ["kind", "booked_at"], unique=False)
    op.create_index("ix_entry_order_id", "entry", ["order_id"], unique=False)
    op.create_table(
        "rule_ref",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_rule_ref")),
    )
    op.create_table(
        "posting",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("destination", sa.String(length=200), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("rule_ref", sa.String(length=64), nullable=True),
        sa.Column("role", sa.String(length=128), nullable=False),
        sa.Column("payee", sa.String(length=128), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_posting_amount")),
        sa.ForeignKeyConstraint(["number"], ["entry.number"], name=op.f("fk_posting_number")),
        sa.ForeignKeyConstraint(["rule_ref"], ["rule_ref.hash"], name=op.f("fk_posting_rule_ref")),
        sa.PrimaryKeyConstraint("number", "seq", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_destination", "posting", ["destination"], unique=False)
    op.create_index("ix_posting_source", "posting", ["source"], unique=False)
    _post_recorded_orders()
    with op.batch_alter_table("order_record") as batch:
        batch.add_column(sa.Column("release_at", _INSTANT, nullable=True))
        batch.drop_column("evaluation")
    op.create_index("ix_order_record_release_at", "order_record", ["release_at"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("the journal is append-only: there is no way back that would not lose events")


def _post_recorded_orders() -> None:
    connection = op.get_bind()
    orders = sa.table("order_record", *map(sa.column, ("recorded_at", "order_id", "evaluation")))
    found = connection.execute(sa.select(orders).order_by(orders.c.recorded_at, orders.c.order_id)).all()
    books, rules = Books(), set[str]()
    for number, row in enumerate(found, start=1):
        recorded_at = row.recorded_at if isinstance(row.recorded_at, datetime) else _instant(row.recorded_at)
        event = SaleEvent(evaluation=msgspec.json.decode(row.evaluation, type=Evaluation))
        posted = post(msgspec.structs.replace(books, order=None), event)
        books = posted.books
        _insert(
            "event",
            [
                {
                    "number": number,
                    "key": f"sale:{row.order_id}",
                    "order_id": row.order_id,
                    "at": event.at.astimezone(UTC),
                    "recorded_at": recorded_at.replace(tzinfo=recorded_at.tzinfo or UTC),
                    "content_hash": content_hash(event),
                    "body": encode_news(event),
                }
            ],
        )
        for entry in posted.entries:
            _insert_entry(entry, rules)


def _insert_entry(entry: Entry, rules: set[str]) -> None:
    fields = {name: getattr(entry, name) for name in entry.__struct_fields__ if name != "postings"}
    instants = {name: fields[name].astimezone(UTC) for name in ("at", "booked_at")}
    _insert("entry", [{**fields, **instants}])
    for rule in (posting.rule for posting in entry.postings):
        if rule is not None and (key := content_hash(rule)) not in rules:
            _insert("rule_ref", [{"hash": key, "body": msgspec.to_builtins(rule)}])
            rules.add(key)
    _insert(
        "posting",
        [
            {
                **{name: getattr(one, name) for name in one.__struct_fields__ if name != "rule"},
                "number": entry.number,
                "seq": seq,
                "rule_ref": None if one.rule is None else content_hash(one.rule),
            }
            for seq, one in enumerate(entry.postings)
        ],
    )


def _insert(table: str, rows: list[dict[str, object]]) -> None:
    types = {"body": sa.JSON() if table == "rule_ref" else None, "at": _INSTANT, "recorded_at": _INSTANT}
    types["booked_at"] = _INSTANT
    for row in rows:
        op.get_bind().execute(sa.insert(sa.table(table, *(sa.column(name, types.get(name)) for name in row))), row)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
