"""The choice among competing benefits (clause P10), asked directly: a table says what each on/off choice would give.

Besides the components in which it is made, and what losers are told.
"""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from engine.order import BenefitLine
from engine.price.basket import Outcome, Reason
from engine.price.stacking import EXHAUSTIVE, choose, components, losing_reason

Gives = tuple[int, int] | None
"""(saving in fen, extras), or None where a choice is pointless."""


def chosen(table: dict[str, Gives], count: int) -> tuple[str, dict[str, int]]:
    """Which of the benefits `a`, `b`, ... stand, and the largest saving tried with each; 0 for what is not in `table`.

    The table names choices by their letters.  A choice that it does not name saves nothing.
    """
    letters = "abcdefghijklmnop"[:count]
    asked: list[str] = []

    def evaluate(on: Iterable[Any]) -> Outcome | None:
        name = "".join(letters[entry.offer.index] for entry in on)
        asked.append(name)
        gives = table.get(name, (0, 0))
        return None if gives is None else Outcome(*gives, run=[len(asked) - 1], given=())

    entries: Any = [SimpleNamespace(offer=SimpleNamespace(index=index)) for index in range(count)]
    best, saving_with = choose(entries, evaluate)
    return asked[best.run[0]], {letters[index]: saving for index, saving in saving_with.items()}


MANY = EXHAUSTIVE + 1
"""So many benefits are tried one by one."""


def test_eight_are_tried_in_every_choice_and_nine_one_by_one() -> None:
    table = {"a": (5, 0), "gh": (9, 0)}
    assert chosen(table, EXHAUSTIVE)[0] == "gh"
    assert chosen(table, MANY)[0] == "a"


@pytest.mark.parametrize("count", [2, MANY])
def test_extras_decide_between_equal_savings(count: int) -> None:
    assert chosen({"a": (5, 0), "b": (5, 1), "ab": None}, count)[0] == "b"


@pytest.mark.parametrize("count", [2, MANY])
def test_of_equal_choices_the_one_with_fewer_benefits_stands(count: int) -> None:
    assert chosen({"a": (5, 1), "ab": (5, 1)}, count)[0] == "a"
    assert chosen({}, count)[0] == ""


@pytest.mark.parametrize("count", [3, MANY])
def test_of_equal_choices_the_lower_keys_stand(count: int) -> None:
    assert chosen({"b": (5, 0), "c": (5, 0), "bc": (5, 0)}, count)[0] == "b"


def test_one_by_one_those_that_save_most_alone_come_first_and_are_kept_when_they_help() -> None:
    table = {"a": (3, 0), "b": (4, 0), "c": (2, 0), "ab": (6, 0), "bc": (9, 0), "abc": (7, 0)}
    assert chosen(table, MANY)[0] == "abc"


@pytest.mark.parametrize("alone", [None, (0, 0)])
def test_one_by_one_what_is_pointless_alone_stands_with_those_that_save_nothing_alone(alone: Gives) -> None:
    """By key among them: `a` is asked before `b`, and then nothing is left for `b`."""
    table: dict[str, Gives] = {"c": (1, 0), "a": alone, "ac": (9, 0), "bc": (9, 0), "abc": (9, 0)}
    assert chosen(table, MANY)[0] == "ac"


@pytest.mark.parametrize("count", [2, MANY])
def test_how_close_a_loser_came_is_the_most_of_any_choice_tried_with_it(count: int) -> None:
    _, saving_with = chosen({"a": (7, 0), "b": (4, 0), "ab": (5, 0)}, count)
    assert (saving_with["a"], saving_with["b"]) == (7, 5)


def test_a_loser_that_would_save_nothing_came_no_closer_than_that() -> None:
    assert chosen({"a": (7, 0)}, 2)[1]["b"] == 0


# --- components ---------------------------------------------------------------------------------------------------


def parts(*entries: tuple[str, str, str]) -> list[str]:
    """Components of entries given as (name, lines, promotion); a promotion in capitals is capped."""
    made: list[Any] = [
        SimpleNamespace(
            name=name,
            scope=list(map(int, lines)),
            offer=SimpleNamespace(promotion=rule),
            promotion=SimpleNamespace(capped=rule.isupper()),
        )
        for name, lines, rule in entries
    ]
    return ["".join(one.name for one in part) for part in components(made)]


def test_entries_that_share_a_line_belong_together_also_by_way_of_others() -> None:
    assert parts(("a", "12", "p"), ("b", "34", "q"), ("c", "2", "r")) == ["ac", "b"]
    assert parts(("a", "1", "p"), ("b", "3", "q"), ("c", "2", "r"), ("d", "23", "s"), ("e", "12", "t")) == ["abcde"]


def test_entries_of_one_capped_promotion_belong_together() -> None:
    assert parts(("a", "1", "P"), ("b", "2", "Q"), ("c", "3", "P")) == ["ac", "b"]
    assert parts(("a", "1", "p"), ("b", "2", "q"), ("c", "3", "p")) == ["a", "b", "c"]


# --- losers -------------------------------------------------------------------------------------------------------


def told(scope: list[int], won: dict[int, int], *, tried: int | None = None, stacking: str = "competing") -> Reason:
    """What a loser with a scope is told when `winner` gives so many fen on some lines, and 70 are saved in all."""
    winner: Any = SimpleNamespace(
        entry=SimpleNamespace(plan=SimpleNamespace(ref="winner")),
        lines=[BenefitLine(at, 1000, 1, fen) for at, fen in won.items()],
    )
    loser: Any = SimpleNamespace(scope=scope, offer=SimpleNamespace(index=5, stacking=stacking))
    return losing_reason(loser, Outcome(70, 0, [], (winner,)), {} if tried is None else {5: tried})


def test_a_loser_is_told_who_won_its_lines_and_what_it_lacked() -> None:
    assert told([1, 2], {2: 70}, tried=40) == Reason("outcompeted", winner="winner", worse_by_fen=30)
    assert told([1, 2], {2: 70}) == Reason("outcompeted", winner="winner")


@pytest.mark.parametrize("won", [{3: 70}, {1: 0}, {1: 0, 3: 70}])
def test_nobody_won_the_lines_of_a_loser_who_had_nothing_to_give(won: dict[int, int]) -> None:
    assert told([1, 2], won, tried=40) == Reason("nothing_to_give")


def test_a_combinable_benefit_loses_to_nobody() -> None:
    assert told([1], {1: 70}, stacking="combinable") == Reason("nothing_to_give")
