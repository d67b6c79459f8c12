"""Settings: read once, wrong ones refused by name."""

import pytest

from api.settings import DEFAULT_DATABASE, Settings
from engine.people.binding import BindingRule


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


def test_bindings_and_the_secret_of_tokens_are_off_unless_set() -> None:
    settings = Settings.from_environment({})
    assert (settings.binding, settings.token_secret) == (None, None)
    settings = Settings.from_environment({"FENRUN_BINDING_POLICY": "last_wins", "FENRUN_TOKEN_SECRET": "s" * 32})
    assert (settings.binding, settings.token_secret) == (BindingRule("last_wins", 30), "s" * 32)
    settings = Settings.from_environment({"FENRUN_BINDING_POLICY": "first_holds", "FENRUN_BINDING_DAYS": "365"})
    assert settings.binding == BindingRule("first_holds", 365)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"FENRUN_TOKEN_SECRET": "s" * 31}, "32 bytes"),
        ({"FENRUN_BINDING_POLICY": "for_life"}, "first_holds or last_wins"),
        ({"FENRUN_BINDING_DAYS": "30"}, "without FENRUN_BINDING_POLICY"),
        *(
            ({"FENRUN_BINDING_POLICY": "last_wins", "FENRUN_BINDING_DAYS": days}, "1 to 365")
            for days in ("0", "366", "x", "²")
        ),
    ],
)
def test_a_binding_or_secret_that_cannot_be_is_refused(environment: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Settings.from_environment(environment)


def test_operators_have_names_and_tokens_of_their_own() -> None:
    settings = Settings.from_environment({"FENRUN_OPERATORS": "lin:a:b, zhou:c,", "FENRUN_OPERATOR_TOKEN": "o"})
    assert settings.operators == {"lin": "a:b", "zhou": "c"}
    assert settings.operator_tokens == {"operator": "o", "lin": "a:b", "zhou": "c"}
    assert Settings.from_environment({}).operator_tokens == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lin", "NAME:TOKEN"),
        ("lin:", "NAME:TOKEN"),
        (":a", "NAME:TOKEN"),
        ("lin:a,lin:b", "names 'lin' twice"),
        ("operator:a", "FENRUN_OPERATOR_TOKEN is named"),
        ("lin:a,zhou:a", "'zhou' a token that somebody else has"),
        ("lin:o", "a token that somebody else has"),
        ("lin:m", "a token that somebody else has"),
    ],
)
def test_operators_who_could_be_taken_for_each_other_are_refused(text: str, told: str) -> None:
    environment = {"FENRUN_OPERATORS": text, "FENRUN_OPERATOR_TOKEN": "o", "FENRUN_MERCHANT_TOKEN": "m"}
    with pytest.raises(ValueError, match=told):
        Settings.from_environment(environment)
