"""The summary of an event table: a row a subject and stretch, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..noncompartmental import exposure
from ..results.languages import words_of
from .tables import taken_by

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from .table_run import TableRun


def table_summary(run: TableRun, language: str | None) -> pd.DataFrame:
    """See `ldnsim.study.table_run.TableRun.summary`."""
    import pandas as pd

    say = words_of(language).say
    name = run._observed
    found = []
    for subject, (group, who) in run._where.items():
        data = run.subject(subject)
        curve = data["plasma"].sel(analyte=run.model.observe) if run.label is not None else data[name]
        time = data["time"].values
        again = np.flatnonzero(np.diff(time) < 0) + 1
        stretches = zip(np.split(time, again), np.split(curve.values, again), strict=True)
        for stretch, (when, level) in enumerate(stretches, start=1):
            # a single moment has a level, and no area
            read = exposure(when, level) if len(when) > 1 else None
            found.append(
                {
                    "ID": subject,
                    "stretch": stretch,
                    "doses": len(taken_by(group.planned, who)),
                    "cmax": read.cmax if read else float(level[0]),
                    "tmax": read.tmax if read else float(when[0]),
                    "auclast": read.auclast if read else 0.0,
                    "steady_state_residual": float(group.course.residual[who]),
                }
            )
    summary = pd.DataFrame(found).set_index(["ID", "stretch"]).rename(columns=say)
    about = _about(run, data, curve.attrs)
    about["units"] = {say(column): unit for column, unit in about["units"].items()}
    summary.attrs.update(about)
    return summary.rename_axis([say(str(name)) for name in summary.index.names])


def _about(run: TableRun, data: xr.Dataset, curve: Mapping[str, Any]) -> dict[str, Any]:
    """What a summary is about: account, what is observed, units and weakest evidence, from one of its subjects."""
    name, model = run._observed, run.model
    said = f"weakest_evidence_{model.observe}" if run.label is not None else "weakest_evidence"
    unit = curve.get("units", model.terms[name].unit if name in model.terms else "")
    # of a subject they name its own covariates too
    account = run.attributes.get("assumptions", f"{model.name}, given with the model")
    return {
        "assumptions": account, **{key: data.attrs[key] for key in ("assumptions_in_full",) if key in data.attrs},
        "observed": name if run.label is None else f"plasma, {model.observe}",
        "units": {"cmax": unit, "tmax": "h", "auclast": f"{unit}*h" if unit else "", "steady_state_residual": "1"},
        # numbers that a user gives count as assumed
        "weakest_evidence": curve.get(said, "assumed"),
    }  # fmt: skip
