"""What stands between cells and before decimals in the files of a command: two options of every one with ``--csv``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Annotated, Any

import typer

from ..base.delimited import COMMA, POINT, check_separators

_TABS = ("tab", "\\t")

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
        if sep is not None or decimal != POINT:
            check_separators(COMMA if sep is None else sep, decimal)
        before = _SEPARATORS.set({"sep": sep, "decimal": decimal})
        try:
            command(*args, **given)
        finally:
            _SEPARATORS.reset(before)

    parts = [*asked.parameters.values(), *here.values()]
    vars(separated)["__signature__"] = asked.replace(parameters=parts)
    separated.__annotations__ = {part.name: part.annotation for part in parts}
    return separated


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
