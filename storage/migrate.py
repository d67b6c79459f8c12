"""Bring a database to the current schema, from Python: nobody has to remember a command."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from storage.database import read, write

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_236_412_877
"""Any fixed number: replicas that start at once take turns at migrating a PostgreSQL database."""


def migrate(engine: Engine) -> None:
    """Apply the migrations that are missing. Safe to call at every start, from several replicas at once."""
    config = _config()
    with write(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(engine: Engine) -> bool:
    """Whether a database has the current schema. False for an empty one."""
    heads = set(ScriptDirectory.from_config(_config()).get_heads())
    with read(engine) as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == heads


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS.as_posix().replace("%", "%%"))
    return config
