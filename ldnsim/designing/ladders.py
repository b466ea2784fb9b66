"""Steps up to a dose, each as high as a limit allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from ..base.errors import InputError
from ..base.reading import number
from ..base.units import HOURS_PER_DAY, clock_text, hours
from ..dosing.phases import BEDTIME, mass_of
from ..dosing.regimen import Regimen
from ..results.readings import CLOCK
from .changed import shortened
from .promises import PROMISE
from .takers import OfDesign, Setup, Takers
from .telling import in_lines
from .timing import Run, of_people
from .wishes import Endpoints, Wanted, quantile_of, target_in

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_STEPS = 60
"""Most steps of a ladder."""

_DOSES = 1000
"""Most doses that a step may have to choose from."""


@dataclass(frozen=True, eq=False)
class Ladder:
    """Steps up to a dose, each as high as a limit allows.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for each step: the days of it, its dose [mg], the highest value of the endpoint on any of its days in a
        fresh simulation of the whole ladder, what it may be, and what the next dose would have led to in the search
        (nan at the goal).
    regimen : Regimen
        The ladder.
    endpoint, unit : str
        What is read, and its unit.
    by_day : pandas.DataFrame
        Dose and endpoint of each day of that simulation; of a function of the curves, of each step.
    runs : mapping of str to Simulation or PopulationRun
        That simulation.
    record : dict
        What was asked, and all that is needed to run it.
    data : xarray.Dataset
        The variables that are read, with the evidence behind them; nobody is in it.
    """

    table: pd.DataFrame
    regimen: Regimen
    endpoint: str
    unit: str
    by_day: pd.DataFrame
    runs: Mapping[str, Run]
    record: Mapping[str, Any]
    data: xr.Dataset
    _told: str = field(repr=False)

    def plot(self) -> Any:
        """Dose and endpoint over days, with what the endpoint may be; a matplotlib figure."""
        from .pictures import ladder_figure

        return ladder_figure(self)

    def __str__(self) -> str:
        return self._told


def find_ladder(
    to: float | str,
    wanted: Wanted,
    *,
    limit: float | str | None = None,
    rise: float | str | None = None,
    every: float | str = "1 week",
    by: float | str = "0.5 mg",
    clock: str | float = BEDTIME,
    route: str = "oral",
    salt: str | None = None,
    quantile: float = 0.5,
    **settings: Unpack[OfDesign],
) -> Ladder:
    """Find steps up to a daily dose, each as high as a limit on an endpoint allows on every day of it.

    Where what a dose does fades with time, a step may repeat the dose before it.

    Parameters
    ----------
    to : float or str
        The dose that is to be reached [mg].
    wanted : str, callable, or mapping of str to callable
        One endpoint, as for `find_dose`; by a name it is read on every day of a step, and the highest day counts. A
        function takes the curves up to the end of the step.
    limit : float or str, optional
        What the endpoint may never exceed, in its unit or with one that converts.
    rise : float or str, optional
        How much higher it may be than in the step before, and in the first step than without a dose. One of both is
        needed.
    every : float or str
        How long a step is, whole days.
    by : float or str
        Doses are multiples of this [mg], such as what a capsule holds; the last one is `to`.
    clock : str or float
        Clock time of every dose.
    route, salt
        As for a `Regimen`.
    quantile : float
        Of a population, which quantile of the endpoint over its people counts [1].
    **settings
        As for `find_dose`, without ``start`` and ``until``, which the ladder says.

    Returns
    -------
    Ladder
        The steps, a regimen, a picture.

    Raises
    ------
    InputError
        If an argument cannot be used, or the dose is not reached, which names what is.
    SolverError
        If a run fails.

    Examples
    --------
    >>> import ldnsim as ldn
    >>> drug = ldn.models.one_compartment(CL=2, V=20, ka=1.2)
    >>> found = ldn.find_ladder("4 mg", "C_central Cmax", rise=0.06, by="1 mg", every="2 days", model=drug, step=1)
    >>> found.table["dose [mg]"].tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    import pandas as pd

    share = number(quantile, "quantile", low=0.0, high=1.0)
    for name, usual in (("start", "untreated"), ("until", None)):
        if settings.get(name, usual) != usual:
            raise InputError(
                name, settings.get(name), "to be left out: a ladder begins untreated and ends with its last step"
            )
    setup, goal, unit_dose = Setup.of(**settings), mass_of(to, "to"), mass_of(by, "by")
    if not 0 < unit_dose <= goal:
        raise InputError("by", by, f"a dose above 0 and at most {goal:g} mg")
    if goal / unit_dose > _DOSES:
        raise InputError("by", by, f"at least {goal / _DOSES:g} mg")
    doses = [shortened(unit_dose * k) for k in range(1, int(goal / unit_dose * (1 - 1e-9)) + 1)] + [goal]
    length = hours(every, "every")
    if not length or length % HOURS_PER_DAY:
        raise InputError("every", every, "whole days, such as '1 week'")
    one = Regimen(goal, every="daily", at=clock, duration=length, route=route, salt=salt)
    first = Takers(setup, one, wanted)
    steps = _Steps(setup, first.endpoints, one, share)
    ceiling = np.inf if limit is None else target_in(limit, steps.unit, first.days[0], one.clock, "limit")
    up = None if rise is None else target_in(rise, "h" if steps.unit == CLOCK else steps.unit, (0, 0), 0, "rise")
    if limit is None and up is None:
        raise InputError("limit", None, "what the endpoint may never exceed, or rise=, how much it may rise in a step")
    before = 0.0 if up is None else _untreated(steps, rise)
    if up is not None and not (up > 0 and np.isfinite(before)):
        raise InputError("rise", rise, f"a rise above 0, of {_FROM_NOTHING}")
    taken: list[float] = []
    rows: list[tuple[float, float, float]] = []
    while not taken or taken[-1] != goal:
        allowed = ceiling if up is None else min(ceiling, before + up)
        dose, value, beyond = steps.highest(taken, [d for d in doses if not taken or d > taken[-1]], allowed)
        if dose is None:
            dose, value = _held(steps, taken, before, beyond, allowed, doses[0], to)
        taken.append(dose)
        rows.append((dose, allowed, beyond))
        before = value
        if len(taken) > _STEPS:
            raise InputError("rise" if up is not None else "limit", rise or limit, f"what takes at most {_STEPS} steps")
    ladder = steps.regimen(taken)
    run = setup.run(ladder, first.endpoints)
    found = [steps.takers(taken[: k + 1], ladder).simulated(run) for k in range(len(taken))]
    highest = [quantile_of(values[steps.name], share) for values in found]
    days = steps.days
    heading = first.endpoints.heading(steps.name)
    table = pd.DataFrame(
        {
            "step": range(1, len(taken) + 1),
            "from day": [1 + k * days for k in range(len(taken))],
            "to day": [(k + 1) * days for k in range(len(taken))],
            "dose [mg]": taken,
            f"highest {heading}": highest,
            "allowed": [row[1] for row in rows],
            "next dose would reach": [row[2] for row in rows],
        }
    )
    asked = {
        "verb": "find_ladder", "wanted": steps.name, "unit": steps.unit, "to": goal, "limit": limit, "rise": rise,
        "every": one.end, "by": unit_dose, "quantile": share,
    }  # fmt: skip
    data = first.described()
    told = partial(first.endpoints.told, steps.name)
    words = [
        f"{' then '.join(f'{dose:g}' for dose in taken)} mg, {days:g} days each: {steps.name}"
        f"{of_people(setup, share)} at most {told(max(highest))}"
        + (f", of {told(ceiling)} that are allowed" if limit is not None else "")
        + (f", and up by at most {told(up)} a step" if up is not None and steps.unit != CLOCK else "")
        + ".",
        f"{ladder}; assumptions: {data.attrs['assumptions']}.",
    ]
    by_day = steps.by_day(taken, ladder, run, heading)
    return Ladder(
        table, ladder, steps.name, steps.unit, by_day, {"ladder": run},
        {"asked": asked, "doses": taken, **setup.plain(ladder)}, data, in_lines(words),
    )  # fmt: skip


_FROM_NOTHING = "an endpoint that has a value without a dose, from which the first step rises; limit= needs none"


def _untreated(steps: _Steps, rise: object) -> float:
    """The endpoint without a dose; raises `InputError` where a function of the curves needs one."""
    try:
        return steps.reached([0.0])
    except InputError as error:
        raise InputError("rise", rise, f"{_FROM_NOTHING} ({steps.name} without a dose: {error})") from error


def _held(
    steps: _Steps, taken: list[float], before: float, beyond: float, allowed: float, least: float, to: object
) -> tuple[float, float]:
    """The dose before once more, where what it does has faded enough that more may follow."""
    told = partial(steps.endpoints.told, steps.name)
    if taken:
        value = steps.reached([*taken, taken[-1]])
        if value < before - PROMISE * abs(before):
            return taken[-1], value
    last = f"{taken[-1]:g} mg" if taken else "nothing"
    expected = (
        f"a dose that is reached: {last} keeps the limit, and with the next dose {steps.name} is {told(beyond)}, above "
        f"{told(allowed)}" + ("" if taken else f" already at {least:g} mg")
    )
    raise InputError("to", to, expected)


@dataclass(frozen=True)
class _Steps:
    """What steps up to a dose lead to."""

    setup: Setup
    endpoints: Endpoints
    one: Regimen
    share: float

    @property
    def name(self) -> str:
        return self.endpoints.names[0]

    @property
    def unit(self) -> str:
        return self.endpoints.units[self.name]

    @property
    def days(self) -> int:
        return round(self.one.end / HOURS_PER_DAY)

    def regimen(self, doses: list[float]) -> Regimen:
        """Steps one after the other."""
        (phase,) = self.one.phases
        every = f"{self.days} days"

        def step(mg: float) -> Regimen:
            clock = clock_text(self.one.clock)
            return Regimen(mg, every="daily", at=clock, duration=every, route=phase.route, salt=phase.salt)

        return reduce(Regimen.then, map(step, doses))

    def takers(self, doses: list[float], regimen: Regimen | None = None) -> Takers:
        """Those who take steps, read on each day of the last one."""
        last = (len(doses) - 1) * self.days
        days = [((last + k) * HOURS_PER_DAY, (last + k + 1) * HOURS_PER_DAY) for k in range(self.days)]
        return Takers(self.setup, self.regimen(doses) if regimen is None else regimen, self.endpoints, days=days)

    def reached(self, doses: list[float]) -> float:
        """The endpoint in the last of some steps."""
        takers = self.takers(doses)
        (values,) = takers.ask(np.arange(takers.size)).values()
        return quantile_of(values, self.share)

    def highest(self, before: list[float], doses: list[float], allowed: float) -> tuple[float | None, float, float]:
        """The highest dose that may follow, if one may; the endpoint then, and with the dose after it."""
        tried: dict[int, float] = {}

        def keeps(place: int) -> bool:
            tried[place] = self.reached([*before, doses[place]])
            return bool(tried[place] <= allowed or np.isnan(tried[place]))

        last = len(doses) - 1
        if keeps(last):
            return doses[last], tried[last], np.nan
        good, bad = -1, last
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if keeps(middle) else (good, middle)
        return (None, np.nan, tried[bad]) if good < 0 else (doses[good], tried[good], tried[bad])

    def by_day(self, taken: list[float], ladder: Regimen, run: Run, heading: str) -> pd.DataFrame:
        """Dose and endpoint of each day."""
        import pandas as pd

        rows = []
        for k, dose in enumerate(taken):
            takers = self.takers(taken[: k + 1], ladder)
            for day in takers.days:
                takers.days = (day,)
                rows.append(
                    (day[0] / HOURS_PER_DAY + 1, dose, quantile_of(takers.simulated(run)[self.name], self.share))
                )
        return pd.DataFrame(rows, columns=["day", "dose [mg]", heading])
