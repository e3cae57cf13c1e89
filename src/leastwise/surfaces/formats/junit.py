"""JUnit XML: of findings, one suite a file and one failed case a finding; and of cases that were tried, one suite."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One finding: the name of its check, its grade, its message, and what to do about it."""

    check: str
    severity: str
    message: str
    text: str


def suites(files: Iterable[tuple[str, Sequence[Failure]]]) -> str:
    """The files, each with its failures, as one document."""
    root = Element("testsuites", name="leastwise lint")
    total = 0
    for name, failures in files:
        total += len(failures)
        suite = SubElement(
            root, "testsuite", name=_xml(name), tests=str(max(1, len(failures))), failures=str(len(failures))
        )
        for failure in failures:
            case = SubElement(suite, "testcase", classname=_xml(name), name=_xml(failure.check))
            told = SubElement(case, "failure", type=failure.severity, message=_xml(failure.message))
            told.text = _xml(failure.text)
        if not failures:
            SubElement(suite, "testcase", classname=_xml(name), name="lint")
    root.set("failures", str(total))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def cases(program: str, suite: str, found: Sequence[tuple[str, Failure | None]]) -> str:
    """Named cases, each with its failure if it has one, as one suite."""
    failures = str(sum(failure is not None for _, failure in found))
    root = Element("testsuites", name=program, failures=failures)
    held = SubElement(root, "testsuite", name=_xml(suite), tests=str(len(found)), failures=failures)
    for name, failure in found:
        case = SubElement(held, "testcase", classname=_xml(suite), name=_xml(name))
        if failure is not None:
            told = SubElement(case, "failure", type=failure.severity, message=_xml(failure.message))
            told.text = _xml(failure.text)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _xml(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
