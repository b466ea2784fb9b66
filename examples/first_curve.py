"""First curve: one 4.5 mg dose at bedtime, and what follows from it.

Run ``python examples/first_curve.py`` to write ``first_curve.png``.
"""

from __future__ import annotations

from pathlib import Path

import ldnsim as ldn


def main(folder: Path = Path()) -> dict[str, float]:
    """Simulate one dose, draw it, and give the numbers that the picture shows."""
    run = ldn.simulate("4.5 mg at 22:00")
    run.plot()[0].figure.savefig(folder / "first_curve.png")
    summary = run.summary()
    print(summary)
    return {
        "cmax_ng_per_mL": summary["ntx Cmax"][0],
        "hours_blocked": summary["hours with mu at least half held"][0],
        "highest_peptide": summary["beta-endorphin, highest"][0],
    }


if __name__ == "__main__":
    main()
