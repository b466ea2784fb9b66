"""The nalmefene model: its own kinetics, the receptors and peptides of naltrexone, no dextro isomer and no TLR4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..endorphin import EndorphinParameters
from ..ledger.assumptions import Assumptions
from .antagonist import Antagonist
from .dosable import Model
from .nalmefene_equations import DoseParameters, Parameters, State, outputs, rates
from .system import System

NALMEFENE = System(State, rates, outputs, stiff=True)
"""The equations with their layout."""

SHARED = frozenset(
    (
        *(f"receptors.{name}" for name in ("xe0", "ks", "kdeg", "o50", "h_block", "q_portal")),
        *(f"endorphin.{name}" for name in EndorphinParameters._fields),
    )
)
"""Parameters that are taken to be those of people who take naltrexone: of the receptors, peptides and rebound."""


def _routes(p: DoseParameters) -> Mapping[str, tuple[str, Any]]:
    return {"oral": ("drug.depot", p.lag), "intravenous": ("drug.central", 0.0)}


_DRUG = Antagonist("nalmefene", NALMEFENE, Parameters, SHARED, _routes)


def nalmefene(assumptions: Assumptions | str = "popular") -> Model:
    """The nalmefene model under some assumptions.

    Doses are in mg of the base, as its labels say them. Kinetics are those of Kyhl et al., Br J Clin Pharmacol
    81:290 (2016); receptors, peptides and rebound are those of the naltrexone model.

    Parameters
    ----------
    assumptions : Assumptions or str
        ``"popular"``, ``"measured"``, or choices on the axes that it has: ``site``, ``rebound`` and ``blockade``, see
        `Assumptions`.

    Returns
    -------
    Model
        Compartments ``oral`` (1), ``intravenous`` (2), dosed in mg, and ``nalmefene`` (3), observed in ng/mL.

    Raises
    ------
    InputError
        If an axis is chosen that it has not.

    Examples
    --------
    >>> import ldnsim
    >>> run = ldnsim.simulate("18 mg at 22:00", model=nalmefene("measured"))
    >>> round(float(run.data.plasma.max()), 1)
    11.4
    """
    return _DRUG.model(assumptions)
