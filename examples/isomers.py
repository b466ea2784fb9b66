"""Two mirror images: what the levo and the dextro half of a capsule do.

Run ``python examples/isomers.py`` to write ``isomers.png``: 4.5 mg as the racemate and as the levo isomer alone,
otherwise under the popular account. Blockade and rebound are the same, because the binding constant is solved for 5 h
of blockade under either choice (CK001, CK002). What goes with the dextro half is the TLR4 effect, whose size is tuned.
"""

from __future__ import annotations

from pathlib import Path

import ldnsim as ldn

REGIMEN = "4.5 mg at 22:00 daily for 28 days"


def main(folder: Path = Path()) -> dict[str, float]:
    """Draw both, and give the hours blocked and the TLR4 inhibition of each."""
    both = ldn.compare(REGIMEN, assumptions=[ldn.Assumptions(), ldn.Assumptions(isomers="levo")])
    both.plot()[0].figure.savefig(folder / "isomers.png")
    found = {}
    for name, run in zip(("racemic", "levo"), both.runs.values(), strict=True):
        summary = run.summary()
        found[f"hours_blocked_{name}"] = summary["hours with mu at least half held"][-1]
        found[f"tlr4_inhibition_{name}"] = summary["TLR4 inhibition, mean"][-1]
        plasma = run.data["concentration"].sel(isomer="dextro", analyte="ntx")
        found[f"dextro_share_{name}"] = float(plasma.max() / (plasma.max() + _levo(run)))
    print(both.summary().round(3).to_string())
    return found


def _levo(run: ldn.Simulation | ldn.PopulationRun) -> float:
    return float(run.data["concentration"].sel(isomer="levo", analyte="ntx").max())


if __name__ == "__main__":
    main()
