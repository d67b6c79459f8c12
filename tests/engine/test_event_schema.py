"""The JSON Schema of events says exactly what the decoder takes; run this file to write it anew."""

import json
from pathlib import Path
from typing import Any

import msgspec

from engine.order import OrderEvent, RefundEvent

SCHEMA = Path(__file__).parents[2] / "rules" / "schema" / "event.schema.json"


def event_schema() -> dict[str, Any]:
    """One order or refund event, or a list of them, in the order of `docs/order-event.md`."""
    (order, refund), components = msgspec.json.schema_components(
        [OrderEvent, RefundEvent], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Fenrun events / 订单与退款事件: fenrun evaluate ORDER.json",
        "oneOf": [order, refund, {"type": "array", "items": {"oneOf": [order, refund]}, "minItems": 1}],
        "$defs": components,
    }


def test_the_schema_is_in_step_with_the_decoder() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json.loads(json.dumps(event_schema()))


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(event_schema(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
