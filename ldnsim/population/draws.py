"""Drawing the people of a population: replicate by replicate, occasion by occasion, and what is observed of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.errors import InputError
from ..base.reading import numbers, whole_number
from ..base.streams import MAX_KEY, Array, Purpose, named, normals
from ..ledger.parameters import ParameterSet
from ..ledger.ranges import Rules, Settled, only, settle
from . import covariates as known_covariates
from .adherence import Adherence
from .covariates import Covariate, Effects, Labels
from .distributions import Distribution
from .people import Drawn, Stream, joined
from .variation import Correlations, Variation, check_variations, ledger_uncertainty, ledger_variability


@dataclass(frozen=True, init=False)
class Drawing:
    """People as they can be drawn; the arguments are those of a `ldnsim.population.population.Population`."""

    n: int
    seed: int
    variability: tuple[Variation, ...]
    correlations: Correlations
    covariates: tuple[Covariate, ...]
    occasions: tuple[Variation, ...]
    residual: tuple[tuple[str, Distribution], ...]
    uncertainty: tuple[Variation, ...] | str
    replicates: int
    adherence: Adherence | None

    def draw(
        self,
        parameters: ParameterSet,
        people: ArrayLike,
        doses: int,
        latest: ArrayLike,
        effects: Effects = known_covariates.apply,
    ) -> Drawn:
        """Some of the people.

        Parameters
        ----------
        parameters : ParameterSet
            Typical values.
        people : array_like of int, shape (n_people,)
            Who: the number of the replicate times `n` plus the number in it, both from 0; in any order.
        doses : int
            How many doses are planned.
        latest : array_like of float, shape (n_doses,)
            Longest delay of each, infinite where none follows [h].
        effects : callable
            ``effects(covariates, typical)`` gives the parameters that covariates of some people change.

        Returns
        -------
        Drawn
            Their parameters, covariates and doses.

        Raises
        ------
        InputError
            If there are no such people, `latest` does not suit `doses`, or the population does not suit the model.
        """
        self.check(parameters.rules)
        which, ids = self._who(people)
        planned = whole_number(doses, "doses", low=0, high=MAX_KEY)
        expected = f"a delay of at least 0 h for each of {planned} doses"
        longest = numbers(latest, "latest", expected)
        # not (>= 0) rather than (< 0), so that nan is refused too
        if longest.shape != (planned,) or not np.all(longest >= 0):
            raise InputError("latest", latest, expected)
        typical, rules = parameters.values_by_name(), parameters.rules
        replicates = np.unique(which)
        # one stream for all replicates, in which each has the place of a person
        draws = Stream(self.seed, 0).draws(Purpose.UNCERTAINTY, self._uncertain(parameters), typical, replicates)
        doubts = settle(typical, replicates.size, draws, rules)
        parts = [np.flatnonzero(which == replicate) for replicate in replicates]
        drawn = [
            self._replicate(only(doubts, k), int(replicate), ids[part], longest, rules, effects)
            for k, (replicate, part) in enumerate(zip(replicates, parts, strict=True))
        ]
        return drawn[0] if len(drawn) == 1 else joined(drawn, parts)

    def observe(self, name: str, values: ArrayLike, people: ArrayLike) -> Array:
        """What is read of a variable, with the error of each observation.

        Parameters
        ----------
        name : str
            The variable, one of those in `residual`.
        values : array_like of float, shape (n_people, ..., n_times)
            Its true values.
        people : array_like of int, shape (n_people,)
            Who, as in `draw`.

        Returns
        -------
        ndarray, shape (n_people, ..., n_times)
            The observations; below 0 where an additive error leads there.

        Raises
        ------
        InputError
            If the variable has no error, or there are no such people.
        """
        models = dict(self.residual)
        if not isinstance(name, str) or name not in models:
            raise InputError("name", name, f"a variable with a residual error: {', '.join(models) or 'there is none'}")
        which, ids = self._who(people)
        true = numbers(values, "values", f"numbers with a first axis of {ids.size} people")
        if true.ndim < 1 or true.shape[0] != ids.size:
            raise InputError("values", true.shape, f"a first axis with {ids.size} people")
        flat = true.reshape(ids.size, -1)
        found = np.empty_like(flat)
        for replicate in np.unique(which):
            part = np.flatnonzero(which == replicate)
            for sample in range(flat.shape[1]):
                z = normals(self.seed, Purpose.RESIDUAL, int(replicate), (sample, named(name)), ids[part])
                found[part, sample] = models[name].values(flat[part, sample], z)
        return found.reshape(true.shape)

    def intakes(self, people: ArrayLike, latest: Array) -> tuple[NDArray[np.bool_], Array]:
        """What people do with each planned dose, as in `draw`.

        Parameters
        ----------
        people : array_like of int, shape (n_people,)
            Who, as in `draw`.
        latest : ndarray, shape (n_doses,)
            Longest delay of each dose, infinite where none follows [h].

        Returns
        -------
        taken : ndarray of bool, shape (n_doses, n_people)
            Whether it is taken.
        delay : ndarray, shape (n_doses, n_people)
            How late [h]; 0 where it is missed.
        """
        which, ids = self._who(people)
        taken, delay = np.ones((latest.size, ids.size), dtype=np.bool_), np.zeros((latest.size, ids.size))
        for replicate in np.unique(which):
            part = np.flatnonzero(which == replicate)
            own = (self.adherence or Adherence()).draw(self.seed, int(replicate), ids[part], latest)
            taken[:, part], delay[:, part] = own
        return taken, delay

    def _who(self, people: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Replicate and number in it of each person."""
        total = self.n * self.replicates
        expected = f"numbers of people from 0 to {total - 1}, at least one"
        try:
            given = np.asarray(people)
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError("people", people, expected) from error
        whole_numbers = given.ndim == 1 and given.size > 0 and np.issubdtype(given.dtype, np.integer)
        if not whole_numbers or given.min() < 0 or given.max() >= total:
            raise InputError("people", people, expected)
        which, ids = np.divmod(given.astype(np.int64), self.n)
        return which, ids

    def _uncertain(self, parameters: ParameterSet) -> tuple[Variation, ...]:
        return ledger_uncertainty(parameters) if isinstance(self.uncertainty, str) else self.uncertainty

    def _replicate(
        self, doubt: Settled, replicate: int, ids: NDArray[np.int64], latest: Array, rules: Rules, effects: Effects
    ) -> Drawn:
        """People of one replicate, about the typical values that its doubt has led to."""
        stream = Stream(self.seed, replicate)
        given: dict[str, Array | Labels] = {}
        redrawn = np.full(ids.size, doubt.redrawn[0])
        for covariate in self.covariates:
            given[covariate.name], again = covariate.values(self.seed, replicate, ids)
            redrawn += again
        typical = self.typical(doubt.values, given, ids, rules, effects)
        if doubt.problem:
            people = Settled(typical, np.zeros_like(redrawn), dict.fromkeys(range(ids.size), doubt.problem[0]))
        else:
            draws = stream.draws(Purpose.PEOPLE, self.variability, typical, ids, self.correlations)
            people = settle(typical, ids.size, draws, rules)
        redrawn += people.redrawn
        problem = people.problem
        values = np.empty((max(latest.size, 1) if self.occasions else 1, len(typical), ids.size))
        for place, name in enumerate(typical):
            values[:, place] = people.values[name]
        if self.occasions and len(problem) < ids.size:
            problem = {**problem, **self._vary_between_occasions(values, redrawn, stream, ids, problem, rules)}
        values[..., sorted(problem)] = np.nan
        taken, delay = (self.adherence or Adherence()).draw(self.seed, replicate, ids, latest)
        return Drawn(values, given, taken, delay, redrawn, tuple(sorted(problem.items())))

    def typical(
        self, values: Mapping[str, Any], given: Mapping[str, Array | Labels], ids: NDArray[np.int64], rules: Rules,
        effects: Effects,
    ) -> dict[str, Any]:  # fmt: skip
        """Parameters of some people before anything is drawn: the typical ones, and what covariates change of them."""
        del ids, rules  # which people are known one by one need
        return {**values, **effects(given, values)}

    def _vary_between_occasions(
        self,
        values: Array,
        redrawn: NDArray[np.int64],
        stream: Stream,
        ids: NDArray[np.int64],
        problem: Mapping[int, str],
        rules: Rules,
    ) -> dict[int, str]:
        """Replace the values of each occasion in place; the problems that arise."""
        well = np.setdiff1d(np.arange(ids.size), list(problem))
        names = list(rules.terms)
        people = {name: values[0, place, well] for place, name in enumerate(names)}
        varied = [name for one in self.occasions for name in one.parameters]
        found: dict[int, str] = {}
        for occasion in range(values.shape[0]):
            drawn = stream.draws(Purpose.OCCASIONS, self.occasions, people, ids[well], occasion=occasion)
            settled = settle(people, well.size, drawn, rules)
            redrawn[well] += settled.redrawn
            found = {**{int(well[k]): reason for k, reason in settled.problem.items()}, **found}
            for name in varied:
                values[occasion, names.index(name), well] = settled.values[name]
        return found

    def check(self, rules: Rules) -> None:
        """Refuse what does not suit a model.

        Parameters
        ----------
        rules : Rules
            The parameters of the model.

        Raises
        ------
        InputError
            If a parameter is none of the model's, a distribution does not suit it, or the ledger's spread, effects or
            doubt are meant, which are about another model.
        """
        ours = {name for one in ledger_variability() for name in one.parameters} <= rules.terms.keys()
        if self.variability == ledger_variability() and not ours:
            names = ", ".join(rules.known)
            raise InputError("variability", None, f"a spread of {names}, or {{}}; the ledger has none of this model")
        if isinstance(self.uncertainty, str) and not ours:
            expected = "a mapping, because the ledger has no doubt about this model"
            raise InputError("uncertainty", self.uncertainty, expected)
        for argument in ("variability", "occasions", "uncertainty"):
            given = getattr(self, argument)
            check_variations(argument, () if isinstance(given, str) else given, rules)
        known_covariates.check(self.covariates, rules)
