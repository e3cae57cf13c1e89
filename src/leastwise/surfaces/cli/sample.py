"""`leastwise sample`: a made-up organization in a folder, with its logs and the truth about it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from leastwise.model.errors import InputError
from leastwise.sample import Size, company, write_estate, write_logs
from leastwise.surfaces.cli.text import number, plural, say


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--accounts", type=click.IntRange(1, 2000), default=6, show_default=True, help="Accounts.")
@click.option("--roles", type=click.IntRange(1, 200_000), default=120, show_default=True, help="Roles in all accounts.")
@click.option("--users", type=click.IntRange(0), help="IAM users in all accounts; one for ten roles if not given.")
@click.option("--policies", type=click.IntRange(0), help="Customer managed policies; three for ten roles if not given.")
@click.option("--days", type=click.IntRange(0, 3660), default=30, show_default=True, help="Days of logs; 0 for none.")
@click.option("--volume", type=click.FloatRange(0), default=1.0, show_default=True, help="Multiplies the calls a day.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another number is another company.")
@click.option(
    "--date",
    "today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The company's today, up to which the logs go; today if not given.",
)
def sample(
    folder: Path,
    accounts: int,
    roles: int,
    users: int | None,
    policies: int | None,
    days: int,
    volume: float,
    seed: int,
    today: datetime | None,
) -> None:
    """Write a made-up organization into FOLDER, in the shapes of the AWS CLI: its accounts, policies and people, its
    CloudTrail logs, and `truth.json`, which says what is wrong with it and what each role needs.

    Equal options give equal files.
    """
    _check(folder, accounts, roles)
    size = Size(accounts, roles, users, policies)
    made = company(size, seed, today=(today or datetime.now(UTC)).date())
    files = write_estate(made, folder)
    logs = write_logs(made, folder / "logs", days=days, volume=volume)
    say(f"{plural(accounts, 'account')}, {plural(roles, 'role')}, {plural(len(made.faults), 'fault')}")
    say(f"{plural(files, 'file')} of the estate; {plural(logs.records, 'record')} in {number(logs.files)} of logs")


def _check(folder: Path, accounts: int, roles: int) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"folder `{folder}` is not empty", help="name a folder that is empty or does not exist")
    if roles < accounts:
        raise InputError(f"{roles} roles for {accounts} accounts", help="ask for at least one role in each account")
