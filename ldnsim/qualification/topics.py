"""Pictures of a qualification by topic: what was observed, and what each account predicts for it, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..ledger.evidence import weakest
from ..plots.drawing import BLACK, LOOKS, write_footer
from .predictions import Prediction, predictions

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Panel(NamedTuple):
    """What a panel shows.

    Attributes
    ----------
    title, value : str
        Its title, and what its vertical axis says, with the unit.
    holds : callable
        Whether an observation stands in it.
    x : {"dose", "at", ""}
        Column along which observations stand; side by side, with their names, where there is none.
    log : bool
        Whether values are on a logarithmic axis.
    """

    title: str
    value: str
    holds: Callable[[Prediction], bool]
    x: str = ""
    log: bool = False


def _of(variable: str, *readings: str, once: bool | None = None, **labels: str) -> Callable[[Prediction], bool]:
    """Whether a prediction reads a variable in one of some ways, after one dose or several by mouth."""

    def holds(one: Prediction) -> bool:
        same = one.shown.name == variable and labels.items() <= one.shown.labels.items()
        several = " every " in one.regimen or " daily " in one.regimen
        swallowed = "depot" not in one.regimen and " iv" not in one.regimen
        once_or_not = once is None or once != several
        return same and one.reading in readings and once_or_not and swallowed and not one.covariates

    return holds


_HELD = "Receptors held [%]"
TOPICS: Mapping[str, tuple[Panel, ...]] = {
    "dose against occupancy": (
        Panel("Mu receptors 4 h after one dose", _HELD, _of("occupancy", "value", once=True, receptor="mor"), "dose"),
        Panel("After several doses", _HELD, _of("occupancy", "value", once=False)),
    ),
    "time course after 50 mg": (
        Panel("Mu receptors after 50 mg", "Relative to 1 h [%]", _of("occupancy", "relative to 1 h"), "at"),
        Panel("Half-time after 50 mg (RO008); hours above half after 4.5 mg (RO053)", "Hours [h]",
              _of("occupancy", "half-time", "hours above half"), log=True),
        Panel("Block of 25 mg heroin after 100 mg", "Functional block [%]", _of("functional_block", "value"), "at"),
    ),
    "exposure by dose": (
        Panel("Naltrexone, peak", "Cmax [ng/mL]", _of("plasma", "cmax", once=True, analyte="ntx"), "dose", log=True),
        Panel("Naltrexone, area", "AUC [ng*h/mL]", _of("plasma", "auclast", "aucinf", once=True, analyte="ntx"),
              "dose", log=True),
        Panel("6-beta-naltrexol, peak", "Cmax [ng/mL]", _of("plasma", "cmax", once=True, analyte="bnx6"), "dose",
              log=True),
        Panel("Naltrexone, half-life", "Half-life [h]", _of("plasma", "half-life", once=True, analyte="ntx"), "dose",
              log=True),
    ),
    "peptides and receptors": (
        Panel("Beta-endorphin (of RO092 the direction alone)", "Relative to untreated [1]",
              _of("peptide_level", "value", "mean of the last interval")),
        Panel("Receptor density (seen in mice)", "Change [%]", _of("receptor_density", "value")),
    ),
    "cytokines and pain": (
        Panel("Cytokines after 8 weeks of 4.5 mg", "Relative to the start [1]", _of("mediator_level", "value")),
        Panel("Pain against placebo, by trial", "Difference of scores of 0 to 10 [1]", _of("pain_fall", "value")),
    ),
}  # fmt: skip
"""Panels of each picture by topic."""

_NAMED = 12
"""How many observations a footer names."""

_WIDE = 0.6
"""How much of the room of an observation the accounts take, side by side [1]."""


def topics(table: pd.DataFrame) -> dict[str, Figure]:
    """A figure for each topic of which the table holds something.

    Parameters
    ----------
    table : pandas.DataFrame
        From `ldnsim.qualify`.

    Returns
    -------
    dict of str to matplotlib Figure
        By name.
    """
    import pandas as pd
    from matplotlib.figure import Figure

    predicted, _ = predictions()
    found = {}
    for topic, panels in TOPICS.items():
        shown = {panel: [name for name, one in predicted.items() if panel.holds(one)] for panel in panels}
        rows = {panel: table[table["observation"].isin(names)] for panel, names in shown.items()}
        rows = {panel: some for panel, some in rows.items() if len(some)}
        if not rows:
            continue
        figure = Figure(figsize=(5.5 * min(len(rows), 2) + 2.5, 4.6 * -(-len(rows) // 2)))
        grid = figure.subplots(-(-len(rows) // 2), min(len(rows), 2), squeeze=False).ravel()
        for ax, (panel, some) in zip(grid, rows.items(), strict=False):
            draw(some, panel, ax)
        for ax in grid[len(rows) :]:
            ax.set_axis_off()
        drawn = pd.concat(rows.values())
        entries = dict(zip(*reversed(grid[0].get_legend_handles_labels()), strict=True))
        figure.legend(entries.values(), entries.keys(), loc="outside upper center", ncols=4, fontsize="small")
        write_footer(figure, notes(drawn))
        found[topic] = figure
    return found


def draw(rows: pd.DataFrame, panel: Panel, ax: Axes) -> Axes:
    """Observations with their spread in black, and predictions of each account with the band of people beside them.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of the table that stand in the panel.
    panel : Panel
        What it shows.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel.
    """
    accounts = list(rows["account"].unique())
    once = rows[rows["account"] == accounts[0]]
    places = sorted(once[panel.x].unique()) if panel.x else list(once["observation"])
    place = {name: number for number, name in enumerate(places)}

    def across(some: pd.DataFrame, offset: float) -> Any:
        return np.array([place[name] for name in some[panel.x or "observation"]]) + offset

    step = _WIDE / len(accounts)
    for number, account in enumerate(accounts):
        mine, look = rows[rows["account"] == account], LOOKS[number % len(LOOKS)]
        if panel.x:
            mine = mine.drop_duplicates([panel.x, "predicted"])
        x, said = across(mine, (number + 0.5) * step - _WIDE / 2 + 0.1), mine["predicted"].to_numpy()
        ax.vlines(x, mine["5 %"], mine["95 %"], color=look.colour, linewidth=3, alpha=0.4)
        ax.plot(x, said, "s", color=look.colour, markersize=5, label=account)
    seen = once["observed"].to_numpy()
    low, high = ((once[f"observed {end}"].fillna(once["observed"] + sign * once["observed spread"])).to_numpy()
                 for end, sign in (("low", -1), ("high", 1)))  # fmt: skip
    x = across(once, -_WIDE / 2)
    # at one place several observations stand side by side
    x = x - 0.04 * once.groupby(panel.x or "observation").cumcount().to_numpy() % (0.5 - _WIDE / 2)
    ax.vlines(x, low, high, color=BLACK, linewidth=0.8)
    read = (once["status"] == "read").to_numpy()
    ax.plot(x[read], seen[read], "o", color=BLACK, markersize=4, label="observed")
    ax.plot(x[~read], seen[~read], "o", color=BLACK, markersize=4, markerfacecolor="none",
            label="observed, recalled from memory")  # fmt: skip
    ax.set_xticks(range(len(places)), [f"{name:g}" if panel.x else str(name) for name in places],
                  rotation=0 if panel.x else 30, fontsize=8)  # fmt: skip
    ax.set_xlim(-0.6, len(places) - 0.4)
    if panel.log:
        ax.set_yscale("log")
    ax.set(xlabel={"dose": "Dose [mg]", "at": "Hours after the dose", "": ""}[panel.x], ylabel=panel.value)
    ax.set_title(panel.title, loc="left", fontsize="medium")
    return ax


def notes(rows: pd.DataFrame) -> list[str]:
    """Notes of a footer: whose assumptions, what is shown how, and the weakest evidence behind the predictions.

    Parameters
    ----------
    rows : pandas.DataFrame
        What is shown.

    Returns
    -------
    list of str
        Lines.
    """
    names = sorted(rows.loc[rows["use"] == "fitted", "observation"].unique())
    fitted = ", ".join(names) if len(names) <= _NAMED else f"{len(names)} of the observations"
    return [
        evidence_line(rows),
        f"Fitted under one of them at least: {fitted or 'none'}.",
        "Bars: 5 to 95 % of people; of observations limits or standard deviation as the source gives them. "
        "A research and teaching tool, not medical advice.",
    ]


def evidence_line(rows: pd.DataFrame) -> str:
    """The weakest evidence behind what each account predicts, as a line of a footer."""
    found = rows.groupby("account", sort=False)["weakest evidence"].agg(weakest)
    return "Weakest evidence by assumptions: " + "; ".join(f"{account}: {one}" for account, one in found.items())
