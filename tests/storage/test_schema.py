"""The migrations and the models say the same, on every database."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import BigInteger, Engine, inspect

from storage.database import read
from storage.migrate import migrate
from storage.tables import Stored


def test_migrations_build_exactly_the_models(engine: Engine) -> None:
    with read(engine) as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": Stored.metadata}
        )
        assert compare_metadata(context, Stored.metadata) == []


def test_a_column_that_no_migration_made_is_noticed(engine: Engine) -> None:
    with read(engine) as connection:
        connection.exec_driver_sql("DROP TABLE posting")
        differences = compare_metadata(MigrationContext.configure(connection), Stored.metadata)
        assert [difference[0] for difference in differences if isinstance(difference, tuple)][:1] == ["add_table"]


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    before = set(inspect(engine).get_table_names())
    migrate(engine)
    assert set(inspect(engine).get_table_names()) == before


def test_fen_are_wide_integers() -> None:
    columns = [column for table in Stored.metadata.tables.values() for column in table.c]
    fen = [column for column in columns if column.name.endswith("_fen") or column.name == "used"]
    assert len(fen) > 5
    assert all(isinstance(column.type, BigInteger) for column in fen)
