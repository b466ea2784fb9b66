"""Starting low: 1.5, 3, then 4.5 mg in steps of two weeks, against 4.5 mg from the first night.

Run ``python examples/titration.py`` to write ``titration.png``, both overlaid, under the popular account. By the sixth
week it no longer matters how the dose was reached.
"""

from __future__ import annotations

from pathlib import Path

import ldnsim as ldn
from ldnsim.results.endpoints import hours_blocked, time_mean, window

STEPS = "1.5 mg at 22:00 for 2 weeks then 3 mg for 2 weeks then 4.5 mg for 2 weeks"
AT_ONCE = "4.5 mg at 22:00 daily for 6 weeks"
WEEK = 168.0


def main(folder: Path = Path()) -> dict[str, float]:
    """Run both, draw them, and give the hours blocked at the end of each step and the tone of the last week."""
    both = ldn.compare([STEPS, AT_ONCE], assumptions=["popular"])
    both.plot()[0].figure.savefig(folder / "titration.png")
    steps, at_once = both.runs.values()
    found = {}
    for week, mg in ((2, "1.5"), (4, "3"), (6, "4.5")):
        last_day = window(steps.data, week * WEEK - 24.0, week * WEEK)
        found[f"hours_blocked_at_{mg}_mg"] = hours_blocked(last_day)
        print(f"{mg:>4} mg: half of mu receptors held {found[f'hours_blocked_at_{mg}_mg']:.1f} h of 24")
    for name, run in (("steps", steps), ("at_once", at_once)):
        found[f"tone_{name}"] = time_mean(window(run.data, 5 * WEEK, 6 * WEEK), "tone")
    return found


if __name__ == "__main__":
    main()
