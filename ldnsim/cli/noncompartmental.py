"""The command that reads profiles of a table: noncompartmental analysis."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..base.delimited import COMMA, delimited
from ..base.errors import InputError
from ..base.reading import number_in
from ..terminal import bar, plain, refuse_files
from .options import PlotPath, Quiet, write_plot, write_table
from .separators import separators, written_with

if TYPE_CHECKING:
    import pandas as pd


def nca(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="CSV file, a row a sample.", show_default=False)],
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="COLUMN", help="Column that tells subjects or occasions apart. Repeatable."),
    ] = None,
    time: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of times; 'time' if none.")] = None,
    concentration: Annotated[
        str | None,
        typer.Option("--concentration", metavar="COLUMN", help="Column of levels; 'concentration', 'conc' or 'DV'."),
    ] = None,
    dose: Annotated[
        str | None, typer.Option(metavar="DOSE", help="How much was given, such as '320 mg', or a column.")
    ] = None,
    route: Annotated[
        str, typer.Option(metavar="ROUTE", help="extravascular, bolus or infusion, or a column.")
    ] = "extravascular",
    duration: Annotated[
        str | None, typer.Option(metavar="TIME", help="How long an infusion took, in the unit of times, or a column.")
    ] = None,
    dose_time: Annotated[
        str | None, typer.Option("--dose-time", metavar="TIME", help="When the dose was given, or a column; 0 if none.")
    ] = None,
    tau: Annotated[str | None, typer.Option(metavar="TIME", help="Dosing interval, or a column.")] = None,
    steady_state: Annotated[
        bool, typer.Option("--steady-state", help="Doses before it had led to steady state.")
    ] = False,
    interval: Annotated[
        list[str] | None,
        typer.Option("--interval", metavar="START,END", help="A stretch that is a profile of its own. Repeatable."),
    ] = None,
    area: Annotated[
        list[str] | None,
        typer.Option("--area", metavar="START,END", help="A partial area, from the dose on. Repeatable."),
    ] = None,
    method: Annotated[
        str, typer.Option(metavar="NAME", help="Areas: 'lin up/log down', 'linear' or 'lin-log'.")
    ] = "lin up/log down",
    with_cmax: Annotated[
        bool,
        typer.Option("--cmax-in-half-life", help="After a bolus the terminal line may begin with Cmax."),
    ] = False,
    threshold: Annotated[
        str | None, typer.Option(parser=plain, metavar="LEVEL", help="Time above and below a level.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Areas above and below a level, or 'start'.")
    ] = None,
    effect: Annotated[
        bool, typer.Option("--effect", help="Levels are of an effect: only the last two are read.")
    ] = False,
    columns: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Which numbers, joined by commas: cmax,aucinf.obs,half.life.")
    ] = None,
    unit: Annotated[
        list[str] | None,
        typer.Option("--unit", metavar="WHAT=UNIT", help="Unit of time, level or dose: level=mg/L. Repeatable."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the table; else it is printed.")
    ] = None,
    reasons: Annotated[
        Path | None, typer.Option("--reasons", metavar="FILE", help="Write why numbers are missing.")
    ] = None,
    plot: PlotPath = None,
    quiet: Quiet = False,
) -> None:
    """Print Cmax, areas, half-life, clearance and more of every profile in a table, with the names of PKNCA."""
    from ..study.noncompartmental import nca as analyse

    refuse_files(plot=plot, csv=csv, reasons=reasons)
    frame = _read(table)
    given: dict[str, Any] = {
        name: _value(text, f"--{name}", frame)
        for name, text in (("duration", duration), ("dose_time", dose_time), ("tau", tau)) if text is not None
    }  # fmt: skip
    if dose is not None:
        given["dose"] = dose if dose in frame or not _is_number(dose) else number_in(dose, "--dose")
    if baseline is not None:
        given["baseline"] = baseline if baseline == "start" else number_in(baseline, "--baseline")
    if threshold is not None:
        given["threshold"] = number_in(str(threshold), "--threshold")
    with bar(quiet=quiet):
        found = analyse(
            frame, concentration, time=time, by=list(by or ()), route=route, steady_state=steady_state or None,
            intervals=[_pair(text, "--interval") for text in interval or ()],
            partial_areas=[_pair(text, "--area") for text in area or ()],
            effect=effect, columns=None if columns is None else [name.strip() for name in columns.split(",")],
            units=_units(unit), auc_method=method, allow_tmax_in_half_life="bolus" if with_cmax else False, **given,
        )  # fmt: skip
    write_table(_headed(found.table), csv)
    write_table(found.reasons, reasons, "--reasons")
    write_plot(found.plot, plot)
    typer.echo(str(found))


def _read(path: Path) -> pd.DataFrame:
    """The table, cells as they are."""
    import pandas as pd

    source: Any = path
    said = written_with()
    if said.get("decimal") == COMMA:
        from ..dosing.sheets import from_file

        # limits and what is missing stand among numbers, of which pandas then sees none
        sheet = from_file(path, 0, **separators())
        source, said = io.StringIO(delimited(pd.DataFrame(sheet.rows, columns=sheet.columns))), {}
    try:
        found: pd.DataFrame = pd.read_csv(source, comment="#", keep_default_na=False, na_values=[], **said)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError("TABLE", str(path), "a CSV file with a line of headings") from error
    return found


def _headed(table: pd.DataFrame) -> pd.DataFrame:
    """The table with units in its headings."""
    units = table.attrs["units"]
    return table.rename(columns={name: f"{name} [{unit}]" for name, unit in units.items() if unit not in ("", "1")})


def _is_number(text: str) -> bool:
    try:
        number_in(text, "")
    except InputError:
        return False
    return True


def _value(text: str, option: str, frame: pd.DataFrame) -> Any:
    """A column, or a number."""
    return text if text in frame else number_in(text, option.replace("_", "-"))


def _pair(text: str, option: str) -> tuple[float, float]:
    """Start and end."""
    start, comma, stop = text.partition(",")
    if not comma:
        raise InputError(option, text, "START,END, for example 0,12")
    end = float("inf") if stop.strip() in ("inf", "Inf") else number_in(stop, option)
    return number_in(start, option), end


def _units(pairs: list[str] | None) -> dict[str, str]:
    """Units by what they are of."""
    found = {}
    for pair in pairs or ():
        name, equals, unit = pair.partition("=")
        if not equals or not unit.strip():
            raise InputError("--unit", pair, "WHAT=UNIT, for example level=mg/L")
        found[name.strip()] = unit.strip()
    return found
