"""The popular account against human measurements, for the same night.

Run ``python examples/popular_or_measured.py`` to write ``popular_or_measured.png``.
"""

from __future__ import annotations

from pathlib import Path

import ldnsim as ldn
from ldnsim.results.endpoints import half_time


def main(folder: Path = Path()) -> dict[str, float]:
    """Draw both accounts and give where they differ most."""
    both = ldn.compare("4.5 mg at 22:00 daily for 28 days")
    both.plot()[0].figure.savefig(folder / "popular_or_measured.png")
    print(both.summary().round(3).to_string())
    hours = "hours with mu at least half held"
    full_dose = ldn.simulate("50 mg at 08:00", assumptions="measured", until="12 d", step=0.5)
    return {
        "hours_blocked_popular": both.runs["popular"].summary()[hours][-1],
        "hours_blocked_measured": both.runs["measured"].summary()[hours][-1],
        "tlr4_inhibition_measured": both.runs["measured"].summary()["TLR4 inhibition, highest"][-1],
        "half_time_after_50_mg": half_time(full_dose.data),
    }


if __name__ == "__main__":
    main()
