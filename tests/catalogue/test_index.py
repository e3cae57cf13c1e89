"""The index of the shipped catalogue says what its services say."""

from __future__ import annotations

from leastwise.catalogue.load import index_of, load_catalogue


def test_the_index_is_that_of_the_services() -> None:
    catalogue = load_catalogue()
    services = [service for prefix in catalogue.prefixes if (service := catalogue.service(prefix))]
    assert index_of(services) == catalogue.index()
