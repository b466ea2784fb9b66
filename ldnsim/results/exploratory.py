"""What is illustrative or exploratory: growth of cells, and what patients report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.reading import number
from ..base.units import HOURS_PER_DAY
from ..endorphin import Clock, PeptideState, growth, growth_factor_receptors, growth_factor_signal, peptide_rates
from ..ledger.evidence import ledger
from ..ledger.parameters import ParameterSet
from ..model import Parameters
from ..outcomes import placebo_course, responder_probability
from .provenance import attributes, evidence
from .views import last_day

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

SIDE_EFFECTS = ("O008", "O009", "O016")
"""Observations of side effects with a placebo group."""

_SETTLED = 20
"""Time constants after which a daily cycle repeats itself to 1e-8."""

_FELT = 0.05
"""Fall of a 0-10 pain score that rounds to nothing."""


def growth_by_blocked_share(shares: Sequence[float], parameters: ParameterSet) -> xr.DataArray:
    """Cell growth when the growth factor's receptor is fully blocked for a share of every day.

    The paradox of Zagon and McLaughlin: blocked part of the day growth falls, blocked all day it
    rises. Illustrative, from mice.

    Parameters
    ----------
    shares : sequence of float
        Shares of the day, each from 0 to 1.
    parameters : ParameterSet
        Parameters, see `ldnsim.resolve`.

    Returns
    -------
    xarray.DataArray, shape (blocked_share,)
        Mean growth over the day once it repeats itself, 1 untreated.

    Raises
    ------
    InputError
        If a share is not from 0 to 1.
    """
    import xarray as xr

    checked = [number(share, "shares", low=0.0, high=1.0) for share in shares]
    p = parameters.fill(Parameters).endorphin
    return xr.DataArray(
        [_mean_growth(share, p) for share in checked],
        dims="blocked_share",
        coords={"blocked_share": ("blocked_share", checked, {"long_name": "Share of the day blocked", "units": "1"})},
        name="growth",
        attrs={"long_name": "Growth relative to untreated, daily mean (illustrative, from mice)", "units": "1"},
    )


def _mean_growth(share: float, p: Any) -> float:
    from scipy.integrate import solve_ivp

    still = Clock(0.0, 0.0)
    lag = 1 / p.km

    def follow(held: float, start: float, hours: float) -> tuple[Array, Array]:
        times = np.linspace(0.0, hours, 200)
        run = solve_ivp(
            lambda _, y: [peptide_rates(PeptideState(1.0, 1.0, 1.0, 1.0, y[0]), 0.0, held, still, p).blocked_share],
            (0.0, hours), [start], t_eval=times, rtol=1e-9, atol=1e-12,
        )  # fmt: skip
        return times, run.y[0]

    blocked, free = share * HOURS_PER_DAY, (1 - share) * HOURS_PER_DAY
    running, total = share, 0.0
    for _ in range(int(np.ceil(_SETTLED * lag / HOURS_PER_DAY))):
        total = 0.0
        for held, hours in ((1.0, blocked), (0.0, free)):
            if hours > 0:
                times, course = follow(held, running, hours)
                signal = growth_factor_receptors(course, p) * growth_factor_signal(held, 1.0)
                total += float(np.trapezoid(growth(signal, p.growth_cap, p), times))
                running = float(course[-1])
    return total / HOURS_PER_DAY


def exploratory(data: xr.Dataset, parameters: ParameterSet) -> xr.Dataset:
    """Pain course and responders, no firmer than the trials behind them.

    Parameters
    ----------
    data : xarray.Dataset
        A result.
    parameters : ParameterSet
        Its parameters.

    Returns
    -------
    xarray.Dataset
        Falls of a 0-10 pain score on placebo and with the drug over ``time``, the responder
        probability at the dose of the day that summaries speak of, and side effects as trials report them, without any
        dose-response. Where no fall of pain could make anyone respond, that probability is missing, with the reason.
    """
    import xarray as xr

    p = parameters.fill(Parameters).outcomes
    placebo = placebo_course(data["time"], p.placebo_fall, p.placebo_half_life)
    dose, when = np.atleast_1d(data.attrs["dose_mg"]), np.atleast_1d(data.attrs["dose_time"])
    start, stop = last_day(data)
    daily = float(dose[(when >= start) & (when < stop)].sum())
    reported = [ledger().observations[row] for row in SIDE_EFFECTS]
    score = {"units": "1", "evidence": "exploratory"}
    on_placebo = ["outcomes.placebo_fall", "outcomes.placebo_half_life"]
    with_drug = [*on_placebo, *data["pain_fall"].attrs.get("depends_on", "").split()]
    responders = ["outcomes.responder_ed50", "outcomes.responder_h"]
    about = [{**score, **attributes(evidence(names, parameters))} for names in (on_placebo, with_drug, responders)]
    probability = responder_probability(daily, p.responder_ed50, p.responder_h)
    if float(data["pain_fall"].max()) < _FELT:
        probability, about[2]["missing"] = (
            np.nan,
            "no fall of pain, so that nothing makes anyone respond",
        )
    return xr.Dataset(
        {
            "pain_fall_placebo": placebo.assign_attrs(about[0], long_name="Fall of pain score on placebo"),
            "pain_fall_with_drug": (placebo + data["pain_fall"]).assign_attrs(
                about[1], long_name="Fall of pain score with the drug"
            ),
            "responder_probability": ((), probability, about[2]),
            "side_effect_percent": ("side_effect", [row.value for row in reported], {"units": "percent"}),
            "side_effect_percent_placebo": ("side_effect", [row.comparator for row in reported], {"units": "percent"}),
        },
        coords={"side_effect": [row.metric for row in reported]},
        attrs={"assumptions": data.attrs["assumptions"], "daily_dose_mg": daily},
    )
