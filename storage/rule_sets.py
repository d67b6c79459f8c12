"""Published rule sets: immutable texts in the database, and what was built and compiled from them, kept by content.

A version, once published, is never changed: the same bytes again are no news, other bytes under its name and version
are refused.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, func, insert, select

from engine.builder.build import build
from engine.calendar import SHANGHAI
from engine.errors import FenrunError
from engine.live import LiveRules
from engine.ruleset import PromotionSet, RuleSet
from engine.text.document import Schemas, parse
from engine.timeline import live_at
from storage.database import table_of
from storage.live_book import CompiledSets, LiveBook
from storage.tables import RuleSetVersion

_VERSION = table_of(RuleSetVersion)
_HOW_MANY = select(func.count()).select_from(_VERSION)
_AT_ONCE = 500
"""How many texts are read by one statement."""


class PublishRefused(FenrunError):
    """A sound rule set that may not be published; `code` is stable, the messages say what would be right."""

    def __init__(self, code: str, message_zh: str, message_en: str) -> None:
        self.code = code
        self.message_zh = message_zh
        self.message_en = message_en
        super().__init__(message_en)


class VersionTaken(PublishRefused):
    """Other bytes are already published under this name and version: a correction is a new version."""

    def __init__(self, name: str, version: int, published_at: datetime) -> None:
        day = published_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        super().__init__(
            "version_taken",
            f"{name}@{version} 已于 {day} 以另一内容发布；已发布的版本不再改变，请存为版本 {version + 1}",
            f"{name}@{version} was published on {day} (Asia/Shanghai) with another text; "
            f"published versions never change: save the new text as version {version + 1}",
        )


class TooLate(PublishRefused):
    """A rule set that would start before its publication and does not say `backfill: true`."""

    def __init__(self, name: str, version: int, effective_from: datetime) -> None:
        day = effective_from.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        super().__init__(
            "too_late",
            f"{name}@{version} 于 {day} 起生效，早于发布；请推迟起始时刻，或写明 backfill: true",
            f"{name}@{version} starts on {day} (Asia/Shanghai), before its publication; "
            "start later, or state `backfill: true`",
        )


class Publication(msgspec.Struct, frozen=True):
    """What publishing did: `published`, or `unchanged` when the very bytes were there already."""

    outcome: Literal["published", "unchanged"]
    rule_set: RuleSet


def publish(connection: Connection, text: str, file: str, schemas: Schemas, now: datetime) -> Publication:
    """Check a text and keep it as a published version.

    Raises InvalidInput for a text that is wrong, VersionTaken if its name and version stand for other bytes, and
    TooLate if it would start in the past without saying so.
    """
    rule_set = build(parse(text, file), schemas)
    header = rule_set.header
    taken = connection.execute(
        select(_VERSION.c.content_hash, _VERSION.c.published_at).where(
            _VERSION.c.kind == header.kind,
            _VERSION.c.name == header.name,
            _VERSION.c.version == header.version,
        )
    ).one_or_none()
    if taken is not None:
        if taken.content_hash != header.content_hash:
            raise VersionTaken(header.name, header.version, taken.published_at)
        return Publication("unchanged", rule_set)
    if header.effective_from < now and not header.backfill:
        raise TooLate(header.name, header.version, header.effective_from)
    connection.execute(
        insert(_VERSION),
        {
            "kind": header.kind,
            "name": header.name,
            "version": header.version,
            "content_hash": header.content_hash,
            "text": text,
            "effective_from": header.effective_from,
            "effective_until": header.effective_until,
            "published_at": now,
            "made_from": _made_from(rule_set),
        },
    )
    return Publication("published", rule_set)


def _made_from(rule_set: RuleSet) -> Any:
    """Template and answers of a campaign, as JSON beside its text, so that campaigns can be listed by template."""
    if isinstance(rule_set, PromotionSet) and rule_set.made_from is not None:
        return msgspec.to_builtins(rule_set.made_from)
    return None


def newest_version(connection: Connection, name: str) -> int:
    """The highest version published under a name; 0 if there is none."""
    newest = connection.execute(select(func.max(_VERSION.c.version)).where(_VERSION.c.name == name)).scalar_one()
    return 0 if newest is None else int(newest)


def is_published(connection: Connection, content_hash: str) -> bool:
    """Whether a text with this hash is published."""
    found = connection.execute(select(_VERSION.c.id).where(_VERSION.c.content_hash == content_hash)).first()
    return found is not None


class RuleBook:
    """The published rule sets of one database, built once and compiled once per set that stands together.

    Safe to share between threads.  Whether something new was published is asked of the database every time, so
    that replicas never disagree.
    """

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._lock = Lock()
        self._published: dict[str, RuleSet] = {}
        self._expected: RuleSet | None = None
        self._compiled = CompiledSets()
        self._book = LiveBook((), self._compiled)

    def live_at(self, connection: Connection, at: datetime) -> LiveRules:
        """The compiled rule sets that stand at an instant."""
        with self._lock:
            self._refreshed(connection)
            return self._book.at(at)

    def published(self, connection: Connection) -> tuple[RuleSet, ...]:
        """All published rule sets, oldest publication first."""
        with self._lock:
            return tuple(self._refreshed(connection))

    def without(self, connection: Connection, at: datetime, name: str) -> LiveRules:
        """What stands at an instant, leaving a name out."""
        with self._lock:
            return self._compiled.of(self._others(connection, at, name))

    def with_draft(self, connection: Connection, at: datetime, draft: RuleSet) -> LiveRules:
        """What would stand at an instant if `draft` stood too, in place of its name's published versions."""
        with self._lock:
            return self._compiled.draft([*self._others(connection, at, draft.header.name), draft])

    def _others(self, connection: Connection, at: datetime, name: str) -> list[RuleSet]:
        return [one for one in live_at(self._refreshed(connection), at) if one.header.name != name]

    def of_evaluation(self, connection: Connection, rule_sets: Iterable[tuple[str, int, str]]) -> LiveRules:
        """The compiled rule sets that an evaluation names by content hash."""
        with self._lock:
            self._refreshed(connection)
            return self._compiled.of([self._published[content_hash] for _, _, content_hash in rule_sets])

    def prepare(self, connection: Connection, at: datetime, expected: RuleSet | None = None) -> None:
        """Compile what stands from an instant on, so that no quote has to wait for it; with `expected` also what would
        stand once that is published. Others may ask meanwhile; nothing they are answered depends on it.
        """
        with self._lock:
            self._refreshed(connection)
            self._expected = expected or self._expected
            book = self._book if expected is None else LiveBook((*self._published.values(), expected), self._compiled)
        book.prepare(at)

    def _refreshed(self, connection: Connection) -> Iterable[RuleSet]:
        # Rows are never changed or deleted, so their number says whether there is anything new.
        count = connection.execute(_HOW_MANY).scalar_one()
        if count != len(self._published):
            hashes = connection.execute(select(_VERSION.c.content_hash).order_by(_VERSION.c.id)).scalars().all()
            fresh = self._built([one for one in hashes if one not in self._published], connection)
            self._published = {one: self._published.get(one) or fresh[one] for one in hashes}
            self._book = LiveBook(tuple(self._published.values()), self._compiled)
        return self._published.values()

    def _built(self, hashes: Sequence[str], connection: Connection) -> dict[str, RuleSet]:
        """Rule sets of texts not read before, by content hash."""
        found: dict[str, RuleSet] = {}
        if self._expected is not None:
            found[self._expected.header.content_hash] = self._expected
        missing = [one for one in hashes if one not in found]
        for start in range(0, len(missing), _AT_ONCE):
            some = _VERSION.c.content_hash.in_(missing[start : start + _AT_ONCE])
            for row in connection.execute(select(_VERSION).where(some)):
                found[row.content_hash] = build(parse(row.text, f"{row.name}@{row.version}"), self._schemas)
        return found
