"""A study as a data file: sixty people, five samples each, as NONMEM reads them, and read back.

Run ``python examples/data_file.py`` to write ``data_file.csv`` and ``data_file.png``. The file holds what was given and
what a laboratory would report; read back, the same people who take what it says have the same levels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import ldnsim as ldn

MODEL = ldn.models.one_compartment(CL=2, V=20, ka=1.2)
PEOPLE = ldn.Population(60, seed=1, variability={"CL": ldn.LogNormal(cv=0.3), "V": ldn.LogNormal(cv=0.2)})
TIMES = [1, 2, 6, 25, 40]


def main(folder: Path = Path()) -> dict[str, float]:
    """Write the file and its picture, and read it back."""
    run = ldn.simulate("100 mg at 08:00 daily for 2 days", model=MODEL, population=PEOPLE, step=1)
    data = ldn.nonmem_data(run, at=TIMES, residual=ldn.LogNormal(cv=0.15), seed=2)
    data.to_csv(folder / "data_file.csv")
    print(data.control("data_file.csv"))
    table = ldn.EventTable.read(folder / "data_file.csv")
    again = ldn.simulate(table, model=MODEL, population=PEOPLE).rows()
    true = ldn.nonmem_data(run, at=TIMES).table.query("MDV == 0")["DV"].to_numpy()
    data.plot().savefig(folder / "data_file.png")
    return {
        "rows": float(len(data.table)),
        "largest_difference": float(np.abs(again["IPRED"].to_numpy() / true - 1).max()),
        "spread_of_errors": float(np.log(again["DV"].to_numpy() / again["IPRED"].to_numpy()).std()),
    }


if __name__ == "__main__":
    main()
