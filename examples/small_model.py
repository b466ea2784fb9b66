"""A model of one's own choice: an infusion over two hours into two compartments, beside its closed form.

Run ``python examples/small_model.py`` to write ``small_model.png``. After the infusion the curve is the sum of two
exponentials, which is how two compartments are recognised in data: a fast fall, then a slow one.
"""

from __future__ import annotations

from math import exp, sqrt
from pathlib import Path

import ldnsim as ldn

CL, V1, Q, V2 = 5.0, 10.0, 4.0, 20.0
RATE, HOURS = 50.0, 2.0


def closed_form(time: float) -> float:
    """Concentration after the infusion, from the two rates of the matrix."""
    k10, k12, k21 = CL / V1, Q / V1, Q / V2
    total = k10 + k12 + k21
    spread = sqrt(total * total - 4 * k10 * k21)
    fast, slow = (total + spread) / 2, (total - spread) / 2
    parts = (((fast - k21) / (fast - slow), fast), ((k21 - slow) / (fast - slow), slow))
    return sum(RATE / V1 * a / k * (1 - exp(-k * HOURS)) * exp(-k * (time - HOURS)) for a, k in parts)


def main(folder: Path = Path()) -> dict[str, float]:
    """Draw the curve, and give two concentrations as shares of the closed form."""
    table = ldn.EventTable.of(
        {"ID": [1, 1, 1, 1], "TIME": [0, 3, 12, 24], "AMT": [RATE * HOURS, 0, 0, 0], "RATE": [RATE, 0, 0, 0]}
        | {"EVID": [1, 0, 0, 0]}
    )
    run = ldn.simulate(table, model=ldn.models.two_compartment(CL=CL, V1=V1, Q=Q, V2=V2))
    run.plot(1).figure.savefig(folder / "small_model.png")
    rows = run.rows().set_index("TIME")["C_central"]
    print(rows)
    return {f"share_at_{hour}_h": float(rows[hour]) / closed_form(hour) for hour in (3, 12, 24)}


if __name__ == "__main__":
    main()
