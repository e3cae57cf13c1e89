"""Where the command line keeps its state, and what a configuration file says."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

import click

from leastwise.model.errors import InputError

CONFIG = "leastwise.toml"
WORKSPACE = ".leastwise"


class Workspace:
    """One folder for all state, made on first use, readable by its owner alone and ignored by Git."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def usage(self) -> Path:
        """Where the usage store is."""
        return self.folder / "usage"

    @property
    def snapshots(self) -> Path:
        """Where the snapshots of the estate are."""
        return self.folder / "snapshots"

    @property
    def catalogue(self) -> Path | None:
        """Where imported service references are, if any were imported."""
        folder = self.folder / "catalogue"
        return folder if (folder / "services").is_dir() else None

    def make(self) -> None:
        """The folder exists with its ignore file; a folder that others can read is closed to them."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.chmod(0o700)
            ignore = self.folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="ascii")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(
                f"cannot make the workspace `{self.folder}`: {reason}",
                help="choose another with `--workspace`",
            ) from None


def _use_workspace(context: click.Context, _: click.Parameter, folder: Path | None) -> None:
    if folder is not None:
        context.obj = Workspace(folder)


workspace_option = click.option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    expose_value=False,
    callback=_use_workspace,
    help="Folder that holds all state.  [default: .leastwise]",
)
"""The command takes `--workspace` too, so that it may be given before or after the command's name."""


def setting_name(option: click.Option) -> str:
    """The option's name in `leastwise.toml`: its long form without the dashes in front, `_` for the others."""
    return max(option.opts, key=len).lstrip("-").replace("-", "_")


def settle(command: click.Command, words: tuple[str, ...], table: Mapping[str, object]) -> dict[str, object]:
    """Defaults by parameter for the command and those below it, from a table of settings.

    Each option also takes its environment variable, `LEASTWISE_` with the command's words and the option's
    name. Raises InputError for a setting that no option has.
    """
    names = {setting_name(o): o for o in command.params if isinstance(o, click.Option) and o.expose_value}
    for name, option in names.items():
        option.envvar = "_".join(("LEASTWISE", *words, name)).upper()
    below = command.commands if isinstance(command, click.Group) else {}
    defaults: dict[str, object] = {}
    for key, value in table.items():
        if key not in names and key not in below:
            raise unknown_setting((*words, key), (*names, *below))
        defaults[str(names[key].name) if key in names else key] = value
    for name, inner in below.items():
        found = table.get(name, {})
        defaults[name] = settle(inner, (*words, name), found if isinstance(found, Mapping) else {})
    return defaults


def unknown_setting(words: tuple[str, ...], known: Iterable[str]) -> InputError:
    """The error for a setting of no option, with the nearest name that there is."""
    near = get_close_matches(words[-1], list(known), n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(sorted(known))}"
    return InputError(f"unknown setting `{'.'.join(words)}` in `{CONFIG}`", help=hint)


def configuration() -> Mapping[str, object]:
    """What `leastwise.toml` in the working folder says: option defaults by command, as TOML tables."""
    path = Path(os.environ.get("LEASTWISE_CONFIG", CONFIG))
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot read `{path}`: {error}") from None
