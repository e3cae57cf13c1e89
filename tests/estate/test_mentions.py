"""Which documents are about an action, told from their text: never fewer than the documents themselves say."""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_estates import ACTIONS, Made

from examples import EXAMPLES
from leastwise.estate.mentions import Mentions
from leastwise.language.matching import names_action
from leastwise.language.parse import parse_draft
from leastwise.model.errors import PolicyError

ASKED = sorted({one for actions in ACTIONS.values() for one in actions})
ODD = (
    *(None, "\u20ac", 0, "", "x", [], {}, True, "Allow", ["s3:*", 1], {"StringEqual": {"a": "b"}}),
    *({"StringEquals": "b"}, {"StringEquals": {}}, {"Bool": {"a": [None]}}),
)
ELEMENTS = ("NotAction", "Principal", "Odd", "Action", "Sid", "Id", "Version")


def about(text: str, action: str) -> tuple[bool, bool]:
    """Whether the document may allow the action, and whether it says anything of it."""
    try:
        statements = parse_draft(text)[0].statements
    except PolicyError:
        return True, True
    effects = {one.effect for one in statements if names_action(one, action.lower())}
    return "Allow" in effects, bool(effects)


def assert_told(text: str) -> None:
    mentions = Mentions()
    mentions.add([text])
    for action in ASKED:
        allows, says = about(text, action)
        assert not allows or text in mentions.allowing(action), (text, action)
        assert not says or text in mentions.about(action), (text, action)


def spoilt(value: object, random: Random) -> object:
    """The value with one part of it left out, renamed or put in place of another."""
    if isinstance(value, dict) and value and random.random() < 0.8:
        name = random.choice(list(value))
        choice = random.random()
        if choice < 0.2:
            return {key: one for key, one in value.items() if key != name}
        if choice < 0.4:
            return {(key.lower() if key == name else key): one for key, one in value.items()}
        if choice < 0.5:
            return {
                **value,
                random.choice(ELEMENTS): random.choice(ODD),
            }
        return {**value, name: spoilt(value[name], random)}
    if isinstance(value, list) and value and random.random() < 0.8:
        place = random.randrange(len(value))
        return [*value[:place], spoilt(value[place], random), *value[place + 1 :]]
    return random.choice(ODD)


@EXAMPLES
@given(st.integers(0, 2**32))
def test_no_document_is_left_out_that_is_about_the_action(seed: int) -> None:
    made = Made(seed)
    document = made.document("identity")
    assert_told(json.dumps(document))
    for _ in range(4):
        assert_told(json.dumps(spoilt(document, made.random)))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"Version": "2012-10-17"}', '{"statement": []}', "\ud800"])
def test_what_is_no_policy_may_be_about_everything(text: str) -> None:
    mentions = Mentions()
    mentions.add([text])
    assert {text} == mentions.allowing("s3:GetObject") == mentions.about("s3:GetObject")


def test_what_says_nothing_of_an_action_is_left_out() -> None:
    made = Made(1)
    texts = {json.dumps(made.document("identity")) for _ in range(200)}
    mentions = Mentions()
    mentions.add(texts)
    expected = {text for text in texts if about(text, "kms:Decrypt")[0]}
    assert expected == mentions.allowing("kms:Decrypt")
    assert len(expected) < len(texts) / 2
