"""The command that shows what a regimen says before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..base.units import HOURS_PER_DAY, clock_text
from ..terminal import refuse_files
from .options import RegimenText, write_table

if TYPE_CHECKING:
    import pandas as pd

    from ..dosing.regimen import Regimen

_SHOWN = 60
"""Doses that are printed at most."""


def regimen(
    text: RegimenText,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write every dose.")] = None,
) -> None:
    """Print what a regimen says: the plainest words for it, and the calendar of its doses."""
    from ..dosing.regimen import Regimen

    refuse_files(csv=csv)
    read = Regimen.parse(text)
    doses = calendar(read)
    typer.echo(read)
    typer.echo(doses.head(_SHOWN).to_string(index=False))
    if len(doses) > _SHOWN:
        typer.echo(f"... and {len(doses) - _SHOWN} more; --csv FILE writes all")
    given = doses[doses["note"] != "missed"]
    typer.echo(f"{len(given)} doses, {given['mg'].sum():g} mg, until day {read.end / HOURS_PER_DAY + 1:.3g}")
    write_table(doses, csv)


def calendar(regimen: Regimen) -> pd.DataFrame:
    """Every planned dose: day, date where there is one, clock time, mg, salt, route, and what became of it."""
    import pandas as pd

    rows = []
    for dose in regimen.diary():
        day = (regimen.clock + dose.time) // HOURS_PER_DAY + 1
        row = {"day": int(day), "time": clock_text((regimen.clock + dose.time) % HOURS_PER_DAY)}
        if regimen.date is not None:
            row["date"] = f"{regimen.moment(dose.time):%a %Y-%m-%d}"
        over = f" over {dose.over:g} h" * bool(dose.over)
        rows.append({**row, "mg": dose.mg, "salt": dose.salt, "route": dose.route + over, "note": dose.what})
    return pd.DataFrame(rows)
