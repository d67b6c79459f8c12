"""zen-engine (Rust) in each of the forms it offers, so that its fastest is measured and not the one tried first."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.peer_rules import PRICE, TAGS, TEXTS, Clause, Fact, Rule, infix, mask_of
from benchmarks.peers_by_hand import Ask

AskOrder = Callable[[Sequence[Fact]], list[int]]
"""The masks for all lines of an order."""


def expression(rules: Sequence[Rule]) -> Ask:
    """All rules as one compiled expression that gives a list of booleans."""
    import zen

    compiled = zen.compile_expression(_all(rules))
    return lambda fact: mask_of(compiled.evaluate(fact))


def expression_over_lines(rules: Sequence[Rule]) -> AskOrder:
    """The same expression, mapped over all lines of an order in one call."""
    import zen

    compiled = zen.compile_expression(f"map(lines, {_all(rules, prefix='#.')})")
    return lambda facts: [mask_of(held) for held in compiled.evaluate({"lines": facts})]


def unary(rules: Sequence[Rule]) -> Ask:
    """One compiled unary expression per rule, asked one after the other."""
    import zen

    texts = [" and ".join(_of_cell(clause, f"$.{clause.property}") for clause in rule) for rule in rules]
    compiled = [zen.compile_unary_expression(text) for text in texts]

    def ask(fact: Fact) -> int:
        context = {"$": fact}
        return mask_of([one.evaluate(context) for one in compiled])

    return ask


def table(rules: Sequence[Rule]) -> Ask:
    """A decision table with a row per rule and a column per property; all rows that hold are collected."""
    import zen

    engine = _loaded(zen, rules)
    return lambda fact: _rows(engine.evaluate("rules", fact)["result"])


def table_over_lines(rules: Sequence[Rule]) -> AskOrder:
    """The same table, asked for all lines of an order in one batch."""
    import zen

    engine = _loaded(zen, rules)
    return lambda facts: [
        _rows(one["data"]["result"])
        for one in engine.evaluate_batch([{"key": "rules", "context": fact} for fact in facts])
    ]


BY_FACT: dict[str, Callable[[Sequence[Rule]], Ask]] = {
    "zen-engine, expression": expression,
    "zen-engine, unary": unary,
    "zen-engine, table": table,
}
BY_ORDER: dict[str, Callable[[Sequence[Rule]], AskOrder]] = {
    "zen-engine, expression, batch": expression_over_lines,
    "zen-engine, table, batch": table_over_lines,
}


def _all(rules: Sequence[Rule], prefix: str = "") -> str:
    return f"[{', '.join(infix(rule, 'and', 'or', prefix) for rule in rules)}]"


def _loaded(zen: Any, rules: Sequence[Rule]) -> Any:
    """An engine that has the table from its own loader: so it is compiled once, which `create_decision` does not do."""
    return zen.ZenEngine({"loader": {"type": "static", "content": {"rules": _decision(rules)}}})


def _rows(collected: list[dict[str, int]]) -> int:
    return sum(1 << row["rule"] for row in collected)


def _decision(rules: Sequence[Rule]) -> dict[str, object]:
    columns = (*TEXTS, PRICE, TAGS)
    content = {
        "hitPolicy": "collect",
        "inputs": [{"id": name, "name": name, "field": name} for name in columns],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": [
            {"_id": f"r{at}", "rule": str(at), **{name: cell(rule, name) for name in columns}}
            for at, rule in enumerate(rules)
        ],
    }
    return {
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode", "content": {}},
            {"id": "table", "name": "table", "type": "decisionTableNode", "content": content},
            {"id": "out", "name": "out", "type": "outputNode", "content": {}},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }


def cell(rule: Rule, name: str) -> str:
    """What a row asks of one property; empty for nothing."""
    clauses = [clause for clause in rule if clause.property == name]
    if len(clauses) == 1 and clauses[0].operator == "any_of":
        return ", ".join(json.dumps(value) for value in clauses[0].values)
    return " and ".join(map(_of_cell, clauses))


def _of_cell(clause: Clause, name: str = "$") -> str:
    match clause.operator:
        case "any_of":
            return f"{name} in {json.dumps(list(clause.values))}"
        case "has" if len(clause.values) == 1:
            return f"{json.dumps(clause.values[0])} in {name}"
        case "has":
            return "(" + " or ".join(f"{json.dumps(value)} in {name}" for value in clause.values) + ")"
        case "at_least":
            return f"{name} >= {clause.values[0]}"
        case "less_than":
            return f"{name} < {clause.values[0]}"
