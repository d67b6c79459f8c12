"""Splitting a sum of fen by largest remainder, as the hand-written function needs it."""


def split(total: int, weights: list[int]) -> list[int]:
    """`total` over weights; leftover fen go to the largest fractions, the first of equal ones."""
    weight_sum = sum(weights)
    if not weight_sum:
        return [0] * len(weights)
    parts: list[int] = []
    rests: list[int] = []
    for weight in weights:
        whole, rest = divmod(total * weight, weight_sum)
        parts.append(whole)
        rests.append(rest)
    left = total - sum(parts)
    if left:
        for i in sorted(range(len(rests)), key=rests.__getitem__, reverse=True)[:left]:
            parts[i] += 1
    return parts


def spread(total: int, weights: list[int], rooms: list[int]) -> list[int]:
    """`total`, or all the room there is if that is less; no part exceeds its room."""
    total = min(total, sum(rooms))
    parts = split(total, weights)
    if all(part < room for part, room in zip(parts, rooms, strict=True)):
        return parts
    return _spread_when_full(total, weights, rooms)


def _spread_when_full(total: int, weights: list[int], rooms: list[int]) -> list[int]:
    """Whoever would get more than its room gets its room; the rest is split again over the others."""
    parts = [0] * len(weights)
    still = [i for i, weight in enumerate(weights) if weight]
    while still:
        weight_sum = sum([weights[i] for i in still])
        full = [i for i in still if total * weights[i] >= rooms[i] * weight_sum]
        if not full:
            for i, part in zip(still, split(total, [weights[i] for i in still]), strict=True):
                parts[i] = part
            break
        for i in full:
            parts[i] = rooms[i]
            total -= rooms[i]
        still = [i for i in still if i not in full]
    return parts
