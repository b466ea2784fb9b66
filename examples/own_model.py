"""A model of one's own: elimination that saturates, written from its equations to its picture.

Run ``python examples/own_model.py`` to write ``own_model.png``. The numbers are made up. At low amounts the decline is
exponential, as with a constant clearance; at high ones the same milligrams leave every hour, so that double
the dose stays more than double as long.
"""

from __future__ import annotations

from math import log
from pathlib import Path
from typing import NamedTuple

import ldnsim as ldn
from ldnsim.models import Clock, Compartment, Inlet, Model, System

VMAX, KM, V = 10.0, 40.0, 20.0
DOSES = {"low": 50.0, "high": 500.0}


class Drug(NamedTuple):
    """The drug in the body.

    Attributes
    ----------
    central : float
        Amount [mg].
    """

    central: float


class State(NamedTuple):
    """All that changes over time: one or several components."""

    drug: Drug


class Levels(NamedTuple):
    """What is seen of a state.

    Attributes
    ----------
    plasma : float
        Concentration [mg/L].
    """

    plasma: float


class Parameters(NamedTuple):
    """What does not change: the fastest elimination [mg/h], the amount at half of it [mg], the volume [L]."""

    vmax: float
    km: float
    v: float


def rates(state: State, p: Parameters, _clock: Clock) -> State:
    """Rate of each state [mg/h]."""
    held = state.drug.central
    return State(Drug(-p.vmax * held / (p.km + held)))


def levels(state: State, p: Parameters, _clock: Clock) -> Levels:
    """What is seen."""
    return Levels(state.drug.central / p.v)


MODEL = Model(
    name="saturable",
    system=System(State, rates, levels),
    fill=lambda _covariates: Parameters(VMAX, KM, V),
    initial=[0.0],
    compartments=(Compartment("central", states=(0,), inlets=(Inlet(state=0, share=1.0, lag=0.0),)),),
    dose="central",
    observe="central",
    predicted={"central": "C_plasma"},
)
"""Not declared ``linear=True``, which it is not: it is integrated, never taken for a sum of its doses."""


def main(folder: Path = Path()) -> dict[str, float]:
    """Draw both doses, and say how well the amounts left fit the equation that time and amount obey."""
    table = ldn.EventTable.of(
        {
            "ID": [name for name in DOSES for _ in range(2)],
            "TIME": [0, 48] * 2,
            "AMT": [amount for dose in DOSES.values() for amount in (dose, 0)],
            "EVID": [1, 0] * 2,
        }
    )
    run = ldn.simulate(table, model=MODEL, step=0.5)
    axes = run.plot(list(DOSES))
    axes.set_ylabel("Plasma [mg/L]")
    axes.figure.savefig(folder / "own_model.png")
    left = run.rows().set_index("ID")["C_plasma"] * V
    print(left)
    # km ln(dose / amount) + dose - amount = vmax * time
    return {
        f"hours_by_hand_{name}": (KM * log(dose / left[name]) + dose - left[name]) / VMAX
        for name, dose in DOSES.items()
    }


if __name__ == "__main__":
    main()
