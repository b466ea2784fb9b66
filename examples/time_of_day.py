"""Bedtime or breakfast: the same 4.5 mg at 22:00 and at 08:00.

Run ``python examples/time_of_day.py`` to write ``time_of_day.png``, when mu receptors are held on a day in the second
week, under the popular account. The blockade is as long at either time; what moves is where on the clock it falls.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt

import ldnsim as ldn
from ldnsim import plots
from ldnsim.results.endpoints import window

NIGHT = "22:00-06:00"


def main(folder: Path = Path()) -> dict[str, float]:
    """Draw both, and give the hours blocked and the share of them that falls in the night, 22:00 to 06:00."""
    runs = {clock: ldn.simulate(f"4.5 mg at {clock} daily for 14 days") for clock in ("22:00", "08:00")}
    figure, axes = plt.subplots(2, 1, figsize=(8, 7), layout="constrained")
    found = {}
    for panel, (clock, run) in zip(axes, runs.items(), strict=True):
        day = window(run.data, 12 * 24.0, 13 * 24.0)
        plots.blockade(day, panel)
        panel.set_title(f"{panel.get_title('left')}, taken at {clock}", loc="left")
        hours = ldn.windows(day, clock={"night": NIGHT}).people.iloc[0]
        name = clock.replace(":00", "")
        found[f"hours_{name}"] = hours["hours [h]"]
        found[f"night_share_{name}"] = hours[f"in night {NIGHT} [h]"] / hours["hours [h]"]
        print(f"{clock}: {found[f'hours_{name}']:.1f} h, {found[f'night_share_{name}']:.0%} of it at night")
    weakest = day["occupancy"].attrs["weakest_evidence_mor"]
    about = f"Assumptions: {run.data.attrs['assumptions']}. Weakest evidence: {weakest}."
    figure.supxlabel(about, fontsize="small")
    figure.savefig(folder / "time_of_day.png")
    return found


if __name__ == "__main__":
    main()
