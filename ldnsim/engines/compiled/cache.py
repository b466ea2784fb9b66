"""Compiled kernels, kept on disk for the next process: content-addressed, private, sealed."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from ...base.errors import InputError, MissingExtra
from ...base.files import exclusive, whole
from ...base.remembering import remembered
from ...base.vocabulary import flatten
from ...models.system import System
from .. import dormand_prince, leg
from ..tape import record
from . import codegen, lanes, machine_code
from .codegen import Structure, write
from .machine_code import Kernel

_TEXT, _CODE, _SEAL = "kernel.py", "kernel.o", "sealed.json"
_OTHERS_WRITE = 0o022


def cache_folder() -> Path:
    """Where kernels are kept: ``LDNSIM_CACHE``, or ``ldnsim`` in the user's cache folder."""
    chosen = os.environ.get("LDNSIM_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ldnsim"


class NotKept(Exception):
    """A kernel that would have to be compiled first, where that is not wanted."""


_KEPT_ALONE = ContextVar("kept kernels alone", default=False)


@contextmanager
def kept_alone() -> Iterator[None]:
    """Within it, on this thread, a kernel that has to be compiled raises `NotKept` instead."""
    before = _KEPT_ALONE.set(True)
    try:
        yield
    finally:
        _KEPT_ALONE.reset(before)


def kernel(system: System, declared: type[NamedTuple], made_for: Structure) -> Kernel:
    """A compiled kernel, from memory, from disk, or made now, which takes some seconds.

    Parameters
    ----------
    system : System
        The model.
    declared : type
        ``NamedTuple`` of its parameters.
    made_for : Structure
        What it is made for.

    Returns
    -------
    Kernel
        Ready to run.

    Raises
    ------
    MissingExtra
        If Numba or SymPy is not installed.
    InputError
        If others could change what the folder of the cache holds.
    NotKept
        Within `kept_alone`, if it has to be compiled.
    """
    return _kernel(system, declared, made_for, cache_folder())


def is_kept(system: System, declared: type[NamedTuple], made_for: Structure) -> bool:
    """Whether a kernel is there, so that `kernel` need not compile it."""
    return _is_sealed(_place(cache_folder(), _key(system, declared, made_for)))


def _place(folder: Path, key: str) -> Path:
    return folder / f"kernel_{key}"


@remembered(64)
def _kernel(system: System, declared: type[NamedTuple], made_for: Structure, folder: Path) -> Kernel:
    if importlib.util.find_spec("numba") is None:
        raise MissingExtra("numba", "fast")
    place = _place(folder, _key(system, declared, made_for))
    # before the lock, which whoever compiles it holds meanwhile
    if _KEPT_ALONE.get() and not _is_sealed(place):
        raise NotKept
    try:
        _refuse_shared(place)
        for above in reversed(place.parents):
            above.mkdir(exist_ok=True, mode=0o700)
        place.mkdir(exist_ok=True, mode=0o700)
        with exclusive(place / "lock"):
            if not _is_sealed(place):
                # missing, half written or damaged: made anew, each file put in place in one step
                text = write(system, declared, made_for)
                for name, content in ((_TEXT, text.encode()), (_CODE, machine_code.compiled(text))):
                    _put(place / name, content)
                _put(place / _SEAL, json.dumps(_hashes(place)).encode())
            return machine_code.loaded((place / _TEXT).read_text(encoding="utf-8"), (place / _CODE).read_bytes())
    except OSError as error:
        expected = f"a folder that can be made and written to ({error.strerror}), for compiled kernels"
        raise InputError("LDNSIM_CACHE", str(folder), expected) from error


def _put(path: Path, content: bytes) -> None:
    with whole(path, "LDNSIM_CACHE") as draft:
        draft.write_bytes(content)


def _refuse_shared(place: Path) -> None:
    """Refuse a folder in which others could put code, or which they could put another in place of."""
    if os.name != "posix":
        return
    ours = (os.getuid(), 0)
    # links in the path could be changed too, and what they point to
    for above in dict.fromkeys((*place.absolute().parents, *place.resolve().parents, place)):
        if not os.path.lexists(above):
            continue
        found = above.stat()
        replaceable = found.st_mode & _OTHERS_WRITE and (above == place or not found.st_mode & stat.S_ISVTX)
        foreign = found.st_uid not in ours or above.lstat().st_uid not in ours
        if foreign or replaceable:
            whose = "belongs to another user" if foreign else "can be changed by other users"
            mend = "" if foreign else f"take that right away (chmod go-w '{above}'), or "
            expected = (
                f"a folder that nobody else can change, but {above} {whose}: {mend}set it to a folder of your own"
            )
            raise InputError("LDNSIM_CACHE", str(place.parent), expected)


def _hashes(place: Path) -> dict[str, str]:
    return {name: hashlib.sha256((place / name).read_bytes()).hexdigest() for name in (_TEXT, _CODE)}


def _is_sealed(place: Path) -> bool:
    """Whether a kernel is as it was left."""
    try:
        return bool(json.loads((place / _SEAL).read_text()) == _hashes(place))
    except (OSError, ValueError):
        return False


@remembered(64)
def _key(system: System, declared: type[NamedTuple], made_for: Structure) -> str:
    """Name of a kernel: equal operations, kernel text, structure, compiler and processor give equal names.

    Operations, not the text of the equations, which says nothing of numbers that a function brings along.
    """
    parts = [inspect.getsource(module) for module in (lanes, leg, dormand_prince, codegen, machine_code)]
    parts += [repr(record(system, declared, range(len(system.names)))), repr(flatten(declared)), repr(made_for)]
    parts += [machine_code.processor(), *(f"{name} {version(name)}" for name in ("numba", "llvmlite", "numpy"))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
