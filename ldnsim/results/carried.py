"""Records that travel with results: what a result says of itself, and the text by which any file can hold it."""

from __future__ import annotations

import base64
import json
import platform
import re
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import fields_of, listed, names_in
from .chunks import KINDS, PERSON, Parts, chunk_hash, content_hash, people_hash
from .store_folder import sealed, unsealed

if TYPE_CHECKING:
    import xarray as xr

_FORM = 1
_MARK = f"ldnsim:record:{_FORM}"
_PART = re.compile(r"ldnsim:record:(\d{1,4}):(\d{1,7})/(\d{1,7}):([A-Za-z0-9_-]*)")
MOST = 32_000_000
"""Longest text that a picture is given; readers of PNG refuse twice as much."""
_MOST_UNPACKED = 1_000_000_000

OF_ANSWER = "The record of what this answer was read off: ldnsim replay FILE repeats that run, not the answer."
"""The first remark of a file whose rows are those of an answer and not of a run."""

SAID = ("record", "digest", "records")
"""Attributes of a dataset that `told_by` reads."""

_SAMPLES = 16
_PEOPLE = 3
"""How many values of a variable, and of how many people, go with a record."""


class Told(NamedTuple):
    """What a file says of a run.

    Attributes
    ----------
    name : str
        What the file calls it; empty where it is alone.
    record : dict
        All that is needed to repeat it.
    digest : dict
        Of its numbers, as `digest` gives it; empty where there is none.
    """

    name: str
    record: dict[str, Any]
    digest: dict[str, Any]


def numbers_hash(data: xr.Dataset, parts: Parts | None = None) -> str:
    """SHA-256 of all numbers and texts of a dataset, whatever the order of its variables; dates follow from them."""
    found = {str(name): one.values for name, one in data.variables.items() if one.dtype.kind in KINDS + "OT"}
    arrays = dict(sorted(found.items()))
    arrays = {name: one.astype(str) if one.dtype.kind == "O" else one for name, one in arrays.items()}
    chunks = {}
    if parts is not None:
        several = {name: arrays.pop(name) for name in parts.names if name in arrays}
        for first in range(0, data.sizes.get(PERSON, 0), max(parts.size, 1)):
            chunk = {name: one[first : first + parts.size] for name, one in several.items()}
            chunks[first // parts.size] = chunk_hash(chunk)
    return people_hash({name: content_hash(one) for name, one in arrays.items()}, chunks)


def digest(data: xr.Dataset, sha256: str = "", parts: Parts | None = None) -> str:
    """What tells whether numbers come out the same to the last bit, and where not, how far they are apart.

    Parameters
    ----------
    data : xarray.Dataset
        A result.
    sha256 : str
        Of its numbers, where it is known; otherwise `numbers_hash`.
    parts : Parts, optional
        How that was made.

    Returns
    -------
    str
        JSON with ``sha256``, ``parts``, ``machine``, ``compiler`` and ``samples``: of each variable, of a few people,
        the lowest and the highest value and some between the first and the last.
    """
    some = data.isel({PERSON: slice(0, _PEOPLE)}) if PERSON in data.dims else data
    shown = ((str(name), some.variables[name]) for name in some.data_vars)
    samples = {name: one.values for name, one in shown if one.dtype.kind == "f" and one.size}
    return json.dumps(
        {
            "sha256": sha256 or numbers_hash(data),
            "parts": parts,
            **made_on(),
            "samples": {name: _as_text(_sampled(values)) for name, values in samples.items()},
        }
    )


@cache
def made_on() -> Mapping[str, str]:
    """The machine, and the compiler of kernels, on which the last bits may depend."""
    compiler = ""
    with suppress(PackageNotFoundError):
        compiler = version("numba")
    return {"machine": f"{platform.system()} {platform.machine()}", "compiler": compiler}


def _sampled(values: NDArray[Any]) -> NDArray[np.float64]:
    flat = values.ravel().astype(np.float64, copy=False)
    there = np.isfinite(flat)
    finite = flat if there.all() else flat[there]
    ends = [finite.min(), finite.max()] if finite.size else [np.nan, np.nan]
    return np.array([*ends, *flat[np.linspace(0, flat.size - 1, _SAMPLES).astype(np.int64)]])


def _as_text(values: NDArray[np.float64]) -> str:
    return base64.b64encode(values.astype("<f8").tobytes()).decode()


def _from_text(text: object) -> NDArray[np.float64]:
    return np.frombuffer(base64.b64decode(str(text)), "<f8")


def held(data: xr.Dataset, there: Mapping[str, Any]) -> tuple[bool, float, str]:
    """A dataset against a digest.

    Parameters
    ----------
    data : xarray.Dataset
        A result.
    there : mapping
        As `digest` wrote it.

    Returns
    -------
    same : bool
        Whether all numbers are the same to the last bit.
    share : float
        Largest difference between samples, as a share of the range of its variable; nan where there are none [1].
    name : str
        The variable.

    Raises
    ------
    InputError
        If it is no digest.
    """
    given = fields_of(there, "digest", ("sha256", "parts", *made_on(), "samples"))
    parts = None if given["parts"] is None else Parts(*listed(given["parts"], "digest", "size and names"))
    if numbers_hash(data, parts) == given["sha256"]:
        return True, 0.0, ""
    here, found = json.loads(digest(data, "-")), []
    for name in here["samples"].keys() & dict(names_in(given["samples"], "digest")).keys():
        with suppress(ValueError):
            mine, its = (_from_text(one["samples"][name]) for one in (here, given))
            found.append((share_apart(mine[2:], its[2:], float(mine[1] - mine[0])), str(name)))
    return False, *max(found, default=(np.nan, ""))


def share_apart(here: NDArray[Any], there: NDArray[Any], span: float | None = None) -> float:
    """Largest difference of two arrays as a share of the range of the first; infinite where one alone has a number."""
    if here.shape != there.shape or (np.isnan(here) != np.isnan(there)).any():
        return np.inf
    with np.errstate(invalid="ignore"):
        gaps = np.where(here == there, 0.0, np.abs(here - there))
    gap = float(np.nanmax(gaps, initial=0.0))
    if span is None:
        finite = here[np.isfinite(here)]
        span = float(np.ptp(finite)) if finite.size else 0.0
    if span > 0 or not gap:
        return gap / span if gap else 0.0
    # what does not change has no range; its own size is the next best measure
    size = float(np.nanmax(np.abs(here), initial=0.0))
    return gap / size if size else np.inf


def told_by(attributes: Mapping[str, Any], name: str = "") -> list[Told]:
    """What the attributes of a dataset, or of a window of it, say of the runs behind it."""
    if "records" in attributes:
        return [Told(**one) for one in json.loads(attributes["records"])]
    if "record" not in attributes:
        return []
    return [Told(name, json.loads(attributes["record"]), json.loads(attributes.get("digest", "{}")))]


def packed(told: Sequence[Told], width: int = 0) -> list[str]:
    """Records as text of letters, digits and a few signs that no file format changes; in parts of a width, if given."""
    content = sealed({"records": [one._asdict() for one in told]})
    text = base64.urlsafe_b64encode(zlib.compress(content)).decode().rstrip("=")
    size = width or len(text)
    pieces = [text[first : first + size] for first in range(0, len(text), size)]
    return [f"{_MARK}:{number}/{len(pieces)}:{piece}" for number, piece in enumerate(pieces, 1)]


def unpacked(text: str, path: str, kind: str) -> list[Told]:
    """The records in a text.

    Parameters
    ----------
    text : str
        All that a file says.
    path, kind : str
        Where it stands and what it is, for errors.

    Returns
    -------
    list of Told
        At least one.

    Raises
    ------
    InputError
        If there is none, it is damaged, or a later version of ldnsim wrote it.
    """
    parts = _PART.findall(text)
    if not parts:
        why = (
            "it is about no one run, as those of a claim, ldnsim did not write it, or a program that saved it again "
            "left the record out"
        )
        raise InputError("path", path, f"{kind} as ldnsim wrote it, with its record; this one has none: {why}")
    if any(int(form) != _FORM for form, *_ in parts):
        raise InputError("path", path, f"a record in form {_FORM}; this one is of a later version of ldnsim")
    whole = f"{kind} with a whole record; this one is damaged"
    numbers = [(int(number), int(count)) for _, number, count, _ in parts]
    if numbers != [(number, len(parts)) for number in range(1, len(parts) + 1)]:
        missing = f"{whole}: of {numbers[0][1]} parts it has {', '.join(str(number) for number, _ in numbers[:20])}"
        raise InputError("path", path, missing)
    content = None
    with suppress(ValueError, zlib.error, RecursionError):
        joined = "".join(piece for *_, piece in parts)
        reader = zlib.decompressobj()
        content = unsealed(
            reader.decompress(base64.urlsafe_b64decode(joined + "=" * (-len(joined) % 4)), _MOST_UNPACKED)
        )
    if content is None:
        raise InputError("path", path, f"{whole}: its own checksum does not fit")
    found = [fields_of(one, "record", Told._fields) for one in listed(content.get("records"), "record", "records")]
    if not found or any(not isinstance(one[part], Mapping) for one in found for part in Told._fields[1:]):
        raise InputError("path", path, f"{whole}: it names no run")
    return [Told(**one) for one in found]


def in_lines(told: Sequence[Told], first: str = "The record of the run: ldnsim replay FILE repeats it.") -> str:
    """Records as remarks at the head of a text file, with what the first one says; nothing where there are none."""
    if not told:
        return ""
    # cells of spreadsheets hold 32,767 letters at most
    lines = [f"# {first}", *(f"# {part}" for part in packed(told, 4000))]
    return "".join(f"{line}\n" for line in lines)
