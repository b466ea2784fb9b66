"""How many opioid receptors there are, in the brain and outside: being held raises their number (equations only)."""

from typing import NamedTuple

from .forms import Number, hill
from .receptors import Occupancy, Outside, ReceptorParameters


class DensityState(NamedTuple):
    """Receptor numbers relative to the untreated person.

    Attributes
    ----------
    mor : Number
        Mu receptors relative to the untreated baseline [1].
    dor : Number
        Delta receptors relative to the untreated baseline [1].
    kor : Number
        Kappa receptors relative to the untreated baseline [1].
    periphery : Number
        Mu receptors outside the brain relative to the untreated baseline [1].
    gut : Number
        Mu receptors in the gut wall relative to the untreated baseline [1].
    """

    mor: Number
    dor: Number
    kor: Number
    periphery: Number
    gut: Number


def density_rate(density: Number, held: Number, umax: Number, p: ReceptorParameters) -> Number:
    """Turnover of one receptor: being held raises the number made.

    Parameters
    ----------
    density : Number
        Receptors relative to baseline [1].
    held : Number
        Fraction held by the drug [1].
    umax : Number
        Rise under lasting full occupancy [1].
    p : ReceptorParameters
        Parameters.

    Returns
    -------
    Number
        Rate of change [1/h].
    """
    drive = hill(held, p.u50, p.h_up) * (1 + p.u50**p.h_up)
    return p.kdeg * (1 + umax * drive - density)


def density_rates(density: DensityState, held: Occupancy, away: Outside, p: ReceptorParameters) -> DensityState:
    """Turnover of the three receptors, and of mu outside the brain.

    Parameters
    ----------
    density : DensityState
        Receptor numbers.
    held : Occupancy
        Fractions held by the drug.
    away : Outside
        Fractions held outside the brain.
    p : ReceptorParameters
        Parameters.

    Returns
    -------
    DensityState
        Rate of each number.
    """
    return DensityState(
        mor=density_rate(density.mor, held.mor, p.umax_mor, p),
        dor=density_rate(density.dor, held.dor, p.umax_dor, p),
        kor=density_rate(density.kor, held.kor, p.umax_kor, p),
        periphery=density_rate(density.periphery, away.periphery, p.umax_mor, p),
        gut=density_rate(density.gut, away.gut, p.umax_mor, p),
    )
