"""Levels: exact figures, reviews that never punish better figures, and a growth path that is enough and no more."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendar import SHANGHAI
from engine.header import Header
from engine.level.growth import Missing, grown, growth_path, missing
from engine.level.level_figures import DeliveredOrder, Figures, Refunded, basis_points, figures
from engine.level.levels import ReviewRefused, due_at, meets, replay, review, starting, window_of
from engine.level_set import MEASURES, Level, LevelSet, Requirement, asks_less
from engine.lint.level_law import forbidden
from engine.money import Rate
from engine.people.participants import LevelStanding
from engine.period import Period, PeriodSpec, next_period, parse_label

MONTH = PeriodSpec("month")
OCTOBER = parse_label("2026-10")


def level_set(*levels: Level, **changes: Any) -> LevelSet:
    header = Header(
        kind="level",
        name="demo",
        version=1,
        title="等级",
        owner="o",
        reason="r",
        effective_from=datetime(2026, 10, 1, tzinfo=SHANGHAI),
    )
    given_fields: dict[str, Any] = {
        "of": ("individual",),
        "period": MONTH,
        "window": 3,
        "review_after_days": 7,
        "promotion": "one_step",
        "demotion": "one_step",
        "probation": 1,
        "grace": 1,
        **changes,
    }
    return LevelSet(header=header, levels=(Level(id="starter", title="新手"), *levels), **given_fields)


SILVER = Level(
    id="silver",
    title="银牌",
    reach=Requirement(sales_fen=300_000, refund_rate=Rate(10, 100)),
    keep=Requirement(sales_fen=200_000),
)
GOLD = Level(
    id="gold",
    title="金牌",
    reach=Requirement(sales_fen=1_200_000, refund_rate=Rate(5, 100), repeat_rate=Rate(1, 3)),
    keep=Requirement(sales_fen=900_000),
)
LEVELS = level_set(SILVER, GOLD)


def sold(fen: int, refunded: int = 0, buyers: int = 3, repeat: int = 1) -> Figures:
    return Figures(delivered_fen=fen, refunded_fen=refunded, orders=9, buyers=buyers, repeat_buyers=repeat)


# --- figures --------------------------------------------------------------------------------------------------------


def order(
    id: str, buyer: str | None, day: int, paid: int, *refunds: tuple[int, int], received: int = 0
) -> DeliveredOrder:
    start = datetime(2026, 10, 1, 23, 30, tzinfo=SHANGHAI)
    return DeliveredOrder(
        order_id=id,
        buyer=buyer,
        placed_at=start + timedelta(days=day),
        received_at=start + timedelta(days=received or day),
        paid_fen=paid,
        refunds=tuple(Refunded(start + timedelta(days=at), fen) for at, fen in refunds),
    )


def counted(*orders: DeliveredOrder, own: tuple[str, ...] = ("p1",), as_of: int = 37) -> Figures:
    as_of_instant = datetime(2026, 10, 1, tzinfo=SHANGHAI) + timedelta(days=as_of)
    return figures(orders, own, OCTOBER.start, OCTOBER.end, as_of_instant)


def test_figures_count_what_was_delivered_and_kept():
    found = counted(
        order("1", "b1", 0, 1000),
        order("2", "b1", 4, 500, (10, 200)),
        order("3", "b2", 5, 700, (10, 700)),
        order("4", "b3", 6, 300),
        order("5", "b3", 6, 300),
        order("6", None, 7, 50),
        order("7", "p1", 8, 9_000),
        order("8", "b4", 29, 9_000, received=31),
    )
    assert found == Figures(delivered_fen=2850, refunded_fen=900, orders=5, buyers=2, repeat_buyers=1)
    assert found.sales_fen == 1950
    assert (found.refund_rate, found.repeat_rate) == (Rate(900, 2850), Rate(1, 2))


def test_a_refund_counts_until_the_review_is_due():
    late = order("1", "b1", 20, 1000, (35, 400), (36, 300))
    assert counted(late, as_of=35).refunded_fen == 0
    assert counted(late, as_of=36).refunded_fen == 400
    assert counted(late, as_of=37).refunded_fen == 700


def test_two_orders_of_one_day_are_no_repeat_purchase():
    same_evening = [order("1", "b1", 3, 100), order("2", "b1", 3, 100)]
    assert counted(*same_evening).repeat_buyers == 0
    assert counted(*same_evening, order("3", "b1", 4, 100)).repeat_buyers == 1


def test_the_accounts_a_promoter_buys_with_count_for_nothing():
    assert counted(order("1", "b9", 1, 100), own=("p1", "b9")) == Figures()


def test_rates_without_a_whole_are_unknown_and_meet_nothing():
    assert (Figures().refund_rate, Figures().repeat_rate) == (None, None)
    assert not meets(Requirement(refund_rate=Rate(1)), Figures())
    assert not meets(Requirement(repeat_rate=Rate(0)), Figures())
    assert meets(Requirement(), Figures())


def test_basis_points_are_rounded_down():
    assert [basis_points(one) for one in (Rate(1, 3), Rate(2, 3), Rate(29_999, 100_000), Rate(1), None)] == [
        *(3333, 6666, 2999, 10_000),
        None,
    ]


# --- reviews --------------------------------------------------------------------------------------------------------


def run(standing: LevelStanding, *seen: Figures, levels: LevelSet = LEVELS) -> list[tuple[str, str]]:
    period, told = OCTOBER, []
    for one in seen:
        done = review(levels, standing, one, period)
        told.append((done.change, done.after.level))
        standing, period = done.after, next_period(MONTH, period)
    return told


def test_one_step_at_a_time_or_as_far_as_it_goes():
    high = sold(5_000_000)
    assert run(starting(LEVELS), high, high, high) == [("promoted", "silver"), ("promoted", "gold"), ("kept", "gold")]
    far = level_set(SILVER, GOLD, promotion="highest")
    assert run(starting(far), high, levels=far) == [("promoted", "gold")]


def test_probation_then_grace_then_one_step_down():
    poor = sold(0)
    assert run(starting(LEVELS), sold(300_000), *[poor] * 4) == [
        ("promoted", "silver"),
        ("on_probation", "silver"),
        ("in_grace", "silver"),
        ("demoted", "starter"),
        ("kept", "starter"),
    ]


def test_misses_count_only_in_a_row():
    poor, fair = sold(0), sold(200_000)
    assert [change for change, _ in run(LevelStanding("silver"), poor, fair, poor, poor)] == [
        "in_grace",
        "kept",
        "in_grace",
        "demoted",
    ]


def test_down_to_what_holds():
    steep = level_set(SILVER, GOLD, demotion="to_what_holds", grace=0)
    assert run(LevelStanding("gold"), sold(0), levels=steep) == [("demoted", "starter")]
    assert run(LevelStanding("gold"), sold(200_000), levels=steep) == [("demoted", "silver")]
    assert run(LevelStanding("gold"), sold(0), levels=level_set(SILVER, GOLD, grace=0)) == [("demoted", "silver")]


def test_every_reason_is_told():
    done = review(LEVELS, LevelStanding("silver"), sold(300_000, 18_000), OCTOBER)
    told = [(one.level, one.purpose, one.measure, one.now, one.bound, one.holds) for one in done.checks]
    assert told == [
        ("silver", "keep", "sales", 282_000, 200_000, True),
        ("gold", "reach", "sales", 282_000, 1_200_000, False),
        ("gold", "reach", "refund_rate", Rate(18_000, 300_000), Rate(5, 100), False),
        ("gold", "reach", "repeat_rate", Rate(1, 3), Rate(1, 3), True),
    ]


def test_the_window_is_the_last_closed_periods():
    assert window_of(LEVELS, OCTOBER) == (parse_label("2026-08").start, OCTOBER.end)
    assert window_of(level_set(SILVER, window=1), OCTOBER) == (OCTOBER.start, OCTOBER.end)
    weeks = level_set(SILVER, period=PeriodSpec("week"), window=2)
    assert window_of(weeks, parse_label("2027-W01"))[0] == parse_label("2026-W53").start
    assert due_at(LEVELS, OCTOBER) == OCTOBER.end + timedelta(days=7)


@pytest.mark.parametrize(
    ("standing", "period", "code"),
    [
        (LevelStanding("diamond"), OCTOBER, "level_unknown"),
        (LevelStanding("silver"), parse_label("2026-W41"), "period_of_another_kind"),
        (LevelStanding("silver", reviewed_until=parse_label("2026-08").end), OCTOBER, "period_skipped"),
    ],
)
def test_a_review_that_cannot_be_made(standing: LevelStanding, period: Period, code: str):
    with pytest.raises(ReviewRefused) as refused:
        review(LEVELS, standing, Figures(), period)
    assert refused.value.code == code
    assert refused.value.message_zh


# --- laws -----------------------------------------------------------------------------------------------------------

rates = st.integers(1, 100).map(lambda percent: Rate(percent, 100)) | st.sampled_from([Rate(1, 3), Rate(2, 7), Rate(1)])


@st.composite
def some_figures(draw: st.DrawFn) -> Figures:
    delivered, buyers = draw(st.integers(0, 3000)), draw(st.integers(0, 40))
    return Figures(
        delivered_fen=delivered,
        refunded_fen=draw(st.integers(0, delivered)),
        orders=draw(st.integers(0, 30)),
        buyers=buyers,
        repeat_buyers=draw(st.integers(0, buyers)),
    )


@st.composite
def requirements(draw: st.DrawFn) -> Requirement:
    return Requirement(
        sales_fen=draw(st.none() | st.integers(1, 3000)),
        orders=draw(st.none() | st.integers(1, 30)),
        refund_rate=draw(st.none() | rates | st.just(Rate(0, 100))),
        repeat_rate=draw(st.none() | rates),
    )


def stricter(one: Requirement, other: Requirement) -> Requirement:
    """What asks as much as both."""

    def most(measure: str, key: str) -> Any:
        given_by = [each for each in (getattr(one, key), getattr(other, key)) if each is not None]
        if not given_by:
            return None
        worth = [each.num / each.den if isinstance(each, Rate) else each for each in given_by]
        return given_by[worth.index(min(worth) if measure == "refund_rate" else max(worth))]

    keys = {"sales": "sales_fen", "orders": "orders", "refund_rate": "refund_rate", "repeat_rate": "repeat_rate"}
    return Requirement(**{keys[measure]: most(measure, keys[measure]) for measure in MEASURES})


@st.composite
def level_sets(draw: st.DrawFn) -> LevelSet:
    levels: list[Level] = []
    reach = keep = Requirement()
    for name in ("silver", "gold", "platinum"):
        keep = stricter(keep, draw(requirements()))
        reach = stricter(stricter(reach, keep), draw(requirements()))
        levels.append(Level(id=name, title=name, reach=reach, keep=keep))
        assert asks_less(reach, keep) is None
    return level_set(
        *levels,
        promotion=draw(st.sampled_from(["one_step", "highest"])),
        demotion=draw(st.sampled_from(["one_step", "to_what_holds"])),
        probation=draw(st.integers(0, 2)),
        grace=draw(st.integers(0, 2)),
    )


standings = st.builds(
    LevelStanding,
    level=st.sampled_from(["starter", "silver", "gold", "platinum"]),
    probation_left=st.integers(0, 2),
    missed=st.integers(0, 2),
)


@given(level_sets(), standings, some_figures(), st.data())
@settings(max_examples=150)
def test_better_figures_never_give_a_lower_level(levels, standing, figures, data):
    better = Figures(
        delivered_fen=figures.delivered_fen + (more := data.draw(st.integers(0, 3000))),
        refunded_fen=data.draw(st.integers(0, min(figures.refunded_fen, figures.delivered_fen + more))),
        orders=figures.orders + data.draw(st.integers(0, 30)),
        buyers=figures.buyers,
        repeat_buyers=data.draw(st.integers(figures.repeat_buyers, figures.buyers)),
    )
    worse, fine = (review(levels, standing, one, OCTOBER).after for one in (figures, better))
    assert levels.rank(fine.level) >= levels.rank(worse.level)


@given(level_sets(), standings, some_figures())
@settings(max_examples=150)
def test_no_level_is_lost_in_probation_or_grace(levels, standing, figures):
    done = review(levels, standing, figures, OCTOBER)
    before, after = levels.rank(standing.level), levels.rank(done.after.level)
    kept = meets(levels.levels[before].keep, figures)
    spared = standing.probation_left > 0 or standing.missed < levels.grace
    assert (after < before) == (not kept and not spared and done.change != "promoted")
    assert (after > before) == (done.change == "promoted")
    assert done.after.reviewed_until == OCTOBER.end
    if levels.demotion == "one_step":
        assert after >= before - 1
    if levels.promotion == "one_step":
        assert after <= before + 1


@given(level_sets(), st.lists(some_figures(), max_size=6), st.integers(0, 6))
def test_a_period_is_reviewed_once_and_a_run_can_be_taken_up_anywhere(levels, seen, cut):
    periods = [OCTOBER]
    while len(periods) < len(seen):
        periods.append(next_period(MONTH, periods[-1]))
    run_of = list(zip(periods, seen, strict=False))
    whole = replay(levels, starting(levels), run_of)
    first = replay(levels, starting(levels), run_of[:cut])
    then = first[-1].after if first else starting(levels)
    assert first + replay(levels, then, run_of[cut:]) == whole
    for done, (period, _) in zip(whole, run_of, strict=True):
        again = review(levels, done.after, Figures(), period)
        assert (again.change, again.after) == ("reviewed_before", done.after)


@given(requirements(), some_figures())
@settings(max_examples=300)
def test_what_is_missing_is_enough_and_no_less_is(requirement, figures):
    lacking = missing(requirement, figures)
    if lacking.beyond_reach:
        assert not meets(requirement, grown(figures, lacking))
        return
    assert meets(requirement, grown(figures, lacking))
    for key in ("sales_fen", "orders", "repeat_buyers"):
        amount = getattr(lacking, key)
        if amount:
            less = Missing(**{**{name: getattr(lacking, name) for name in lacking.__struct_fields__}, key: amount - 1})
            assert not meets(requirement, grown(figures, less)), key
    assert (lacking == Missing()) == meets(requirement, figures)


@given(level_sets(), standings, some_figures())
@settings(max_examples=150)
def test_the_growth_path_makes_the_promotion_happen(levels, standing, figures):
    path = growth_path(levels, standing, figures)
    if path is None:
        assert standing.level == "platinum"
    elif not path.missing.beyond_reach:
        done = review(levels, standing, grown(figures, path.missing), OCTOBER)
        assert done.change == "promoted"
        assert levels.rank(done.after.level) >= levels.rank(path.level)


def test_the_growth_path_in_figures():
    path = growth_path(LEVELS, LevelStanding("silver"), sold(1_072_000, 0, buyers=10, repeat=2))
    assert path is not None
    assert (path.level, path.missing) == ("gold", Missing(sales_fen=128_000, repeat_buyers=2))
    refunded = growth_path(LEVELS, LevelStanding("silver"), sold(1_400_000, 98_000))
    assert refunded is not None
    assert refunded.missing == Missing(sales_fen=560_000)
    assert growth_path(LEVELS, LevelStanding("gold"), Figures()) is None


# --- the law --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("team_sales", "L442"),
        ("downline-orders", "L442"),
        ("团队业绩", "L442"),
        ("team_size", "L441"),
        ("directCount", "L441"),
        ("new_member_count", "L441"),
        ("invited", "L441"),
        ("直推人数", "L441"),
        ("own_purchases", "L443"),
        ("join_fee", "L443"),
        ("deposit", "L443"),
        ("自购金额", "L443"),
        ("refund_rte", None),
        ("repeat_rates", None),
        ("ordrs", None),
        ("sale", None),
    ],
)
def test_words_that_the_law_forbids(word: str, code: str | None):
    assert forbidden(word) == code
