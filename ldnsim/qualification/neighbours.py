"""Neighbours: published models and scans of the same receptor beside this one, where they agree and where not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..forms import hill
from ..ledger.assumptions import Assumptions
from ..ledger.evidence import Observation, Parameter, ledger, weakest
from ..ledger.parameters import resolve
from ..models.dosable import Model
from ..models.nalmefene import nalmefene
from ..plots.drawing import BLACK, LOOKS, write_footer
from ..results.behind import evidence_of
from ..simulation import simulate
from .topics import evidence_line

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

DOSES = (1.5, 4.5, 15.0, 50.0)
"""Doses at which the published curve is read [mg]."""

HOURS = (1.0, 4.0, 7.0)
"""When the model is read beside it; the scans were made within 8 h [h]."""

_CURVE, _LIMITS = "RP047", "RO112"
_NALOXONE = ("RP027", "RP028", "RP029")
_SCANS = ("NO023", "NO024", "NO025", "NO026")
_PICO = 1e3
_SECONDS = 3600.0


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Published models and scans beside this model.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for each number and account: neighbour, quantity, unit, published with its limits where its source gives
        them, source, status; account, ours, and the weakest evidence behind it.
    """

    table: pd.DataFrame

    def plot(self) -> Figure:
        """One figure: the curve against dose, kinetics at the receptor, and nalmefene's scans."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(14, 5.2))
        notes = [
            evidence_line(self.table),
            "Black: published, with limits as the sources give them. A research and teaching tool, not medical advice.",
        ]
        write_footer(figure, notes)
        titles = {
            "Oral naltrexone": ("Mu receptors held after one dose", "Receptors held [%]", False),
            "Naloxone": ("Kinetics at the mu receptor", "In the unit of each", True),
            "Nalmefene": ("Mu receptors held after nalmefene 18.06 mg", "Receptors held [%]", False),
        }
        for ax, (start, (title, value, log)) in zip(figure.subplots(1, 3), titles.items(), strict=True):
            rows = self.table[self.table["neighbour"].str.startswith(start)]
            names = list(dict.fromkeys(rows["quantity"]))
            for number, (account, mine) in enumerate(rows.groupby("account", sort=False)):
                place = np.array([names.index(name) for name in mine["quantity"]]) + 0.15 * (number + 1)
                ax.plot(place, mine["ours"], "s", color=LOOKS[number].colour, label=f"ours, {account}")
            once = rows.drop_duplicates("quantity")
            ax.vlines(range(len(once)), once["low"], once["high"], color=BLACK, linewidth=1.0)
            ax.plot(range(len(once)), once["published"], "o", color=BLACK, label="published")
            labels = [f"{name}\n[{unit}]" if log else name for name, unit in zip(names, once["unit"], strict=True)]
            turned = {} if log else {"rotation": 40, "ha": "right"}
            ax.set_xticks(range(len(names)), labels, fontsize=8, **turned)
            ax.set_xlim(-0.5, len(names) - 0.2)
            if log:
                ax.set_yscale("log")
            ax.set_ylabel(value)
            ax.set_title(title, loc="left", fontsize="medium")
            ax.legend(fontsize="small")
        return figure

    def __str__(self) -> str:
        return str(self.table[["quantity", "unit", "published", "account", "ours"]].to_string(index=False))


def meet_neighbours(chosen: Sequence[Assumptions | str] = ("popular", "measured")) -> Neighbours:
    """Set published models and scans of the mu receptor beside this model.

    Parameters
    ----------
    chosen : sequence of Assumptions or str
        Accounts.

    Returns
    -------
    Neighbours
        The published curve of occupancy against the oral dose, naloxone's kinetics at the receptor, and PET scans after
        nalmefene, each beside what the accounts have for it.

    Raises
    ------
    InputError
        If an account is not known, or chooses what nalmefene has not.
    """
    import pandas as pd

    wanted = [Assumptions.of(one) for one in chosen]
    return Neighbours(
        pd.DataFrame([row for one in wanted for part in (_curve, _kinetics, _scans) for row in part(one)])
    )


def _curve(account: Assumptions) -> Iterator[dict[str, Any]]:
    """Occupancy against the dose, beside the curve that its publishers fitted to scans within 8 h."""
    published, limits = ledger().parameters[_CURVE], ledger().observations[_LIMITS]
    assert limits.low is not None
    assert limits.high is not None
    for mg in DOSES:
        data = simulate(f"{mg:g} mg", assumptions=account, until=HOURS[-1], step=0.5).data
        least = evidence_of(data, "occupancy", receptor="mor").weakest
        held = data["occupancy"].sel(receptor="mor").drop_duplicates("time", keep="last")
        low, high = (100 * hill(mg, ed50, 1.0) for ed50 in (limits.high, limits.low))
        for hours in HOURS:
            yield _row(
                "Oral naltrexone, occupancy against dose", f"{mg:g} mg, {hours:g} h", "percent",
                (100 * hill(mg, _value(published), 1.0), low, high), published,
                account, 100 * float(held.sel(time=hours)), least,
            )  # fmt: skip


def _kinetics(account: Assumptions) -> Iterator[dict[str, Any]]:
    """How fast the drug leaves the receptor and what holds half of it, beside naloxone in cells."""
    kon, koff, n = (ledger().parameters[name] for name in _NALOXONE)
    published = {
        ("half-life on the receptor", "h"): (np.log(2) / _value(koff) / _SECONDS, koff),
        ("free level that holds half", "nM"): ((_value(koff) / _value(kon)) ** (1 / _value(n)) / _PICO, kon),
    }
    p = resolve(account)
    if p["receptors.pet"].value:
        names = [["ks"], ["fu", "alpha", "beta", "ks"]]
        fu, alpha, beta, ks = (p[f"receptors.{name}"].value for name in names[1])
        ours = [np.log(2) / ks, fu / (alpha + beta / ks)]
    else:
        names = [["koff"], ["kd"]]
        ours = [np.log(2) / p["receptors.koff"].value, p["receptors.kd"].value]
    for (quantity, unit), own, behind in zip(published, ours, names, strict=True):
        value, row = published[quantity, unit]
        least = weakest(p[f"receptors.{name}"].status for name in behind)
        yield _row("Naloxone, kinetics in cells", quantity, unit, (value, None, None), row, account, float(own), least)


def _scans(account: Assumptions) -> Iterator[dict[str, Any]]:
    """Occupancy after nalmefene, once and after a week, beside PET, which holds both together."""
    model: Model = nalmefene(f"site={account.site},rebound={account.rebound}")
    for how, regimen, last in (
        ("once", "18.06 mg at 08:00", 0.0),
        ("daily", "18.06 mg at 08:00 daily for 7 days", 144.0),
    ):
        scans = [ledger().observations[name] for name in _SCANS]
        times = [last + _time(scan) for scan in scans]
        data = simulate(regimen, model=model, until=times[-1], step=2.0, at=times).data
        least = evidence_of(data, "occupancy", receptor="mor").weakest
        held = data["occupancy"].sel(receptor="mor").drop_duplicates("time", keep="last")
        for scan, time in zip(scans, times, strict=True):
            yield _row(
                "Nalmefene, PET", f"{how}, {_time(scan):g} h", "percent", (_value(scan), scan.low, scan.high), scan,
                account, 100 * float(held.sel(time=time)), least,
            )  # fmt: skip


def _row(
    neighbour: str, quantity: str, unit: str, published: tuple[Any, Any, Any], row: Parameter | Observation,
    account: Assumptions, ours: float, least: str,
) -> dict[str, Any]:  # fmt: skip
    value, low, high = published
    return {
        "neighbour": neighbour, "quantity": quantity, "unit": unit, "published": float(value), "low": low, "high": high,
        "row": row.id, "source": row.source, "status": row.status, "account": account.name, "ours": ours,
        "weakest evidence": least,
    }  # fmt: skip


def _value(row: Parameter | Observation) -> float:
    assert row.value is not None
    return row.value


def _time(scan: Observation) -> float:
    assert scan.time is not None
    return scan.time
