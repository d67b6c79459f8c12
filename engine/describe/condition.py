"""Condition trees in words: windows of days and times, and brackets where they are needed."""

from collections.abc import Iterator, Sequence

from engine.builder.condition import on_the_eve
from engine.conditions import All, Any, Condition, Not, Test
from engine.describe.fact import say_fact, say_test
from engine.describe.values import NO_NAMES, Names, Words, joined, say_value, spaced
from engine.vocabulary import CLOCK_EVE, fact_of


def say_condition(condition: Condition, names: Names = NO_NAMES) -> Words:
    """A condition tree as one part of a sentence; `always` reads 任何情况 / always."""
    return _Tree(names, bare_nights=not _has_loose_days(condition)).say(condition)


class _Tree:
    """Says a tree. A window over midnight that names no day is told in short only where no day stands beside it."""

    def __init__(self, names: Names, *, bare_nights: bool) -> None:
        self.names = names
        self.bare_nights = bare_nights

    def say(self, condition: Condition) -> Words:
        match condition:
            case Test():
                return say_test(condition, self.names)
            case Not(Test() as test):
                return say_test(test, self.names, negated=True)
            case Not(part):
                inner = self.say(part)
                return Words(f"并非（{inner.zh}）", f"not ({inner.en})")
            case All(()):
                return Words("任何情况", "always")
            case All(parts):
                return joined(self._windows(parts), "，且", " and ")
            case Any(()):
                return Words("（永不成立）", "(never)")
            case Any(parts):
                return self._any(condition, parts)

    def _any(self, condition: Any, parts: Sequence[Condition]) -> Words:
        night = night_of(condition)
        if night is not None and (night[2] or self.bare_nights):
            return self._night(*night)
        inner = joined([self._within(part) for part in parts], "，或", " or ")
        return Words(f"（{inner.zh}）", f"({inner.en})")

    def _within(self, part: Condition) -> Words:
        said = self.say(part)
        several = isinstance(part, All) and len(part.parts) > 1
        return Words(f"（{said.zh}）", f"({said.en})") if several else said

    def _night(self, start: Test, end: Test, days: Sequence[Condition]) -> Words:
        remarks = []
        if days:
            when = joined(self._windows(days), "，且", " and ")
            remarks.append(Words(f"以开始那天为准：{when.zh}", f"the day it begins counts: {when.en}"))
        return self._between(start, end, Words("次日 ", " of the next day"), remarks)

    def _between(self, start: Test, end: Test, day: Words, remarks: Sequence[Words] = ()) -> Words:
        """A window of the day. Where its ends are answers of a form, they tell themselves whether it ends next day."""
        first, last = (say_value("clock.time", one.values[0], self.names) for one in (start, end))
        if any(("time", one.values[0]) in self.names for one in (start, end)):
            day = Words("", "")
            remarks = [Words("结束早于开始的到次日", "of the next day, where the end is earlier"), *remarks]
        until = spaced("至", f"{day.zh}{last.zh}")
        said = Words(
            spaced(f"{spaced(spaced('在', first.zh), until)}", "之间"),
            f"it is between {first.en} and {last.en}{day.en}",
        )
        more = joined(remarks, "；", "; ")
        return Words(f"{said.zh}（{more.zh}）", f"{said.en} ({more.en})") if remarks else said

    def _windows(self, parts: Sequence[Condition]) -> Iterator[Words]:
        """The parts, two neighbours that bound one fact as one window."""
        at = 0
        while at < len(parts):
            window = self._window(parts[at : at + 2])
            yield window or self.say(parts[at])
            at += 2 if window else 1

    def _window(self, parts: Sequence[Condition]) -> Words | None:
        match parts:
            case [
                Test(fact, "at_least", (int(start),)) as late,
                Test(other, "less_than" | "at_most" as closing, (int(end),)) as early,
            ] if fact == other and start < end:
                if fact_of(fact).type in ("money", "integer", "rate"):
                    return self._figures(late, early)
            case _:
                return None
        if fact == "clock.time" and closing == "less_than":
            return self._between(late, early, Words("", ""))
        if fact not in ("clock.date", "clock.lunar"):
            return None
        if fact == "clock.date" and closing == "less_than" and ("date", end) not in self.names:
            closing, end = "at_most", end - 1
        first, last = say_value(fact, start, self.names), say_value(fact, end, self.names)
        until = Words("前", "before ") if closing == "less_than" else Words("", "")
        calendar = Words("农历", " of the lunar calendar") if fact == "clock.lunar" else Words("", "")
        return Words(
            f"{spaced('在' + calendar.zh, first.zh)}{spaced('至', last.zh)}{until.zh or '期间'}",
            f"it is from {first.en} to {until.en}{last.en}{calendar.en}",
        )

    def _figures(self, least: Test, most: Test) -> Words:
        """Two bounds of one figure, which is named once."""
        low, high, subject = say_test(least, self.names), say_test(most, self.names), say_fact(least.fact)
        return Words(
            spaced(low.zh, f"且{high.zh.removeprefix(subject.zh)}"),
            f"{low.en} and {high.en.removeprefix(subject.en).removeprefix(' is ')}",
        )


def night_of(condition: Any) -> tuple[Test, Test, Sequence[Condition]] | None:
    """The window over midnight that an `any` stands for: its two times, and what its first day must be.

    None for any other one. See `build_condition`: after midnight the day tests look at the day before.
    """
    if len(condition.parts) != 2:
        return None
    evening, morning = (part.parts if isinstance(part, All) else (part,) for part in condition.parts)
    match evening, morning:
        case (
            [Test("clock.time", "at_least", (int(start),)) as late, *days],
            [Test("clock.time", "less_than", (int(end),)) as early, *eves],
        ) if end < start and eves == [on_the_eve(day) for day in days]:
            return late, early, days
    return None


def _has_loose_days(condition: Condition) -> bool:
    """Whether a day is tested outside every window over midnight, so that the two could be taken together."""
    match condition:
        case Test(fact):
            return fact in CLOCK_EVE or fact.startswith("clock.eve.")
        case Not(part):
            return _has_loose_days(part)
        case All(parts):
            return any(map(_has_loose_days, parts))
        case Any(parts):
            return night_of(condition) is None and any(map(_has_loose_days, parts))
