"""Findings as JUnit XML: one suite a file, one failed case a finding, one case that passed where there is none."""

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


def _xml(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
