"""Each part of a text keeps its place, and whatever is not JSON is told where it stops being it."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import EXAMPLES
from leastwise.language.from_mapping import tree_of
from leastwise.language.locate import read_json
from leastwise.language.nodes import (
    EXCERPT_WIDTH,
    Flag,
    Items,
    JsonFault,
    Members,
    Null,
    Number,
    Source,
    excerpt_column,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
    max_leaves=12,
)


def plain(node):
    """The value a node stands for, as `json.loads` with numbers as text would have it."""
    if isinstance(node, Members):
        return {key.value: plain(value) for key, value in node.values}
    if isinstance(node, Items):
        return [plain(value) for value in node.values]
    return None if isinstance(node, Null) else node.value


def fault(text):
    with pytest.raises(JsonFault) as caught:
        read_json(text, name="p")
    return caught.value


@EXAMPLES
@given(JSON, st.sampled_from((None, 1)), st.booleans())
def test_reads_what_the_json_module_writes(value, indent, ascii_only):
    text = json.dumps({"": value}, indent=indent, ensure_ascii=ascii_only)
    expected = json.loads(text, parse_int=str, parse_float=str)
    assert expected == plain(read_json(text, name="p").root)


@EXAMPLES
@given(JSON)
def test_a_mapping_makes_the_tree_of_its_text(value):
    text = json.dumps({"": value})
    assert plain(read_json(text, name="p").root) == plain(tree_of({"": value}, name="p").root)


@EXAMPLES
@given(st.text(alphabet='{}[]",:\\ \n\t0123-.eEtrufalsné/', max_size=24))
def test_accepts_exactly_what_the_json_module_accepts(text):
    try:
        json.loads(text, parse_constant=lambda name: json.loads(name.lower()))
        accepted = True
    except ValueError:
        accepted = False
    try:
        read_json(text, name="p")
        read = True
    except JsonFault:
        read = False
    assert accepted == read


def test_places_are_lines_and_columns_from_one():
    tree = read_json('{\r\n  "é": [1,\r 22]\n}', name="p")
    assert isinstance(tree.root, Members)
    key, items = tree.root.values[0]
    assert isinstance(items, Items)
    assert ["p:2:3", "p:2:8", "p:2:9", "p:3:2"] == [
        str(tree.source.place(n.start, n.end)) for n in (key, items, *items.values)
    ]
    assert (3, 3) == (tree.source.place(key.start, key.end).length, tree.source.place(items.start, items.end).length)


def test_keys_given_twice_are_both_there():
    root = read_json('{"a": 1, "a": true}', name="p").root
    assert isinstance(root, Members)
    assert [("a", Number), ("a", Flag)] == [(key.value, type(value)) for key, value in root.values]


def test_numbers_stay_as_written():
    digits = "9" * 5000
    root = read_json(f"[1.50, -0, 1E+2, {digits}]", name="p").root
    assert ["1.50", "-0", "1E+2", digits] == plain(root)


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("", "1:1", "the document is empty", None),
        ('{"a": 1,}', "1:9", "unexpected `}`", "remove the comma before `}`"),
        ("[1,]", "1:4", "unexpected `]`", "remove the comma before `]`"),
        ('{"a": 1', "1:8", "the document ends", "close the `{` with `}`"),
        ('{"a": [1', "1:9", "the document ends", "close the `[` with `]`"),
        ('{"a": 1} x', "1:10", "unexpected `x`", "write"),
        ('{"a": "b', "1:7", "does not end", None),
        ('{"a": "b\nc"}', "1:9", "a line break or control character", None),
        ('{"a": "b\x00c"}', "1:9", "a line break or control character", None),
        ('{"a": "\\x"}', "1:8", "an invalid escape", None),
        ('{"a": "\\u12G4"}', "1:9", "an invalid escape", None),
        ("{\n// why\n}", "2:1", "unexpected `/`", "JSON has no comments"),
        ("{'a': 1}", "1:2", "unexpected `'`", "double quotes"),
        ("{“a”: 1}", "1:2", "unexpected `“`", "straight double quotes"),
        ('{"a": True}', "1:7", "unexpected `True`", "write `true`"),
        ('{"a": NaN}', "1:7", "unexpected `NaN`", "write"),
        ('{"a": 01}', "1:8", "unexpected `1`", None),
        ('{"a" 1}', "1:6", "unexpected `1`, expected `:`", None),
        ('{1: "a"}', "1:2", "expected a key in double quotes", None),
        ('["a" "b"]', "1:6", "expected `,`", None),
        ("]", "1:1", "unexpected `]`, expected a value", None),
    ],
)
def test_a_syntax_fault_has_its_place_and_an_instruction(text, place, message, hint):
    found = fault(text)
    assert ("LW-P01", f"p:{place}") == (found.code, str(found.source.place(found.start, found.start + 1)))
    assert message in found.message
    assert (hint or "") in (found.hint or "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 1_000_000, "LW-P02"),
        ('{"a":' * 100 + "1" + "}" * 100, "LW-P02"),
        (" " * 10_000_001, "LW-P02"),
        ("[" + "0," * 600_000 + "0]", "LW-P02"),
        ('{"a": "\\ud800"}', "LW-P04"),
        ('{"a": "\ud800"}', "LW-P04"),
        (b'{"a": "\xff"}', "LW-P04"),
        ('{"a": 1}'.encode("utf-16"), "LW-P04"),
        ("%7B%ff", "LW-P04"),
    ],
    ids=("deep", "deep object", "long", "many", "half escaped", "half", "bad byte", "utf-16", "bad byte in URL"),
)
def test_what_is_not_read_at_all(text, code):
    assert code == fault(text).code


def test_a_byte_that_is_not_utf8_has_its_place():
    found = fault(b'{\n "a": "\xff"}')
    assert "p:2:8" == str(found.source.place(found.start, found.start + 1))


def test_64_levels_are_read():
    assert isinstance(read_json("[" * 64 + "]" * 64, name="p").root, Items)
    assert "LW-P02" == fault("[" * 65 + "]" * 65).code


def test_a_surrogate_pair_is_one_character():
    assert ["😀"] == plain(read_json('["\\ud83d\\ude00"]', name="p").root)


@pytest.mark.parametrize("wrap", [lambda t: t, quote, lambda t: " %20" + quote(t), json.dumps, lambda t: "\ufeff" + t])
def test_a_document_is_found_in_its_wrapping(wrap):
    tree = read_json(wrap('{\n "a": "%41"}'), name="p")
    assert {"a": "%41"} == plain(tree.root)
    assert isinstance(tree.root, Members)
    assert "p:2:2" == str(tree.source.place(tree.root.values[0][0].start, 9))


def test_bytes_may_have_a_byte_order_mark():
    assert {"a": "é"} == plain(read_json('\ufeff{"a": "é"}'.encode(), name="p").root)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 10**5000, {1}, object(), {1: 2}, "\udc00", b"x"],
    ids=[f"value {n}" for n in range(8)],
)
def test_a_mapping_that_json_cannot_hold(value):
    with pytest.raises(JsonFault):
        tree_of({"a": value}, name="p")


def test_a_mapping_within_itself_ends():
    loop: dict[str, object] = {}
    loop["a"] = loop
    with pytest.raises(JsonFault):
        tree_of(loop, name="p")
    many: list[object] = []
    for _ in range(40):
        many = [many, many]
    with pytest.raises(JsonFault):
        tree_of({"a": many}, name="p")


@pytest.mark.parametrize("before", [0, 10, 79, 80, 500])
@pytest.mark.parametrize("after", [0, 5, 500])
def test_an_excerpt_shows_the_fault_where_it_says(before, after):
    text = "first\n" + "a" * before + "X" + "b" * after + "\nlast"
    source = Source("p", text)
    start = text.index("X")
    excerpt = source.excerpt(start)
    column = source.place(start, start + 1).column
    assert excerpt is not None
    assert before + 1 == column
    assert "X" == excerpt[excerpt_column(column) - 1]
    assert len(excerpt) <= EXCERPT_WIDTH
    assert (before >= 80) == excerpt.startswith("…")
    assert "last" not in excerpt


def test_an_excerpt_has_no_control_characters():
    source = Source("p", "a\x1b[31m\tb\u202ec")
    assert "a\ufffd[31m b\ufffdc" == source.excerpt(0)


def test_a_mapping_has_no_places():
    tree = tree_of({"a": "b"}, name="p")
    assert (None, None) == (tree.source.place(0, 1), tree.source.excerpt(0))
