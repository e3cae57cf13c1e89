"""Pairs of whole policy sets: those of a made-up world and an edit of them; and requests that try both."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random

from given import bound
from random_worlds import Made
from world_parts import PROVIDERS, SERVICES, A, B, Json, principals_of

from leastwise import PolicySet

PRINCIPALS = (*principals_of(A), *principals_of(B))
OTHER_PRINCIPALS = tuple({"arn": name} for name in (*PROVIDERS, *SERVICES, "anonymous"))


class SetPair:
    """Two policy sets of one seed, the `request` that their world was made for, and as many requests as are wanted."""

    def __init__(self, seed: int) -> None:
        self.made = Made(seed)
        self.request: Json = {**self.made.request, "resource_in_management_account": False}
        self.random = Random(seed)
        self.one_of = self.random.choice
        self.old = self.made.policies()
        self.new = copy.deepcopy(self.old)
        for _ in range(self.one_of((1, 1, 2))):
            self._edit()
        if self.random.random() < 0.25:
            self.old, self.new = self.new, self.old

    def sides(self) -> tuple[PolicySet, PolicySet]:
        """Both sets as the engine takes them."""
        return bound(self.old), bound(self.new)

    def _edit(self) -> None:
        edits = [self._drop_deny, self._drop_condition, self._add_allow, self._add_deny, self._drop_layer]
        self.one_of((*edits, self._drop_condition, self._add_allow))()

    def _documents(self) -> list[tuple[str, Json]]:
        own = ("identity", "boundary", "session", "resource", "trust", "endpoint")
        found = [(kind, one) for kind in own for one in self.new.get(kind, ())]
        return found + [
            (kind, one) for kind in ("scp", "rcp") for level in self.new.get(f"{kind}s", ()) for one in level
        ]

    def _statements(self) -> list[tuple[list[Json], int]]:
        """Every statement by its place, in documents that hold lists from now on."""
        for _, document in self._documents():
            if isinstance(document["Statement"], dict):
                document["Statement"] = [document["Statement"]]
        every = [document["Statement"] for _, document in self._documents()]
        return [(statements, place) for statements in every for place in range(len(statements))]

    def _drop_deny(self) -> None:
        denies = [(among, place) for among, place in self._statements() if among[place]["Effect"] == "Deny"]
        if denies:
            among, place = self.one_of(denies)
            del among[place]

    def _drop_condition(self) -> None:
        held = [among[place] for among, place in self._statements() if "Condition" in among[place]]
        if held:
            del self.one_of(held)["Condition"]

    def _add_allow(self) -> None:
        self._add("Allow")

    def _add_deny(self) -> None:
        self._add("Deny")

    def _add(self, effect: str) -> None:
        self._statements()
        documents = [(kind, one) for kind, one in self._documents() if effect == "Deny" or kind != "rcp"]
        if documents:
            kind, document = self.one_of(documents)
            document["Statement"].append(self.made.statement(kind, effect))

    def _drop_layer(self) -> None:
        """A boundary, all session or endpoint policies, or a level of SCPs or RCPs are gone."""
        kinds = [kind for kind in ("boundary", "session", "endpoint", "scps", "rcps") if self.new.get(kind)]
        if kinds:
            kind = self.one_of(kinds)
            del self.new[kind][self.one_of(range(len(self.new[kind])))]

    def requests(self) -> Iterator[Json]:
        """The world's request, then others like it: other facts, other callers, what the edits speak of."""
        yield self.request
        while True:
            principal = self.request["principal"]
            if self.random.random() < 0.3:
                principal = self.one_of(PRINCIPALS if self.random.random() < 0.8 else OTHER_PRINCIPALS)
            self.made.ask({**self.request, "principal": principal})
            yield {**self.made.request, "resource_in_management_account": False}
