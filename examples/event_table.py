"""An event table as pharmacometrics writes it: steady state, a missed dose, and a loading infusion in one file.

Run ``python examples/event_table.py`` to write ``event_table.csv`` and ``event_table.png``.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt

import ldnsim as ldn

TABLE = """\
ID,TIME,EVID,AMT,RATE,II,ADDL,SS,CMT,ARM
1,0,1,100,0,12,5,1,depot,steady state
1,0,0,.,.,.,.,.,central,steady state
1,12,0,.,.,.,.,.,central,steady state
2,0,1,60,30,0,0,0,central,infusion then oral
2,2,1,100,0,12,4,0,depot,infusion then oral
2,12,0,.,.,.,.,.,central,infusion then oral
2,72,0,.,.,.,.,.,central,infusion then oral
"""


def main(folder: Path = Path()) -> dict[str, float]:
    """Write the table, read it, run it through one compartment, and draw both subjects."""
    path = folder / "event_table.csv"
    path.write_text(TABLE)
    model = ldn.models.one_compartment(CL=2, V=20, ka=1.2, F={"depot": 0.8}, lag={"depot": 0.5})
    run = ldn.simulate(ldn.EventTable.read(path), model=model, until=72.0)
    rows = run.rows()
    print(rows[["ID", "TIME", "CMT", "C_central", "TAD", "ARM"]].to_string(index=False))
    _, panels = plt.subplots(2, 1, figsize=(7, 7), layout="constrained", sharex=True)
    for subject, panel in zip((1, 2), panels, strict=True):
        run.plot(subject, panel)
    panels[0].figure.savefig(folder / "event_table.png")
    return {
        "trough_at_steady_state": float(rows["C_central"][1]),
        "same_trough_before": float(rows["C_central"][0]),
        "residual": run.residual,
    }


if __name__ == "__main__":
    main()
