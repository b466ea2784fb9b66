"""Pages that are written from the code and the ledger, so that no equation or number is copied by hand."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from inspect import Parameter, getdoc, signature
from pathlib import Path
from typing import Any

import typer
from run_beside import Ran, run_all
from sphinx.application import Sphinx
from sphinx.config import Config

import ldnsim
from ldnsim import models
from ldnsim.base.vocabulary import flatten
from ldnsim.cli import app
from ldnsim.cli.examples import EXAMPLES
from ldnsim.ledger.evidence import MODULES as WITH_ROWS
from ldnsim.ledger.evidence import ledger
from ldnsim.ledger.parameters import resolve
from ldnsim.model import Outputs, Parameters, State
from ldnsim.noncompartmental.names import EVERY
from ldnsim.symbolic import EQUATIONS, Equation, Symbol, equations, nomenclature

MODULES = {
    "pk": "Kinetics",
    "receptors": "Receptors",
    "receptor_turnover": "Numbers of receptors",
    "endorphin": "Endorphins and their rebound",
    "tlr4": "TLR4 and cytokines",
    "outcomes": "Outcomes",
}
ACCOUNTS = ("popular", "measured")
MORE = (
    *("models", "answers", "claims.named", "fitting", "endpoints", "noncompartmental", "evidence", "plots", "exchange"),
    *("symbolic", "plots.population_plots"),
)
"""Modules with public functions beside the names of the package itself."""


SMALL: dict[str, dict[str, Any]] = {
    name: {argument: 1.0 for argument in about.parameters if about.parameters[argument].default is Parameter.empty}
    | {argument: 1.0 for argument in ("ka",) if argument in about.parameters}
    for name, about in ((name, signature(getattr(models, name))) for name in models.__all__ if name.islower())
    if "CL" in about.parameters or "Vmax" in about.parameters
}
"""Small models, with any numbers, for equations hold for all."""
MADE: dict[str, tuple[dict[str, float], ...]] = {
    "transit_absorption": ({"n": 2},),
    "turnover": ({"kind": 1, "Imax": 1.0, "IC50": 1.0}, {"kind": 4, "Smax": 1.0, "SC50": 1.0}),
    "tolerance_turnover": ({"kind": 1, "Imax": 1.0, "IC50": 1.0}, {"kind": 4, "Smax": 1.0, "SC50": 1.0}),
    "precursor_turnover": ({"Imax": 1.0, "IC50": 1.0}, {"Smax": 1.0, "SC50": 1.0}),
}
"""What they take besides, where they have forms."""


def _shown(equations: Iterable[Equation]) -> list[str]:
    return [f"```{{math}}\n{one.left} = {one.right}\n```" for one in equations]


def _meanings(symbols: Iterable[Symbol], values: Mapping[str, Sequence[str]] | None = None) -> str:
    """A nomenclature as a table, with values where there are some."""
    rows: list[tuple[str, ...]] = [(f"${one.symbol}$", f"`{one.name}`", one.meaning, one.unit) for one in symbols]
    titles: tuple[str, ...] = ("symbol", "name", "meaning", "unit")
    if values is not None:
        titles += tuple(ACCOUNTS)
        rows = [(*row, *values.get(one.name, ("",) * len(ACCOUNTS))) for row, one in zip(rows, symbols, strict=True)]
    return f":::{{table}}\n:class: nomenclature\n\n{_table(titles, rows)}\n:::"


def _equations() -> str:
    """Every equation of naltrexone, rendered from the functions that run, and what its symbols mean."""
    page = [
        "# Equations",
        "Written from the functions that run: each is called on numbers without a value, and what it does with them is "
        "shown. The rectified part is shown as a maximum; the code rounds its corner over a millionth. "
        "Hill's function is shown as in textbooks; the code divides the level by that of half effect first. Each part "
        "ends with what its symbols mean, by the names of code, tables and files, and the values under both accounts. "
        "Those of nalmefene and of the small models stand [on a page of their own](equations_models.md); "
        "`ldnsim equations` prints all as LaTeX.",
    ]
    sets = [resolve(account) for account in ACCOUNTS]
    values = {name: [f"{one[name].value:.4g}" for one in sets] for name in sets[0]}
    for module, title in MODULES.items():
        page.append(f"## {title}")
        shown: dict[str, list[Equation]] = {}
        for equation in equations(module):
            shown.setdefault(equation.function, []).append(equation)
        for function in EQUATIONS[module]:
            about = (getdoc(function) or "").partition("\n")[0]
            page += [f"**{about}** `{function.__name__}`", *_shown(shown[function.__name__])]
        page += ["### Its symbols", _meanings(nomenclature(module), values)]
    return "\n\n".join(page)


def _equations_models() -> str:
    """Those of further drugs and the small models."""
    page = [
        "# Equations of other models",
        f"Those of {', '.join(models.DRUGS)} and of the [small models](../models.md), in the same way. "
        "Any model shows its own: "
        "`ldnsim.symbolic.latex(model=model)`.",
    ]
    every = [(name.capitalize(), "", drug()) for name, drug in models.DRUGS.items()]
    for name, numbers in SMALL.items():
        make = getattr(models, name)
        about = (getdoc(make) or "").partition("\n")[0]
        forms = [make(**numbers | form) for form in MADE.get(name, ({},))]
        every += [(name.replace("_", " ").capitalize() if one is forms[0] else "", about, one) for one in forms]
    for title, about, model in every:
        page += [f"## {title}"] if title else []
        page += [about, *_shown(equations(model=model)), _meanings(nomenclature(model=model))]
    return "\n\n".join(page)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "/").replace("*", "\\*") for cell in cells) + " |"

    return "\n".join([line(titles), line(["---"] * len(titles)), *map(line, rows)])


def _ledger() -> str:
    """Parameters and observations with unit, source and status."""
    page = [
        "# The ledger",
        "Every parameter and observation, where it comes from and how far it can be trusted: *read* in a source, "
        "*recalled* from one, *assumed*, or *calibrated*, that is solved for a stated target.",
    ]
    for module in WITH_ROWS:
        page.append(f"## {MODULES[module]}")
        rows = [
            (
                row.id,
                row.quantity,
                f"{row.value:g}" if row.value is not None else "",
                row.unit,
                row.status,
                f"{row.source} ({row.year})" if row.year else row.source,
            )
            for row in ledger().select(module, None)
        ]
        page.append(_table(("row", "what", "value", "unit", "status", "source"), rows))
    return "\n\n".join(page)


def _vocabulary() -> str:
    """Names of states, parameters and outputs."""
    page = ["# Names", "Every state, parameter and output, with its unit; the names of code, tables and files."]
    for declared, title in ((Outputs, "Outputs"), (State, "States"), (Parameters, "Parameters")):
        page.append(f"## {title}")
        page.append(
            _table(("name", "unit", "meaning"), [(f"`{t.name}`", t.unit, t.meaning) for t in flatten(declared)])
        )
    page.append("## Noncompartmental analysis")
    rows = [(f"`{name}`", one.cdisc, one.kind, one.meaning) for name, one in EVERY.items()]
    page.append(_table(("name", "CDISC, NonCompart", "kind of unit", "meaning"), rows))
    return "\n\n".join(page)


def _api() -> str:
    """What `import ldnsim` offers, and the modules beside it."""
    names = [name for name in ldnsim.__all__ if name not in MORE]
    own = "\n   ".join(f"ldnsim.{name}" for name in names)
    more = "\n   ".join(f"ldnsim.{name}" for name in MORE)
    return (
        "API\n===\n\n.. autosummary::\n   :toctree: api\n   :nosignatures:\n\n   "
        f"{own}\n\nModules\n-------\n\n.. autosummary::\n   :toctree: api\n\n   {more}\n"
    )


def _commands() -> str:
    """Every command with its options and examples, as its help has them."""
    page = [
        "# Commands",
        "Every command and option, written from the code; [how they go together](../command_line.md).",
    ]
    before: list[tuple[str, str]] = []
    for name, examples in EXAMPLES.items():
        command: Any = typer.main.get_command(app)
        for word in name.split():
            command = command.commands[word]
        page += [f"## ldnsim {name}", command.help, "```text\n" + "\n".join(examples) + "\n```"]
        records = [one.get_help_record(typer.Context(command)) for one in command.params]
        # of an argument, what type it has in Python helps nobody who types it
        rows = [(f"`{one[0].partition(' <')[0].strip()}`", one[1]) for one in records if one]
        # a command by another name has the options of the one before it
        if rows != before:
            page.append(_table(("argument or option", "what it says"), rows))
        before = rows
    return "\n\n".join(page)


def _gallery(ran: Mapping[str, Ran]) -> str:
    """Each example with the picture that it has just drawn."""
    page = ["# Examples", "Short scripts, each with a picture, run when these pages were built."]
    for name, one in ran.items():
        title, _, about = one.about.partition("\n")
        page += [f"## {title.rstrip('.')}", about.strip()]
        page += [f"![{title.rstrip('.')}](pictures/{name}/{picture})" for picture in one.pictures]
        page.append(f":::{{dropdown}} {name}.py\n```{{literalinclude}} ../../examples/{name}.py\n```\n:::")
    return "\n\n".join(page)


def _notebooks(notebooks: Path) -> str:
    """Their table of contents."""
    text = (notebooks / "README.md").read_text(encoding="utf-8").partition("\nEach exists twice.")[0]
    page = re.sub(r"\((\w+)\.ipynb\)", r"(notebooks/\1.ipynb)", text)
    tree = "\n".join(f"notebooks/{path.stem}" for path in sorted(notebooks.glob("*.ipynb")))
    return f"{page}\n\nThey were run when these pages were built.\n\n```{{toctree}}\n:hidden:\n\n{tree}\n```"


def _write(app: Sphinx, _: Config) -> None:
    folder = Path(app.srcdir) / "generated"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    root = Path(app.srcdir).parent
    ran = run_all(root / "examples", root / "notebooks", folder)
    pages = {
        "equations.md": _equations(),
        "equations_models.md": _equations_models(),
        "ledger.md": _ledger(),
        "names.md": _vocabulary(),
        "api.rst": _api(),
        "commands.md": _commands(),
        "examples.md": _gallery(ran),
        "notebooks.md": _notebooks(root / "notebooks"),
    }
    for name, text in pages.items():
        (folder / name).write_text(text + "\n", encoding="utf-8")
    sys.stderr.write(f"wrote {len(pages)} pages from the code\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the pages before Sphinx looks what pages there are."""
    app.connect("config-inited", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
