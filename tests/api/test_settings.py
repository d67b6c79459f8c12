"""Settings: read once, wrong ones refused by name."""

import pytest

from api.settings import DEFAULT_DATABASE, Settings


def test_nothing_set_means_sqlite_and_shut_doors() -> None:
    settings = Settings.from_environment({})
    assert settings.database_url == DEFAULT_DATABASE
    assert (settings.operator_token, settings.merchant_token, settings.demo) == (None, None, False)


def test_an_empty_token_is_no_token() -> None:
    settings = Settings.from_environment({"FENRUN_OPERATOR_TOKEN": "", "FENRUN_MERCHANT_TOKEN": ""})
    assert (settings.operator_token, settings.merchant_token) == (None, None)


def test_everything_can_be_set() -> None:
    settings = Settings.from_environment(
        {
            "FENRUN_DATABASE_URL": "postgresql+psycopg://h/d",
            "FENRUN_SQLITE_SYNCHRONOUS": "full",
            "FENRUN_OPERATOR_TOKEN": "o",
            "FENRUN_MERCHANT_TOKEN": "m",
        }
    )
    assert settings.database_url == "postgresql+psycopg://h/d"
    assert (settings.sqlite_synchronous, settings.operator_token, settings.merchant_token) == ("full", "o", "m")


def test_a_value_that_cannot_be_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="FENRUN_SQLITE_SYNCHRONOUS is normal or full, not 'off'"):
        Settings.from_environment({"FENRUN_SQLITE_SYNCHRONOUS": "off"})
