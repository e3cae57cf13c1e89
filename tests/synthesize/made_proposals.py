"""Proposals from a store, and calls to make one of."""

from __future__ import annotations

from made_logs import a_record

from leastwise.catalogue.load import load_catalogue
from leastwise.synthesize.propose import Options, Proposal, propose
from leastwise.usage.coverage import data_prefixes_seen
from leastwise.usage.observed import Principal, Use, opened
from leastwise.usage.store import Store


def proposal(store: Store, name: str, **options: object) -> Proposal:
    """The proposal for one principal of the store."""
    catalogue = load_catalogue()
    seen = data_prefixes_seen(store, catalogue)
    with opened(store) as observed:
        principal = observed.resolve(name)
        return propose(
            observed,
            principal,
            catalogue=catalogue,
            data_seen=seen,
            options=Options(**options),  # type: ignore[arg-type]
        )


def principals(store: Store) -> list[Principal]:
    """Every principal of the store."""
    with opened(store) as observed:
        return observed.principals()


def uses(store: Store, name: str) -> list[Use]:
    """What one principal did."""
    with opened(store) as observed:
        return observed.uses(name)


def call(number: int, source: str, name: str, request: object = None, **fields: object) -> dict[str, object]:
    """A successful management call by alice with this request."""
    return a_record(
        number,
        eventSource=f"{source}.amazonaws.com",
        eventName=name,
        requestParameters=request,
        managementEvent=True,
        eventCategory="Management",
        **fields,
    )
