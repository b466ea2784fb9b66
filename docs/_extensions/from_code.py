"""Pages that are written from the code and the ledger, so that no equation or number is copied by hand."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from run_beside import Ran, run_all
from sphinx.application import Sphinx
from sphinx.config import Config

import ldnsim
from ldnsim.base.vocabulary import flatten
from ldnsim.ledger.evidence import MODULES as WITH_ROWS
from ldnsim.ledger.evidence import ledger
from ldnsim.model import Outputs, Parameters, State
from ldnsim.noncompartmental.names import EVERY
from ldnsim.symbolic import latex

MODULES = {
    "pk": "Kinetics",
    "receptors": "Receptors",
    "receptor_turnover": "Numbers of receptors",
    "endorphin": "Endorphins and their rebound",
    "tlr4": "TLR4 and cytokines",
    "outcomes": "Outcomes",
}
MORE = (
    *("models", "answers", "claims.named", "fitting", "endpoints", "noncompartmental", "evidence", "plots", "exchange"),
    "plots.population_plots",
)
"""Modules with public functions beside the names of the package itself."""


def _equations() -> str:
    """Every equation, rendered from the functions that run."""
    page = [
        "# Equations",
        "Written from the functions that run: each is called on symbols, and what comes back is shown. The rectified "
        "part is shown as a maximum; the code rounds its corner over a millionth.",
    ]
    for module, title in MODULES.items():
        page.append(f"## {title}")
        for line in latex(module).splitlines():
            if line.startswith("%"):
                page.append(f"**{line.rpartition('.')[2].replace('_', ' ')}**")
            else:
                page.append(f"```{{math}}\n{line}\n```")
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
        "ledger.md": _ledger(),
        "names.md": _vocabulary(),
        "api.rst": _api(),
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
