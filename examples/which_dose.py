"""Which dose, when, how often, in which steps: from a wish to a regimen.

Run ``python examples/which_dose.py`` to write ``dose.png`` (two doses leave the same net tone, because less is more),
``each_dose.png`` (the dose of each of some people for one level), ``interval.png`` (the interval for a trough),
``ladder.png`` (steps by which the highest level rises evenly) and ``front.png`` (blockade against rebound). Everything
that is handed out was simulated afresh.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import ldnsim as ldn

DRUG = ldn.models.one_compartment(CL=2, V=20)


def trough(data: Any) -> Any:
    """Level at the end of the last interval."""
    return data["C_central"].isel(time=-1)


def main(folder: Path = Path()) -> dict[str, float]:
    """Find doses, an interval, steps and compromises, and draw each."""
    # the engine that needs no compiler, so that this is quick anywhere
    quick: dict[str, Any] = {"engine": "batch", "step": 1}
    nights = "4.5 mg at 22:00 daily for 4 days"
    dose = ldn.find_dose(nights, "net opioid tone, mean", 1.03, between=(0.1, 50), **quick)
    print(dose)
    dose.plot().savefig(folder / "dose.png")

    clearance = np.geomspace(0.5, 8, 40)
    people = ldn.Individuals.of({"CL": clearance})
    bolus = ldn.Regimen(100, route="intravenous")
    six = {"level at 6 h": lambda data: data["C_central"].drop_duplicates("time", keep="last").sel(time=6.0)}
    each = ldn.find_dose(bolus, six, 1.0, model=DRUG, population=people)
    each.plot().savefig(folder / "each_dose.png")

    plan = ldn.Regimen(100, every="12 h", doses=2, route="intravenous")
    interval = ldn.best_interval(plan, trough, 1.0, model=DRUG, start="steady-state", step=1)
    interval.plot().savefig(folder / "interval.png")

    ladder = ldn.find_ladder(
        "100 mg", "C_central Cmax", rise=2, by="10 mg", every="2 days", route="intravenous", model=DRUG, step=1
    )
    print(ladder.table.round(3))
    ladder.plot().savefig(folder / "ladder.png")

    wanted = ["hours that count as blocked", "net opioid tone, mean"]
    front = ldn.pareto(nights, wanted, doses=[0.3, 0.5, 0.8, 1, 1.5, 2, 3, 4.5, 9], **quick)
    front.plot().savefig(folder / "front.png")
    return {
        "error_of_the_smaller_dose": float(dose.table["error"].iloc[0]),
        "doses_for_one_tone": float(len(dose.doses)),
        "dose_of_the_first": float(each.doses[0]),
        "interval_h": interval.interval,
        "first_step_mg": float(ladder.table["dose [mg]"].iloc[0]),
        "front_ends_below_mg": float(front.front["dose [mg]"].max()),
    }


if __name__ == "__main__":
    main()
