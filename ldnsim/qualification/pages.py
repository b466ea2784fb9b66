"""A qualification as a page: what is met and what is missed, by account and module, row by row."""

from __future__ import annotations

import base64
import html
import io
import math
import re
from typing import TYPE_CHECKING, Any

from .pictures import figures

if TYPE_CHECKING:
    import pandas as pd

    from .beside import Qualification

_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;font-size:12px}td,th{padding:2px 8px;border-bottom:1px solid #ddd;text-align:left}"
    "img{max-width:100%}.wide{overflow-x:auto}"
)
_DIGITS = 3
"""Significant digits of printed numbers."""
_LEAST, _MOST = 1e-3, 1e5
"""Between which numbers are printed; beyond them as ``<0.001``, because solvers do not tell them from nothing."""
_FARTHEST = 5
"""How many of the checked observations that are missed by most are named in words."""
_WORDS = (
    "Every observation of the ledger that the model can predict, beside its prediction. Fitted: a parameter behind the "
    "prediction was tuned to this observation. Same study: to another one of its source. Animals: seen in them, and "
    "predicted for people. Recalled: from memory, looked at and neither fitted nor checked. Checked: none of these, "
    "and only these count in the shares. In brackets: limits of the observation, or after ± its standard deviation "
    "(unless the note of the ledger says otherwise); of a prediction the 5th and 95th percentile of people. A research "
    "and teaching tool, not medical advice."
)


def to_markdown(found: Qualification, digits: int = _DIGITS) -> str:
    """The page as Markdown, without pictures.

    Parameters
    ----------
    found : Qualification
        What was predicted.
    digits : int
        Significant digits of the numbers.

    Returns
    -------
    str
        In words, shares by account and module, a table an account, and what is not predicted with the reason.
    """
    parts = ["# Qualification", _WORDS]
    for title, content in _sections(found, digits):
        parts += [f"## {title}", content if isinstance(content, str) else _table(content)]
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
    sections = [
        f"<h2>{html.escape(title)}</h2>{_items(content) if isinstance(content, str) else _html(content)}"
        for title, content in _sections(found, _DIGITS)
    ]
    for name, figure in figures(found.table).items():
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png", dpi=110)
        picture = base64.b64encode(drawn.getvalue()).decode()
        sections.insert(
            -1 - found.table["account"].nunique(),
            f'<h2>{html.escape(name.capitalize())}</h2><img alt="{name}" src="data:image/png;base64,{picture}">',
        )
    body = "\n".join([*parts, *sections])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Qualification of ldnsim</title>'
        f"<style>{_STYLE}</style><body>{body}</body></html>\n"
    )


def words(found: Qualification, digits: int = _DIGITS) -> str:
    """How much of what was checked is met under each account, and what is missed by most, a line each.

    Parameters
    ----------
    found : Qualification
        What was predicted.
    digits : int
        Significant digits of the numbers.

    Returns
    -------
    str
        Lines of Markdown.
    """
    lines: list[str] = []
    every: Any = found.shares(by=("account",)).set_index("account")
    for account, rows in found.table.groupby("account", sort=False):
        checked = rows[(rows["use"] == "checked") & rows["fold error"].notna()]
        if not len(checked):
            lines.append(f"- `{account}`: nothing was checked.")
            continue
        within = ", ".join(
            f"{_number(100 * float(every.at[account, name]), digits)} % {name}"
            for name in every
            if name != "observations"
        )
        farthest = checked.sort_values("fold error", ascending=False, kind="stable")[:_FARTHEST]
        missed = "; ".join(
            f"{row['observation']} ({row['metric']} of {row['drug']}, {row['given']}: "
            f"{_number(row['predicted'], digits)} for {_number(row['observed'], digits)}{_unit(row['unit'])})"
            for _, row in farthest.iterrows()
        )
        lines.append(f"- `{account}`: of {len(checked)} checked observations {within}. Farthest off: {missed}.")
    return "\n".join(lines)


def _sections(found: Qualification, digits: int) -> list[tuple[str, str | pd.DataFrame]]:
    """Titles, each with lines of a list or a table of texts; last a table an account and the reasons."""
    shares = found.shares()
    for name in shares.select_dtypes("float").columns:
        shares[name] = [f"{_number(100 * share, digits)} %" for share in shares[name]]
    sections: list[tuple[str, str | pd.DataFrame]] = [
        ("In words", words(found, digits)),
        ("Checked observations within some times of the prediction", shares.astype(str)),
    ]
    for account, rows in found.table.groupby("account", sort=False):
        sections.append((str(account), _shown(rows, digits)))
    reasons = "\n".join(f"- {name}: {why}." for name, why in sorted(found.others.items()))
    return [*sections, ("Not predicted", reasons)]


def _shown(rows: pd.DataFrame, digits: int) -> pd.DataFrame:
    """Rows of an account as texts."""

    def with_limits(row: Any, value: str, spread: str, low: str, high: str) -> str:
        text = _number(row[value], digits)
        if spread and not math.isnan(row[spread]):
            text += f" ± {_number(row[spread], digits)}"
        return text if math.isnan(row[low]) else f"{text} ({_number(row[low], digits)} to {_number(row[high], digits)})"

    shown = rows[["observation", "drug", "metric", "given", "unit"]].copy()
    for value, limits in {"observed": ("observed spread", "observed low", "observed high"),
                          "predicted": ("", "5 %", "95 %")}.items():  # fmt: skip
        shown[value] = [with_limits(row, value, *limits) for _, row in rows.iterrows()]
    shown["fold error"] = [_number(value, digits) for value in rows["fold error"]]
    return shown.join(rows[["use", "status", "weakest evidence", "source"]])


def _number(value: float, digits: int) -> str:
    """As decimals; what is nothing beside any observation, or off by more than anybody asks, as a limit."""
    size = abs(value)
    if math.isnan(value) or size == 0.0:
        return "-" if size else "0"
    if not _LEAST <= size <= _MOST:
        return f"<{_LEAST:g}" if size < _LEAST else f">{_MOST:g}"
    return f"{value:.{max(digits - 1 - math.floor(math.log10(size)), 0)}f}"


def _unit(unit: str) -> str:
    return "" if unit == "1" else f" {unit}"


def _items(lines: str) -> str:
    marked = (re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(line[2:])) for line in lines.splitlines())
    return "<ul>" + "".join(f"<li>{line}</li>" for line in marked) + "</ul>"


def _html(frame: pd.DataFrame) -> str:
    return f'<div class="wide">{frame.to_html(index=False, border=0)}</div>'


def _table(frame: pd.DataFrame) -> str:
    rows = [[str(value).replace("|", "/") for value in row] for row in frame.itertuples(index=False)]
    lines = [list(frame.columns), ["---"] * len(frame.columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
