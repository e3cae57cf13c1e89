"""Numbers, dates, addresses, truth values and bytes: each reader against the standard library, and the algebra."""

from __future__ import annotations

import base64
import ipaddress
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import EXAMPLES
from leastwise.language.values import addresses, binaries, booleans, dates, numbers

DECIMAL_TEXTS = st.one_of(
    st.from_regex(r"[+-]?([0-9]{1,3}(\.[0-9]{0,3})?|\.[0-9]{1,3})", fullmatch=True),
    st.integers(-9, 9).map(str),
    st.text("0123+-.eE _x٣", max_size=5),
)


def read_slowly(text: str) -> Fraction | None:
    if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", text):
        return None
    return Fraction(re.sub(r"\.$", "", re.sub(r"^([+-]?)\.", r"\g<1>0.", text)))


@EXAMPLES
@given(DECIMAL_TEXTS)
def test_numbers_read_exactly(text):
    expected, read = read_slowly(text), numbers.number(text)
    assert (expected is None) == (read is None)
    if read is not None:
        assert expected == Fraction(read)


NUMBER_MAKERS = {
    numbers.below: Fraction.__lt__,
    numbers.at_most: Fraction.__le__,
    numbers.above: Fraction.__gt__,
    numbers.at_least: Fraction.__ge__,
    numbers.equal_to: Fraction.__eq__,
}


@EXAMPLES
@given(st.sampled_from(list(NUMBER_MAKERS)), DECIMAL_TEXTS, DECIMAL_TEXTS)
def test_numbers_compare_exactly(make, bound, text):
    value, limit = read_slowly(text), read_slowly(bound)
    expected = value is not None and limit is not None and NUMBER_MAKERS[make](value, limit)
    texts = make(bound)
    assert expected == (text in texts) == texts.test()(text) == (text not in ~texts)


SOME_TYPED = {
    "number": st.builds(lambda make, bound: make(bound), st.sampled_from(list(NUMBER_MAKERS)), DECIMAL_TEXTS),
    "date": st.builds(
        lambda make, bound: make(bound),
        st.sampled_from([dates.before, dates.until, dates.after, dates.since, dates.at]),
        st.sampled_from(["2020", "2020-01", "2020-01-01T00:00:00.5Z", "1577836800", "1577836799.99", "no", "-5"]),
    ),
    "address": st.sampled_from(
        ["10.0.0.0/30", "10.0.0.2", "0.0.0.0/0", "::/0", "::1", "2001:db8::/32", "10.0.0.0/29", "no"]
    ).map(addresses.inside),
    "boolean": st.sampled_from(["true", "FALSE", "no"]).map(booleans.equal_to),
    "binary": st.sampled_from(["", "QQ==", "QUI=", "MA==", "no"]).map(binaries.equal_to),
}
PROBES = {
    "number": ["5", "5.0", "-1", "0", ".5", "x", "", "1e3", "9" * 50],
    "date": ["2020", "2019-12-31T23:59:59.99Z", "1577836800.000", "x", "", "2020-01-01T01:00:00.5+01:00", "-5"],
    "address": ["10.0.0.0", "10.0.0.4", "10.0.0.7", "::1", "::ffff:10.0.0.1", "2001:db8::9", "x", "", "1.2.3"],
    "boolean": ["true", "True", "false", "FaLsE", "yes", ""],
    "binary": ["", "QQ==", "QUI=", "MA==", "Q", "???"],
}
FAMILIES = st.sampled_from(sorted(SOME_TYPED)).flatmap(
    lambda family: st.tuples(st.just(family), SOME_TYPED[family], SOME_TYPED[family])
)


@EXAMPLES
@given(FAMILIES)
def test_typed_algebra_is_by_membership(case):
    family, one, other = case
    for text in PROBES[family]:
        in_one, in_other = text in one, text in other
        assert (in_one and in_other) == (text in one & other)
        assert (in_one or in_other) == (text in one | other)
        assert in_one != (text in ~one)
        assert (in_one and not in_other) == ((one & ~other).test()(text))
    if one <= other:
        assert all(text in other for text in one.members(20))
    else:
        outside = (one & ~other).member()
        assert outside in one
        assert outside not in other


@EXAMPLES
@given(FAMILIES)
def test_typed_members_are_members(case):
    _, one, other = case
    for texts in (one, ~one, one & other, one & ~other, ~one & ~other, one | other):
        found = texts.members(9)
        assert all(text in texts for text in found)
        assert len(found) == len(set(found))
        assert texts.is_empty() == (not found) == (texts.member() is None)


@pytest.mark.parametrize("texts", [numbers.above("5") & numbers.below("5.0001"), ~numbers.at_least("-3.5")])
def test_narrow_numbers_have_members(texts):
    assert 30 == len(set(texts.members(30)))
    assert all(text in texts for text in texts.members(30))


def test_numbers_without_a_number_between_are_empty():
    assert (numbers.above("5") & numbers.below("5.0")).is_empty()
    assert ["5"] == [*(numbers.at_least("5") & numbers.at_most("5.00")).members(1)]
    assert not (~numbers.below("5") & ~numbers.at_least("5")).is_empty()
    assert "x" == (~numbers.below("5") & ~numbers.at_least("5")).member()


def test_huge_numbers_are_read():
    huge = "9" * 1_000_000
    assert huge in numbers.above("9" * 999_999)
    assert huge + ".5" not in numbers.at_most(huge)
    assert "0." + "0" * 100_000 + "1" in numbers.above("0")
    assert numbers.below("0." + "0" * 5_000 + "1").member() is not None
    between = numbers.above("0") & numbers.below("0." + "0" * 500 + "1")
    assert between.member() in between


GOOD_DATES = {
    "2020": datetime(2020, 1, 1, tzinfo=UTC),
    "2020-03": datetime(2020, 3, 1, tzinfo=UTC),
    "2020-02-29": datetime(2020, 2, 29, tzinfo=UTC),
    "2020-02-29T13:05Z": datetime(2020, 2, 29, 13, 5, tzinfo=UTC),
    "2020-02-29T13:05+02:30": datetime(2020, 2, 29, 10, 35, tzinfo=UTC),
    "2020-02-29T13:05:07": datetime(2020, 2, 29, 13, 5, 7, tzinfo=UTC),
    "2020-02-29T13:05:07.25Z": datetime(2020, 2, 29, 13, 5, 7, 250_000, tzinfo=UTC),
    "20131102T010628Z": datetime(2013, 11, 2, 1, 6, 28, tzinfo=UTC),
    "1969-12-31T23:59:59.75Z": datetime(1969, 12, 31, 23, 59, 59, 750_000, tzinfo=UTC),
    "1356998400": datetime(2013, 1, 1, tzinfo=UTC),
    "0.5": datetime(1970, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC),
}
BAD_DATES = [
    "",
    "x",
    "2020-13",
    "2021-02-29",
    "2020-1-1",
    "2020-01-01T",
    "2020-01-01T25:00Z",
    "2020-01-01T10Z",
    "2020-01-01T10:60Z",
    "2020-01-01 10:00Z",
    "2020-01-01T10:00:00.Z",
    "2020-01-01T10:00:00+24:00",
    "0000-01-01",
    "1e9",
    "20200101",
    "2020-01-01Z",
]


@pytest.mark.parametrize(("text", "expected"), GOOD_DATES.items())
def test_dates_read_exactly(text, expected):
    read = dates.instant(text)
    assert read is not None
    assert expected == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(read * 1_000_000))


@pytest.mark.parametrize("text", [text for text in BAD_DATES if text != "20200101"])
def test_other_texts_are_no_dates(text):
    assert dates.instant(text) is None


def test_eight_digits_are_epoch_seconds():
    assert Decimal(20_200_101) == dates.instant("20200101")


@EXAMPLES
@given(
    st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)),
    st.integers(-23 * 60 - 59, 23 * 60 + 59),
    st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)),
)
def test_dates_compare_as_the_standard_library_does(when, minutes, bound):
    when = when.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    bound = bound.replace(tzinfo=UTC)
    limit = bound.isoformat().replace("+00:00", "Z")
    assert (when < bound) == (when.isoformat() in dates.before(limit))
    assert (when <= bound) == (when.isoformat() in dates.until(limit))
    assert (when == bound) == (when.isoformat() in dates.at(limit))
    assert when.isoformat() in dates.at(when.isoformat())


def test_dates_are_written_by_the_calendar():
    assert "2020-01-01T00:00:00Z" == dates.at("1577836800").member()
    assert "2020-01-01T00:00:00.5Z" == dates.at("1577836800.50").member()
    assert "1969-12-31T23:59:59.25Z" == dates.at("-0.75").member()
    assert "-99999999999999" == dates.at("-99999999999999").member()
    assert dates.at("1970-01-01T00:33:40Z").members(3)[1] in dates.at("1970-01-01T00:33:40Z")


V4 = st.ip_addresses(v=4).map(str)
V6 = st.ip_addresses(v=6).map(str)


@EXAMPLES
@given(st.one_of(V4, V6), st.integers(0, 128), st.one_of(V4, V6), st.integers(0, 128), st.booleans())
def test_blocks_hold_what_the_standard_library_says(block, prefix, given_address, flip, is_near):
    base = ipaddress.ip_address(block)
    prefix = min(prefix, base.max_prefixlen)
    network = ipaddress.ip_network(f"{block}/{prefix}", strict=False)
    if is_near:
        given_address = str(type(base)(int(base) ^ (1 << (flip % base.max_prefixlen))))
    texts = addresses.inside(f"{block}/{prefix}")
    expected = ipaddress.ip_address(given_address) in network
    assert expected == (given_address in texts) == texts.test()(given_address) == (given_address not in ~texts)
    assert texts.member() in texts


@EXAMPLES
@given(st.one_of(st.text("0123456789.", max_size=15), st.text("0123456789abcf:.%/", max_size=20)))
def test_addresses_are_read_as_the_standard_library_does(text):
    try:
        expected = ipaddress.ip_address(text)
    except ValueError:
        expected = None
    if "%" in text:
        expected = None
    read = addresses.address(text)
    assert (expected is None) == (read is None)
    if expected is not None:
        assert int(expected) + (1 << 32) * (expected.version == 6) == read


@pytest.mark.parametrize(
    "block",
    ["", "x", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/255.0.0.0", "10.0.0", "10.0.0.0/٣"],
)
def test_what_is_no_block_holds_nothing(block):
    assert addresses.inside(block).is_empty()


def test_versions_of_addresses_are_apart():
    assert "10.0.0.1" in addresses.inside("10.9.9.9/8")
    assert "::ffff:10.0.0.1" not in addresses.inside("10.0.0.0/8")
    assert "10.0.0.1" not in addresses.inside("::/0")
    every = addresses.inside("0.0.0.0/0") | addresses.inside("::/0")
    assert "x" == (~every).member()
    assert "255.255.255.255" in addresses.inside("255.255.255.255")
    halves = addresses.inside("10.0.0.0/9") | addresses.inside("10.128.0.0/9")
    assert addresses.inside("10.0.0.0/8") == halves


def test_few_addresses_are_all_listed():
    assert {"10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"} == set(addresses.inside("10.0.0.0/30").listed(4))
    assert addresses.inside("10.0.0.0/30").listed(3) is None
    assert addresses.inside("::1").listed(50) is None


@EXAMPLES
@given(st.sampled_from(["true", "false", "tru", "yes", ""]), st.data())
def test_truth_values_are_read_in_any_case(word, data):
    text = "".join(data.draw(st.sampled_from([c, c.upper()])) for c in word)
    assert (word == "true") == (text in booleans.equal_to("True"))
    assert (word == "false") == (text in booleans.equal_to("FALSE"))
    assert text not in booleans.equal_to("yes")


def test_all_ways_to_write_a_truth_value_are_listed():
    assert 16 == len(set(booleans.equal_to("true").listed(16)))
    assert (~(booleans.equal_to("true") | booleans.equal_to("false"))).member() == "x"


@EXAMPLES
@given(st.binary(max_size=6), st.binary(max_size=6))
def test_bytes_are_compared(one, other):
    one_text, other_text = (base64.b64encode(value).decode() for value in (one, other))
    assert (one == other) == (other_text in binaries.equal_to(one_text))
    assert not (binaries.equal_to(one_text) & ~binaries.equal_to("-")).is_empty()
    assert binaries.equal_to("not base64").is_empty()
