"""A figure for print: two panels, one column wide, in grey, with measured points.

Run ``python examples/report_figure.py`` to write ``report_figure.png``.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt

import ldnsim as ldn

MEASURED = {
    "time": [1.0, 2.0, 4.0, 8.0],
    "plasma_ntx [ug/L]": [1.1, 0.9, 0.5, 0.1],  # made up, to show where points go
}


def main(folder: Path = Path()) -> dict[str, float]:
    """Draw a night with points over it as a journal prints it, and give what was drawn."""
    run = ldn.simulate("4.5 mg at 22:00", until=24)
    with plt.rc_context({"font.size": 8}):
        panels = run.plot(
            panels=["plasma", "occupancy_mor"], width="column", colors="grey", points=MEASURED, footer="short"
        )
    figure = panels[0].figure
    figure.savefig(folder / "report_figure.png", dpi=200)
    (points,) = [line for line in panels[0].lines if line.get_marker() == "D"]
    width, height = figure.get_size_inches()
    return {"width_in": width, "height_in": height, "points": len(points.get_xdata())}


if __name__ == "__main__":
    main()
