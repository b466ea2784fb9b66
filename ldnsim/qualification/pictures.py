"""Pictures of a qualification: predictions against observations, and how far each is off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..plots.drawing import BLACK, BLUE, GREEN, ORANGE, PURPLE, write_footer
from .topics import notes, topics

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LOOKS = {"fitted": (ORANGE, "s"), "same study": (PURPLE, "D"), "animals": (GREEN, "^"),
         "recalled": ("#999999", "x"), "checked": (BLUE, "o")}  # fmt: skip
"""Colour and marker of each use of an observation."""

_BANDS = (1.5, 2.0)
_FARTHEST = 100.0
"""How many times too high or too low the axis ends; what is farther off stands at its end."""


def against(table: pd.DataFrame, ax: Axes) -> Axes:
    """Predicted over observed, with lines at 1.5 and 2 times.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one account, see `ldnsim.qualification.Qualification`.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, both axes logarithmic, each observation in its own unit.
    """
    shown = table[table["fold error"].notna() & (table["observed"] > 0)]
    ends = np.array([shown["observed"].min() / 3, shown["observed"].max() * 3])
    ax.plot(ends, ends, color=BLACK, linewidth=0.8)
    for fold, style in zip(_BANDS, ("--", ":"), strict=True):
        for factor in (fold, 1 / fold):
            ax.plot(ends, ends * factor, color=BLACK, linewidth=0.7, linestyle=style)
    for use, (colour, marker) in LOOKS.items():
        mine = shown[shown["use"] == use]
        if len(mine):
            seen, said = mine["observed"].to_numpy(), mine["predicted"].to_numpy()
            ax.plot(seen, np.clip(said, seen / _FARTHEST, seen * _FARTHEST), marker, color=colour, label=use,
                    markersize=5, alpha=0.8)  # fmt: skip
    ax.set(xscale="log", yscale="log", xlabel="Observed, in the unit of each", ylabel="Predicted")
    ax.set_title(str(shown["account"].iloc[0]), loc="left")
    ax.legend(loc="upper left", fontsize="small", title="1.5-fold dashed, 2-fold dotted", title_fontsize="small")
    return ax


def errors(table: pd.DataFrame, ax: Axes) -> Axes:
    """How many times too high or too low each prediction is, with the band of people, an observation a row.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one account.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, predicted over observed on a logarithmic axis.
    """
    shown = table[table["fold error"].notna()].reset_index(drop=True)
    place = np.arange(len(shown))[::-1]
    ratio = (shown["predicted"] / shown["observed"]).to_numpy()
    band = [(shown[end] / shown["observed"]).clip(1 / _FARTHEST, _FARTHEST) for end in ("5 %", "95 %")]
    ax.axvspan(1 / _BANDS[0], _BANDS[0], color=GREEN, alpha=0.15, linewidth=0)
    ax.axvline(1.0, color=BLACK, linewidth=0.8)
    ax.hlines(place, band[0], band[1], color="#999999", linewidth=1.0)
    for use, (colour, marker) in LOOKS.items():
        mine = (shown["use"] == use).to_numpy()
        if mine.any():
            ax.plot(np.clip(ratio[mine], 1 / _FARTHEST, _FARTHEST), place[mine], marker, color=colour, markersize=4.5,
                    label=use)  # fmt: skip
    ax.set_xscale("log")
    ticks = [0.01, 0.1, 0.5, 1.0, 2.0, 10.0, 100.0]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    names = [f"{row['observation']} {row['metric'][:38]}, {row['drug'][:16]}" for _, row in shown.iterrows()]
    ax.set_yticks(place, names, fontsize=7)
    ax.set_ylim(-1, len(shown))
    ax.set_xlabel("Predicted over observed (bar: 90 % of people)")
    ax.set_title(str(shown["account"].iloc[0]), loc="left")
    ax.legend(loc="lower right", fontsize="small")
    return ax


def figures(table: pd.DataFrame) -> dict[str, Any]:
    """Predictions against observations, a panel an account; a figure for each topic; errors, a figure an account.

    Parameters
    ----------
    table : pandas.DataFrame
        From `ldnsim.qualify`.

    Returns
    -------
    dict of str to matplotlib Figure
        By name.
    """
    from matplotlib.figure import Figure

    accounts = list(table["account"].unique())
    rows = -(-len(accounts) // 2)
    scatter = Figure(figsize=(11, 5 * rows))
    write_footer(scatter, notes(table))
    panels = scatter.subplots(rows, 2, squeeze=False).ravel()
    for ax, account in zip(panels, accounts, strict=False):
        against(table[table["account"] == account], ax)
    for ax in panels[len(accounts) :]:
        ax.set_axis_off()
    found = {"predicted against observed": scatter, **topics(table)}
    for account in accounts:
        mine = table[table["account"] == account]
        tall = Figure(figsize=(9, 0.16 * len(mine) + 1.5))
        write_footer(tall, notes(mine))
        errors(mine, tall.subplots())
        found[f"errors, {account}"] = tall
    return found
