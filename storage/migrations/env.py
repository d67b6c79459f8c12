"""Alembic's entry: runs on the connection that `storage.migrate` hands over, inside its transaction."""

from typing import Any, Literal

from alembic import context

from storage import journal_tables, people_tables  # noqa: F401  # their tables belong to the metadata
from storage.tables import Instant, Stored


def render_item(_kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write our own types as plain SQLAlchemy ones: a migration must not change when the code does."""
    return "sa.DateTime(timezone=True)" if isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Stored.metadata,
    compare_server_default=True,
    render_as_batch=True,
    render_item=render_item,
)
context.run_migrations()
