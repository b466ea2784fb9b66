"""Why less is more: a low dose lets the rebound show, a full dose blocks it all day.

Run ``python examples/less_is_more.py`` to write ``less_is_more.png`` (4.5 mg against 50 mg)
and ``inverted_u.png`` (net tone against dose). Both show the popular account; under the
measured one the inverted U vanishes, which the last number shows.
"""

from __future__ import annotations

from pathlib import Path

import ldnsim as ldn

DOSES = (0.5, 1.5, 3.0, 4.5, 9.0, 16.0, 50.0)


def main(folder: Path = Path()) -> dict[str, float]:
    """Compare two doses, draw the dose-response, and give the best dose under each account."""
    pair = ldn.compare(
        ["4.5 mg at 22:00 daily for 42 days", "50 mg at 22:00 daily for 42 days"], assumptions=["popular"]
    )
    pair.plot()[0].figure.savefig(folder / "less_is_more.png")
    popular = ldn.dose_response(DOSES)
    popular.plot().figure.savefig(folder / "inverted_u.png")
    measured = ldn.dose_response(DOSES, assumptions="measured")
    tone = popular.data["tone"]
    print(popular.data.to_dataframe().round(2))
    return {
        "best_dose_mg": float(tone["dose"][int(tone.values.argmax())]),
        "tone_at_best_dose": float(tone.max()),
        "tone_at_50_mg": float(tone.sel(dose=50.0)),
        "best_tone_measured": float(measured.data["tone"].max()),
    }


if __name__ == "__main__":
    main()
