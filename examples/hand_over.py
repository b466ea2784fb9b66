"""A model handed over to another tool: four weeks of nights as SBML, read back by hand.

Run ``python examples/hand_over.py`` to write ``hand_over.xml`` and ``hand_over.png``. COPASI, Tellurium and others open
the file. Where libRoadRunner is installed (``python -m pip install libroadrunner``) its curve is drawn as dots upon
that of ldnsim.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np

import ldnsim as ldn

SBML = "{http://www.sbml.org/sbml/level3/version2/core}"
HOURS = np.arange(1.0, 72.0, 2.0)


def main(folder: Path = Path()) -> dict[str, float]:
    """Write the file, add up the doses that it holds, and draw the level that it should show."""
    path = folder / "hand_over.xml"
    found = ldn.export("4.5 mg at 22:00 daily for 28 days", path, until="3 days", step=0.25)
    print(found)
    print(found.table.query("kind == 'parameter'")[["name", "value", "unit", "status"]].head().to_string(index=False))
    model = ElementTree.parse(path).getroot()[0]
    written = model.iter(SBML + "parameter")
    values = {one.attrib["id"]: float(one.attrib["value"]) for one in written if "value" in one.attrib}
    nights = round((values["dose_1_end"] - values["dose_1_time"]) / values["dose_1_interval"] + 0.5)
    nanomoles = nights * (values["dose_1_levo_depot"] + values["dose_1_dextro_depot"])
    (run,) = found.runs
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    levels = run.data.plasma.sel(analyte="ntx")
    axes.plot(run.data.time, levels, label="ldnsim")
    if find_spec("roadrunner"):
        import roadrunner

        runner = roadrunner.RoadRunner(str(path))
        runner.timeCourseSelections = ["plasma_ntx"]
        seen = np.array(runner.simulate(times=[0.0, *HOURS]))[1:, 0]
        axes.plot(HOURS, seen, ".", label="libRoadRunner, from the file")
    axes.set(xlabel="Time [h]", ylabel="Naltrexone in plasma [ng/mL]", title="4.5 mg every night, handed over as SBML")
    figure.legend(loc="outside lower center", ncols=2)
    figure.savefig(folder / "hand_over.png")
    return {
        "events": float(len([*model.iter(SBML + "event")])),
        "mg_in_the_file": nanomoles * run.parameters["dose.mw_hcl"].value / 1e6,
    }


if __name__ == "__main__":
    main()
