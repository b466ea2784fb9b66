"""Real life: what missed and late doses do to six weeks of 4.5 mg nightly.

Run ``python examples/missed_nights.py`` to write ``missed_nights.png``: the plan, the same with a fifth of the doses
missed and the others late, and one who takes the dose only where fewer than 3 % of receptors are still held.
All under the popular account.
"""

from __future__ import annotations

from pathlib import Path

import ldnsim as ldn
from ldnsim.results.endpoints import time_mean, window

WEEKS = 6


def main(folder: Path = Path()) -> dict[str, float]:
    """Run the three, draw the second, and give the share of doses taken and the tone of the last two weeks."""
    plan = ldn.Regimen.parse(f"4.5 mg at 22:00 daily for {WEEKS} weeks").on("2026-01-05")
    lived = plan.miss(0.2, seed=1).late(sd="45 min", seed=1)
    runs = {
        "planned": ldn.simulate(plan, step=0.25),
        "lived": ldn.simulate(lived, step=0.25),
        "decided": ldn.simulate(plan, step=0.25, decide=lambda now: None if now["occupancy_mor"] < 0.03 else 0.0),
    }
    runs["lived"].plot()[0].figure.savefig(folder / "missed_nights.png")
    found = {"share_taken": len(lived.dosing()) / len(plan.dosing())}
    for name, run in runs.items():
        end = WEEKS * 7 * 24.0
        found[f"tone_{name}"] = time_mean(window(run.data, end - 14 * 24.0, end), "tone")
        print(f"{name:8} {len(run.data.attrs['dose_time'])} doses, net tone {found[f'tone_{name}']:.3f}")
    return found


if __name__ == "__main__":
    main()
