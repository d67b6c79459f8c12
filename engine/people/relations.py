"""Who is above whom: cycles of any length, and how large and deep a network of referrals is.

Each has one referrer at most, so from anybody one path leads up.  All functions are linear in the number of relations
and never recurse.
"""

from collections.abc import Mapping, Sequence

import msgspec

_LONGEST_TOLD, _END_TOLD = 12, 3
"""So many of a path are told, and so many of them are its end."""


class Network(msgspec.Struct, frozen=True):
    """The referrals below one organiser (the operator): `levels` and `members` count the organiser too.

    公通字〔2013〕37号 counts so: the organiser and his own level are part of the organisation.  Only trees in which
    somebody referred somebody are part of it; `deepest` is the longest path, from the top down.
    """

    levels: int
    members: int
    deepest: tuple[str, ...]


def cycles(above: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """Every cycle in a mapping from each to the one above, once, from its least id upwards; sorted. Self is a cycle."""
    seen: set[str] = set()
    found: list[tuple[str, ...]] = []
    for start in above:
        path: dict[str, int] = {}
        at: str | None = start
        while at is not None and at not in seen:
            seen.add(at)
            path[at] = len(path)
            at = above.get(at)
        if at is not None and at in path:
            ring = list(path)[path[at] :]
            least = ring.index(min(ring))
            found.append(tuple(ring[least:] + ring[:least]))
    return tuple(sorted(found))


def cycle_made_by(above: Mapping[str, str], who: str, referrer: str) -> tuple[str, ...]:
    """The path of the cycle that `who` below `referrer` would close, both ends being `who`; empty when it is none.

    `above` has no cycle; what it says of `who` so far does not count.
    """
    path = [who]
    at: str | None = referrer
    while at is not None:
        path.append(at)
        if at == who:
            return tuple(path)
        at = above.get(at)
    return ()


def network(above: Mapping[str, str]) -> Network:
    """The referral network of relations without a cycle, all trees merged below one organiser."""
    depth: dict[str, int] = {}
    for start in above:
        path: list[str] = []
        at: str | None = start
        while at is not None and at not in depth:
            path.append(at)
            at = above.get(at)
        known = 0 if at is None else depth[at]
        for below, one in enumerate(reversed(path), 1):
            depth[one] = known + below
    if not depth:
        return Network(levels=1, members=1, deepest=())
    lowest = min(depth, key=lambda one: (-depth[one], one))
    return Network(levels=1 + depth[lowest], members=1 + len(depth), deepest=tuple(reversed(path_up(above, lowest))))


def path_up(above: Mapping[str, str], start: str) -> tuple[str, ...]:
    """Somebody and everybody above them, nearest first. Ends where a cycle would begin again."""
    path: dict[str, None] = {}
    at: str | None = start
    while at is not None and at not in path:
        path[at] = None
        at = above.get(at)
    return tuple(path)


def said(path: Sequence[str]) -> str:
    """A path with arrows; of a long one the beginning, how many are left out, and the end."""
    if len(path) <= _LONGEST_TOLD:
        return " → ".join(path)
    head, tail = path[: _LONGEST_TOLD - _END_TOLD], path[-_END_TOLD:]
    return " → ".join([*head, f"…({len(path) - _LONGEST_TOLD})…", *tail])
