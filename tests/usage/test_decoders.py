"""Actions that only the inside of a request tells."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_logs import ACCOUNT, a_file, a_record

from leastwise.catalogue.load import load_catalogue
from leastwise.usage.decoders import DECODERS, partiql, transaction
from leastwise.usage.events import read_events
from leastwise.usage.kernel import Kernel
from leastwise.usage.parameters import Parameters
from leastwise.usage.plans import ActionPlan, CallPlan, plan_of
from leastwise.usage.resources import NOTHING_NAMED, Named, place_of, resources_of

TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/"
VERBS = {"PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"}
CATALOGUE = load_catalogue()


def _plan(name: str) -> CallPlan:
    return plan_of(CATALOGUE.call("dynamodb.amazonaws.com", name))


def _grants(actions: list[ActionPlan], request: object, named: Named = NOTHING_NAMED) -> set[tuple[str, str, bool]]:
    place = place_of("eu-west-1", ACCOUNT)
    parameters = Parameters(request)  # type: ignore[arg-type]
    return {
        (action.action.partition(":")[2], resource.removeprefix(TABLE), action.is_guess)
        for action in actions
        for resource, _ in resources_of(action, parameters, named=named, place=place)
    }


def _partiql(request: dict[str, object], named: Named = NOTHING_NAMED) -> set[tuple[str, str, bool]]:
    return _grants(partiql(_plan("ExecuteStatement"), Parameters(request), request), request, named)


def _transaction(request: dict[str, object], named: Named = NOTHING_NAMED) -> set[tuple[str, str, bool]]:
    return _grants(transaction(_plan("TransactWriteItems"), Parameters(request), request), request, named)


def test_every_decoder_that_the_catalogue_names_exists() -> None:
    named = {rule.decoder for prefix in CATALOGUE.prefixes for rule in CATALOGUE.rules(prefix) if rule.decoder}
    assert set(DECODERS) == named


@pytest.mark.parametrize(
    ("statement", "grant"),
    [
        ('SELECT * FROM "Music" WHERE Artist=?', ("PartiQLSelect", "Music", False)),
        ("select a, b from Music", ("PartiQLSelect", "Music", False)),
        ('SELECT * FROM "Music"."by-year" WHERE y = 1', ("PartiQLSelect", "Music/index/by-year", False)),
        ('SELECT "from" FROM "t.a_b-c" WHERE x = 1', ("PartiQLSelect", "t.a_b-c", False)),
        ("INSERT INTO Music VALUE {'Artist' : ***(Redacted)}", ("PartiQLInsert", "Music", False)),
        ("UPDATE Music SET Album = ***(Redacted) WHERE Artist = 'x'", ("PartiQLUpdate", "Music", False)),
        ('\n  UPDATE\n "Music"\nSET a=1', ("PartiQLUpdate", "Music", False)),
        ('DELETE FROM "Music" WHERE Artist = 1', ("PartiQLDelete", "Music", False)),
        ('EXISTS(SELECT * FROM "Music" WHERE a=1)', ("PartiQLSelect", "Music", False)),
        (f'SELECT * FROM "{TABLE}Music"', ("PartiQLSelect", "Music", False)),
        (f'SELECT * FROM "{TABLE}Music/index/i"', ("PartiQLSelect", "Music/index/i", False)),
    ],
)
def test_a_statement_is_one_action_on_what_it_names(statement: str, grant: tuple[str, str, bool]) -> None:
    assert {grant} == _partiql({"statement": statement})


@pytest.mark.parametrize(
    "request_",
    [{}, {"statement": "HIDDEN"}, {"statement": 5}, {"statement": ""}, {"statement": "DROP TABLE x"}],
)
def test_of_a_hidden_statement_all_are_possible(request_: dict[str, object]) -> None:
    assert {(verb, True) for verb in VERBS} == {(action, guess) for action, _, guess in _partiql(request_)}


def test_a_statement_on_a_name_that_is_none_is_a_guess_on_any() -> None:
    ((action, _, is_guess),) = _partiql({"statement": 'SELECT * FROM "a b*?${x}"'})
    assert ("PartiQLSelect", True) == (action, is_guess)


def test_statements_of_a_batch_are_each_their_own() -> None:
    statements = ["UPDATE A SET x=1", "INSERT INTO B VALUE {}", "UPDATE A SET x=2"]
    expected = {("PartiQLUpdate", "A", False), ("PartiQLInsert", "B", False)}
    for member in ("requestItems", "statements", "transactStatements"):
        assert expected == _partiql({member: [{"statement": s} for s in statements]})


def test_what_the_record_lists_goes_to_the_statement_that_names_it() -> None:
    request: dict[str, object] = {"requestItems": [{"statement": "UPDATE A SET x=1"}, {"statement": "DELETE FROM B"}]}
    listed = Named((f"{TABLE}A", f"{TABLE}B"))
    assert {("PartiQLUpdate", "A", False), ("PartiQLDelete", "B", False)} == _partiql(request, listed)


AS_LOGGED = [
    {"operation": "Put", "tableName": "A", "key": {}, "items": ["x"]},
    {"operation": "Update", "tableName": "B"},
    {"operation": "Delete", "tableName": "A"},
    {"operation": "ConditionCheck", "tableName": f"{TABLE}C"},
]
AS_CALLED = [
    {"put": {"tableName": "A", "item": {}}},
    {"update": {"tableName": "B"}},
    {"Delete": {"TableName": "A"}},
    {"conditionCheck": {"tableName": f"{TABLE}C"}},
]


@pytest.mark.parametrize(
    "request_", [{"requestItems": AS_LOGGED}, {"transactItems": AS_CALLED}, {"TransactItems": AS_CALLED}]
)
@pytest.mark.parametrize("named", [NOTHING_NAMED, Named((f"{TABLE}A", f"{TABLE}B", f"{TABLE}C"))])
def test_each_entry_of_a_transaction_is_one_action_on_its_table(request_: dict[str, object], named: Named) -> None:
    expected = {
        ("PutItem", "A", False),
        ("UpdateItem", "B", False),
        ("DeleteItem", "A", False),
        ("ConditionCheckItem", "C", False),
    }
    assert expected == _transaction(request_, named)


@pytest.mark.parametrize(
    "items", [None, [], "x", [None], [{}], [{"put": 1}], [{"operation": "Other", "tableName": "A"}]]
)
def test_of_a_transaction_that_tells_nothing_all_are_possible_guesses(items: object) -> None:
    found = _transaction({"requestItems": items})
    assert {True} == {is_guess for _, _, is_guess in found}


def test_a_logged_transaction_comes_through_the_kernel() -> None:
    record = a_record(
        1,
        eventSource="dynamodb.amazonaws.com",
        eventName="TransactWriteItems",
        requestParameters={"requestItems": AS_LOGGED[:2]},
    )
    kernel = Kernel(CATALOGUE)
    kernel.add(read_events(a_file(record)).events)
    (call,) = kernel.take().calls
    found = {(g.action, g.resource, g.is_guess) for g in call.grants}
    assert {("dynamodb:PutItem", f"{TABLE}A", False), ("dynamodb:UpdateItem", f"{TABLE}B", False)} == found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["put", "operation", "tableName", "statement", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
TOP = st.sampled_from(["requestItems", "transactItems", "statement", "statements"])


@given(st.dictionaries(TOP, JSON))
def test_any_request_is_decoded(request_: dict[str, object]) -> None:
    parameters = Parameters(json.loads(json.dumps(request_)))
    for name, decoder in (("ExecuteStatement", partiql), ("TransactWriteItems", transaction)):
        assert decoder(_plan(name), parameters, request_)


@pytest.mark.parametrize(
    "text", ["SELECT " * 9_000, "SELECT " + " FROM" * 9_000, 'SELECT x FROM "' + "a" * 99_999, " " * 99_999]
)
def test_a_long_statement_takes_no_long_time(text: str) -> None:
    assert _partiql({"statement": text})
