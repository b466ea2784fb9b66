"""What the command line needs of its terminal: progress, plain numbers, files, and an end without a traceback."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import typer

from .base.errors import InputError
from .base.files import destination

_PATIENCE = 1.0
_BAR = 30


class Interrupted(Exception):
    """Ctrl-C, before typer makes something else of it."""


class Gone(Exception):
    """The reader of what is printed has closed the pipe, before typer makes something else of it."""


class Commands(typer.core.TyperGroup):
    """Commands whose interrupts and closed pipes reach `ldnsim.cli.main` as they are."""

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


def plain(text: str) -> int:
    """A whole number as people write it; `int` would take 1_000 and the digits of every script."""
    if re.fullmatch(r"[+-]?[0-9]{1,30}", text) is None:
        raise typer.BadParameter(f"got {text[:80]!r}, expected a whole number in the digits 0 to 9")
    return int(text)


class _Progress(Protocol):
    def __call__(self, fraction: float) -> None: ...


@contextmanager
def bar(*, quiet: bool = False) -> Iterator[_Progress]:
    """A progress bar on a terminal's standard error, once a wait exceeds a second."""
    start = time.monotonic()
    shown = False

    def report(fraction: float) -> None:
        nonlocal shown
        waited = time.monotonic() - start
        if quiet or not sys.stderr.isatty() or waited < _PATIENCE:
            return
        shown = True
        left = waited / fraction - waited if fraction > 0 else 0.0
        done = round(_BAR * fraction)
        sys.stderr.write(f"\r[{'#' * done}{'.' * (_BAR - done)}] {fraction:4.0%}, {left:.0f} s left ")
        sys.stderr.flush()

    try:
        yield report
    finally:
        if shown:
            sys.stderr.write("\r" + " " * (_BAR + 24) + "\r")


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
