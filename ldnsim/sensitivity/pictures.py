"""Pictures of what matters most: tornado, effects of a screening, shares of variance, and how these settle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..plots.closing import finished, name_rows, within
from ..plots.drawing import BLACK, BLUE, LOOKS, ORANGE, evidence_line, write_footer
from ..plots.layout import abreast
from ..plots.lettering import TYPED, label_for
from ..study.explanation import NOISE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .asking import Question
    from .local import Elasticities
    from .screening import Screening
    from .variance import SobolIndices

TOP = 10
"""Parameters that a panel shows."""

_TRACED = 5
"""Parameters whose indices are followed over growing designs."""

_BESIDE = 1.03
_OUTPUTS = 4
_WIDE, _BAR, _ROOM, _LEAST = 11.0, 0.3, 1.1, 3.0
"""Width of the figure, height of a bar, of what stands about a panel, and of a panel at least [inches]."""


def tornado(found: Elasticities) -> Figure:
    """Elasticities on the left, what the ends of the ranges do on the right, a row for each output.

    Parameters
    ----------
    found : Elasticities
        What is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        The picture, of at most four outputs and ten parameters each.
    """
    ranged = found.table["swing"].notna().any()
    figure, panels = _panels(
        found.question,
        "What matters most, one at a time",
        ["Bars from the output where nothing is moved to that at the low and the high end of a range, all else as it "
         "is. Elasticity: percent by which the output changes where the parameter rises by one percent."],
        columns=2 if ranged else 1,
    )  # fmt: skip
    for output, axes in panels.items():
        part = found.table[found.table["output"] == output]
        steep = part[part["elasticity"].abs() > NOISE].sort_values("elasticity", key=abs, ascending=False).head(TOP)
        _bars(axes[0], steep["parameter"], steep["elasticity"].to_numpy())
        axes[0].set_xlabel("Elasticity")
        axes[0].set_title(output, loc="left", fontsize="medium", **TYPED)
        if ranged:
            wide = part[["at low", "at high"]].sub(part["value"], axis=0).abs().max(axis=1)
            _ends(axes[1], part[wide > NOISE * part["value"].abs()].head(TOP))
            axes[1].set_xlabel(found.question.named(output), **TYPED)
    return _finished(found.question, figure)


def screening(found: Screening) -> Figure:
    """Mean and spread of the effects on the left, how the means settle on the right, a row for each output.

    Parameters
    ----------
    found : Screening
        What is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        The picture, of at most four outputs and ten parameters each.
    """
    notes = [
        "Elementary effects: change of the output over the whole range of one parameter; mean of their sizes, with its "
        "95 % interval by bootstrap. A standard deviation near the mean or beyond: the effect is not the same "
        "everywhere (bent, or in play with others).",
        *found.lost,
    ]
    figure, panels = _panels(found.question, "Which parameters matter at all (Morris)", notes)
    for output, axes in panels.items():
        part = found.table[found.table["output"] == output]
        top = part.head(TOP)
        places = np.arange(len(top))
        axes[0].barh(places, top["mu_star"], height=0.6, xerr=top["mu_star_conf"], color=BLUE, label="mean",
                     error_kw={"linewidth": 1.0, "capsize": 2})  # fmt: skip
        axes[0].plot(top["sigma"], places, "D", color=ORANGE, markersize=5, label="standard deviation")
        _names(axes[0], top["parameter"])
        axes[0].set_xlabel(f"Effect on {found.question.named(output)}", **TYPED)
        axes[0].set_title(output, loc="left", fontsize="medium", **TYPED)
        _settling(axes[1], found.convergence, part, "mu_star", "Trajectories", "Mean absolute effect")
    return _finished(found.question, figure)


def indices(found: SobolIndices) -> Figure:
    """First and total indices on the left, how total ones settle on the right, a row for each output.

    Parameters
    ----------
    found : SobolIndices
        What is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        The picture, of at most four outputs and ten parameters each.
    """
    notes = [
        "First: share of the variance that a parameter makes alone. Total: share in which it takes part. Bars: 95 % "
        "intervals by bootstrap.",
        *found.lost,
    ]
    figure, panels = _panels(found.question, "Where the variance comes from (Sobol)", notes)
    for output, axes in panels.items():
        part = found.table[found.table["output"] == output]
        axes[0].set_title(output, loc="left", fontsize="medium", **TYPED)
        if part["ST"].isna().all():
            _say(axes[0], str(part["why"].iloc[0]))
            axes[1].set_axis_off()
            continue
        top = part.head(TOP)
        places = np.arange(len(top))
        for shift, name, colour, label in ((-0.2, "S1", BLUE, "first"), (0.2, "ST", ORANGE, "total")):
            axes[0].barh(places + shift, top[name], height=0.36, xerr=top[f"{name}_conf"], color=colour, label=label,
                         error_kw={"linewidth": 1.0, "capsize": 2})  # fmt: skip
        _names(axes[0], top["parameter"])
        axes[0].axvline(0.0, color=BLACK, linewidth=0.8)
        axes[0].set_xlabel("Share of the variance")
        _settling(axes[1], found.convergence, part, "ST", "Blocks of the design", "Total index")
    return _finished(found.question, figure)


def _panels(
    question: Question, heading: str, notes: Sequence[str], columns: int = 2
) -> tuple[Figure, dict[str, Sequence[Axes]]]:
    """A figure with title and footer, and the panels of each output."""
    import matplotlib.pyplot as plt

    outputs = question.outputs[:_OUTPUTS]
    left = len(question.outputs) - len(outputs)
    held = f"Held, having no range that is moved: {', '.join(question.held)}." if question.held else ""
    footer = [
        *notes,
        *[f"{left} more outputs in the table."] * bool(left),
        *[held] * bool(held),
        evidence_line(question.about, question.shown),
    ]
    across = abreast(columns, columns, _WIDE)
    rows = len(outputs) * columns // across
    figure, axes = plt.subplots(rows, across, figsize=(_WIDE, _tall(question) * rows), squeeze=False)
    write_footer(figure, footer, f"{heading}\n{question.title}")
    return figure, dict(zip(outputs, axes.reshape(len(outputs), columns), strict=True))


def _tall(question: Question) -> float:
    """Height of a panel with letters of 10 points [inches]."""
    return max(_BAR * min(len(question.factors), TOP) + _ROOM, _LEAST)


def _finished(question: Question, figure: Figure) -> Figure:
    """The figure when all is drawn."""
    return finished(figure, _tall(question) - _ROOM / 2)


def _bars(ax: Axes, names: Any, values: Any) -> None:
    """Bars from 0, the first one on top."""
    ax.barh(np.arange(len(values)), values, height=0.6, color=BLUE)
    ax.axvline(0.0, color=BLACK, linewidth=0.8)
    for place, value in enumerate(values):
        right = value >= 0
        ax.annotate(f"{value:.2g}", (value, place), xytext=(4 if right else -4, 0), textcoords="offset points",
                    va="center", ha="left" if right else "right", fontsize="small")  # fmt: skip
    ax.margins(x=0.18)
    _names(ax, names)
    if not len(values):
        _say(ax, "no elasticity: see the table")


def _ends(ax: Axes, part: pd.DataFrame) -> None:
    """Outputs at both ends of ranges, about that where nothing is moved."""
    if not len(part):
        _say(ax, "no range of these parameters changes it")
        return
    value = float(part["value"].iloc[0])
    places = np.arange(len(part))
    for name, colour, label in (("at low", BLUE, "low end"), ("at high", ORANGE, "high end")):
        ax.barh(places, part[name] - value, left=value, height=0.6, color=colour, label=label, alpha=0.9)
    ax.axvline(value, color=BLACK, linewidth=0.8)
    _names(ax, [
        f"{row['parameter']}\n{row['low']:.3g} to {row['high']:.3g} {row['unit']}".removesuffix(" 1")
        for _, row in part.iterrows()
    ])  # fmt: skip


def _settling(ax: Axes, every: pd.DataFrame, part: pd.DataFrame, index: str, across: str, up: str) -> None:
    """An index of the parameters that matter most, from growing parts of the design."""
    output = part["output"].iloc[0]
    for place, (look, name) in enumerate(zip(LOOKS, part["parameter"].head(_TRACED), strict=False)):
        own = every[(every["output"] == output) & (every["parameter"] == name)]
        # side by side, so that no interval hides another one
        at = own["n"] * _BESIDE ** (place - _TRACED // 2)
        ax.errorbar(at, own[index], own[f"{index}_conf"], color=look.colour, linestyle=look.style, marker="o",
                    markersize=3, capsize=2, linewidth=1.2, label=label_for(name))  # fmt: skip
    sizes = sorted(set(every["n"]))
    ax.set_xscale("log")
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.minorticks_off()
    ax.set_xlabel(across)
    ax.set_ylabel(up, fontsize="small")
    ax.set_title("How it settles", loc="left", fontsize="medium")


def _names(ax: Axes, names: Any) -> None:
    name_rows(ax, list(names))
    ax.set_ylim(max(len(names), 1) - 0.4, -0.6)


def _say(ax: Axes, text: str) -> None:
    ax.set(xticks=[], yticks=[])
    within(ax, text)
