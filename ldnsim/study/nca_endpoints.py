"""Numbers of noncompartmental analysis as endpoints: `ldnsim.nca_endpoint`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.reading import number
from ..noncompartmental.names import EVERY, USUAL, WITH_BASELINE, WITH_TAU, WITH_THRESHOLD, WITH_URINE, unit_of
from ..noncompartmental.names import chosen as chosen_names
from ..noncompartmental.profiles import profiles
from ..noncompartmental.rules import Rules
from ..noncompartmental.terminal import SETTLED
from .dosed_curves import converted, profiles_of, taken_in
from .nca_table import BETTER
from .noncompartmental import asked_of, known_rules

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class NcaEndpoint:
    """A number of noncompartmental analysis as an endpoint, see `nca_endpoint`.

    Attributes
    ----------
    name : str
        Which number.
    read : callable
        Gives the number of each person, shape (n_persons,), and its unit; that is empty where it is not known.
    """

    name: str
    read: Callable[[xr.Dataset], tuple[NDArray[np.float64], str]] = field(repr=False)

    def __call__(self, data: xr.Dataset) -> NDArray[np.float64]:
        """The number of each person."""
        return self.read(data)[0]

    def unit(self, data: xr.Dataset) -> str:
        """Its unit in a result."""
        return self.read(data)[1]

    def __str__(self) -> str:
        return self.name


def nca_endpoint(
    name: str,
    variable: str | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    doses: str | int = "last",
    dose: float | None = None,
    route: str | None = None,
    tau: float | None = None,
    steady_state: bool | None = None,
    threshold: float | None = None,
    baseline: float | str | None = None,
    effect: bool = False,
    **rules: Any,
) -> NcaEndpoint:
    """A number of noncompartmental analysis as an endpoint, of an `Ensemble`, of sensitivity and of design.

    Parameters
    ----------
    name : str
        Which number, a column of `Noncompartmental.table`.
    variable, labels, doses, dose, route, tau, steady_state, threshold, baseline, effect, **rules
        As in `nca`; labels that are not said are the first of their dimension. The dose is that of each run, also
        where rows differ in it; `dose` [mg] says another one of what all take.

    Returns
    -------
    NcaEndpoint
        Takes curves of runs, gives the number of each, shape (n_persons,).

    Raises
    ------
    InputError
        If there is no such number; when it is called, if `dose` is said and doses are changed.

    Examples
    --------
    >>> import ldnsim
    >>> ready = ldnsim.Ensemble("4.5 mg", until=48, outputs=["plasma"], engine="batch")
    >>> found = ready.endpoints({"pk.cl": [100.0, 200.0]}, {"area": nca_endpoint("auclast")})
    >>> bool(found["area"][0] > found["area"][1])
    True
    """
    known = [*USUAL, *(WITH_TAU if tau is not None or steady_state else ())]
    known += [*(WITH_THRESHOLD if threshold is not None else ()), *(WITH_BASELINE if baseline is not None else ())]
    wanted = chosen_names([name], [one for one in known if one not in WITH_URINE])[0]
    asked = asked_of({
        "dose": None if dose is None else number(dose, "dose", low=0.0), "route": route, "duration": None,
        "tau": None if tau is None else number(tau, "tau", low=1e-12), "steady_state": steady_state,
        "partial_areas": (), "threshold": threshold, "baseline": baseline, "effect": effect,
    })  # fmt: skip
    read = Rules(**{"terminal": SETTLED, **known_rules(rules)})

    def number_of(data: xr.Dataset) -> tuple[NDArray[np.float64], str]:
        of = variable or str(data.attrs.get("observed", "plasma"))
        first = {
            str(dim): str(data[dim].values[0])
            for dim in (data[of].dims if of in data.data_vars else ()) if dim not in ("time", "person")
        }  # fmt: skip
        steady = steady_state
        if steady is None:
            steady = ", from steady state" in str(data.attrs.get("regimen", ""))
        (one,) = profiles_of(
            data, replace(asked, steady_state=steady), variable, {**first, **(labels or {})}, doses, taken_in(data), {}
        )
        own, better = unit_of(EVERY[wanted].kind, one.units), BETTER.get(EVERY[wanted].kind, "")
        scale = converted(own, better) if own and better else math.nan
        found = profiles(one.given, read).values[wanted]
        return (found * scale, better) if math.isfinite(scale) else (found, own)

    return NcaEndpoint(wanted, number_of)
