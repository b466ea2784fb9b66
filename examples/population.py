"""How far people differ on the same dose, by the spread between people that the ledger has.

Run ``python examples/population.py`` to write ``population.png``, bands of plasma, blockade, rebound and inflammation,
and ``blockade_window.png``, for how many hours of the last day people are blocked. All under the popular account.
"""

from __future__ import annotations

from pathlib import Path

import ldnsim as ldn

PEOPLE = 200


def main(folder: Path = Path()) -> dict[str, float]:
    """Run the people, draw them, and give the hours blocked on the last day."""
    people = ldn.Population(PEOPLE, seed=1)
    run = ldn.simulate("4.5 mg at 22:00 daily for 7 days", population=people, step=0.5)
    run.plot()[0].figure.savefig(folder / "population.png")
    run.blockade_window().figure.savefig(folder / "blockade_window.png")
    hours = run.summary()["hours with mu at least half held"]
    nine_of_ten = f"{hours.low:.1f} to {hours.high:.1f} h in nine of ten people"
    print(f"half of mu receptors held {hours.median:.1f} h a day, {nine_of_ten}")
    return {"median": hours.median, "low": hours.low, "high": hours.high}


if __name__ == "__main__":
    main()
