"""What people call the codes that rules name: regions, categories, goods and who is behind an id."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection

from engine.describe.values import Names, Words
from engine.facts import region_path
from storage.catalog import Filter, Good, goods_page
from storage.demo import DEMO_DATA
from storage.directory import CategoryEntry, MerchantEntry, PromoterEntry, RegionEntry, StoreEntry, entries

PUBLIC_REGIONS = DEMO_DATA / "regions.json"
"""Regions by their public codes, which mean the same for every shop."""
MOST_GOODS = 5_000
"""Goods of a database whose names are looked up."""

_KEYS: dict[type, tuple[str, ...]] = {
    RegionEntry: ("region",),
    CategoryEntry: ("path", "paths"),
    MerchantEntry: ("line.merchant",),
    StoreEntry: ("store.id",),
    PromoterEntry: ("promoter.id",),
    Good: ("line.sku", "order.skus"),
}
"""By record: the facts, or types of facts, whose values it names."""
_FILES = {
    "regions": RegionEntry,
    "categories": CategoryEntry,
    "merchants": MerchantEntry,
    "stores": StoreEntry,
    "promoters": PromoterEntry,
    "products": Good,
}
T = TypeVar("T")


def names_in(path: Path) -> Names:
    """The names in a JSON file of the directory, or in all of them in a folder, in the form of the demo's.

    Raises OSError or `msgspec.DecodeError` for what cannot be read; files of other names are left alone.
    """
    found = [path] if path.is_file() else [path / f"{stem}.json" for stem in _FILES]
    return names_of(record for one in found if one.is_file() for record in _records(one))


def names_from(connection: Connection) -> Names:
    """The names that the service's own directory and catalogue give."""
    goods = goods_page(connection, Filter(), None, MOST_GOODS)
    return names_of(
        [
            *entries(connection, RegionEntry),
            *entries(connection, CategoryEntry),
            *entries(connection, MerchantEntry),
            *entries(connection, StoreEntry),
            *entries(connection, PromoterEntry),
            *goods,
        ]
    )


def names_of(records: Iterable[Any]) -> Names:
    """Names by code; a title that two of a kind have in common is followed by the code."""
    listed = [(type(one), _code(one), one.title, getattr(one, "title_en", "") or one.title) for one in records]
    seen: dict[tuple[type, str], int] = {}
    for kind, _, zh, en in listed:
        for title in {zh, en}:
            seen[kind, title] = seen.get((kind, title), 0) + 1
    return {
        (key, region_path(code) if kind is RegionEntry else code): Words(
            zh if seen[kind, zh] == 1 else f"{zh}（{code}）", en if seen[kind, en] == 1 else f"{en} ({code})"
        )
        for kind, code, zh, en in listed
        for key in _KEYS[kind]
    }


def _records(path: Path) -> list[Any]:
    kind = _FILES.get(path.stem)
    if kind is None:
        return []
    content = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    return msgspec.convert(content.get(path.stem, []), list[kind])  # type: ignore[valid-type]  # known at run time


def _code(record: Any) -> str:
    match record:
        case RegionEntry(code=code):
            return code
        case CategoryEntry(path=path):
            return path
        case Good(sku=sku):
            return sku
    return str(record.id)
