"""Capsule, drops under the tongue, vein: the same 4.5 mg by three routes.

Run ``python examples/formulations.py`` to write ``formulations.png``, naltrexone in plasma. A swallowed dose loses most
of itself in the liver before it reaches the blood. Kinetics alone, which both accounts share.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt

import ldnsim as ldn
from ldnsim.noncompartmental import exposure

ROUTES = {"capsule": "4.5 mg", "under the tongue": "4.5 mg sublingual", "vein": "4.5 mg iv"}


def main(folder: Path = Path()) -> dict[str, float]:
    """Draw the three, and give the bioavailability of the first two and the clearance, by areas under the curve."""
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    areas = {}
    for name, dose in ROUTES.items():
        run = ldn.simulate(f"{dose} at 22:00", until="7 d", at=["0:2:0.01"])
        plasma = run.data["plasma"].sel(analyte="ntx")
        time = plasma["time"].values
        axes.plot(time, plasma.values, label=name)
        areas[name] = exposure(time, plasma.values).auclast
        print(f"{name:16} AUC {areas[name]:.2f} ng*h/mL")
    axes.set(yscale="log", ylim=(1e-3, None), xlim=(0, 24), xlabel="Time after the dose [h]")
    axes.set_ylabel("Naltrexone in plasma [ng/mL]")
    axes.set_title("4.5 mg by three routes")
    about = f"Assumptions: {run.data.attrs['assumptions']}. Weakest evidence: {plasma.attrs['weakest_evidence_ntx']}."
    figure.supxlabel(about, fontsize="small")
    axes.legend()
    figure.savefig(folder / "formulations.png")
    return {
        "bioavailability_capsule": areas["capsule"] / areas["vein"],
        "bioavailability_sublingual": areas["under the tongue"] / areas["vein"],
        # mg of hydrochloride to ng of base, over ng*h/mL, to L/h
        "clearance": 4.5 * 341.4 / 377.9 * 1e6 / areas["vein"] / 1e3,
    }


if __name__ == "__main__":
    main()
