"""Populations: who is simulated, drawn from the spread between people, occasions, errors and uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.errors import InputError
from ..base.reading import fields_of, numbers, whole_number
from ..base.streams import MAX_KEY, MAX_SEED, Array, Purpose, fresh_seed, named, normals
from ..ledger.parameters import ParameterSet
from ..ledger.ranges import Rules, Settled, only, settle
from . import covariate_reading
from . import covariates as known_covariates
from .adherence import Adherence
from .covariates import Covariate, Effects, Labels
from .distributions import Distribution
from .people import Drawn, Stream, joined
from .plain import parts_of, residual_of
from .variation import (
    Basis,
    Correlations,
    Variation,
    basis,
    check_variations,
    correlations_of,
    in_words,
    ledger_uncertainty,
    ledger_variability,
    rebased,
    variations_of,
)

MAX_PEOPLE = 100_000_000

LEDGER = "ledger"

CLOCK = "endorphin.acrophase"
"""What the daily cycle of a person follows, from the start to the end of a run."""


@dataclass(frozen=True, init=False)
class Population:
    """People who differ, immutable; the same seed is the same people, whoever draws them and in which parts.

    What is drawn follows from seed, purpose, replicate, person and parameter alone: another covariate, an
    error or one more varied parameter changes nothing else.

    Parameters
    ----------
    n : int
        How many people.
    seed : int, optional
        From 0 to 2**64 - 1; one is chosen if none is given, and kept in `seed`.
    variability : mapping of str to distribution, optional
        Spread between people about the typical value; the ledger's if None, none if empty. Entries replace or add
        to the ledger's, ``None`` takes one away. Parameters joined by ``+`` share one draw: ``{"pk.vc+pk.vp":
        LogNormal(cv=0.3)}``; one that is named alone leaves the group in which the ledger has it. Names of another
        model, such as ``{"CL": LogNormal(cv=0.3)}``, stand for all that varies.
    correlations : mapping of (str, str) to float, optional
        Correlation of the normal numbers behind two varied parameters.
    covariates : mapping of str to object, optional
        See `ldnsim.population.covariates.read`; without them people have the typical ones. Those of another model are
        numbers, which its functions of the covariates read.
    occasions : mapping of str to distribution, optional
        Spread between the dose occasions of a person, about the person's own value.
    residual : mapping of str to distribution, optional
        Error of one observation of a variable, about its true value: `LogNormal`, ``Normal(cv=...)`` in
        proportion, ``Normal(sd=...)`` in the unit of the variable.
    uncertainty : mapping of str to distribution, or "ledger", optional
        Doubt about the typical values, drawn once for each replicate. ``"ledger"`` takes the limits or the
        standard error of each ledger row, see `ldnsim.population.variation.ledger_uncertainty`.
    replicates : int
        How many times the population is drawn anew.
    adherence : Adherence, optional
        Doses missed and late.

    Raises
    ------
    InputError
        If an argument cannot be used; the text names it.

    Examples
    --------
    >>> for variation in Population(100, seed=1).variability[:2]:
    ...     print(variation.parameters, variation.distribution.to_dict(), variation.row)
    ('pk.ka',) {'kind': 'LogNormal', 'cv': 0.5} PP126
    ('pk.f',) {'kind': 'LogNormal', 'cv': 0.4} PP123
    """

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

    def __init__(
        self,
        n: int,
        seed: int | None = None,
        *,
        variability: Mapping[str, Distribution | None] | tuple[Variation, ...] | None = None,
        correlations: Mapping[tuple[str, str], float] | None = None,
        covariates: Mapping[str, object] | None = None,
        occasions: Mapping[str, Distribution] | tuple[Variation, ...] | None = None,
        residual: Mapping[str, Distribution] | None = None,
        uncertainty: Mapping[str, Distribution] | tuple[Variation, ...] | str | None = None,
        replicates: int = 1,
        adherence: Adherence | None = None,
    ) -> None:
        def keep(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        keep("n", whole_number(n, "n", low=1, high=MAX_PEOPLE))
        keep("seed", fresh_seed() if seed is None else whole_number(seed, "seed", low=0, high=MAX_SEED))
        keep("replicates", whole_number(replicates, "replicates", low=1, high=MAX_KEY))
        if self.n * self.replicates > MAX_PEOPLE:
            raise InputError("replicates", replicates, f"at most {MAX_PEOPLE:,} people in all replicates together")
        between = ledger_variability()
        keep("variability", between if variability is None else variations_of("variability", variability, between))
        keep("correlations", correlations_of(correlations, self.variability))
        keep("covariates", covariate_reading.read(covariates, self.n))
        between_doses = variations_of("occasions", {} if occasions is None else occasions)
        if any(CLOCK in one.parameters for one in between_doses):
            raise InputError(
                "occasions", CLOCK, "parameters that can change at a dose; the daily clock of a person cannot"
            )
        keep("occasions", between_doses)
        keep("residual", residual_of(residual))
        if isinstance(uncertainty, str) and uncertainty != LEDGER:
            raise InputError("uncertainty", uncertainty, "'ledger' or a mapping from parameter to distribution")
        doubt: object = {} if uncertainty is None else uncertainty
        keep("uncertainty", doubt if isinstance(doubt, str) else variations_of("uncertainty", doubt, uncertain=True))
        if adherence is not None and not isinstance(adherence, Adherence):
            raise InputError("adherence", adherence, "Adherence(miss=..., late_sd=...)")
        keep("adherence", adherence)

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

    def rows(self, parameters: ParameterSet) -> dict[str, tuple[Basis, ...]]:
        """What makes each varied parameter vary, and what that rests on.

        Parameters
        ----------
        parameters : ParameterSet
            Typical values, whose ledger rows an uncertainty taken from the ledger is read from.

        Returns
        -------
        dict of str to tuple of Basis
            By name of the parameter; what varies not is not there.
        """
        found: dict[str, tuple[Basis, ...]] = {}
        kinds = {
            "uncertain": self._uncertain(parameters),
            "between people": self.variability,
            "between occasions": self.occasions,
        }
        for kind, variations in kinds.items():
            for one in variations:
                for name in one.parameters:
                    what = f"{kind}: {in_words(one.distribution)}"
                    found[name] = (*found.get(name, ()), basis(what, one.row))
        given = {covariate.name for covariate in self.covariates}
        for effect in known_covariates.effects():
            if effect.covariate in given and effect.parameter:
                behind = tuple(basis(f"with {effect.covariate}", row) for row in effect.rows)
                found[effect.parameter] = (*found.get(effect.parameter, ()), *behind)
        return {name: tuple(dict.fromkeys(found[name])) for name in parameters if name in found}

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

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, from which `from_dict` makes the same people."""
        doubt = self.uncertainty
        return {
            "n": self.n,
            "seed": self.seed,
            "variability": [one.to_dict() for one in self.variability],
            "correlations": [list(one) for one in self.correlations],
            "covariates": {one.name: one.to_dict() for one in self.covariates},
            "occasions": [one.to_dict() for one in self.occasions],
            "residual": {name: distribution.to_dict() for name, distribution in self.residual},
            "uncertainty": doubt if isinstance(doubt, str) else [one.to_dict() for one in doubt],
            "replicates": self.replicates,
            "adherence": None if self.adherence is None else self.adherence.to_dict(),
        }

    @staticmethod
    def from_dict(cells: Mapping[str, Any]) -> Population:
        """The population that `to_dict` wrote.

        Parameters
        ----------
        cells : mapping of str to object
            What `to_dict` gave.

        Returns
        -------
        Population
            The same people.

        Raises
        ------
        InputError
            If a part is missing or cannot be used.
        """
        return Population(**parts_of(fields_of(cells, "population", Population.__dataclass_fields__)))

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

    def bound(self, rules: Rules, usual: tuple[Variation, ...] = ()) -> Population:
        """The people as a model takes them.

        Parameters
        ----------
        rules : Rules
            The parameters of the model.
        usual : tuple of Variation
            Spread of the model where none was named.

        Returns
        -------
        Population
            The same people, with that spread.

        Raises
        ------
        InputError
            If they do not suit the model.
        """
        people = self
        if usual and any(one.row for one in self.variability):
            people = copy(self)
            object.__setattr__(people, "variability", rebased(self.variability, usual))
        people.check(rules)
        return people

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
