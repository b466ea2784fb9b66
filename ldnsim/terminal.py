"""What the command line needs of its terminal: progress, plain numbers, files, and an end without a traceback."""

from __future__ import annotations

import os
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import typer

from .base.errors import InputError, LdnsimWarning
from .base.files import destination
from .base.near import meant

_PATIENCE = 1.0
_BAR = 40


class Interrupted(Exception):
    """Ctrl-C, before typer makes something else of it."""


class Gone(Exception):
    """The reader of what is printed has closed the pipe, before typer makes something else of it."""


class Commands(typer.core.TyperGroup):
    """Commands whose interrupts and closed pipes reach `ldnsim.cli.main` as they are."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write what each command does, whole."""
        rows = [
            (name, (command.help or "").partition("\n\n")[0])
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of a name; a usage error says which was perhaps meant."""
        if args[0] not in self.commands and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"No such command {args[0]!r}{meant(args[0], self.commands)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command and put out all that it printed."""
        try:
            found = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt as error:
            raise Interrupted from error
        except BrokenPipeError as error:
            raise Gone from error
        return found


class Command(typer.core.TyperCommand):
    """A command whose errors and warnings are a line each and name what was typed, not an argument in Python.

    Its epilog is examples, a line each.
    """

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the examples as they are typed."""
        if self.epilog:
            with formatter.section("Examples"):
                formatter.write("".join(f"  {line}\n" for line in self.epilog.splitlines()))

    def invoke(self, ctx: Any) -> Any:
        """Run the command; raises `InputError` naming the option."""
        with warnings.catch_warnings():
            warnings.simplefilter("always", LdnsimWarning)
            warnings.showwarning = _warner(warnings.showwarning)
            try:
                return super().invoke(ctx)
            except InputError as error:
                options = {str(one.name): str(one.opts[0]) for one in self.params if one.opts[0].startswith("--")}
                options |= {name: options[own] for name, own in _IN_PYTHON.items() if own in options}
                if ctx.params.get("model") is None and "drug" in options:
                    # another drug is a model too
                    options["model"] = options["drug"]
                raise InputError(
                    options.get(error.argument, error.argument), error.value, _typed(error.expected, options)
                ) from error


_IN_PYTHON = {
    "parameters": "changes", "accounts": "assumptions", "outputs": "output", "covariates": "covariate",
}  # fmt: skip
"""Arguments of functions whose option has another name in a command."""

_ARGUMENT = re.compile(r"(?<![\w.(])([a-z_]+)=(?=[\s,;:.)]|$)")
"""An argument of Python in the text of an error, without a value."""


def _typed(expected: str, options: Mapping[str, str]) -> str:
    """A text with options in place of the arguments that they stand for."""
    return _ARGUMENT.sub(lambda found: options.get(found[1], found[0]), expected)


def _warner(usual: Callable[..., None]) -> Callable[..., None]:
    """What shows a warning: one of ldnsim as a line, each text once; any other as it would be."""
    said: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if not issubclass(category, LdnsimWarning):
            usual(message, category, *where, **more)
        elif str(message) not in said:
            said.add(str(message))
            complain(f"note: {message}")

    return show


def plain(text: str) -> int:
    """A whole number as people write it; `int` would take 1_000 and the digits of every script."""
    if re.fullmatch(r"[+-]?[0-9]{1,30}", text) is None:
        raise typer.BadParameter(f"got {text[:80]!r}, expected a whole number in the digits 0 to 9")
    return int(text)


@contextmanager
def bar(*, quiet: bool = False) -> Iterator[Callable[[float], None]]:
    """Progress on a terminal's standard error, once a wait exceeds a second; nothing where there is no terminal.

    Parameters
    ----------
    quiet : bool
        Whether to show nothing.

    Yields
    ------
    callable
        Call it with the fraction done; until it is called, what is shown is that something runs, and for how long.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (BarColumn(_BAR), TaskProgressColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    # what is printed goes where it would have gone; only complaints stand above the bar
    shown = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
    task = shown.add_task("", total=None)
    timer = threading.Timer(_PATIENCE, shown.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda fraction: shown.update(task, total=1.0, completed=fraction)
    finally:
        timer.cancel()
        timer.join()
        shown.stop()


def refuse_files(**paths: Path | None) -> None:
    """Refuse files that could not be written before anything is computed for them."""
    taken: dict[Path, str] = {}
    for name, path in paths.items():
        if path is None:
            continue
        option = f"--{name}"
        if name == "plot" and path.suffix.lower() not in (".png", ".pdf", ".svg"):
            raise InputError(option, str(path), "a file that ends with .png, .pdf or .svg")
        place = destination(path, option)
        if place in taken:
            raise InputError(option, str(path), f"another file than that of {taken[place]}")
        taken[place] = option


def complain(text: str) -> None:
    """One line on standard error."""
    typer.echo("ldnsim: " + " ".join(text.split()), err=True)


def forget_output() -> None:
    """Leave nothing that Python would try to print, and complain about, when it ends."""
    with suppress(OSError), Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
