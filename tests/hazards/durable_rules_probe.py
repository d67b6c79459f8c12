"""Runs inside the subprocesses of the hazard tests: durable-rules as it is, without Fenrun's precautions."""

import json
import resource
from typing import Any

import durable_rules_engine as raw

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

Json = Any
"""Rules and facts, right and wrong ones."""


def rule(condition: Json) -> Json:
    return {"all": [{"m": condition}]}


def make(conditions: list[Json], ensure_ascii: bool = True) -> int:
    rules = {f"r{index}": rule(condition) for index, condition in enumerate(conditions)}
    return int(raw.create_ruleset("probe", json.dumps(rules, ensure_ascii=ensure_ascii)))


def ask(handle: int, fact: Json, ensure_ascii: bool = True) -> list[str]:
    """Names of the rules a fact fires, in order; a name comes again if the rule fires again."""
    text = fact if isinstance(fact, str) else json.dumps(fact, ensure_ascii=ensure_ascii)
    result, state = raw.assert_fact(handle, text)
    if result:
        return []
    names = drain(handle, state)
    raw.retract_fact(handle, text)
    return names


def drain(handle: int, state: int) -> list[str]:
    names = []
    started = raw.start_action_for_state(handle, state)
    match = started and started[1]
    while match:
        names.append(match[2:].partition('"')[0])
        match = raw.complete_and_start_action(handle, state)
    return names


def resident_kb() -> int:
    with open("/proc/self/statm") as statm:  # noqa: PTH123 - a probe, kept as bare as can be
        return int(statm.read().split()[1]) * resource.getpagesize() // 1024
