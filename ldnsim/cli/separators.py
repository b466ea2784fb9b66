"""What stands between cells and before decimals in the files of a command: two options of every one with ``--csv``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from ..base.delimited import COMMA, POINT, SEPARATORS, check_separators
from ..base.errors import InputError

TABLES = (".csv", ".tsv", ".tab", ".txt", ".dat")
"""How names of files end that are event tables; no regimen ends so."""


def is_table(text: str) -> bool:
    """Whether what is given is the file of an event table."""
    return Path(text).suffix.lower() in TABLES


_TABS = ("tab", "\\t")

_READ = ("table", "path")
"""Parameters of commands that are a table; one that is ``given`` may be one."""

_WRITTEN = ("csv", "residuals", "reasons")
"""Those that name a CSV file to write."""

_SEPARATORS: ContextVar[dict[str, Any] | None] = ContextVar("separators", default=None)


def _separator(text: str) -> str:
    """A separator as a shell can say it."""
    return "\t" if text in _TABS else text


def with_separators(command: Callable[..., None]) -> Callable[..., None]:
    """A command that writes CSV files, with the options ``--sep`` and ``--decimal``; any other one as it is.

    Parameters
    ----------
    command : callable
        The function of a command.

    Returns
    -------
    callable
        The same, in which `separators` are what was asked for.
    """
    asked = inspect.signature(command, eval_str=True)
    if "csv" not in asked.parameters:
        return command
    here = inspect.signature(_separated, eval_str=True).parameters

    @wraps(command)
    def separated(*args: Any, sep: str | None, decimal: str, **given: Any) -> None:
        _check(sep, decimal, given)
        before = _SEPARATORS.set({"sep": sep, "decimal": decimal})
        try:
            command(*args, **given)
        finally:
            _SEPARATORS.reset(before)

    parts = [*asked.parameters.values(), *here.values()]
    vars(separated)["__signature__"] = asked.replace(parameters=parts)
    separated.__annotations__ = {part.name: part.annotation for part in parts}
    return separated


def _check(sep: str | None, decimal: str, given: Mapping[str, Any]) -> None:
    """Refuse separators of no file, or those that a file cannot have; raises `InputError`."""
    if sep is None and decimal == POINT:
        return
    reads = any(name in given for name in _READ) or is_table(str(given.get("given", "")))
    writes = any(given.get(name) is not None for name in _WRITTEN)
    if not reads and not writes:
        option, said = ("--decimal", decimal) if sep is None else ("--sep", sep)
        raise InputError(option, said, "to be left out where no CSV file is read or written (--csv FILE)")
    check_separators(SEPARATORS[1] if sep is None else sep, decimal)
    if writes and sep is None and decimal == COMMA:
        raise InputError("--decimal", decimal, "--sep ';' or --sep tab beside it, for the file that is written")


def _separated(
    *,
    sep: Annotated[
        str | None,
        typer.Option("--sep", parser=_separator, metavar="SIGN", help="Between cells of CSV files: ',', ';' or tab."),
    ] = None,
    decimal: Annotated[
        str, typer.Option("--decimal", metavar="SIGN", help="Before decimals in CSV files: '.' or ','.")
    ] = POINT,
) -> None:
    """Have the options that `with_separators` gives to a command."""


def separators() -> dict[str, Any]:
    """What ``--sep`` and ``--decimal`` of the command say, for what reads files and sees their separator by itself."""
    return _SEPARATORS.get() or {}


def written_with() -> dict[str, Any]:
    """The same, for what writes files: a comma where nothing is said."""
    said = separators()
    return said | {"sep": said.get("sep") or COMMA}
