"""Other rules engines at the same task, each in the fastest form its documentation offers.

Every maker imports its library itself, so that what is not installed can be said and left out.
"""

from collections.abc import Sequence

from benchmarks import peer_zen
from benchmarks.peer_rules import PRICE, TAGS, TEXTS, Clause, Fact, Rule, infix, mask_of
from benchmarks.peers_by_hand import Ask


def cel(rules: Sequence[Rule]) -> Ask:
    """Common Expression Language (Rust): all rules as one compiled list of booleans."""
    import cel

    program = cel.compile(f"[{', '.join(infix(rule, '&&', '||') for rule in rules)}]")
    return lambda fact: mask_of(program.execute(fact))


def json_logic(rules: Sequence[Rule]) -> Ask:
    """JsonLogic (panzi-json-logic): one tree per rule."""
    from json_logic import jsonLogic

    trees = [{"and": [_tree(clause) for clause in rule]} for rule in rules]
    return lambda fact: mask_of([bool(jsonLogic(tree, fact)) for tree in trees])


def rule_engine(rules: Sequence[Rule]) -> Ask:
    """rule-engine: one compiled rule each."""
    import rule_engine

    compiled = [rule_engine.Rule(infix(rule, "and", "or")) for rule in rules]
    return lambda fact: mask_of([one.matches(fact) for one in compiled])


def business_rules(rules: Sequence[Rule]) -> Ask:
    """business-rules: one tree of conditions per rule over a class of variables."""
    from business_rules.engine import check_conditions_recursively
    from business_rules.variables import (
        BaseVariables,
        numeric_rule_variable,
        select_multiple_rule_variable,
        string_rule_variable,
    )

    def reading(name: str) -> object:
        return lambda self: self.fact[name]

    body: dict[str, object] = {name: string_rule_variable()(_named(reading(name), name)) for name in TEXTS}
    body[PRICE] = numeric_rule_variable()(_named(reading(PRICE), PRICE))
    body[TAGS] = select_multiple_rule_variable()(_named(reading(TAGS), TAGS))
    variables = type("Variables", (BaseVariables,), body)
    trees = [{"all": [_condition(clause) for clause in rule]} for rule in rules]

    def ask(fact: Fact) -> int:
        known = variables()
        known.fact = fact
        return mask_of([check_conditions_recursively(tree, known) for tree in trees])

    return ask


LIBRARIES = {
    **peer_zen.BY_FACT,
    "common-expression-language": cel,
    "panzi-json-logic": json_logic,
    "rule-engine": rule_engine,
    "business-rules": business_rules,
}


def _tree(clause: Clause) -> dict[str, object]:
    value = {"var": clause.property}
    match clause.operator:
        case "any_of":
            return {"in": [value, list(clause.values)]}
        case "has":
            return {"or": [{"in": [one, value]} for one in clause.values]}
        case "at_least":
            return {">=": [value, clause.values[0]]}
        case "less_than":
            return {"<": [value, clause.values[0]]}


def _condition(clause: Clause) -> dict[str, object]:
    match clause.operator:
        case "any_of":
            return {"any": [_asks(clause.property, "equal_to", value) for value in clause.values]}
        case "has":
            return _asks(clause.property, "shares_at_least_one_element_with", list(clause.values))
        case "at_least":
            return _asks(clause.property, "greater_than_or_equal_to", clause.values[0])
        case "less_than":
            return _asks(clause.property, "less_than", clause.values[0])


def _asks(name: str, operator: str, value: object) -> dict[str, object]:
    return {"name": name, "operator": operator, "value": value}


def _named(function: object, name: str) -> object:
    function.__name__ = name  # type: ignore[attr-defined]  # the library names variables after their functions
    return function
