"""People in chunks: what a chunk holds, how much memory it takes, and running many of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.errors import InputError, MissingExtra
from ..base.workers import workers

if TYPE_CHECKING:
    from distributed import Client

Arrays = Mapping[str, NDArray[Any]]

PERSON = "person"
"""First dimension of every variable."""

KINDS = "fiubU"
"""Kinds of numbers, and text, that can be stored, as NumPy abbreviates them."""
IN_FLIGHT = 2
"""Chunks in memory at once on one machine: one is computed while the last one is written."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEXT_BYTES = 64
_PER_SLOT = 2


class PerPerson(NamedTuple):
    """A variable of which every person has a value.

    Attributes
    ----------
    dims : tuple of str
        Dimensions after ``person``.
    shape : tuple of int
        Their sizes.
    dtype : str
        Such as ``float32`` or ``int8``; ``str`` for text.
    attrs : mapping
        Attributes, as plain as JSON.
    """

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str
    attrs: Mapping[str, Any]


class Coordinate(NamedTuple):
    """Labels or numbers along dimensions, known before the run.

    Attributes
    ----------
    dims : tuple of str
        Its dimensions.
    values : array_like
        Numbers or text.
    attrs : mapping
        Attributes, as plain as JSON.
    """

    dims: tuple[str, ...]
    values: ArrayLike
    attrs: Mapping[str, Any]


class Parts(NamedTuple):
    """How the hash of a store was made, which is never in memory as a whole.

    Attributes
    ----------
    size : int
        People in a chunk.
    names : list of str
        Variables that are hashed chunk by chunk.
    """

    size: int
    names: list[str]


@dataclass(frozen=True, eq=False)
class Layout:
    """What a store holds.

    Parameters
    ----------
    n_people : int
        Number of people.
    chunk : int
        People in a chunk; the last one may have fewer.
    variables : mapping of str to PerPerson
        What every person has.
    coords : mapping of str to Coordinate
        Coordinates.
    attrs : mapping
        Attributes of the dataset, as plain as JSON.

    Raises
    ------
    InputError
        If names, sizes or attributes cannot be stored or do not fit each other.
    """

    n_people: int
    chunk: int
    variables: Mapping[str, PerPerson]
    coords: Mapping[str, Coordinate]
    attrs: Mapping[str, Any]

    def __post_init__(self) -> None:
        for argument, number in (("n_people", self.n_people), ("chunk", self.chunk)):
            if number < 1:
                raise InputError(argument, number, "1 or more")
        if not self.variables:
            raise InputError("layout", {}, "at least one variable")
        sizes = {PERSON: self.n_people}
        arrays = [(name, (PERSON, *v.dims), (self.n_people, *v.shape), v.dtype) for name, v in self.variables.items()]
        for name, coordinate in self.coords.items():
            values = np.asarray(coordinate.values)
            arrays.append((name, coordinate.dims, values.shape, values.dtype.str))
        if len({name for name, *_ in arrays}) < len(arrays):
            raise InputError("layout", list(self.coords), "names that are not also names of variables")
        for name, dims, shape, dtype in arrays:
            for word in (name, *dims):
                if not _NAME.fullmatch(word):
                    raise InputError("layout", word, "a name of letters, digits and underscores")
            if len(dims) != len(shape) or any(
                sizes.setdefault(*pair) != pair[1] for pair in zip(dims, shape, strict=True)
            ):
                raise InputError("layout", (name, shape), f"sizes that agree with {sizes} for dimensions {dims}")
            if 0 in shape or np.dtype(dtype).kind not in KINDS:
                raise InputError("layout", (name, shape, dtype), "numbers, truth values or text, at least one")
        if "coordinates" in self.attrs:
            raise InputError("layout", "coordinates", "another attribute; xarray keeps this one for itself")
        canonical("layout", self.described())

    @property
    def n_chunks(self) -> int:
        """Number of chunks."""
        return -(-self.n_people // self.chunk)

    @property
    def parts(self) -> Parts:
        """How `people_hash` is made of it."""
        return Parts(self.chunk, sorted(self.variables))

    def people(self, chunk: int) -> range:
        """Positions of the people of a chunk."""
        if not 0 <= chunk < self.n_chunks:
            raise InputError("chunk", chunk, f"0 to {self.n_chunks - 1}")
        return range(chunk * self.chunk, min((chunk + 1) * self.chunk, self.n_people))

    def chunk_bytes(self) -> dict[str, int]:
        """Memory of one whole chunk of each variable [bytes]; text is taken as 64 bytes each."""
        found = {}
        for name, variable in self.variables.items():
            dtype = np.dtype(variable.dtype)
            size = _TEXT_BYTES if dtype.kind == "U" else dtype.itemsize
            found[name] = size * min(self.chunk, self.n_people) * int(np.prod(variable.shape))
        return found

    def described(self) -> dict[str, Any]:
        """Everything but the values of coordinates, which are there by their hash; as plain as JSON."""
        coords = {}
        for name, (dims, values, attrs) in self.coords.items():
            array = np.asarray(values)
            coords[name] = {
                "dims": list(dims),
                "attrs": attrs,
                "shape": list(array.shape),
                "values": content_hash(array),
            }
        variables = {
            name: {"dims": list(v.dims), "shape": list(v.shape), "dtype": str(np.dtype(v.dtype)), "attrs": v.attrs}
            for name, v in self.variables.items()
        }
        return {
            "n_people": self.n_people,
            "chunk": self.chunk,
            "variables": variables,
            "coords": coords,
            "attrs": self.attrs,
        }


def estimate(layout: Layout, in_flight: int = IN_FLIGHT) -> int:
    """Memory that the chunks of a run take in this process, beyond what computing them takes.

    Parameters
    ----------
    layout : Layout
        What is stored.
    in_flight : int
        Chunks in memory at once.

    Returns
    -------
    int
        Bytes: the chunks, room to encode the largest variable, and the coordinates.
    """
    chunk = layout.chunk_bytes()
    coordinates = sum(np.asarray(coordinate.values).nbytes for coordinate in layout.coords.values())
    # a padded copy where the chunk is the last, and the encoded bytes
    return in_flight * sum(chunk.values()) + 2 * max(chunk.values()) + coordinates


def run_chunks(
    pending: Iterable[int],
    work: Callable[[int], Arrays],
    write: Callable[[int, Arrays], object],
    *,
    client: Client | None = None,
    progress: Callable[[int], object] | None = None,
) -> None:
    """Compute chunks and write each one.

    Without a Dask client chunks are computed here one by one (`work` may use threads inside), and
    each is written while the next is computed. With a client two chunks for each thread of its workers
    are under way; each is fetched, written here and let go. A chunk on a worker that is lost is computed
    again by Dask. Any error ends the run, with a note that names the chunk; so does an interrupt. What is
    written stays written.

    Parameters
    ----------
    pending : iterable of int
        Numbers of the chunks.
    work : callable
        From the number of a chunk to its arrays; pickled for every chunk where a client is given.
    write : callable
        Takes a number and its arrays, one chunk at a time, in any order, perhaps in another thread.
    client : distributed.Client, optional
        Where to compute.
    progress : callable, optional
        Called with the number of each chunk once it is written.
    """

    def put(chunk: int, found: Arrays) -> None:
        with _naming(chunk, "writing"):
            write(chunk, found)
        if progress is not None:
            progress(chunk)

    if client is None:
        _run_here(pending, work, put)
    else:
        _run_on_cluster(pending, work, put, client)


def _run_here(pending: Iterable[int], work: Callable[[int], Arrays], put: Callable[[int, Arrays], None]) -> None:
    with workers(1) as writer:
        writing: Future[None] | None = None
        for chunk in pending:
            with _naming(chunk, "computing"):
                found = work(chunk)
            if writing is not None:
                writing.result()
            writing = writer.submit(put, chunk, found)
        if writing is not None:
            writing.result()


def _run_on_cluster(
    pending: Iterable[int], work: Callable[[int], Arrays], put: Callable[[int, Arrays], None], client: Client
) -> None:
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise MissingExtra("distributed", "scale") from error
    if not isinstance(client, Client) or client.asynchronous:
        raise InputError("client", client, "a distributed.Client that is not asynchronous, such as Client(cluster)")
    waiting = iter(pending)
    chunks: dict[Any, int] = {}
    done = as_completed([], loop=client.loop)

    def submit() -> None:
        # asked each time, for workers come and go
        room = _PER_SLOT * max(1, sum(client.nthreads().values())) - len(chunks)
        for _, chunk in zip(range(room), waiting, strict=False):
            future = client.submit(work, chunk, pure=False)
            chunks[future] = chunk
            done.add(future)

    try:
        submit()
        for future in done:
            chunk = chunks[future]
            with _naming(chunk, "computing"):
                found = future.result()
            del chunks[future]
            future.release()
            submit()
            put(chunk, found)
    finally:
        if chunks:
            client.cancel(list(chunks))


@contextmanager
def _naming(chunk: int, doing: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(f"while {doing} chunk {chunk}")
        raise


def content_hash(values: NDArray[Any]) -> str:
    """SHA-256 of numbers or text, with their kind and shape."""
    text = values.dtype.kind in "UT"
    found = hashlib.sha256(f"{'text' if text else values.dtype.str} {values.shape}\n".encode())
    found.update(json.dumps(values.tolist()).encode() if text else np.ascontiguousarray(values).data)
    return found.hexdigest()


def chunk_hash(values: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of the variables of a chunk."""
    return _hash_of([f"{name} {content_hash(one)}" for name, one in sorted(values.items())])


def people_hash(coords: Mapping[str, str], chunks: Mapping[int, str]) -> str:
    """SHA-256 of coordinates by their hashes and of chunks by theirs, in order."""
    return _hash_of([f"{name} {one}" for pairs in (coords, chunks) for name, one in sorted(pairs.items())])


def _hash_of(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def canonical(argument: str, value: Any) -> bytes:
    """JSON of which there is one for each value; an error names the argument."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InputError(argument, value, f"something as plain as JSON ({error})") from error
