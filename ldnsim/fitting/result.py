"""What a fit has found: estimates with their errors, fitted curves, and what else can be asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..ledger.evidence import weakest
from ..population.individuals import Individuals
from ..study.table_people import run_table_study
from ..study.table_run import TableRun
from .identifying import Identified
from .likelihood import BELOW, SEEN
from .lockstep import Descent
from .observations import Measured
from .problem import Array, Curvature, Problem, inverted
from .tabulated import estimates, parameters_behind, residuals
from .uncertainty import Bootstrap, Profile, bootstrap, profile

if TYPE_CHECKING:
    import pandas as pd

POOLED = "pooled"
"""What the only unit of pooled data is called."""

INSIDE = 0.95
"""Of intervals."""

_UNSEEN = 1e-8
"""Information about the logarithm of a spread that is none [1]."""

_FAR = float(np.log(1e6))
"""How far a logarithm goes from its start before it is lost."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A model that was fitted to measurements.

    Attributes
    ----------
    problem : Problem
        What was minimised.
    data : Measured
        What was measured.
    ended : Descent
        Where the fits have ended, as coordinates.
    at_end : Curvature
        Slopes and curvatures there.
    identified : tuple of Identified
        What the data of each unit tell apart.
    start : ndarray, shape (n_units, p)
        Where the fits began.
    flip : str
        Which other values give the same curves, where absorption can be swapped with elimination; empty otherwise.
    pooled : bool
        Whether all subjects share their parameters.
    record : dict
        All that is needed to do it again: table, model by name, parameters, settings, versions.
    """

    problem: Problem
    data: Measured
    ended: Descent
    at_end: Curvature
    identified: tuple[Identified, ...]
    start: Array
    flip: str
    pooled: bool
    record: Mapping[str, Any]

    @property
    def units(self) -> tuple[Any, ...]:
        """What was fitted by itself: subjects by ID, or ``pooled``."""
        return (POOLED,) if self.pooled else self.problem.lanes.subjects

    def unit(self, id: Any) -> int:
        """Place of a unit; raises `InputError` if there is none of that name."""
        if id is None and len(self.units) == 1:
            return 0
        if id not in self.units:
            known = ", ".join(map(str, self.units[:20])) + " ..." * (len(self.units) > 20)
            raise InputError("id", id, f"one of {known}")
        return self.units.index(id)

    @property
    def names(self) -> tuple[str, ...]:
        """What was fitted."""
        return self.problem.names

    @cached_property
    def counted(self) -> Array:
        """Degrees of freedom that are left to estimate spreads, shape (n_units,); infinite where these are known."""
        if not self.problem.error.estimated:
            return np.full(len(self.units), np.inf)
        p = len(self.names)
        own, joint = self.at_end.own[:, :p, :p], self.at_end.joint[:, :p, :p]
        # a prior settles a share of a parameter, which then costs less than a whole one
        shares = np.einsum("nij,nji->n", own, inverted(joint))
        # a second spread takes one more, without which intervals are too narrow
        spreads = len(self.problem.error.groups) * (len(self.problem.error.parts) - 1)
        left: Array = self.problem.observed.numbers - np.clip(np.nan_to_num(shares), 0.0, p) - spreads
        return left

    @cached_property
    def everything(self) -> Array:
        """Covariance of coordinates and logarithms of spreads, shape (n_units, p + m, p + m); nan where not known."""
        found = np.full(self.at_end.joint.shape, np.nan)
        correction = self._correction
        for k in np.flatnonzero(np.isfinite(self.natural).all(axis=1) & np.isfinite(correction)):
            joint, p = self.at_end.joint[k], len(self.names)
            # a spread that has gone to nothing beside another one, and what stands at a bound, as if it were known
            held = np.append(self._at_bound[k], np.diagonal(joint)[p:] <= _UNSEEN)
            kept = np.ix_(~held, ~held)
            found[k][kept] = inverted(joint[kept]) * correction[k]
        return found

    @property
    def _at_bound(self) -> NDArray[np.bool_]:
        return (self.ended.x <= self.problem.low) | (self.ended.x >= self.problem.high)

    @property
    def _gone(self) -> NDArray[np.bool_]:
        return np.abs(self.ended.x - self.start) > np.where(self.problem.logs, _FAR, np.inf)

    @property
    def _correction(self) -> Array:
        """What variances are multiplied by because parameters were fitted too, nan where nothing is left."""
        if not self.problem.error.estimated:
            return np.ones(len(self.units))
        with np.errstate(all="ignore"):
            return np.where(self.counted > 0.5, self.problem.observed.numbers / self.counted, np.nan)

    @cached_property
    def quantile(self) -> Array:
        """Standard errors on either side of an estimate that its interval goes, shape (n_units,)."""
        from scipy.stats import t

        found: Array = t.ppf(0.5 + INSIDE / 2, np.where(self.counted > 0.5, self.counted, np.nan))
        return found

    @cached_property
    def spreads(self) -> Array:
        """Standard deviations of measurements, shape (n_units, n_groups, n_parts)."""
        return self.at_end.spread * np.sqrt(self._correction)[:, None, None]

    def covariance(self, id: Any = None) -> pd.DataFrame:
        """Covariance of the coordinates of a unit: of ``log CL`` where the scale is logarithmic, else of ``CL``."""
        import pandas as pd

        p, k = len(self.names), self.unit(id)
        labels = [f"log {name}" if log else name for name, log in zip(self.names, self.problem.logs, strict=True)]
        return pd.DataFrame(self.everything[k, :p, :p], labels, labels)

    def correlation(self, id: Any = None) -> pd.DataFrame:
        """Correlations of the coordinates of a unit, see `covariance`."""
        found = self.covariance(id)
        sd = np.sqrt(np.diagonal(found.to_numpy()))
        return found.div(sd, axis=0).div(sd, axis=1)

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """Estimates alone: a row a unit, a column a parameter, in the units of the model."""
        import pandas as pd

        found = pd.DataFrame(self.natural, columns=list(self.names))
        found.insert(0, "ID", list(self.units))
        return found

    @property
    def natural(self) -> Array:
        """Estimates, shape (n_units, p); nan where the data tell nothing apart or the fit failed."""
        known = np.array([not one.why for one in self.identified]) & np.isfinite(self.ended.value)
        known &= ~self._gone.any(axis=1)
        return np.where(known[:, None], self.problem.natural(self.ended.x), np.nan)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Estimates with their errors, a row for each unit and parameter, spreads of measurements last.

        Returns
        -------
        pandas.DataFrame
            ID, parameter, estimate, unit, SE and RSE [%] (of a logarithm carried over), low and high (ends of the 95 %
            interval, symmetric on the scale of the fit), scale, start, correlated (with what most, and how much),
            evidence of where it starts, and status.
        """
        return estimates(self)

    @cached_property
    def ends(self) -> pd.DataFrame:
        """How each fit has ended, a row a unit.

        Returns
        -------
        pandas.DataFrame
            ID, n (measurements with a number), below (those that count as below a limit), -2LL, AIC, evaluations,
            condition (of the scaled Jacobian), and status: ``converged``, ``at a bound``, or what it is not.
        """
        import pandas as pd

        observed = self.problem.observed
        below = np.where(observed.kind == BELOW, observed.weight, 0.0).sum(axis=1)
        twice = 2 * self.ended.value
        if self.problem.error.logs:
            # the density of a measurement itself, not of its logarithm
            twice = twice + 2 * np.where(observed.kind == SEEN, observed.value * observed.weight, 0.0).sum(axis=1)
        m = self.at_end.joint.shape[1]
        return pd.DataFrame(
            {
                "ID": list(self.units),
                "n": observed.numbers.astype(int),
                "below": below.astype(int),
                "-2LL": twice,
                "AIC": twice + 2 * m,
                "evaluations": self.ended.steps,
                "condition": [one.condition for one in self.identified],
                "status": [self._status(k) for k in range(len(self.units))],
            }
        )

    def _status(self, k: int) -> str:
        if self.identified[k].why:
            return f"not identified: {self.identified[k].why}"
        if not np.isfinite(self.ended.value[k]):
            return "not fitted: the model cannot be run from where the fit starts"
        if not self.ended.converged[k]:
            return "not converged"
        if self._gone[k].any():
            return f"not converged: {', '.join(np.array(self.names)[self._gone[k]])} ran away from where the fit starts"
        if self._at_bound[k].any():
            return f"at a bound: {', '.join(np.array(self.names)[self._at_bound[k]])}"
        if not self.counted[k] > 0.5:
            return "converged, but no measurement is left to tell the error"
        return "converged"

    @cached_property
    def residuals(self) -> pd.DataFrame:
        """Measurements beside predictions.

        Returns
        -------
        pandas.DataFrame
            ID, TIME [h], compartment, DV (or the limit), below (whether it is one), IPRED, residual (of logarithms
            where the error is log-normal), weighted (in standard deviations) and unit; residuals of what is below a
            limit are nan.
        """
        return residuals(self)

    @cached_property
    def runs(self) -> TableRun:
        """The fitted curves as a result of `ldnsim.simulate`: rows, curves and pictures of who has estimates.

        Raises
        ------
        InputError
            If nobody has.
        """
        lanes = self.problem.lanes
        values = np.full((len(lanes.subjects), len(self.names)), np.nan)
        for members, row in zip(self.problem.members, self.natural, strict=True):
            values[members] = row
        known = np.isfinite(values).all(axis=1)
        if not known.any():
            raise InputError("runs", list(self.units), "estimates of somebody")
        ids = [id for id, there in zip(lanes.subjects, known, strict=True) if there]
        people = Individuals.of({"ID": ids, **dict(zip(self.names, values[known].T, strict=True))})
        table = lanes.study.table
        table = replace(table, rows=tuple(row for row in table.rows if row.id in set(ids)))
        return run_table_study(lanes.study._replace(people=people, table=table))

    @property
    def weakest(self) -> str:
        """The weakest evidence behind what is predicted and was not fitted; empty where nothing else is behind it."""
        lanes = self.problem.lanes
        every = parameters_behind(lanes, self.data.groups) or lanes.parameters.rules.known
        statuses = [lanes.parameters[name].status for name in every if name not in self.names]
        return weakest(statuses) if statuses else ""

    def profile(self, names: Any = None) -> Profile:
        """Likelihood profiles: one parameter held after the other, the others fitted again.

        Parameters
        ----------
        names : sequence of str, optional
            Which parameters; all by default.

        Returns
        -------
        Profile
            Intervals, and the likelihood beside them.
        """
        return profile(self, names)

    def bootstrap(self, n: int = 200, *, kind: str = "residual", seed: int = 1) -> Bootstrap:
        """The fit again, of data that might have been measured too.

        Parameters
        ----------
        n : int
            How often.
        kind : {"residual", "case", "parametric"}
            Residuals that are drawn anew; measurements (of pooled data subjects) that are drawn anew; or errors that
            are drawn from the error model.
        seed : int
            Behind the draws.

        Returns
        -------
        Bootstrap
            Estimates, and their percentiles.

        Raises
        ------
        InputError
            If an argument cannot be used.
        """
        return bootstrap(self, n, kind, seed)

    @cached_property
    def lmfit(self) -> Mapping[Any, Any]:
        """An `lmfit.Minimizer` of each unit, with its `lmfit.Parameters` at the estimates as ``params``.

        Its residuals are roots of what each measurement adds to twice the minus log-likelihood, spreads held at their
        estimates, so that ``minimize()``, ``lmfit.conf_interval`` and ``emcee`` are those of this fit (extra ``fit``).
        """
        from .by_lmfit import minimizers

        return minimizers(self)

    def to_pints(self, id: Any = None) -> tuple[Any, Any]:
        """A `pints.ForwardModelS1` of one subject, and its `pints.SingleOutputProblem`.

        Parameters
        ----------
        id : object, optional
            The subject; not needed where there is one.

        Returns
        -------
        tuple
            Model and problem, in the units of the model.

        Raises
        ------
        InputError
            If data are pooled, below a limit, or of more than one compartment, which PINTS has no problem for.
        """
        from .adapters import to_pints

        return to_pints(self, id)

    def to_pypesto(self, id: Any = None) -> Any:
        """A `pypesto.Problem` of one unit: minus its log-likelihood, priors included, with gradient and curvature.

        Parameters
        ----------
        id : object, optional
            The subject; not needed where there is one unit.

        Returns
        -------
        pypesto.Problem
            In the coordinates of the fit (``x_scales`` says which are logarithms); a parameter without bounds is
            looked for within a thousand times its estimate to either side. `MissingExtra` without pyPESTO.
        """
        from .adapters import to_pypesto

        return to_pypesto(self, id)

    def plot(self, what: str = "fit") -> Any:
        """A picture of the fit.

        Parameters
        ----------
        what : {"fit", "observed", "residuals"}
            Curves over the data of each subject; measurements against predictions; or residuals over time.

        Returns
        -------
        matplotlib.figure.Figure
            The picture.
        """
        from .pictures import figure

        return figure(self, what)

    def __str__(self) -> str:
        from .telling import tell

        return tell(self)

    def __repr__(self) -> str:
        return f"<Fit of {', '.join(self.names)} to {self.problem.lanes.table!r}; see table, ends, plot(), profile()>"
