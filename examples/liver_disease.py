"""A liver that takes less: the same 4.5 mg in decompensated cirrhosis (Child-Pugh C) and in health.

Run ``python examples/liver_disease.py`` to write ``liver_disease.png``, plasma and bands of 60 people each, under the
popular account. More of a swallowed dose passes the liver unchanged, and less is cleared, so that it blocks for longer.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt

import ldnsim as ldn
from ldnsim.plots import population_plots

PEOPLE = 60


def main(folder: Path = Path()) -> dict[str, float]:
    """Draw both groups, and give the median hours blocked and how many times the exposure rises."""
    figure, axes = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
    found, peaks = {}, {}
    for panel, (name, covariates) in zip(axes, {"healthy": {}, "child_pugh_c": {"liver": "C"}}.items(), strict=True):
        people = ldn.Population(PEOPLE, seed=1, covariates=covariates)
        run = ldn.simulate("4.5 mg at 22:00 daily for 3 days", population=people, step=0.25)
        population_plots.bands(run.data, "plasma", panel, analyte="ntx")
        panel.set(yscale="log", ylim=(0.003, 30))
        panel.set_title(f"{panel.get_title('left')}, {name.replace('_', ' ')}", loc="left")
        found[f"hours_{name}"] = run.summary()["hours with mu at least half held"].median
        peaks[name] = float(run.data["plasma"].sel(analyte="ntx").max("time").median())
        print(f"{name}: half of mu receptors held {found[f'hours_{name}']:.1f} h a day, peak {peaks[name]:.2f} ng/mL")
    weakest = run.data["plasma"].attrs["weakest_evidence_ntx"]
    about = f"Assumptions: {run.data.attrs['assumptions']}. Weakest evidence: {weakest}."
    figure.supxlabel(about, fontsize="small")
    figure.savefig(folder / "liver_disease.png")
    return {**found, "times_the_peak": peaks["child_pugh_c"] / peaks["healthy"]}


if __name__ == "__main__":
    main()
