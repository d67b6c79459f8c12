"""Evaluations and entries as small rows of bytes, for the temporary database of a replay: without repetition.

Plans, references to rules and names of accounts stay in memory once, under a number; so a row is small, and what is
read back points to the very plans that made it.
"""

from datetime import datetime
from typing import Any

import msgspec

from engine.journal.entry import Entry
from engine.ledger import Posting
from engine.money import Rate
from engine.order import (
    Accrual,
    AppliedBenefit,
    BenefitLine,
    CeilingCut,
    Consumption,
    Evaluation,
    NotAccrued,
    NotApplied,
    OrderEvent,
    PricedOrder,
)
from engine.ruleset import GiftLine

_Benefit = tuple[int, tuple[BenefitLine, ...], int, int, GiftLine | None, tuple[tuple[int, ...], ...]]
_Earned = tuple[int, int, str, int, Rate | None, int, int, tuple[int, ...], Rate | None]
_Lost = tuple[int, str, int | None, int | None, int, int | None]


class _SaleRow(msgspec.Struct, frozen=True, array_like=True):
    semantics: int
    event: OrderEvent
    rule_sets: int
    net_fen: tuple[int, ...]
    shipping_fen: int
    applied: list[_Benefit]
    accruals: list[_Earned]
    consumption: tuple[Consumption, ...]
    ceiling: CeilingCut | None
    lost: list[_Lost]
    runner_up_fen: int | None
    not_accrued: list[tuple[int, int, str]]
    release_after_days: int | None


class _EntryRow(msgspec.Struct, frozen=True, array_like=True):
    number: int
    key: str
    kind: str
    at: datetime
    booked_at: datetime
    order_id: str
    postings: list[tuple[int, int, int, int, int, int, int, int]]
    event_hash: str
    previous_hash: str
    hash: str


class _Numbered:
    """Numbers for values that are compared by identity; the values stay alive with their numbers. None is -1."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[int, int] = {}

    def number(self, value: object) -> int:
        if value is None:
            return -1
        found = self._numbers.get(id(value))
        if found is None:
            found = self._numbers[id(value)] = len(self.values)
            self.values.append(value)
        return found

    def value(self, number: int) -> Any:
        return None if number < 0 else self.values[number]


class _Words:
    """Numbers for texts that come again and again."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = len(self.values)
            self.values.append(text)
        return found


class Packing:
    """Packs and unpacks; what one has packed, only the same one can unpack."""

    def __init__(self) -> None:
        self._plans, self._rule_sets, self._refs = _Numbered(), _Numbered(), _Numbered()
        self._words = _Words()
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode_sale = msgspec.msgpack.Decoder(_SaleRow).decode
        self._decode_entry = msgspec.msgpack.Decoder(_EntryRow).decode

    def evaluation(self, evaluation: Evaluation) -> bytes:
        """An evaluation as bytes, with all that explains it."""
        number, ref, priced = self._plans.number, self._refs.number, evaluation.priced
        row = _SaleRow(
            evaluation.semantics,
            evaluation.event,
            self._rule_sets.number(evaluation.rule_sets),
            priced.net_fen,
            priced.shipping_fen,
            [
                (number(one.plan), one.lines, one.discount_fen, one.lapsed_fen, one.gift, one.selectors)
                for one in priced.applied
            ],
            [
                (
                    number(one.plan),
                    one.line,
                    one.payee,
                    one.base_fen,
                    one.rate,
                    one.earned_fen,
                    one.amount_fen,
                    tuple([ref(rule) for rule in one.lifted_by]),
                    one.below_rate,
                )
                for one in evaluation.accruals
            ],
            priced.consumption,
            evaluation.ceiling,
            [
                (ref(one.ref), one.code, one.short_fen, one.short_units, ref(one.winner), one.worse_by_fen)
                for one in priced.lost
            ],
            priced.runner_up_fen,
            [(number(one.plan), one.line, one.code) for one in evaluation.not_accrued],
            evaluation.release_after_days,
        )
        return self._encode(row)

    def evaluated(self, packed: bytes) -> Evaluation:
        """The evaluation of such bytes."""
        row = self._decode_sale(packed)
        plans, refs = self._plans.values, self._refs.values
        return Evaluation(
            row.semantics,
            row.event,
            self._rule_sets.values[row.rule_sets],
            PricedOrder(
                row.net_fen,
                row.shipping_fen,
                tuple(
                    [
                        AppliedBenefit(plans[plan], lines, discount, lapsed, gift, selectors)
                        for plan, lines, discount, lapsed, gift, selectors in row.applied
                    ]
                ),
                tuple(
                    [
                        NotApplied(refs[lost], code, fen, units, self._refs.value(winner), worse)
                        for lost, code, fen, units, winner, worse in row.lost
                    ]
                ),
                row.consumption,
                row.runner_up_fen,
            ),
            tuple(
                [
                    Accrual(
                        plans[plan], line, payee, base, rate, earned, fen, tuple([refs[one] for one in lifted]), below
                    )
                    for plan, line, payee, base, rate, earned, fen, lifted, below in row.accruals
                ]
            ),
            tuple([NotAccrued(plans[plan], line, code) for plan, line, code in row.not_accrued]),
            row.ceiling,
            row.release_after_days,
        )

    def entry(self, entry: Entry) -> bytes:
        """A journal entry as bytes."""
        word, ref = self._words.number, self._refs.number
        postings = [
            (
                word(one.kind),
                word(one.source),
                word(one.destination),
                one.amount_fen,
                one.line,
                ref(one.rule),
                word(one.role),
                word(one.payee),
            )
            for one in entry.postings
        ]
        return self._encode(
            _EntryRow(
                entry.number,
                entry.key,
                entry.kind,
                entry.at,
                entry.booked_at,
                entry.order_id,
                postings,
                entry.event_hash,
                entry.previous_hash,
                entry.hash,
            )
        )

    def entered(self, packed: bytes) -> Entry:
        """The entry of such bytes."""
        row = self._decode_entry(packed)
        words, rule_of = self._words.values, self._refs.value
        postings = [
            Posting(words[kind], words[source], words[to], fen, line, rule_of(rule), words[role], words[payee])
            for kind, source, to, fen, line, rule, role, payee in row.postings
        ]
        return Entry(
            row.number,
            row.key,
            row.kind,
            row.at,
            row.booked_at,
            row.order_id,
            tuple(postings),
            row.event_hash,
            row.previous_hash,
            row.hash,
        )
