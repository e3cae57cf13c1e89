"""The table of what AWS managed policies allow, against the policies themselves."""

from __future__ import annotations

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.managed import allowed_by_managed
from leastwise.catalogue.memberships import managed_memberships


def test_the_table_is_what_the_policies_in_the_package_allow() -> None:
    expected = {one.name: one.actions for one in allowed_by_managed(load_catalogue()) if 2 <= len(one.actions) <= 400}
    assert expected == {one.name: one.actions for one in managed_memberships()}, "run scripts/build_managed_actions.py"


def test_no_policy_of_everything_is_in_the_table() -> None:
    assert {"AdministratorAccess", "ReadOnlyAccess", "PowerUserAccess"}.isdisjoint(
        one.name for one in managed_memberships()
    )
