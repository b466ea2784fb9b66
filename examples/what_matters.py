"""What matters most: which parameters decide how high naltrexone rises, and how long it blocks.

Run ``python examples/what_matters.py`` to write ``what_matters.png``. Bars on the right go from the low to the high end
of what the ledger's sources allow, one parameter at a time; elasticities on the left are percent of change per percent.
A peak is proportional to what is absorbed unchanged, hours are not: a level that falls exponentially stays above a
threshold for a time that goes with the logarithm of the dose.
"""

from __future__ import annotations

from pathlib import Path

import ldnsim as ldn

HOURS = "hours that count as blocked"


def main(folder: Path = Path()) -> dict[str, float]:
    """Draw the tornado, and give the elasticities to what passes the liver unchanged and to clearance."""
    names = ["pk.f", "pk.cl", "pk.ka", "receptors.fu", "receptors.kd", "receptors.koff", "mg"]
    found = ldn.elasticities(
        "4.5 mg at 22:00", ["ntx Cmax", HOURS], dict.fromkeys(names) | {"mg": (1.5, 6)}, until=24,
        engine="batch",
    )  # fmt: skip
    found.plot().savefig(folder / "what_matters.png")
    print(found)
    slopes = found.table.set_index(["parameter", "output"])["elasticity"].to_dict()
    return {
        "peak_to_share": slopes["pk.f", "ntx Cmax"],
        "peak_to_dose": slopes["mg", "ntx Cmax"],
        "hours_to_dose": slopes["mg", HOURS],
        "hours_to_affinity": slopes["receptors.kd", HOURS],
    }


if __name__ == "__main__":
    main()
