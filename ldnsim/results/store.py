"""A population on disk: a Zarr store filled chunk by chunk, which a kill at any moment cannot spoil."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, MissingExtra
from .chunks import PERSON, Layout, Parts, PerPerson, canonical, chunk_hash, content_hash, people_hash
from .store_folder import OURS, check_same, folder_of, locked, put, sealed, unsealed

if TYPE_CHECKING:
    import zarr

_FILL: dict[str, Any] = {"f": float("nan"), "i": -1, "u": 0, "b": False, "U": ""}
"""What xarray reads where a chunk is not written yet, by kind of number."""


class Store:
    """A Zarr store on disk that is filled chunk by chunk; made by `create_or_resume`.

    A chunk counts as done once its marker is there, a small file with the SHA-256 of every file of
    the chunk. It is written last. What a kill leaves without its marker is computed again; so is a
    chunk whose files no longer match it.

    Attributes
    ----------
    path : pathlib.Path
        The folder.
    layout : Layout
        What it holds.
    damaged : dict of int to str
        Chunks that had been done but were found damaged when the store was opened, and how.
    """

    def __init__(self, path: Path, layout: Layout, lock: IO[bytes]) -> None:
        self.path = path
        self.layout = layout
        self.damaged: dict[int, str] = {}
        self._lock = lock
        self._memory: dict[str, Any] = {}
        self._arrays = _arrays(layout, self._memory)
        self._done: dict[int, str] = {}

    @classmethod
    def create_or_resume(cls, path: str | os.PathLike[str], layout: Layout, record: Mapping[str, Any]) -> Self:
        """Begin a store, or go on with one that was begun with the same layout and record.

        Every chunk that is there is read once and held against its checksums. The store stays locked
        against other processes until it is closed or the process ends, however it ends.

        Parameters
        ----------
        path : path-like
            A folder that is not there yet, an empty one, or a store begun before.
        layout : Layout
            What it holds.
        record : mapping
            What else makes this run the one it is, such as versions and seeds; as plain as JSON.

        Returns
        -------
        Store
            Open; it is a context manager that closes it.

        Raises
        ------
        InputError
            If the path holds something else or another run, is in use, or cannot be written to.
        MissingExtra
            If Zarr is not installed.
        """
        _need_zarr()
        identity = json.loads(canonical("record", {"layout": layout.described(), "record": record}))
        folder = folder_of(path)
        lock = locked(folder)
        try:
            begun = folder / OURS / "run.json"
            if begun.exists():
                check_same(folder, begun, identity)
            else:
                put(begun, sealed(identity), durable=True)
            store = cls(folder, layout, lock)
            store._write_frame()
            store._verify()
        except BaseException:
            lock.close()
            raise
        return store

    def pending(self) -> list[int]:
        """Numbers of the chunks that are not done, in order."""
        return [chunk for chunk in range(self.layout.n_chunks) if chunk not in self._done]

    def write(self, chunk: int, values: Mapping[str, NDArray[Any]]) -> None:
        """Write a chunk, whole or not at all.

        Parameters
        ----------
        chunk : int
            Its number.
        values : mapping of str to ndarray, shape (people of the chunk, *shape)
            Every variable of the layout, in its dtype.
        """
        people = self.layout.people(chunk)
        if set(values) != set(self.layout.variables):
            raise InputError("values", sorted(values), f"all variables {sorted(self.layout.variables)}")
        arrays = {name: _fitting(name, values[name], len(people), v) for name, v in self.layout.variables.items()}
        self._done.pop(chunk, None)
        files = {}
        for key, name in self._keys(chunk).items():
            self._arrays[name][people.start : people.stop] = arrays[name]
            encoded = memoryview(self._memory.pop(key).as_numpy_array())
            files[key] = hashlib.sha256(encoded).hexdigest()
            put(self.path / key, encoded)
        content = chunk_hash(arrays)
        put(self._marker(chunk), sealed({"chunk": chunk, "files": files, "values": content}))
        self._done[chunk] = content

    def digest(self) -> str:
        """SHA-256 of the values of all chunks that are done, in order, however they came about."""
        coords = {name: content_hash(np.asarray(one.values)) for name, one in self.layout.coords.items()}
        return people_hash(coords, self._done)

    def close(self) -> None:
        """Let others open the store."""
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _keys(self, chunk: int) -> dict[str, str]:
        """File of a chunk for each variable."""
        return {
            f"{name}/c.{'.'.join(map(str, (chunk, *(0 for _ in variable.shape))))}": name
            for name, variable in self.layout.variables.items()
        }

    def _marker(self, chunk: int) -> Path:
        return _marker_of(self.path, chunk)

    def _write_frame(self) -> None:
        """Write metadata and coordinates where they are missing or damaged, and forget them."""
        for key in list(self._memory):
            content = self._memory[key].to_bytes()
            target = self.path / key
            if not target.exists() or target.read_bytes() != content:
                put(target, content)

    def _verify(self) -> None:
        begun = [chunk for chunk in range(self.layout.n_chunks) if self._marker(chunk).exists()]
        with ThreadPoolExecutor() as pool:
            for chunk, (content, damage) in zip(begun, pool.map(self._checked, begun), strict=True):
                if damage:
                    self.damaged[chunk] = damage
                else:
                    self._done[chunk] = content

    def _checked(self, chunk: int) -> tuple[str, str]:
        """Hash of the values of a chunk, and what is wrong with it."""
        try:
            marker = unsealed(self._marker(chunk).read_bytes())
        except OSError as error:
            where = str(self._marker(chunk))
            raise InputError("store", where, f"a marker that can be read ({error.strerror})") from error
        if marker is None:
            return "", "its marker cannot be read"
        for key, name in self._keys(chunk).items():
            try:
                with (self.path / key).open("rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                return "", f"{name}: {error.strerror}"
            if found != marker["files"].get(key):
                return "", f"{name}: its checksum differs"
        return marker["values"], ""


def _need_zarr() -> None:
    try:
        import zarr  # noqa: F401
    except ImportError as error:
        raise MissingExtra("zarr", "scale") from error


def _arrays(layout: Layout, memory: dict[str, Any]) -> dict[str, zarr.Array[Any]]:
    """The store as Zarr makes it in memory: metadata and coordinates, and arrays to encode chunks with."""
    import zarr
    from zarr.codecs import BloscCodec, ZstdCodec
    from zarr.errors import ZarrUserWarning

    loose = [name for name, coordinate in layout.coords.items() if coordinate.dims != (name,)]
    attributes = {**layout.attrs, **({"coordinates": " ".join(loose)} if loose else {})}
    group = zarr.create_group(zarr.storage.MemoryStore(memory), attributes=attributes)

    def create(name: str, dims: tuple[str, ...], shape: tuple[int, ...], chunks: tuple[int, ...], dtype: str,
               attrs: Mapping[str, Any]) -> zarr.Array[Any]:  # fmt: skip
        kind = np.dtype(dtype).kind
        fast = ZstdCodec(level=1) if kind == "U" else BloscCodec(cname="lz4", clevel=5, shuffle="shuffle")
        return group.create_array(
            name,
            shape=shape,
            chunks=chunks,
            dtype="string" if kind == "U" else dtype,
            dimension_names=dims,
            fill_value=_FILL[kind],
            compressors=fast,
            chunk_key_encoding={"name": "default", "separator": "."},
            attributes=dict(attrs),
            config={"write_empty_chunks": True},
        )

    for name, coordinate in layout.coords.items():
        values = np.asarray(coordinate.values)
        made = create(name, coordinate.dims, values.shape, values.shape, values.dtype.str, coordinate.attrs)
        made[...] = values
    arrays = {}
    for name, (dims, shape, dtype, attrs) in layout.variables.items():
        chunks = (min(layout.chunk, layout.n_people), *shape)
        arrays[name] = create(name, (PERSON, *dims), (layout.n_people, *shape), chunks, dtype, attrs)
    with warnings.catch_warnings():
        # readers need it, for without it they take our own folder for a part of the store
        warnings.filterwarnings("ignore", "Consolidated metadata is currently not part", ZarrUserWarning)
        zarr.consolidate_metadata(group.store)
    return arrays


def record_of(path: str | os.PathLike[str]) -> tuple[dict[str, Any], str, Parts]:
    """The record of a store that is complete, and the hash of its values.

    Parameters
    ----------
    path : path-like
        Its folder.

    Returns
    -------
    record : dict
        What `Store.create_or_resume` was given.
    sha256 : str
        As `Store.digest` gives it.
    parts : Parts
        How that is made.

    Raises
    ------
    InputError
        If it is no store of ldnsim, is damaged, or not all of its chunks are there.
    """
    _need_zarr()
    folder = folder_of(path)
    begun = folder / OURS / "run.json"
    identity = unsealed(begun.read_bytes()) if begun.is_file() else None
    if identity is None:
        raise InputError("path", str(path), "a store that ldnsim filled, as simulate(..., store=...) does")
    layout, record = identity["layout"], identity["record"]
    chunks = -(-int(layout["n_people"]) // int(layout["chunk"]))
    markers = {number: _marker_of(folder, number) for number in range(chunks)}
    done = {number: content["values"] for number, one in markers.items() if (content := _marked(one))}
    if len(done) < chunks:
        expected = f"all {chunks} chunks of people; the same call of simulate goes on where it was stopped"
        raise InputError("path", f"{path}, with {len(done)} chunks", expected)
    coords = {name: one["values"] for name, one in layout["coords"].items()}
    return record, people_hash(coords, done), Parts(int(layout["chunk"]), sorted(layout["variables"]))


def _marker_of(folder: Path, chunk: int) -> Path:
    return folder / OURS / f"chunk_{chunk:05d}.json"


def _marked(marker: Path) -> dict[str, Any] | None:
    """What a marker says, None where it is missing or damaged."""
    return unsealed(marker.read_bytes()) if marker.is_file() else None


def _fitting(name: str, values: NDArray[Any], n_people: int, variable: PerPerson) -> NDArray[Any]:
    dtype, shape = np.dtype(variable.dtype), (n_people, *variable.shape)
    same = values.dtype.kind in "UT" if dtype.kind == "U" else values.dtype == dtype
    if not same or values.shape != shape:
        raise InputError(name, (values.dtype.name, values.shape), f"{dtype.name} of shape {shape}")
    return values
