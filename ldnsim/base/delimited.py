"""Tables as text: what stands between cells and before decimals, as spreadsheets of a country read it."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any, Literal

from .errors import InputError
from .reading import NUMBER, choice

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = (",", ";", "\t")
"""What may stand between cells."""

POINT, COMMA = ".", ","
"""What may stand before decimals."""

_POINTED = re.compile(rf"[<>]?=?\s*{NUMBER}")
"""A number, or a limit as measurements have it."""


def check_separators(sep: object, decimal: object) -> tuple[str, str]:
    """What stands between cells and before decimals, or a refusal.

    Parameters
    ----------
    sep : str
        Between cells: ``","``, ``";"`` or a tab.
    decimal : str
        Before decimals: ``"."`` or ``","``.

    Returns
    -------
    sep, decimal : str
        Both.

    Raises
    ------
    InputError
        If one is something else, or both are a comma.
    """
    if not isinstance(sep, str) or sep not in SEPARATORS:
        raise InputError("sep", sep, "',', ';' or a tab between cells")
    choice("decimal", decimal, (POINT, COMMA))
    if sep == decimal:
        raise InputError("sep", sep, "';' or a tab beside decimal=','")
    return sep, str(decimal)


def delimited(
    frame: pd.DataFrame,
    sep: str = ",",
    decimal: str = POINT,
    *,
    header: list[str] | Literal[True] = True,
    float_format: str | None = None,
    quoting: Literal[0, 2] = 0,
    line_end: str = "\n",
) -> str:
    r"""A frame without its index as the text of a file; the one place that writes such texts.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    sep, decimal : str
        As `check_separators` takes them.
    header : list of str or True
        Names of the columns; those of the frame by default.
    float_format : str, optional
        Of columns of floats, such as ``"%.7g"``.
    quoting : {0, 2}
        Quotes where they are needed, or around everything but numbers.
    line_end : str
        At the end of each line.

    Returns
    -------
    str
        The text.

    Raises
    ------
    InputError
        If separators cannot be used.

    Examples
    --------
    >>> import pandas as pd
    >>> delimited(pd.DataFrame({"TIME": [0.5, 1.0], "DV": ["<0.05", "2,5 or so"]}), sep=";", decimal=",")
    'TIME;DV\n0,5;<0,05\n1,0;2,5 or so\n'
    """
    check_separators(sep, decimal)
    if decimal == COMMA:
        from pandas.api.types import is_numeric_dtype

        # pandas sees to columns of floats alone
        mixed = {name: frame[name].map(_with_comma) for name in frame if not is_numeric_dtype(frame[name])}
        frame = frame.assign(**{str(name): cells for name, cells in mixed.items()})
    elif quoting == csv.QUOTE_MINIMAL and float_format is not None:
        columns = [_column(values, sep, float_format) for _, values in frame.items()]
        if len(columns) > 1 and all(columns) and (header is not True or all(isinstance(name, str) for name in frame)):
            known = [one for one in columns if one is not None]
            names = map(str, frame.columns) if header is True else header
            line = sep.join(form for form, _ in known) + line_end
            rows = zip(*(cells for _, cells in known), strict=True)
            return sep.join(_cell(name, sep) for name in names) + line_end + "".join([line % row for row in rows])
    return str(
        frame.to_csv(
            index=False, header=header, sep=sep, decimal=decimal, float_format=float_format, quoting=quoting,
            lineterminator=line_end,
        )
    )  # fmt: skip


def _column(values: pd.Series[Any], sep: str, form: str) -> tuple[str, list[Any]] | None:
    """How the cells of a column are written, and the cells; None where only pandas knows.

    pandas gives the same bytes in four times as long, because it goes from cell to cell.
    """
    import numpy as np

    kind, cells = values.dtype.kind, values.tolist()
    if kind == "f" and values.notna().all():
        return form, cells
    if kind in "iu" and isinstance(values.dtype, np.dtype):
        return "%d", cells
    if kind == "O" and cells and all(isinstance(cell, str) for cell in cells):
        as_cell = {text: _cell(text, sep) for text in set(cells)}
        return "%s", [as_cell[text] for text in cells]
    return None


def _cell(text: str, sep: str) -> str:
    """A text as a cell of several, in quotation marks where it needs them."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=sep, lineterminator="\n").writerow(("", text))
    return stream.getvalue()[1:-1]


def _with_comma(cell: Any) -> Any:
    """A cell of any kind with a decimal comma, where it is a number."""
    if isinstance(cell, float):
        return cell if cell != cell else str(cell).replace(POINT, COMMA)
    return cell.replace(POINT, COMMA) if isinstance(cell, str) and _POINTED.fullmatch(cell) else cell


def with_point(cell: str, place: str) -> str:
    """A cell of a text with decimal commas as one with a decimal point.

    Parameters
    ----------
    cell : str
        The cell.
    place : str
        Where it stands, for the error.

    Returns
    -------
    str
        The same number, or text that is none.

    Raises
    ------
    InputError
        If it is a number with a decimal point, which could be meant for thousands.
    """
    bare = cell.strip()
    if POINT in bare and _POINTED.fullmatch(bare):
        raise InputError(place, cell, "numbers with a decimal comma, such as 4,5, and no points between thousands")
    pointed = bare.replace(COMMA, POINT)
    return pointed if COMMA in bare and _POINTED.fullmatch(pointed) else cell
