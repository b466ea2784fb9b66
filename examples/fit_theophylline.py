"""Theophylline in twelve people, fitted one by one, with what R's `nls` finds of the same data.

The levels are those of Boeckmann, Sheiner and Beal (NONMEM Users Guide Part V, 1994), doses in mg/kg, as R has them in
`Theoph`. Run ``python examples/fit_theophylline.py`` to write ``fit_theophylline.png``.
"""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

import ldnsim as ldn

DATA = Path(__file__).parents[1] / "tests" / "data"


def main(folder: Path = Path()) -> dict[str, float]:
    """Read, fit, draw."""
    names = {"Subject": "ID", "Time": "TIME", "conc": "DV", "Dose": "AMT"}
    samples = pd.read_csv(DATA / "theoph.csv").rename(columns=names).assign(EVID=0, AMT=0.0)
    doses = pd.read_csv(DATA / "theoph_doses.csv").rename(columns=names).drop(columns="Wt").assign(EVID=1, TIME=0.0)
    rows = pd.concat([doses, samples]).sort_values(["ID", "TIME", "EVID"], ascending=[True, True, False])
    # mg/kg over L/kg is mg/L
    model = ldn.models.one_compartment(CL=0.04, V=0.5, ka=1.5)
    found = ldn.fit(rows, model=model, parameters=["CL", "V", "ka"], unit="mg/L")
    print(found)
    found.plot().savefig(folder / "fit_theophylline.png")
    four = found.estimates.set_index("ID").loc[4].to_dict()
    return {
        "log_ke_of_subject_4": math.log(four["CL"] / four["V"]),
        "log_ka_of_subject_4": math.log(four["ka"]),
        "residual_standard_error": math.sqrt((found.residuals["residual"] ** 2).sum() / (132 - 36)),
    }


if __name__ == "__main__":
    main()
