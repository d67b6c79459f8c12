"""How much more must be bought: of goods that a change buys already, or of goods like those of the order."""

from collections.abc import Iterator, Sequence

import msgspec

from engine.nearest.change import BuyGoods, BuyMore, Step
from engine.nearest.search import Steps, Trial, grown, shrunk
from engine.nearest.seeds import cheapest, new_line_id
from engine.order import Line


def bought_more(
    trial: Trial, steps: Steps, scope: Sequence[Line], *, by_fen: bool, hints: Sequence[int]
) -> Iterator[Steps]:
    """The steps with more bought: of the goods they buy already, or of goods in `scope`."""
    replace = msgspec.structs.replace
    bought = [at for at, step in enumerate(steps) if isinstance(step, BuyGoods | BuyMore)]
    for at in bought:
        step: Step = steps[at]
        if by_fen and isinstance(step, BuyGoods):
            step = replace(step, by_fen=True, line=replace(step.line, quantity=1))
        yield from _sized_to_fit(trial, (*steps[:at], step, *steps[at + 1 :]), at, hints)
    if bought:
        return
    for line in cheapest(scope):
        if by_fen:
            goods = replace(line, line_id=new_line_id(trial.event, 0), quantity=1, unit_price_fen=1, floor_price_fen=0)
            alike = list(_sized_to_fit(trial, (*steps, BuyGoods(goods, True, like=line.line_id)), -1, hints))
            if alike:
                yield from alike
                continue
        yield from _sized_to_fit(trial, (*steps, BuyMore(line.line_id, 1)), -1, [] if by_fen else hints)


def _sized_to_fit(trial: Trial, steps: Steps, at: int, hints: Sequence[int]) -> Iterator[Steps]:
    sized = grown(trial, steps, at % len(steps), hints)
    if sized is not None:
        yield shrunk(trial, sized)
