"""Theophylline in four people: peak, area and half-life read off their levels, beside what was published.

Run ``python examples/theophylline.py`` to write ``theophylline.png``. On a logarithmic axis the end of a curve is a
straight line, and its slope is the half-life. The same analysis of a simulated dose gives back the half-life of the
model's slowest part.
"""

from __future__ import annotations

from math import log, sqrt
from pathlib import Path

import ldnsim as ldn

# the first of twelve people of R's data set Theoph, who swallowed about 320 mg (Boeckmann, Sheiner and Beal 1994)
LEVELS = {
    2: ([0, 0.27, 0.52, 1, 1.92, 3.5, 5.02, 7.03, 9, 12, 24.3],
        [0, 1.72, 7.91, 8.31, 8.33, 6.85, 6.08, 5.4, 4.55, 3.01, 0.9]),
    3: ([0, 0.27, 0.58, 1.02, 2.02, 3.62, 5.08, 7.07, 9, 12.15, 24.17],
        [0, 4.4, 6.9, 8.2, 7.8, 7.5, 6.2, 5.3, 4.9, 3.7, 1.05]),
    4: ([0, 0.35, 0.6, 1.07, 2.13, 3.5, 5.02, 7.02, 9.02, 11.98, 24.65],
        [0, 1.89, 4.6, 8.6, 8.38, 7.54, 6.88, 5.78, 5.33, 4.19, 1.15]),
    5: ([0, 0.3, 0.52, 1, 2.02, 3.5, 5.02, 7.02, 9.1, 12, 24.35],
        [0, 2.02, 5.63, 11.4, 9.33, 8.74, 7.56, 7.09, 5.9, 4.37, 1.57]),
}  # fmt: skip
CL, V1, Q, V2 = 3.0, 20.0, 2.0, 15.0


def main(folder: Path = Path()) -> dict[str, float]:
    """Draw the profiles, and give some of their numbers."""
    frame = {
        "subject": [who for who, (time, _) in LEVELS.items() for _ in time],
        "time [h]": [hour for time, _ in LEVELS.values() for hour in time],
        "conc [mg/L]": [level for _, levels in LEVELS.values() for level in levels],
    }
    found = ldn.nca(frame, by="subject", dose="320 mg")
    found.plot().savefig(folder / "theophylline.png")
    print(found)
    area, half_life, clearance = (found.table[name].tolist() for name in ("aucinf_obs", "half_life", "cl_obs"))
    drug = ldn.models.two_compartment(CL=CL, V1=V1, Q=Q, V2=V2, ka=1.5)
    simulated = ldn.simulate("320 mg at 08:00", model=drug, until=200).nca().table.iloc[0]
    total = CL / V1 + Q / V1 + Q / V2
    slowest = (total - sqrt(total**2 - 4 * CL / V1 * Q / V2)) / 2
    return {
        "area_of_subject_2": area[0],
        "half_life_of_subject_4": half_life[2],
        "clearance_of_subject_5": clearance[3],
        "simulated_half_life_over_that_of_the_slowest_part": float(simulated["half_life"]) * slowest / log(2),
    }


if __name__ == "__main__":
    main()
