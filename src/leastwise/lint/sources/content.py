"""What a tree of nodes is, by its content: the forms in which files hold policies, and what reads each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from leastwise.language.nodes import Node
from leastwise.lint.sources.aws_answers import read_answers
from leastwise.lint.sources.embedded import Reading
from leastwise.lint.sources.templates import is_template, read_template
from leastwise.lint.sources.terraform_json import is_terraform, read_terraform


class _Read(Protocol):
    def __call__(self, reading: Reading, root: Node, *, is_literal: bool) -> None: ...


_FORMS: tuple[tuple[Callable[[Node], bool], _Read], ...] = (
    (is_terraform, read_terraform),
    (is_template, read_template),
)


def read_tree(reading: Reading, root: Node, *, is_literal: bool) -> None:
    """Keeps the policies of a tree; its objects stand in the file as they are when it is literal."""
    read = next((read for is_form, read in _FORMS if is_form(root)), read_answers)
    read(reading, root, is_literal=is_literal)
