"""Languages against every short text and regular expressions, readings of texts against the engine's."""

import re
from itertools import product
from random import Random

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.resources import fits as fits_template
from leastwise.language.values.addresses import address
from leastwise.language.values.dates import instant
from leastwise.language.values.numbers import number
from leastwise.prove.checking.domains import language_of
from leastwise.prove.checking.patterns import Language, fits, in_any_case, plain, written
from leastwise.prove.checking.readings import address_of, instant_of, number_of
from leastwise.prove.checking.search import is_nothing, listed

SHORT = ["".join(text) for size in range(5) for text in product("ab:x", repeat=size)]


def globs(rng: Random) -> tuple[Language, list[re.Pattern[str]]]:
    texts = ["".join(rng.choices("ab:*?", (4, 3, 2, 3, 2), k=rng.randint(0, 4))) for _ in range(rng.randint(0, 2))]
    patterns = tuple(written(text, has_escapes=False, has_wildcards=True) for text in texts)
    told = [re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")) for text in texts]
    return patterns, told


def test_patterns_match_as_regular_expressions_do() -> None:
    for seed in range(300):
        language, told = globs(Random(seed))
        for text in SHORT[::3]:
            assert any(one.fullmatch(text) for one in told) is fits(text, language)


def test_nothing_is_shared_exactly_when_no_text_is() -> None:
    answers = []
    for seed in range(1500):
        rng = Random(seed)
        asked = [(*globs(rng), rng.random() < 0.6) for _ in range(rng.randint(1, 4))]
        some = any(all(any(p.fullmatch(t) for p in told) is sign for _, told, sign in asked) for t in SHORT)
        answer = is_nothing([(language, sign) for language, _, sign in asked])
        answers.append(answer)
        assert not (answer and some)
    assert {True, False} == set(answers)


def test_a_search_that_is_too_long_shows_nothing() -> None:
    language = (written("a*b", has_escapes=False, has_wildcards=True),)
    other = (written("b*", has_escapes=False, has_wildcards=True),)
    both = [(language, True), ((plain("c"),), False), (other, True)]
    assert is_nothing(both)
    longer = [(language, True), ((written("*c", has_escapes=False, has_wildcards=True),), True)]
    assert is_nothing(longer)
    assert not is_nothing(longer, most_states=1)


def test_few_texts_are_listed() -> None:
    assert listed((in_any_case(plain("né")), plain("x"))) == {"né", "nÉ", "Né", "NÉ", "x"}
    assert listed((in_any_case(plain("a" * 20)),)) is None
    assert listed((written("a*", has_escapes=False, has_wildcards=True),)) is None


def test_escapes_stand_for_themselves() -> None:
    assert fits("a*$?", (written("a${*}${$}?", has_escapes=True, has_wildcards=True),))
    assert not fits("ab$?", (written("a${*}${$}?", has_escapes=True, has_wildcards=True),))
    assert fits("a${bc}", (written("a${*}", has_escapes=False, has_wildcards=True),))


PLACES = ["x", "a/b", "a:b", "", "*", "x:*", "a/b:c"]


def test_templates_take_the_arns_that_the_catalogue_takes() -> None:
    """All that fits does; what does not fit, but for a slash in one of the first five parts, does not."""
    catalogue = load_catalogue()
    services = [service for prefix in catalogue.prefixes if (service := catalogue.service(prefix))]
    templates = {t for service in services for kind in service.resource_types.values() for t in kind.templates}
    rng = Random(1)
    for template in sorted(templates):
        language = language_of(template)
        for _ in range(6):
            arn = re.sub(r"\$\{\w+\}", lambda found: rng.choice(PLACES), template)
            arn = arn.replace("*", rng.choice(("*", "", "q")))
            head = arn.split(":", 5)[:5]
            assert fits_template(arn, template) is fits(arn, language) or "/" in "".join(head), (arn, template)


def texts_to_read(rng: Random) -> str:
    shapes = ("d", "+d.d", "-.d", "d.", "yyyy", "yyyy-mm", "yyyy-mm-mm", "yyyy-mm-mmTmm:mm", "yyyy-mm-mmTmm:mm:mm.dZ")
    more = (
        "yyyy-mm-mmTmm:mm:mm+mm:mm",
        "yyyymmmmTmmmmmmZ",
        "yyyymmmmTmmmmmm-mmmm",
        "b.b.b.b",
        "b.b.b",
        "::b",
        "h:h::h",
    )
    text = rng.choice(
        (*shapes, *more, "::ffff:b.b.b.b", "h:h:h:h:h:h:h:h", "0b.b.b.b", "fe80::1%e", "yyyy-mm-mmZ", "T")
    )
    fill = {
        "d": lambda: str(rng.randint(0, 10_000)),
        "y": lambda: rng.choice("0129"),
        "m": lambda: rng.choice("0123"),
        "b": lambda: str(rng.randint(0, 270)),
        "h": lambda: f"{rng.randint(0, 70_000):x}",
    }
    return "".join(fill[letter]() if letter in fill else letter for letter in text)


def test_texts_are_read_as_the_engine_reads_them() -> None:
    rng = Random(3)
    for _ in range(20_000):
        text = texts_to_read(rng)
        assert number(text) == number_of(text), text
        assert instant(text) == instant_of(text), text
        place = address_of(text)
        told = None if place is None else place[1] + ((1 << 32) if place[0] == 6 else 0)
        assert address(text) == told, text
