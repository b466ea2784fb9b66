"""What is printed and drawn of a run, whatever was given: a regimen or an event table, one person or many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..study.table_run import TableRun
from ..terminal import complain

if TYPE_CHECKING:
    import matplotlib.figure


def summary_of(run: Any) -> str:
    """The summary of a run as text; of a table with what it was given, units, account and evidence.

    Parameters
    ----------
    run : Simulation, PopulationRun or TableRun
        A result.

    Returns
    -------
    str
        The lines.
    """
    found = run.summary()
    if not isinstance(run, TableRun):
        return str(found)
    about = found.attrs
    headed = found.rename(columns={name: f"{name} [{unit}]" for name, unit in about["units"].items() if unit})
    lines = [str(run.table).strip("<>"), f"assumptions: {about['assumptions']}", "", f"{about['observed']}:"]
    lines.append(headed.dropna(axis="columns", how="all").to_string(float_format=lambda value: f"{value:.4g}"))
    return "\n".join([*lines, f"weakest evidence: {about['weakest_evidence']}"])


def picture_of(run: Any) -> matplotlib.figure.Figure:
    """The figure of a run: of a table with several subjects as many in one panel as can be told apart."""
    from ..plots.drawing import LOOKS

    subjects = list(run.table.subjects) if isinstance(run, TableRun) else []
    if len(subjects) > len(LOOKS):
        complain(f"note: the picture shows the first {len(LOOKS)} of {len(subjects)} subjects")
    drawn = run.plot(subjects[: len(LOOKS)]) if len(subjects) > 1 else run.plot()
    found: matplotlib.figure.Figure = np.ravel(drawn)[0].figure
    return found
