"""Records found again in files: pictures, tables of numbers."""

from __future__ import annotations

import csv
import gzip
import io
import os
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..base.errors import InputError
from .carried import OF_ANSWER, Told, share_apart, unpacked

if TYPE_CHECKING:
    import pandas as pd

_MOST_BYTES = 1_000_000_000
_PNG, _PDF, _GZIP = b"\x89PNG\r\n\x1a\n", b"%PDF", b"\x1f\x8b"
_OTHERS = {
    b"\xff\xd8\xff": "a JPEG",
    b"\x89HDF": "a netCDF 4 file",
    b"PK\x03\x04": "a ZIP file or a workbook",
    b"GIF8": "a GIF",
    b"RIFF": "a WebP",
}
"""How files begin that hold no record."""

NETCDF = b"CDF"
"""How a netCDF 3 file begins."""

KINDS = "a PNG, SVG, PDF, CSV or netCDF file, or a store"


class Carrier(NamedTuple):
    """A file with records.

    Attributes
    ----------
    told : list of Told
        What it says of its runs.
    rows : str
        The rows of a run in a CSV file, as text; empty for a picture, and for the table of an answer.
    of_answer : bool
        Whether it is the table of an answer, which was read off the runs.
    """

    told: list[Told]
    rows: str
    of_answer: bool = False


def begins(path: Path) -> bytes:
    """The first bytes of a file; raises `InputError` where it cannot be read."""
    return _read(path, 16)


def _read(path: Path, size: int) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise InputError("path", str(path), f"{KINDS}, not a device or a pipe")
        with path.open("rb") as file:
            return file.read(size)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError("path", str(path), f"{KINDS}, that can be read ({reason})") from error


def carrier(path: str | os.PathLike[str]) -> Carrier:
    """The records in a picture or a CSV file.

    Parameters
    ----------
    path : path-like
        A file that ldnsim wrote.

    Returns
    -------
    Carrier
        At least one record.

    Raises
    ------
    InputError
        If it cannot be read, is of another kind, is cut off or damaged, or has no record.
    """
    place = Path(path)
    raw = _read(place, _MOST_BYTES)
    for start, kind in _OTHERS.items():
        if raw.startswith(start):
            expected = f"{KINDS}, as ldnsim writes them; this is {kind}, which holds no record, whatever its name"
            raise InputError("path", str(path), expected)
    if raw.startswith(_PNG):
        return Carrier(unpacked(_text_of_png(raw, place), str(path), "a PNG"), "")
    if raw.startswith(_GZIP):
        raw = _unzipped(raw, place)
    # metadata of a PDF of matplotlib are not compressed
    if raw.startswith(_PDF):
        return Carrier(unpacked(raw.decode("latin-1"), str(path), "a PDF"), "")
    text = _decoded(raw)
    if "<svg" in text:
        return Carrier(unpacked(text, str(path), "an SVG"), "")
    if "\0" in text:
        raise InputError("path", str(path), KINDS)
    of_answer = OF_ANSWER in text
    return Carrier(unpacked(text, str(path), "a CSV file"), "" if of_answer else text, of_answer)


def _text_of_png(raw: bytes, path: Path) -> str:
    from PIL import Image
    from PIL.PngImagePlugin import PngImageFile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=["PNG"]) as picture:
                assert isinstance(picture, PngImageFile)
                # programs may write texts before the pixels or after them
                return " ".join(map(str, picture.text.values()))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, zlib.error) as error:
        expected = f"a whole PNG; this one is cut off or damaged ({error})"
        raise InputError("path", str(path), expected) from error


def _unzipped(raw: bytes, path: Path) -> bytes:
    try:
        with gzip.open(io.BytesIO(raw)) as file:
            return file.read(_MOST_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("path", str(path), f"a whole file; this one is cut off or damaged ({error})") from error


def _decoded(raw: bytes) -> str:
    """Text as editors and spreadsheets write it: UTF-8 with or without a mark, UTF-16 with one, or an older code."""
    for code in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            return raw.decode(code).lstrip("\ufeff")
        except UnicodeDecodeError:
            break
    return raw.decode("latin-1")


def rows_of(text: str) -> pd.DataFrame:
    """Numbers of a CSV file, separated by commas, semicolons or tabs, with points or commas in numbers.

    Parameters
    ----------
    text : str
        The file; lines that begin with ``#`` are remarks.

    Returns
    -------
    pandas.DataFrame
        Every cell as text.
    """
    import pandas as pd

    # spreadsheets put quotes around remarks and separators behind them
    lines = [line for line in text.splitlines() if (bare := line.strip(' "\t,;')) and not bare.startswith("#")]
    if not lines:
        return pd.DataFrame()
    top = lines[0]
    separator = max(",;\t", key=lambda one: len(next(csv.reader([top], delimiter=one), [])))
    found = pd.read_csv(io.StringIO("\n".join(lines)), sep=separator, dtype=str, keep_default_na=False, na_filter=False)
    # columns that a spreadsheet adds at the right have neither name nor cells
    found = found[[name for name in found if "Unnamed:" not in str(name) or found[name].str.strip().any()]]
    return found if separator == "," else found.map(_pointed)


def _pointed(cell: str) -> str:
    pointed = cell.replace(",", ".")
    return cell if np.isnan(_number(pointed)) else pointed


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan


def rows_apart(here: pd.DataFrame, there: pd.DataFrame) -> tuple[float, str]:
    """Largest difference between two tables from `rows_of`, as a share of the range of its column, and which that is.

    Returns
    -------
    share : float
        Infinite where columns, rows or texts differ [1].
    name : str
        The column, or what else differs.
    """
    columns = [list(map(str, one.columns)) for one in (here, there)]
    if columns[0] != columns[1]:
        odd = sorted({*columns[0]} ^ {*columns[1]})
        return np.inf, f"column {odd[0]}" if odd else "the order of the columns"
    if len(here) != len(there):
        return np.inf, f"the number of rows, {len(there)} in the file"
    found = [(0.0, "")]
    for name in here:
        mine, its = (np.array([_number(cell) for cell in one[name]]) for one in (here, there))
        texts = np.isnan(mine) & np.isnan(its)
        if (here[name][texts].str.strip() != there[name][texts].str.strip()).any():
            return np.inf, f"texts of column {name}"
        found.append((share_apart(mine, its), str(name)))
    return max(found, key=lambda one: one[0])
