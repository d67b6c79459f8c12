"""Referrers: cycles of every length are found and named, and the network is counted as the law counts."""

from hypothesis import given
from hypothesis import strategies as st

from engine.money import Rate
from engine.order import Accrual, AccrualPlan, RuleRef
from engine.people.monitoring import Income, income_findings, incomes, relation_findings
from engine.people.participants import Participant, Participants
from engine.people.relations import cycle_made_by, cycles, network, path_up, said

names = st.integers(0, 12).map(str)


def test_cycles_of_every_length_are_named_once_from_their_least():
    above = {"a": "a", "d": "b", "b": "c", "c": "d", "x": "d", "y": "x", "e": "f", "f": "e"}
    assert cycles(above) == (("a",), ("b", "c", "d"), ("e", "f"))
    long = {str(at): str((at + 1) % 100_000) for at in range(100_000)}
    assert [len(one) for one in cycles(long)] == [100_000]


def test_a_relation_that_would_close_a_circle_is_told_with_its_path():
    above = {"b": "a", "c": "b", "d": "c"}
    assert cycle_made_by(above, "a", "d") == ("a", "d", "c", "b", "a")
    assert cycle_made_by(above, "a", "a") == ("a", "a")
    assert cycle_made_by(above, "d", "b") == ()
    assert cycle_made_by(above, "e", "d") == ()


@given(st.dictionaries(names, names, max_size=13))
def test_a_graph_built_link_by_link_has_no_cycle(links):
    above: dict[str, str] = {}
    for who, referrer in links.items():
        refused = cycle_made_by(above, who, referrer)
        assert bool(refused) == bool(cycles({**above, who: referrer}))
        if not refused:
            above[who] = referrer
    assert cycles(above) == ()
    depths = [len(path_up(above, one)) for one in above]
    found = network(above)
    assert found.levels == 1 + max(depths, default=0)
    assert found.members == 1 + len(above.keys() | set(above.values()))
    assert len(found.deepest) == max(depths, default=0)


def test_the_organiser_counts_as_a_level_and_a_member():
    assert (network({}).levels, network({}).members) == (1, 1)
    found = network({"b": "a", "c": "a"})
    assert (found.levels, found.members, found.deepest) == (3, 4, ("a", "b"))


def test_a_long_path_is_told_by_its_ends():
    assert said("abcdefghijkl") == "a → b → c → d → e → f → g → h → i → j → k → l"
    assert said("abcdefghijklm") == "a → b → c → d → e → f → g → h → i → …(1)… → k → l → m"
    above = {str(at): str((at + 1) % 4000) for at in range(4000)}
    assert len(said(cycles(above)[0])) < 100


def people(referrers: dict[str, str | None]) -> Participants:
    return Participants(
        participants=tuple(
            Participant(id=who, title=who, type="individual", referrer=referrer, line=at)
            for at, (who, referrer) in enumerate(referrers.items(), 3)
        ),
        file="people.yaml",
    )


def star(members: int) -> dict[str, str | None]:
    """One referrer and those below: with the organiser so many members on three levels."""
    return {"top": None, **{f"p{at}": "top" for at in range(members - 2)}}


def test_the_marks_of_the_law_are_met_exactly():
    def found(members: int, collected_fen: int = 0) -> list[tuple[str, str]]:
        return [(one.code, one.severity) for one in relation_findings(people(star(members)), collected_fen)]

    assert found(29) == []
    assert found(30) == [("P721", "warning")]
    assert found(119) == [("P721", "warning")]
    assert found(120) == [("P722", "error")]
    assert found(3, 249_999_999) == []
    assert found(3, 250_000_000) == [("P722", "error")]
    alone = dict.fromkeys(map(str, range(500)))
    assert relation_findings(people(alone), 10**12) == ()


def test_what_was_collected_is_told_where_it_is_known():
    unknown, known = (relation_findings(people(star(120)), fen)[0].message_en for fen in (0, 12_345))
    assert "collected" not in unknown
    assert "123.45 yuan collected" in known


def test_an_alert_names_the_path_and_its_line():
    found = relation_findings(people(star(30)))[0]
    assert (found.file, found.line) == ("people.yaml", 4)
    assert "top → p0" in found.message_zh
    assert "3 levels and 30 members" in found.message_en


def accrual(payee: str, role: str, amount_fen: int) -> Accrual:
    plan = AccrualPlan(RuleRef("c", 1, "r", "h"), role, "paid_goods", "half_up")
    return Accrual(plan, 0, payee, amount_fen, Rate(1), amount_fen, amount_fen)


def test_who_lives_on_the_sales_of_others():
    found = incomes(
        [
            accrual("p1", "promoter", 100),
            accrual("p1", "referrer", 100),
            accrual("p2", "promoter", 100),
            accrual("p2", "referrer", 101),
            accrual("p3", "leader", 5),
        ]
    )
    assert found == {"p1": Income(100, 100), "p2": Income(100, 101), "p3": Income(5, 0)}
    told = income_findings(found)
    assert [one.code for one in told] == ["P723"]
    assert "of 3 participants with income, 1 earn" in told[0].message_en
    assert "p2" in told[0].message_en
    assert income_findings({"p1": Income(100, 100), "p4": Income(0, 0)}) == ()
