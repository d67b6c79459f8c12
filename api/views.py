"""The engine's reports as answers: what a buyer may see, and what an operator may."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from api.answers import ExplainedOrder, OperatorOrder, Order, Quote, Sentences, WithinReach
from engine.describe.sentences import sentences
from engine.live import LiveRules
from engine.nearest.hints import nearest_hints
from engine.order import Evaluation
from engine.report import buyer_view, report
from storage.orders import Movement


def quote_of(evaluation: Evaluation, live: LiveRules) -> Quote:
    """A basket as its buyer may see it."""
    return msgspec.convert(buyer_view(evaluation, live), Quote)


def hinted_quote_of(evaluation: Evaluation, live: LiveRules) -> Quote:
    """A basket as its buyer may see it, with the promotions within reach: some dozens of trial evaluations."""
    within_reach = tuple(
        WithinReach(
            rule_set=hint.ref.rule_set,
            version=hint.ref.version,
            rule=hint.ref.rule,
            title=hint.ref.title,
            message=hint.words.zh,
            message_en=hint.words.en,
            saves_fen=hint.saves_fen,
        )
        for hint in nearest_hints(evaluation, live)
    )
    return msgspec.structs.replace(quote_of(evaluation, live), within_reach=within_reach)


def order_of(evaluation: Evaluation, live: LiveRules) -> Order:
    """A recorded order as its buyer may see it."""
    return msgspec.convert(buyer_view(evaluation, live), Order)


def explained_order_of(evaluation: Evaluation, live: LiveRules) -> ExplainedOrder:
    """A recorded order as its buyer may see it, explained. The story is told without the commissions."""
    bought = msgspec.structs.replace(evaluation, accruals=(), not_accrued=(), ceiling=None)
    return msgspec.convert(buyer_view(evaluation, live) | {"explanation": _told(bought)}, ExplainedOrder)


def operator_order_of(
    evaluation: Evaluation,
    live: LiveRules,
    recorded_at: datetime,
    postings: tuple[Movement, ...],
    rules_at: Callable[[datetime], LiveRules],
) -> OperatorOrder:
    """A recorded order with who earns what, every rule that gave nothing, and the journal.

    `rules_at` gives the rules of later moments: ordering later may meet other ones.
    """
    event = evaluation.event

    def rules(at: datetime) -> LiveRules:
        return live if at == event.placed_at else rules_at(at)

    seen = report(evaluation, live, why=True, rules_at=rules) | {
        "recorded_at": recorded_at,
        "buyer_id": event.buyer.id,
        "promoter_id": event.promoter.id if event.promoter else None,
        "postings": msgspec.to_builtins(postings),
        "explanation": _told(evaluation),
    }
    for one in seen["not_applied"]:
        said = one["change"]
        one["change"], one["change_en"] = said["message"], said["message_en"]
    return msgspec.convert(seen, OperatorOrder)


def story(evaluation: Evaluation) -> Sentences:
    """The evaluation in sentences."""
    return msgspec.convert(_told(evaluation), Sentences)


def _told(evaluation: Evaluation) -> dict[str, list[str]]:
    said = sentences(evaluation)
    return {"zh": [words.zh for words in said], "en": [words.en for words in said]}
