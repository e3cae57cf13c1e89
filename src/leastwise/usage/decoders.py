"""Calls whose actions are told by what is inside the request, not by its name or members alone.

Source: Service Authorization Reference, API operations table of Amazon DynamoDB; Amazon DynamoDB Developer
Guide, "Understanding DynamoDB log file entries" and "PartiQL reference".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from leastwise.catalogue.events import ActionRule, Target
from leastwise.usage.parameters import Parameters
from leastwise.usage.plans import ActionPlan, CallPlan, action_plan

Decoder = Callable[[CallPlan, Parameters, object], Sequence[ActionPlan]]

_STATEMENT = re.compile(
    r"""\s*(?:EXISTS\s*\(\s*)?
    (?:(?P<select>SELECT)\s.*?\sFROM\s | (?P<insert>INSERT)\s+INTO\s
     | (?P<update>UPDATE)\s | (?P<delete>DELETE)\s+FROM\s)
    \s*(?:"(?P<quoted>[^"]+)"|(?P<bare>[\w.-]+))
    (?:\s*\.\s*"(?P<index>[^"]+)")?""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_ACTIONS = {
    "select": "dynamodb:PartiQLSelect",
    "insert": "dynamodb:PartiQLInsert",
    "update": "dynamodb:PartiQLUpdate",
    "delete": "dynamodb:PartiQLDelete",
}
_WRITES = {
    "put": "dynamodb:PutItem",
    "update": "dynamodb:UpdateItem",
    "delete": "dynamodb:DeleteItem",
    "conditioncheck": "dynamodb:ConditionCheckItem",
}
_TABLE_ARN = re.compile(r"arn:[\w-]+:dynamodb:[\w-]*:\d*:table/(?P<name>[\w.-]+)(?:/index/(?P<index>[\w.-]+))?")
_NAME = re.compile(r"[\w.-]{1,255}", re.ASCII)
_MOST_TEXT = 65_536
_MOST_ENTRIES = 1_000


def partiql(plan: CallPlan, parameters: Parameters, request: object) -> list[ActionPlan]:
    """One action for each statement by its verb, on the table or index that it names.

    Of a statement that cannot be read it is unknown which of the actions it needed: all, as guesses.
    """
    statements = parameters.texts.get("statement") or [""]
    return _once(one for text in statements[:_MOST_ENTRIES] for one in _of_statement(plan, text))


def _of_statement(plan: CallPlan, text: str) -> Iterator[ActionPlan]:
    found = _STATEMENT.match(text[:_MOST_TEXT])
    if found is None:
        yield from _guesses(plan.rule.actions)
        return
    verb = next(name for name in _ACTIONS if found[name])
    yield from _on_table(plan, _ACTIONS[verb], found["quoted"] or found["bare"], found["index"] or "")


def transaction(plan: CallPlan, parameters: Parameters, request: object) -> list[ActionPlan]:
    """One action for each entry of a transaction by its kind, on the table that it names."""
    entries = list(_entries(request))[:_MOST_ENTRIES]
    if not entries:
        return list(_guesses(plan.rule.actions))
    return _once(one for kind, table in entries for one in _on_table(plan, _WRITES.get(kind, ""), table, ""))


def _entries(request: object) -> Iterator[tuple[str, str]]:
    """Kind and table of each entry, as the record tells them or as the API has them.

    `{"operation": "Put", "tableName": …}` or `{"put": {"tableName": …}}`.
    """
    lowered = _lowered(request)
    for name in ("requestitems", "transactitems"):
        listed = lowered.get(name)
        for entry in map(_lowered, listed if isinstance(listed, list) else ()):
            if "operation" in entry:
                yield _text(entry["operation"]).lower(), _text(entry.get("tablename"))
                continue
            for kind in entry.keys() & _WRITES.keys():
                yield kind, _text(_lowered(entry[kind]).get("tablename"))


def _lowered(value: object) -> Mapping[str, object]:
    return {str(k).lower(): v for k, v in value.items()} if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _on_table(plan: CallPlan, action: str, table: str, index: str) -> Iterator[ActionPlan]:
    arn = _TABLE_ARN.fullmatch(table)
    if arn:
        table, index = arn["name"], index or arn["index"] or ""
    rules = [rule for rule in plan.rule.actions if rule.action == action]
    if not rules or not _NAME.fullmatch(table) or not _NAME.fullmatch(index or table):
        yield from _guesses(rules or plan.rule.actions)
        return
    for rule in rules:
        yield _named(rule, table, index)


@lru_cache(maxsize=2048)
def _named(rule: ActionRule, table: str, index: str) -> ActionPlan:
    """The action on this table or index and no other, whatever else the record lists."""
    wanted = "index" if index else "table"
    targets = tuple(_literal(t, table, index) for t in rule.targets if t.resource_type == wanted)
    return action_plan(replace(rule, targets=targets or rule.targets))


def _literal(target: Target, table: str, index: str) -> Target:
    template = target.template.replace("${TableName}", table).replace("${IndexName}", index)
    return replace(target, template=template, required=True, created=False, fills=())


def _guesses(rules: Iterable[ActionRule]) -> Iterator[ActionPlan]:
    for rule in rules:
        yield action_plan(replace(rule, confidence="guess"))


def _once(actions: Iterable[ActionPlan]) -> list[ActionPlan]:
    return list({id(action): action for action in actions}.values())


DECODERS: Mapping[str, Decoder] = {"partiql": partiql, "dynamodb-transact": transaction}
