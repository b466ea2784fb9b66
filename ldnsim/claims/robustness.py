"""Over which part of the ledger's own ranges a claim holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, LdnsimError, SolverError
from ..base.reading import choice, whole_number
from ..base.streams import MAX_SEED
from ..ledger.assumptions import Assumptions
from ..ledger.parameters import ParameterSet
from ..models.dosable import Model
from ..population.spans import Array, drawn, first_possible, spans_of
from ..results.behind import Shown, evidence_behind, evidence_of
from ..results.blockade import decided_by
from ..results.over_time import FINISHED
from ..results.provenance import attributes, evidence
from ..results.readings import BLOCKED
from ..study.described import INVALID, STATUS
from ..study.ensemble import Ensemble
from ..study.options import Engine
from .deciding import BEST, best_doses, by_bin, deciders, interval
from .named import MG, Claim, named_claims
from .telling import tell

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

LEAST, MOST = 10, 1_000_000
"""Fewest and most parameter sets."""

_OWN = (MG, "holds", "status", "reason")
"""What is said of every parameter set beside its endpoints."""

_DEPENDS = "depends on parameters with ranges in the ledger"

_TOGETHER = 256
"""Runs between two reports of progress."""


@dataclass(frozen=True, eq=False)
class Robustness:
    """Over which part of the ledger's own ranges a claim holds.

    Attributes
    ----------
    claim : Claim
        What was asked.
    n, seed : int
        How many parameter sets were drawn, and the seed behind them.
    sets : mapping of str to int
        How many of them ``finished``, were ``impossible`` (outside the physical ranges of `ldnsim.ledger.ranges`, and
        left out) or ``failed``.
    share : float
        Share of those that finished in which the claim holds [1].
    interval : tuple of float
        Its 95 % interval after Wilson, as if the sets were independent [1].
    typical : bool or None
        Whether it holds at the ledger's typical values, which do not count in the share; None if that run failed.
    table : pandas.DataFrame
        A row for each parameter that varied, the one that decides most first: its row in the ledger, status and
        meaning; the range (of a log-normal spread the middle 90 %), its spread and the typical value, in the unit of
        the row; ``KS``, the distance of Kolmogorov and Smirnov between its values where the claim holds and where not,
        and its p, times the number of parameters; the medians of both. KS is nan where the claim holds always or never.
    bins : pandas.DataFrame
        The share over equal parts of the range of each parameter, with its interval.
    held : pandas.DataFrame
        A row for each parameter behind the claim that stayed as it is, and why.
    best : pandas.DataFrame or None
        Of a claim with doses: how often each dose is best, see `best_dose`.
    sample : pandas.DataFrame
        The parameter sets in the units of the model, their endpoints, and whether the claim holds.
    data : xarray.Dataset
        The variables that are read, with the evidence behind them as attributes, and the assumptions.
    """

    claim: Claim
    n: int
    seed: int
    sets: Mapping[str, int]
    share: float
    interval: tuple[float, float]
    typical: bool | None
    table: pd.DataFrame
    bins: pd.DataFrame
    held: pd.DataFrame
    best: pd.DataFrame | None
    sample: pd.DataFrame
    data: xr.Dataset

    @property
    def deciding(self) -> tuple[str, ...]:
        """Parameters that decide whether the claim holds, the one that decides most first."""
        return tuple(self.table["parameter"][self.table["decides"]])

    @property
    def weakest(self) -> str:
        """The weakest evidence behind what is read, of what varied and what was held."""
        return evidence_behind(self.data, map(Shown, map(str, self.data.data_vars)))[0]

    @property
    def best_dose(self) -> tuple[float, float, float] | None:
        """The dose at which the first endpoint is highest [mg].

        5th, 50th and 95th percentile over the parameter sets; None for a claim without doses.
        """
        if self.best is None:
            return None
        doses, reached = self.best["dose [mg]"].to_numpy(), np.cumsum(self.best[BEST].to_numpy())
        # sums of shares may miss a whole by the last bit
        low, middle, high = (float(doses[np.searchsorted(reached, end - 1e-9)]) for end in (0.05, 0.5, 0.95))
        return low, middle, high

    def plot(self) -> Any:
        """Share over the ranges of the parameters that decide most, and the best doses; a matplotlib figure."""
        from .pictures import figure

        return figure(self)

    def __str__(self) -> str:
        return tell(self)


def claim(
    asked: Claim | str,
    *,
    n: int = 512,
    seed: int = 1,
    model: Model | None = None,
    assumptions: Assumptions | str = "popular",
    condition: str = "healthy",
    cell: str = "microglia",
    parameters: Mapping[str, object] | None = None,
    engine: Engine = "auto",
    progress: Callable[[float], None] | None = None,
) -> Robustness:
    """Over which part of the ledger's own ranges a claim holds, and which parameters decide it.

    Every parameter that the outputs depend on and whose ledger row has limits or a spread is drawn at once, in a Latin
    hypercube: uniformly between the limits of its row, in the unit of the row; its logarithm uniformly where the
    upper limit is more than ten times the lower one; log-normally where the row has a spread between people. All
    others are held: calibrated parameters without a range at what they were solved for (so the share says how
    sensitive the claim is to the rest while they stay), switches, rows without a range, and what `parameters` changes.
    The draws are independent; the ledger knows no correlations.

    Parameters
    ----------
    asked : Claim or str
        A claim of one's own, or the name of one of `ldnsim.claims.named_claims`.
    n : int
        How many parameter sets.
    seed : int
        Behind the points; the same seed gives the same sets.
    model, assumptions, condition, cell, parameters, engine
        As for `ldnsim.Ensemble`.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    Robustness
        Share, table, picture.

    Raises
    ------
    InputError
        If an argument cannot be used, nothing that the claim depends on has a range, no drawn set is possible, or a
        function of the claim raises or gives what is no truth value for each set.
    SolverError
        If no run finished.
    """
    one = _claim(asked)
    n, seed = whole_number(n, "n", low=LEAST, high=MOST), whole_number(seed, "seed", high=MAX_SEED)
    settings: dict[str, Any] = {
        "model": model, "assumptions": assumptions, "condition": condition, "cell": cell, "start": one.start,
        "until": one.until, "step": one.step, "engine": engine,
        "outputs": list(dict.fromkeys(shown.name for shown in one.shown)),
    }  # fmt: skip
    ready = Ensemble(one.regimen, parameters=parameters, **settings)
    spans, held = spans_of(ready.parameters)
    if not spans:
        raise InputError("asked", one.name, f"a claim that {_DEPENDS}, of which this model has none")
    shares = drawn(spans, n, seed)
    columns = {span.name: span.in_model(shares[span.name]) for span in spans}
    inside = first_possible(ready.parameters, columns, n)
    opened = Ensemble(one.regimen, parameters={**(parameters or {}), **inside}, **settings)
    data, behind = _described(one, ready, opened)
    spans = [span for span in spans if span.name in behind]
    if not spans:
        raise InputError("asked", one.name, f"a claim that {_DEPENDS}, which under these assumptions it does not")
    for name in one.endpoints:
        if name in (*columns, *_OWN):
            raise InputError("endpoints", name, f"names other than {', '.join(_OWN)} and those of parameters")
    # the typical values stand behind the sets
    columns = {span.name: np.append(columns[span.name], ready.parameters[span.name].value) for span in spans}
    found, status, reason = _endpoints(one, ready, columns, progress)
    ended: NDArray[np.bool_] = np.all(np.isin(status, FINISHED), axis=1)
    good, unable = np.flatnonzero(ended[:-1]), (status[:-1] == INVALID).any(axis=1)
    if not good.size:
        raise SolverError(f"claim {one.name}: no parameter set could be run: {next(filter(None, reason.flat), '')}")
    holds = _holds(one, {**columns, **found}, good)
    seen = {span.name: shares[span.name][good] for span in spans}
    highest = next(iter(found.values()))
    return Robustness(
        claim=one,
        n=n,
        seed=seed,
        sets={"finished": good.size, "impossible": int(unable.sum()), "failed": int((~ended[:-1] & ~unable).sum())},
        share=float(holds.mean()),
        interval=interval(int(holds.sum()), good.size),
        typical=bool(_holds(one, {**columns, **found}, np.array([n]))[0]) if ended[-1] else None,
        table=deciders(spans, seen, holds),
        bins=by_bin(spans, seen, holds),
        held=_held(ready.parameters, {name: why for name, why in held.items() if name in behind}),
        best=best_doses(np.array(one.doses), highest[good], highest[-1]) if one.doses else None,
        sample=_sample(one, {**columns, **found}, holds, good, status[:-1], reason[:-1]),
        data=data,
    )


def _claim(asked: object) -> Claim:
    """The claim that is meant."""
    if isinstance(asked, Claim):
        return asked
    return named_claims()[choice("asked", asked, named_claims())]


def _described(one: Claim, ready: Ensemble, opened: Ensemble) -> tuple[xr.Dataset, frozenset[str]]:
    """What is read, with the evidence behind it, and the names of the parameters behind that.

    A typical value of 0 switches off what stands behind it, so what is depended on is read inside the ranges.
    """
    import xarray as xr

    inside, typical = opened.described(), ready.described()
    behind: dict[str, frozenset[str]] = {}
    for shown in one.shown:
        own = evidence_of(inside, shown.name, **shown.labels).parameters
        behind[shown.name] = behind.get(shown.name, frozenset()).union(own)
    if BLOCKED & set(one.endpoints) and "occupancy" in behind:
        # what counts as blocked is said by parameters that stand behind no curve
        behind["occupancy"] = behind["occupancy"].union(decided_by(ready.parameters))
    about = {name: {key: typical[name].attrs[key] for key in ("long_name", "units")} for name in behind}
    variables = {
        name: ((), np.nan, {**about[name], **attributes(evidence(names, ready.parameters))})
        for name, names in behind.items()
    }
    return xr.Dataset(variables, attrs=typical.attrs), frozenset[str]().union(*behind.values())


def _endpoints(
    one: Claim, ready: Ensemble, columns: Mapping[str, Array], progress: Callable[[float], None] | None
) -> tuple[dict[str, Array], NDArray[Any], NDArray[Any]]:
    """Endpoints of every set, shape (n,) or (n, n_doses); status and reason of every run, shape (n, n_runs)."""
    import pandas as pd

    size = len(next(iter(columns.values())))
    frames: list[Mapping[str, Array]] = [{**columns, MG: np.full(size, dose)} for dose in one.doses] or [columns]
    places = np.array_split(np.arange(size), -(-size // _TOGETHER))
    runs = []
    for done, (frame, where) in enumerate(product(frames, places), start=1):
        part = {name: values[where] for name, values in frame.items()}
        runs.append(ready.endpoints(part, one.endpoints))
        if progress is not None:
            progress(done / (len(frames) * len(places)))
    every = pd.concat(runs, ignore_index=True)

    def by_set(name: str) -> NDArray[Any]:
        found: NDArray[Any] = every[name].to_numpy().reshape(len(frames), size).T
        return found

    found = {name: by_set(name) if one.doses else by_set(name)[:, 0] for name in one.endpoints}
    return found, by_set("status"), by_set("reason")


def _holds(one: Claim, every: Mapping[str, Array], where: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a claim holds in some sets."""
    found = {name: values[where] for name, values in every.items()}
    try:
        said = np.asarray(one.holds({**found, MG: np.array(one.doses)}))
    except LdnsimError:
        raise
    except Exception as error:
        raised = f"{type(error).__name__}: {error}"
        raise InputError("holds", one.holds, f"what can be worked out of these runs; it raised {raised}") from error
    if said.dtype != np.bool_ or said.shape != where.shape:
        expected = f"a function that gives a truth value for each of {where.size} parameter sets"
        raise InputError("holds", f"{said.dtype} of shape {said.shape}", expected)
    return said


def _held(parameters: ParameterSet, held: Mapping[str, str]) -> pd.DataFrame:
    """What stayed as it is, and why."""
    import pandas as pd

    entries = {name: parameters[name] for name in held}
    rows = [(name, one.row, one.status, one.value, one.unit, held[name]) for name, one in entries.items()]
    return pd.DataFrame(rows, columns=["parameter", "row", "status", "value", "unit", "why"])


def _sample(
    one: Claim,
    every: Mapping[str, Array],
    holds: NDArray[np.bool_],
    good: NDArray[np.int64],
    status: NDArray[Any],
    reason: NDArray[Any],
) -> pd.DataFrame:
    """The parameter sets, what was read off their runs, and how those ended."""
    import pandas as pd

    found: dict[str, Any] = {}
    for name, values in every.items():
        if values.ndim == 1:
            found[name] = values[:-1]
        else:
            found |= {f"{name} at {dose:g} mg": values[:-1, k] for k, dose in enumerate(one.doses)}
    answer = pd.array([pd.NA] * len(status), dtype="boolean")
    answer[good] = holds
    worst = [STATUS[code] for code in status.max(axis=1).tolist()]
    return pd.DataFrame({**found, "holds": answer, "status": worst, "reason": [max(row) for row in reason]})
