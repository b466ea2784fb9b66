"""A qualification as a page: what is met and what is missed, by account and module, row by row."""

from __future__ import annotations

import base64
import html
import io
import math
from typing import TYPE_CHECKING

from .pictures import figures

if TYPE_CHECKING:
    import pandas as pd

    from .beside import Qualification

_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;font-size:12px}td,th{padding:2px 8px;border-bottom:1px solid #ddd;text-align:left}"
    "img{max-width:100%}.wide{overflow-x:auto}"
)
_SHOWN = ("observation", "drug", "metric", "given", "unit", "observed", "predicted", "5 %", "95 %", "fold error", "use",
          "status", "weakest evidence", "source")  # fmt: skip
_WORDS = (
    "Every observation of the ledger that the model can predict, beside its prediction. Fitted: a parameter behind the "
    "prediction was tuned to this observation. Same study: to another one of its source. Animals: seen in them, and "
    "predicted for people. Recalled: from memory, looked at and neither fitted nor checked. Checked: none of these. A "
    "research and teaching tool, not medical advice."
)


def to_markdown(found: Qualification) -> str:
    """The page as Markdown, without pictures.

    Parameters
    ----------
    found : Qualification
        What was predicted.

    Returns
    -------
    str
        Shares by account and module, a table an account, and what is not predicted with the reason.
    """
    parts = ["# Qualification", _WORDS, "## Checked observations within some times of the prediction"]
    parts.append(_table(found.shares()))
    for account, rows in found.table.groupby("account", sort=False):
        parts += [f"## {account}", _table(rows[list(_SHOWN)])]
    parts += ["## Not predicted", "\n".join(f"- {name}: {why}." for name, why in sorted(found.others.items()))]
    return "\n\n".join(parts) + "\n"


def to_html(found: Qualification) -> str:
    """The page as one HTML file that needs nothing else.

    Parameters
    ----------
    found : Qualification
        What was predicted.

    Returns
    -------
    str
        The same as in Markdown, with pictures.
    """
    parts = [f"<h1>Qualification</h1><p>{_WORDS}</p>"]
    parts.append("<h2>Checked observations within some times of the prediction</h2>" + _html(found.shares()))
    for name, figure in figures(found.table).items():
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png", dpi=110)
        picture = base64.b64encode(drawn.getvalue()).decode()
        parts.append(
            f'<h2>{html.escape(name.capitalize())}</h2><img alt="{name}" src="data:image/png;base64,{picture}">'
        )
    for account, rows in found.table.groupby("account", sort=False):
        parts.append(f'<h2>{html.escape(str(account))}</h2><div class="wide">{_html(rows[list(_SHOWN)])}</div>')
    reasons = "".join(f"<li>{name}: {html.escape(why)}</li>" for name, why in sorted(found.others.items()))
    parts.append(f"<h2>Not predicted</h2><ul>{reasons}</ul>")
    body = "\n".join(parts)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Qualification of ldnsim</title>'
        f"<style>{_STYLE}</style><body>{body}</body></html>\n"
    )


def _html(frame: pd.DataFrame) -> str:
    text: str = frame.to_html(index=False, border=0, na_rep="-", float_format=lambda value: f"{value:.3g}")
    return text


def _table(frame: pd.DataFrame) -> str:
    rows = frame.itertuples(index=False)
    names = list(frame.columns)

    def cell(value: object) -> str:
        return (
            ("-" if math.isnan(value) else f"{value:.3g}") if isinstance(value, float) else str(value).replace("|", "/")
        )

    lines = [names, ["---"] * len(names), *([cell(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
