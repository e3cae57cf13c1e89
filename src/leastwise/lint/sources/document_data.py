"""The document that Terraform's data source `aws_iam_policy_document` makes of its arguments.

What `source_policy_documents` and `override_policy_documents` merge into it is not in it: those are documents of
their own. Terraform AWS provider documentation, "Data Source: aws_iam_policy_document".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from leastwise.language.nodes import Flag, Items, Members, Node, Null, Number, Text
from leastwise.lint.sources.holes import NAMELESS, hole_at, whole_hole
from leastwise.lint.sources.search import listed, member, text
from leastwise.model.policy import VARIABLES_VERSION

_LISTS = (
    ("actions", "Action"),
    ("not_actions", "NotAction"),
    ("resources", "Resource"),
    ("not_resources", "NotResource"),
)
_PRINCIPALS = (("principals", "Principal"), ("not_principals", "NotPrincipal"))


def document_of(arguments: Members) -> Members | None:
    """The document; None where the arguments have no statement of their own."""
    statements = _given(arguments, "statement")
    if statements is None:
        return None
    version = _given(arguments, "version") or _text(arguments, VARIABLES_VERSION)
    parts = [(_text(version, "Version"), version)]
    policy_id = _given(arguments, "policy_id")
    if policy_id is not None:
        parts.append((_text(policy_id, "Id"), policy_id))
    parts.append((_text(statements, "Statement"), _each(statements)))
    return Members(arguments.start, arguments.end, parts)


def _each(statements: Node) -> Node:
    if not isinstance(statements, Items):
        return statements
    return Items(statements.start, statements.end, [_statement(one) for one in statements.values])


def _statement(node: Node) -> Node:
    return Members(node.start, node.end, list(_elements(node))) if isinstance(node, Members) else node


def _elements(node: Members) -> Iterator[tuple[Text, Node]]:
    sid = _given(node, "sid")
    if sid is not None and text(node, "sid"):
        yield _text(sid, "Sid"), sid
    effect = _given(node, "effect") or _text(node, "Allow")
    yield _text(effect, "Effect"), effect
    for argument, element in _PRINCIPALS:
        named = _given(node, argument)
        if named is not None:
            yield _text(named, element), _principals(named)
    for argument, element in _LISTS:
        values = _given(node, argument)
        if values is not None:
            yield _text(values, element), _variables(values)
    conditions = _given(node, "condition")
    if conditions is not None:
        yield _text(conditions, "Condition"), _conditions(conditions)


def _principals(node: Node) -> Node:
    """By type; the type `*` alone is everyone."""
    given = [(member(one, "type"), _given(one, "identifiers")) for one in listed(node)]
    if not isinstance(node, Items) or any(not isinstance(kind, Text) or whole_hole(kind.value) for kind, _ in given):
        return _unknown(node)
    types = [(kind, values) for kind, values in given if isinstance(kind, Text) and values is not None]
    if types and all(kind.value == "*" for kind, _ in types):
        return _text(node, "*")
    return _gathered(node, ((_text(kind, kind.value.replace("*", "AWS")), values) for kind, values in types))


def _conditions(node: Node) -> Node:
    """Values under key under operator; a block that names neither is not known."""
    if not isinstance(node, Items):
        return node
    operators: dict[str, tuple[Text, list[tuple[Text, Node]]]] = {}
    for one in node.values:
        test, variable, values = member(one, "test"), member(one, "variable"), _given(one, "values")
        if not isinstance(test, Text) or not isinstance(variable, Text) or whole_hole(test.value) is not None:
            return _unknown(node)
        operators.setdefault(test.value, (test, []))[1].append((variable, values or _list(variable, [])))
    return Members(node.start, node.end, [(test, _gathered(test, blocks)) for test, blocks in operators.values()])


def _gathered(node: Node, values: Iterable[tuple[Text, Node]]) -> Members:
    """An object in which what is given for one key is one list."""
    out: dict[str, tuple[Text, list[Node]]] = {}
    for key, value in values:
        out.setdefault(key.value, (key, []))[1].extend(listed(value) if isinstance(value, Items) else [value])
    return Members(node.start, node.end, [(key, _list(key, all_of)) for key, all_of in out.values()])


def _list(key: Text, values: list[Node]) -> Items:
    start, end = (values[0].start, values[-1].end) if values else (key.start, key.end)
    return Items(start, end, [_variables(one) for one in values])


def _given(node: Node | None, name: str) -> Node | None:
    """An argument; None where it is not given, or given as nothing."""
    found = member(node, name)
    is_nothing = isinstance(found, Null) or (isinstance(found, Items) and not found.values)
    return None if is_nothing else found


def _variables(node: Node) -> Node:
    """The data source writes `&{` for the `${` of a policy variable."""
    if isinstance(node, Text):
        return Text(node.start, node.end, node.value.replace("&{", "${"))
    if isinstance(node, Items):
        return Items(node.start, node.end, [_variables(one) for one in node.values])
    if isinstance(node, Number | Flag):
        written = node.value if isinstance(node, Number) else str(node.value).lower()
        return Text(node.start, node.end, written)
    return node


def _text(at: Node, value: str) -> Text:
    return Text(at.start, at.end, value)


def _unknown(at: Node) -> Text:
    return hole_at(at.start, at.end, NAMELESS)
