"""Tables of a fit: estimates with their errors, and measurements beside predictions."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import LdnsimError
from ..results.behind import evidence_of
from ..study.ensemble import Ensemble
from ..study.table_lanes import Lanes
from .likelihood import BELOW, SEEN
from .problem import Array

if TYPE_CHECKING:
    import pandas as pd

    from .result import Fit


def estimates(fit: Fit) -> pd.DataFrame:
    """A row for each unit and parameter, see `Fit.table`."""
    import pandas as pd

    p, rows = len(fit.names), []
    statuses = fit.ends["status"].tolist()
    for k, unit in enumerate(fit.units):
        lanes = fit.problem.lanes
        entries = lanes.entries(int(fit.problem.members[k][0]))
        errors = np.sqrt(np.maximum(np.diagonal(fit.everything[k]), 0.0))
        with np.errstate(invalid="ignore"):
            related = fit.everything[k, :p, :p] / np.outer(errors[:p], errors[:p])
        for place, name in enumerate(fit.names):
            x, error = fit.ended.x[k, place], float(errors[place])
            reach = np.array([-1.0, 1.0]) * fit.quantile[k] * error
            # an interval ends where the range of the parameter does
            ends = np.clip(x + reach, fit.problem.low[place], fit.problem.high[place])
            ends = np.exp(ends) if fit.problem.logs[place] else ends
            value = fit.natural[k, place]
            se = error * value if fit.problem.logs[place] else error
            others = np.where(np.arange(p) == place, 0.0, np.nan_to_num(related[place]))
            most = int(np.abs(others).argmax())
            rows.append(
                {
                    "ID": unit,
                    "parameter": name,
                    "estimate": value,
                    "unit": entries[name].unit,
                    "SE": se,
                    "RSE [%]": 100 * se / abs(value) if value else np.nan,
                    "low": ends[0],
                    "high": ends[1],
                    "scale": "log" if fit.problem.logs[place] else "linear",
                    "start": float(fit.problem.natural(fit.start[k])[place]),
                    "correlated": f"{fit.names[most]} {others[most]:+.2f}" if others[most] else "",
                    "evidence": entries[name].status,
                    "status": statuses[k],
                }
            )
        rows += _of_spreads(fit, k, errors[p:], statuses[k])
    return pd.DataFrame(rows)


def _of_spreads(fit: Fit, k: int, errors: Array, status: str) -> list[dict[str, Any]]:
    error, rows = fit.problem.error, []
    for place, label in enumerate(error.labels):
        group, part = divmod(place, len(error.parts))
        value = float(fit.spreads[k, group, part])
        own = float(errors[place]) if error.estimated else 0.0
        unit = fit.data.units[group] if error.parts[part] == "additive" else "1"
        with np.errstate(all="ignore"):
            low, high = value * np.exp(np.array([-1.0, 1.0]) * fit.quantile[k] * own)
        rows.append(
            {
                "ID": fit.units[k],
                "parameter": label,
                "estimate": value,
                "unit": unit,
                "SE": value * own,
                "RSE [%]": 100 * own,
                "low": low,
                "high": high,
                "scale": "log",
                "start": np.nan,
                "correlated": "",
                "evidence": "" if error.estimated else "known",
                "status": status,
            }
        )
    return rows


def residuals(fit: Fit) -> pd.DataFrame:
    """Measurements beside predictions, see `Fit.residuals`."""
    import pandas as pd

    lanes, error, rows = fit.problem.lanes, fit.problem.error, []
    width = max(map(len, lanes.rows))
    for k, members in enumerate(fit.problem.members):
        for turn, who in enumerate(members.tolist()):
            for place, row in enumerate(lanes.rows[who]):
                at = turn * width + place
                kind, group = int(fit.problem.observed.kind[k, at]), int(fit.problem.observed.group[k, at])
                if not kind:
                    continue
                level = float(fit.at_end.predicted[k, at])
                value = float(fit.problem.observed.value[k, at])
                compared = float(error.seen_as(np.array(level)))
                left = value - compared if kind == SEEN else np.nan
                own = fit.spreads[k, group]
                by = [
                    part * (abs(level) if name == "proportional" else 1.0)
                    for part, name in zip(own, error.parts, strict=True)
                ]
                rows.append(
                    {
                        "ID": lanes.subjects[who],
                        "TIME": row.time,
                        "compartment": fit.data.groups[group],
                        "DV": float(np.exp(value)) if error.logs else value,
                        "below": kind == BELOW,
                        "IPRED": level,
                        "residual": left,
                        "weighted": left / float(np.linalg.norm(by)),
                        "unit": fit.data.units[group],
                    }
                )
    return pd.DataFrame(rows)


def parameters_behind(lanes: Lanes, compartments: Sequence[str]) -> set[str]:
    """Parameters behind what some compartments show, read off the equations; none where that is not known."""
    study, account, found = lanes.study, lanes.study.account, set[str]()
    said: dict[str, Any] = {"model": study.model}
    if study.model is None and account is not None:
        said = {"assumptions": account.assumptions, "condition": account.condition, "cell": account.cell}
    # a model whose parameters are functions of covariates has nobody to be looked at
    with suppress(LdnsimError):
        data = Ensemble("1 mg", **said).described()
        for compartment in compartments:
            column = lanes.column(compartment)
            one = evidence_of(data, column) if column in data else evidence_of(data, "plasma", analyte=compartment)
            found.update(one.parameters)
    return found
