"""Answers instead of curves: how long a night is blocked, when a dose is repaid, and when the drug is gone.

Run ``python examples/answers.py`` to write ``answers_windows.png`` (two weeks of 4.5 mg by clock and day),
``answers_rebound.png`` (what one dose costs, and when its rebound has repaid it) and ``answers_washout.png`` (how long
after three days of 50 mg people still have a tenth of their mu receptors held, under both accounts).
"""

from __future__ import annotations

from pathlib import Path

import ldnsim as ldn


def main(folder: Path = Path()) -> dict[str, float]:
    """Ask all three, draw the answers, and give their headline numbers."""
    windows = ldn.windows(ldn.simulate("4.5 mg at 22:00 daily for 14 days", step=0.25))
    windows.plot().savefig(folder / "answers_windows.png")
    rebound = ldn.rebound(ldn.simulate("4.5 mg at 22:00", until="4 days", step=0.25))
    rebound.plot().savefig(folder / "answers_rebound.png")
    washout = ldn.washout("50 mg at 22:00 daily for 3 days", below="10 %", population=80, engine="batch")
    washout.plot().savefig(folder / "answers_washout.png")
    for answer in (windows, rebound, washout):
        print(answer)
    night, account, gone = windows.people.iloc[0], rebound.table.iloc[0], washout.table.set_index("account")
    return {
        "hours_a_day": night["hours a day [h]"],
        "share_in_sleep": night["in sleep 23:00-07:00 [h]"] / night["hours [h]"],
        "break_even_h": account["break-even [h]"],
        "days_popular": gone["days"]["popular"],
        "days_measured": gone["days"]["measured"],
        "median_days_measured": gone["median"]["measured"] / 24,
    }


if __name__ == "__main__":
    main()
