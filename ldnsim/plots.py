"""Plot helpers: each takes and returns matplotlib axes, works with the user's own style, and says what it rests on."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .endpoints import BLOCKED, daily_means, hours_blocked, intervals_above, window
from .errors import InputError
from .units import HOURS_PER_DAY, clock_text

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, PURPLE, SKY, RED, BLACK = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
    "#333333",
)
"""Colours of Okabe and Ito, which people with any colour vision can tell apart."""

CYCLE = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PURPLE, ":"), (RED, (0, (5, 1))), (SKY, (0, (3, 1, 1, 1))))
"""Colour and line style of each run of a comparison."""

NIGHT = (22.0, 6.0)
"""Hours of the day between which a night is shaded."""

SHORT_VIEW = 72.0
"""Longest view that is drawn on a clock and in every detail [h]."""

LAST_VIEW = 48.0
"""How much of a longer run the panels of plasma and blockade show [h]."""

_NIGHTS_SHOWN = 14 * HOURS_PER_DAY
_FLOOR = 1e-4
_SIZE = (11.0, 8.0)
_ONE = (7.0, 4.6)
_WIDTH_PER_INCH = 15
_LINE = 0.155
_LIMIT_SHARE = 0.08

PANELS = {
    "plasma": "plasma",
    "blockade": "occupancy",
    "rebound": "tone",
    "TLR4": "tlr4_inhibition",
    "cytokines": "cytokine_index",
}
"""What a footer names the evidence of, and the variable that carries it."""


def plasma(data: xr.Dataset, ax: Axes | None = None, *, log: bool = False) -> Axes:
    """Plasma levels of naltrexone and 6-beta-naltrexol.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none.
    log : bool
        Logarithmic levels; zeros, and levels below a ten-thousandth of the highest, leave a gap.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, levels in ng/mL.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim.
    """
    _check(data, "plasma")
    axes = _panel(data, ax, ("plasma",))
    time = data["time"].values
    names = (("bnx6", "6-beta-naltrexol", ORANGE, "--"), ("ntx", "naltrexone", BLUE, "-"))
    top = float(data["plasma"].max())
    for analyte, label, colour, style in names:
        level = data["plasma"].sel(analyte=analyte).values
        if log:
            level = np.where(level > _FLOOR * top, level, np.nan)
        axes.plot(time, level, color=colour, linestyle=style, label=label)
    if log and top > 0:
        axes.set_yscale("log")
        axes.set_ylim(top * _FLOOR, top * 3)
    else:
        axes.set_ylim(0, top * 1.15 or 1.0)
    axes.set_ylabel("Plasma [ng/mL]")
    axes.set_title("Plasma", loc="left")
    _legend(axes)
    return _finish(axes, data)


def blockade(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Occupancy of opioid receptors, with the time that at least half of mu is held shaded.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, occupancy as a fraction.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim.
    """
    _check(data, "occupancy")
    axes = _panel(data, ax, ("occupancy",))
    time = data["time"].values
    held = {receptor: data["occupancy"].sel(receptor=receptor).values for receptor in ("mor", "dor", "kor")}
    spans = intervals_above(time, held["mor"], BLOCKED)
    for start, stop in spans:
        axes.axvspan(start, stop, color=BLUE, alpha=0.15, linewidth=0)
    for receptor, label, colour, style in (("kor", "kappa", GREEN, "-."), ("dor", "delta", PURPLE, ":")):
        axes.plot(time, held[receptor], color=colour, linestyle=style, linewidth=1.2, label=label)
    axes.plot(time, held["mor"], color=BLUE, label="mu", linewidth=2)
    axes.axhline(BLOCKED, color=BLACK, linewidth=0.8, linestyle=":")
    axes.set_ylim(0, 1.02)
    axes.set_ylabel("Receptors held [fraction]")
    axes.set_title(f"Blockade: {_hours_text(data)}", loc="left")
    _legend(axes)
    return _finish(axes, data)


def rebound(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Beta-endorphin, mu receptors and net tone against the untreated baseline.

    Longer than three days the thick lines are daily means, the thin ones the course within days.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, relative to untreated = 1.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim.
    """
    _check(data, "tone")
    axes = _panel(data, ax, ("peptide_level", "receptor_density", "tone"))
    axes.axhline(1.0, color=BLACK, linewidth=0.8)
    _course(axes, data, "peptide_level", "beta-endorphin", ORANGE, "--", peptide="beta_endorphin")
    _course(axes, data, "receptor_density", "mu receptors", GREEN, "-.", receptor="mor")
    _course(axes, data, "tone", "net opioid tone", BLUE, "-")
    axes.set_ylabel("Relative to untreated = 1")
    axes.set_title("Rebound" + _means_text(data), loc="left")
    axes.set_ylim(bottom=0)
    _legend(axes)
    return _finish(axes, data)


def inflammation(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """TLR4 inhibition and the cytokines behind it.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel: inhibition as a fraction, cytokines relative to untreated = 1.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim.
    """
    _check(data, "tlr4_inhibition")
    axes = _panel(data, ax, ("tlr4_inhibition", "cytokine_index"))
    axes.axhline(1.0, color=BLACK, linewidth=0.8)
    _course(axes, data, "mediator_level", "TNF", ORANGE, "--", mediator="tnf")
    _course(axes, data, "mediator_level", "IL-1b", PURPLE, ":", mediator="il1b")
    _course(axes, data, "cytokine_index", "cytokine index", BLUE, "-")
    _course(axes, data, "tlr4_inhibition", "TLR4 inhibited", GREEN, "-.")
    axes.set_ylabel("Fraction inhibited; untreated = 1")
    axes.set_title("TLR4 and cytokines" + _means_text(data), loc="left")
    axes.set_ylim(bottom=0)
    _legend(axes)
    return _finish(axes, data)


def four_panels(data: xr.Dataset, axes: Any = None) -> Any:
    """Plasma, blockade, rebound and inflammation in one figure.

    Of a run longer than three days, plasma and blockade show the last two days, rebound and
    inflammation the whole course.

    Parameters
    ----------
    data : xarray.Dataset
        A result.
    axes : sequence of 4 matplotlib.axes.Axes, optional
        Where to draw; a new figure with title and footer if none.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (4,)
        The panels.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim or `axes` are not four.
    """
    _check(data, "plasma")
    panels = _four(axes, str(data.attrs["regimen"]), [footer_text(data)])
    near = _last(data)
    plasma(near, panels[0], log=True)
    blockade(near, panels[1])
    rebound(data, panels[2])
    inflammation(data, panels[3])
    if near is not data:
        for panel in panels[:2]:
            panel.set_xlabel(_last_label(data))
    return panels


def compare(runs: Mapping[str, xr.Dataset], axes: Any = None) -> Any:
    """Several runs in the four panels, one line each.

    Parameters
    ----------
    runs : mapping of str to xarray.Dataset
        A result for each name.
    axes : sequence of 4 matplotlib.axes.Axes, optional
        Where to draw; a new figure with legend and footer if none.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (4,)
        Naltrexone in plasma, mu occupancy, net tone, cytokine index.

    Raises
    ------
    InputError
        If there is no run, one is no result of ldnsim, or `axes` are not four.
    """
    if not isinstance(runs, Mapping) or not runs:
        raise InputError("runs", runs, "a mapping of names to results, at least one")
    for data in runs.values():
        _check(data, "plasma")
    named: dict[str, list[str]] = {}
    for name, data in runs.items():
        named.setdefault(footer_text(data), []).extend([name] * (name != data.attrs["assumptions"]))
    notes = [" / ".join(names) + ": " * bool(names) + text for text, names in named.items()]
    regimens = dict.fromkeys(str(data.attrs["regimen"]) for data in runs.values())
    panels = _four(axes, next(iter(regimens)) if len(regimens) == 1 else "Regimens compared", notes)
    longest = max(runs.values(), key=lambda data: float(data["time"].values[-1]))
    near = {name: _last(data) for name, data in runs.items()}
    for number, (name, data) in enumerate(runs.items()):
        colour, style = CYCLE[number % len(CYCLE)]
        drawn = {"color": colour, "linestyle": style, "label": name}
        part = near[name]
        level = part["plasma"].sel(analyte="ntx").values
        shown = np.where(level > _FLOOR * level.max(), level, np.nan) if level.max() > 0 else level
        panels[0].plot(part["time"].values, shown, **drawn)
        panels[1].plot(part["time"].values, part["occupancy"].sel(receptor="mor").values, **drawn)
        _course(panels[2], data, "tone", name, colour, style)
        _course(panels[3], data, "cytokine_index", name, colour, style)
    titles = (
        "Naltrexone in plasma",
        "Mu receptors held",
        "Net opioid tone" + _means_text(longest),
        "Cytokine index" + _means_text(longest),
    )
    labels = ("Plasma [ng/mL]", "Receptors held [fraction]", *2 * ("Relative to untreated = 1",))
    for panel, title, label in zip(panels, titles, labels, strict=True):
        panel.set_title(title, loc="left")
        panel.set_ylabel(label)
    if any(float(data["plasma"].max()) > 0 for data in runs.values()):
        panels[0].set_yscale("log")
    panels[1].axhline(BLOCKED, color=BLACK, linewidth=0.8, linestyle=":")
    panels[1].set_ylim(0, 1.02)
    for panel in panels[2:]:
        panel.axhline(1.0, color=BLACK, linewidth=0.8)
        panel.set_ylim(bottom=0)
    for panel, view in zip(panels, (_last(longest), _last(longest), longest, longest), strict=True):
        clock_axis(panel, view)
    if _last(longest) is not longest:
        for panel in panels[:2]:
            panel.set_xlabel(_last_label(longest))
    _legend(panels[3])
    return panels


def dose_response(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Net tone, peptide and receptors against dose: where less is more.

    Parameters
    ----------
    data : xarray.Dataset
        From ``ldnsim.dose_response``.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, daily means relative to untreated = 1 over dose [mg].

    Raises
    ------
    InputError
        If `data` is no dose-response of ldnsim.
    """
    if not hasattr(data, "data_vars") or "dose" not in data.dims or "tone" not in data.data_vars:
        raise InputError("data", type(data).__name__, "the data of a dose-response of ldnsim")
    axes = _new_axes([_evidence_line(data, {"net tone": "tone", "blockade": "hours_blocked"})]) if ax is None else ax
    dose, tone = data["dose"].values, data["tone"].values
    axes.axhline(1.0, color=BLACK, linewidth=0.8)
    axes.plot(dose, data["peptide"].values, color=ORANGE, linestyle="--", label="beta-endorphin")
    axes.plot(dose, data["receptors"].values, color=GREEN, linestyle="-.", label="mu receptors")
    axes.plot(dose, tone, color=BLUE, marker="o", linewidth=2.2, label="net opioid tone")
    axes.fill_between(dose, 1.0, tone, where=tone > 1.0, interpolate=True, color=BLUE, alpha=0.15)
    best = int(tone.argmax())
    if tone[best] > 1:
        axes.annotate(
            f"best: {dose[best]:g} mg, {tone[best] - 1:+.0%}",
            (dose[best], tone[best]), xytext=(0, -44), textcoords="offset points", ha="center",
            arrowprops={"arrowstyle": "-", "color": BLACK},
        )  # fmt: skip
    positive = dose[dose > 0]
    if len(positive) == len(dose):
        axes.set_xscale("log")
    elif len(positive):
        axes.set_xscale("symlog", linthresh=float(positive.min()))
    ticks = [value for value in (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0) if dose.min() <= value <= dose.max()]
    axes.set_xticks(ticks or dose.tolist(), [f"{value:g}" for value in ticks or dose.tolist()])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("Nightly dose [mg]")
    axes.set_ylabel("Daily mean relative to untreated = 1")
    axes.set_title(str(data.attrs["title"]), loc="left")
    axes.set_title(str(data.attrs["assumptions"]), loc="right", fontsize="small")
    axes.legend(loc="best", fontsize="small")
    return axes


def clock_axis(ax: Axes, data: xr.Dataset) -> Axes:
    """Label the time axis of a panel with the clock or with days, and shade the nights.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        A panel with time in h.
    data : xarray.Dataset
        The result or window that it shows.

    Returns
    -------
    matplotlib.axes.Axes
        The same panel.
    """
    start, stop = float(data["time"].values[0]), float(data["time"].values[-1])
    clock = float(data.attrs["clock_start"])
    ax.set_xlim(start, stop)
    if stop - start <= _NIGHTS_SHOWN:
        evening = start - (start + clock - NIGHT[0]) % HOURS_PER_DAY
        length = (NIGHT[1] - NIGHT[0]) % HOURS_PER_DAY
        while evening < stop:
            if evening + length > start:
                ax.axvspan(
                    max(evening, start), min(evening + length, stop), color="0.5", alpha=0.13, linewidth=0, zorder=0
                )
            evening += HOURS_PER_DAY
    if stop - start <= SHORT_VIEW:
        every = next(step for step in (1.0, 2.0, 4.0, 6.0, 12.0) if (stop - start) / step <= 9)
        first = start + (-(start + clock)) % every
        ticks = np.arange(first, stop + 1e-9, every)
        ax.set_xticks(ticks, [clock_text(clock + tick) for tick in ticks])
        ax.set_xlabel("Clock time")
    else:
        days = (stop - start) / HOURS_PER_DAY
        every = next((step for step in (1, 2, 7, 14, 28, 56, 84, 182, 364) if days / step <= 10), 728) * HOURS_PER_DAY
        ticks = np.arange(np.ceil(start / every) * every, stop + 1e-9, every)
        ax.set_xticks(ticks, [f"{tick / HOURS_PER_DAY:g}" for tick in ticks])
        ax.set_xlabel("Time [days]")
    return ax


def footer_text(data: xr.Dataset) -> str:
    """Assumptions and weakest evidence of a result, in one paragraph.

    Parameters
    ----------
    data : xarray.Dataset
        A result.

    Returns
    -------
    str
        The text of the footer.
    """
    return _evidence_line(data, PANELS)


def _evidence_line(data: xr.Dataset, shown: Mapping[str, str]) -> str:
    weakest = "; ".join(f"{title} {data[name].attrs['weakest_evidence']}" for title, name in shown.items())
    targets = dict.fromkeys(
        target for name in shown.values() for target in data[name].attrs.get("tuned_to", "").split("; ") if target
    )
    tuned = f" Tuned to: {'; '.join(targets)}." if targets else ""
    return (
        f"Assumptions: {data.attrs['assumptions']} ({data.attrs['assumptions_in_full']}). "
        f"Weakest evidence: {weakest}.{tuned}"
    )


def _check(data: Any, variable: str) -> None:
    known = hasattr(data, "data_vars") and variable in data.data_vars and "clock_start" in data.attrs
    if not known or data.sizes.get("time", 0) < 2:
        raise InputError("data", type(data).__name__, f"a result of ldnsim with {variable!r} at two times or more")


def _panel(data: xr.Dataset, ax: Axes | None, variables: tuple[str, ...]) -> Axes:
    return _new_axes([_evidence_line(data, {name.replace("_", " "): name for name in variables})]) if ax is None else ax


def _finish(ax: Axes, data: xr.Dataset) -> Axes:
    clock_axis(ax, data)
    ax.set_title(str(data.attrs["assumptions"]), loc="right", fontsize="small")
    start, stop = data["time"].values[[0, -1]]
    times = np.atleast_1d(data.attrs["dose_time"])
    inside = times[(times >= start) & (times <= stop)]
    if len(inside) * SHORT_VIEW <= 40 * (stop - start) and stop - start <= _NIGHTS_SHOWN:
        ax.plot(inside, np.zeros(len(inside)), "^", color=BLACK, markersize=5, clip_on=False, zorder=5,
                transform=ax.get_xaxis_transform())  # fmt: skip
    return ax


def _course(ax: Axes, data: xr.Dataset, name: str, label: str, colour: str, style: Any, **labels: str) -> None:
    """A curve; of a long run its daily means, with the curve itself thin behind them."""
    time, values = data["time"].values, data[name].sel(labels).values
    if time[-1] - time[0] <= SHORT_VIEW:
        ax.plot(time, values, color=colour, linestyle=style, label=label, linewidth=1.8)
        return
    ax.plot(time, values, color=colour, linewidth=0.4, alpha=0.35)
    days, means = daily_means(data, name, **labels)
    ax.plot(days, means, color=colour, linestyle=style, label=label, linewidth=2.2)


def _means_text(data: xr.Dataset) -> str:
    return "" if np.ptp(data["time"].values) <= SHORT_VIEW else " (thick: daily means)"


def _hours_text(data: xr.Dataset) -> str:
    end = float(data["time"].values[-1])
    start = float(data["time"].values[0])
    doses = np.atleast_1d(data.attrs["dose_time"])
    repeated = ((doses >= start) & (doses < end)).sum() > 1 and end - start > HOURS_PER_DAY
    part = window(data, end - HOURS_PER_DAY, end) if repeated else data
    blocked, whole = hours_blocked(part), float(np.ptp(part["time"].values))
    if blocked == 0.0:
        return "mu never half held"
    if blocked >= whole * (1 - 1e-9):
        return "mu half held all the time"
    return f"mu half held {blocked:.1f} h" + (" in the last 24" if repeated else "")


def _last(data: xr.Dataset) -> xr.Dataset:
    """The last two days of a long run, or the two days from its last dose where nothing is given later."""
    start, end = float(data["time"].values[0]), float(data["time"].values[-1])
    if end - start <= SHORT_VIEW:
        return data
    doses = np.atleast_1d(data.attrs["dose_time"])
    given = doses[(doses >= start) & (doses < end)]
    first = min(end - LAST_VIEW, float(given[-1])) if len(given) else end - LAST_VIEW
    return window(data, first, first + LAST_VIEW)


def _last_label(data: xr.Dataset) -> str:
    start = float(_last(data)["time"].values[0])
    return f"Clock time, days {start / HOURS_PER_DAY:.3g} to {(start + LAST_VIEW) / HOURS_PER_DAY:.3g}"


def _legend(ax: Axes) -> None:
    ax.legend(loc="best", fontsize="small", framealpha=0.9)


def _new_axes(notes: list[str]) -> Axes:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=_ONE)
    _footer(figure, notes, top=0.0)
    found: Axes = axes
    return found


def _four(axes: Any, title: str, notes: list[str]) -> Any:
    import matplotlib.pyplot as plt

    if axes is None:
        figure, grid = plt.subplots(2, 2, figsize=_SIZE)
        heading = textwrap.fill(title, 100)
        figure.suptitle(heading, fontsize="large", y=0.99, va="top")
        _footer(figure, notes, top=0.3 + 0.2 * (heading.count("\n") + 1))
        return grid.ravel()
    found = np.ravel(np.array(axes, dtype=object))
    if len(found) != 4 or not all(hasattr(panel, "plot") for panel in found):
        raise InputError("axes", axes, "four matplotlib axes")
    return found


def _footer(figure: Figure, notes: list[str], top: float) -> None:
    """Write notes below the panels, and keep the panels off them."""
    width, height = figure.get_size_inches()
    text = "\n".join(textwrap.fill(note, int(width * _WIDTH_PER_INCH)) for note in notes)
    share = min((0.12 + _LINE * (text.count("\n") + 1)) / height, 0.5)
    figure.set_layout_engine("constrained", rect=(0.0, share, 1.0, 1.0 - share - top / height))
    figure.text(0.01, 0.01, text, fontsize=8, va="bottom", ha="left")
