"""What a small model shows at some times after some doses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ldnsim import EventTable, simulate
from ldnsim.models import Model

Array = NDArray[np.float64]


def looks(model: Model, *doses: dict[str, Any], times: Array, **columns: Any) -> dict[str, Array]:
    """Columns at times, for one subject; doses come before looks at the same time."""
    events: list[dict[str, Any]] = [{"ID": 1, "EVID": 1, **dose} for dose in doses]
    events += [{"ID": 1, "EVID": 0, "TIME": float(time), **columns} for time in times]
    events.sort(key=lambda row: float(row["TIME"]))
    names = dict.fromkeys(name for event in events for name in event)
    table = pd.DataFrame({name: [event.get(name, 0) for event in events] for name in names})
    rows = simulate(EventTable.of(table), model=model).rows()
    shown = rows[rows["EVID"] == 0]
    return {str(name): shown[name].to_numpy(dtype=float) for name in shown if name != "CMT"}
