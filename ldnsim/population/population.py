"""Populations: who is simulated, drawn from the spread between people, occasions, errors and uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from ..base.errors import InputError
from ..base.reading import fields_of, whole_number
from ..base.streams import MAX_KEY, MAX_SEED, fresh_seed
from ..ledger.parameters import ParameterSet
from ..ledger.ranges import Rules
from . import covariate_reading
from . import covariates as known_covariates
from .adherence import Adherence
from .distributions import Distribution
from .draws import Drawing
from .plain import parts_of, residual_of
from .variation import (
    Basis,
    Variation,
    basis,
    correlations_of,
    in_words,
    ledger_variability,
    rebased,
    variations_of,
)

MAX_PEOPLE = 100_000_000

LEDGER = "ledger"

CLOCK = "endorphin.acrophase"
"""What the daily cycle of a person follows, from the start to the end of a run."""


@dataclass(frozen=True, init=False)
class Population(Drawing):
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
