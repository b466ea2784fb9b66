"""Command line: ``ldnsim COMMAND``.

A command is a function of a module of this package, `ldnsim.cli.running` for the first of them; ``ldnsim --help``
lists all. What several of them take stands in `ldnsim.cli.options`. Imports every room, inside the functions that need
it; `ldnsim.__main__` imports this.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Annotated, Any

import typer

from ..base.errors import InputError, LdnsimError
from ..base.near import meant
from ..terminal import Command, Commands, Gone, Interrupted, complain, forget_output
from . import (
    answering,
    calendar,
    citing,
    claiming,
    deciding,
    designing,
    exporting,
    fitting,
    listing,
    noncompartmental,
    opening,
    qualifying,
    replaying,
    running,
    weighing,
)
from .examples import EXAMPLES
from .separators import with_separators

USAGE_ERROR = 2
INTERRUPTED = 130


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Simulate low-dose naltrexone under named assumptions, with the evidence behind every number. "
    "A research and teaching tool, not medical advice.",
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"ldnsim {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Take what stands before the command."""


def _add(function: Callable[..., None], name: str, about: str | None = None) -> None:
    app.command(name, cls=Command, help=about, epilog="\n".join(EXAMPLES[name]))(with_separators(function))


for _command in (
    running.simulate,
    running.compare,
    running.dose_response,
    running.explore,
    calendar.regimen,
    noncompartmental.nca,
    answering.windows,
    answering.rebound,
    answering.washout,
    answering.agonist,
    weighing.sensitivity,
    fitting.fit,
    deciding.explain,
    claiming.claim,
    deciding.discriminate,
    qualifying.qualify,
    opening.open,
    replaying.replay,
    exporting.export,
    citing.citation,
    listing.parameters,
    listing.equations,
    running.calibrate,
):
    _add(_command, _command.__name__.replace("_", "-"))
_add(running.simulate, "run", "The same as simulate.")
for _registered in designing.app.registered_commands:
    assert _registered.callback is not None
    _registered.callback = with_separators(_registered.callback)
app.add_typer(designing.app, name="design")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        In place of those of the process.

    Raises
    ------
    SystemExit
        With 0 for success, also where the reader of a pipe has seen enough; 2 for input that cannot be used,
        files that cannot be written among it; 130 after Ctrl-C; 1 for anything else that failed.
    """
    code: Any = 1
    try:
        given = sys.argv[1:] if arguments is None else list(arguments)
        for before, word in pairwise(["", *given]):
            # no shell can pass them, but a program that calls this can, and typer's check of paths breaks
            if "\0" in word:
                raise InputError(before if before.startswith("-") else "argument", word, "a text without zero bytes")
        code = app(given or ["--help"], standalone_mode=False, prog_name="ldnsim") or 0
        sys.stdout.flush()
    except LdnsimError as error:
        complain(str(error))
        code = USAGE_ERROR if isinstance(error, InputError | ImportError) else 1
    except (KeyboardInterrupt, Interrupted):
        complain("stopped")
        code = INTERRUPTED
    except (BrokenPipeError, Gone):
        forget_output()
        code = 0
    except OSError as error:
        complain(str(error))
        forget_output()
        code = USAGE_ERROR
    except Exception as error:
        # usage errors come from whichever copy of click typer carries
        if not hasattr(error, "format_message"):
            raise
        text = error.format_message()
        near = meant(getattr(error, "option_name", ""), getattr(error, "possibilities", None) or ())
        complain(f"{text.partition(' (')[0] if near else text}{near} (try --help)")
        code = USAGE_ERROR
    sys.exit(code)
