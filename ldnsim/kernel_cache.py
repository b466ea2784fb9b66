"""Compiled kernels, kept on disk for the next process: content-addressed, private, sealed."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import json
import os
import sys
import types
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from . import kernels
from .errors import InputError, MissingExtra
from .files import exclusive, whole
from .kernels import Structure, write
from .solve import crowd, lanes
from .system import System
from .vocabulary import flatten

_SEAL = "compiled.json"
_OTHERS_WRITE = 0o022


def cache_folder() -> Path:
    """Where kernels are kept: ``LDNSIM_CACHE``, or ``ldnsim`` in the user's cache folder."""
    chosen = os.environ.get("LDNSIM_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ldnsim"


def kernel(system: System, declared: type[NamedTuple], made_for: Structure) -> types.ModuleType:
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
    module
        With ``constants`` and ``integrate``.

    Raises
    ------
    MissingExtra
        If Numba or SymPy is not installed.
    InputError
        If others could change what the folder of the cache holds.
    """
    if importlib.util.find_spec("numba") is None:
        raise MissingExtra("numba", "fast")
    return _kernel(system, declared, made_for, cache_folder())


def is_kept(system: System, declared: type[NamedTuple], made_for: Structure) -> bool:
    """Whether a kernel is there, so that `kernel` need not compile it."""
    place = _place(cache_folder(), _key(system, declared, made_for))
    return _is_whole(place / f"{place.name}.py") and _is_sealed(place)


def _place(folder: Path, key: str) -> Path:
    return folder / f"ldnsim_kernel_{key}"


@cache
def _kernel(system: System, declared: type[NamedTuple], made_for: Structure, folder: Path) -> types.ModuleType:
    place = _place(folder, _key(system, declared, made_for))
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        expected = f"a folder that can be made and written to ({error.strerror}), for compiled kernels"
        raise InputError("LDNSIM_CACHE", str(folder), expected) from error
    _refuse_shared(place)
    path = place / f"{place.name}.py"
    with exclusive(place / "lock"):
        if not _is_whole(path):
            # missing, half written or damaged: made anew, and put in place in one step
            body = write(system, declared, made_for)
            with whole(path, "LDNSIM_CACHE") as draft:
                draft.write_text(body + _seal(body))
        if not _is_sealed(place):
            _forget(place)
        module = _loaded(path)
        if not _is_sealed(place):
            with whole(place / _SEAL, "LDNSIM_CACHE") as draft:
                draft.write_text(json.dumps(_hashes(place)))
    return module


def _refuse_shared(place: Path) -> None:
    """Refuse a folder in which others could put code."""
    found = place.stat()
    if os.name == "posix" and (found.st_uid != os.getuid() or found.st_mode & _OTHERS_WRITE):
        raise InputError("LDNSIM_CACHE", str(place.parent), "a folder of yours that nobody else can write to")


def _is_whole(path: Path) -> bool:
    text = path.read_text(errors="replace") if path.is_file() else ""
    return text.endswith(_seal(text.rpartition("\n# ")[0]))


def _seal(text: str) -> str:
    return f"\n# {hashlib.sha256(text.encode()).hexdigest()}"


def _hashes(place: Path) -> dict[str, str]:
    """Hash of everything that the compiler kept."""
    files = sorted((place / "__pycache__").glob("*.nb*"))
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _is_sealed(place: Path) -> bool:
    """Whether what the compiler kept is as it was left."""
    try:
        sealed = json.loads((place / _SEAL).read_text())
    except (OSError, ValueError):
        return False
    return bool(sealed) and sealed == _hashes(place)


def _forget(place: Path) -> None:
    for file in (place / "__pycache__").glob("*.nb*"):
        file.unlink(missing_ok=True)


def _loaded(path: Path) -> types.ModuleType:
    """The module in a file, ready to run: what was compiled before is read."""
    from numba import config

    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where Numba looks for it when it reads what it kept
    elsewhere, config.CACHE_DIR = config.CACHE_DIR, ""
    try:
        spec.loader.exec_module(module)
    finally:
        config.CACHE_DIR = elsewhere
    one, nothing = np.zeros((module.STATES, 1)), np.zeros((0, 1))
    # compiled by a run of no length
    module.integrate(
        one, np.zeros((1, module.CONSTANTS, 1)), np.zeros(1), np.zeros(1), np.zeros(1, bool), nothing,
        nothing.astype(np.int8), nothing.astype(np.int64), nothing, one, 1.0, 1, 0, 1, np.zeros((module.STATES, 1, 1)),
        np.zeros(1, np.int8), np.zeros(1, np.int64),
    )  # fmt: skip
    return module


@cache
def _key(system: System, declared: type[NamedTuple], made_for: Structure) -> str:
    """Name of a kernel: equal equations, kernel text and structure give equal names."""
    import numba

    modules = sorted({inspect.getmodule(thing) for thing in _calls(system.rates)}, key=str)
    parts = [inspect.getsource(module) for module in modules if module is not None]
    parts += [inspect.getsource(module) for module in (lanes, crowd, kernels, sys.modules[__name__])]
    parts += [system.rates.__name__, repr(flatten(declared)), repr(made_for), numba.__version__, np.__version__]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _calls(function: Any) -> set[Any]:
    """A function of the equations and all that it calls."""
    found: set[Any] = set()
    waiting = [function]
    while waiting:
        one = waiting.pop()
        if isinstance(one, types.FunctionType) and one not in found:
            found.add(one)
            waiting += [one.__globals__.get(name) for name in one.__code__.co_names]
    return found
