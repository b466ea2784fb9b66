"""Kernels as machine code: compiled by Numba once, then run without it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..leg import Array

ENTRY = "integrate"
"""Name of the function in the machine code."""

_HELPERS = (
    "NRT_Free", "NRT_MemInfo_call_dtor", "numba_do_raise", "numba_gil_ensure", "numba_gil_release",
    "numba_runtime_build_excinfo_struct", "numba_unpickle",
)  # fmt: skip
"""What Numba's code calls when it raises or frees what it made; a kernel does neither."""

_GIVEN = ("float64", "float64", "bool", *("float64",) * 4, "int64", "float64", "int8", "int64", "float64", "float64")
_FOUND = ("float64", "int8", "int64")
_WORKSPACE = ("float64", "float64", "int64", "int64")
"""Types of the arrays that ``run`` in `ldnsim.engines.compiled.lanes` takes; the tolerance comes after the given."""

_CACHE_LINE = 8


class Kernel(NamedTuple):
    """A kernel that is ready to run.

    Attributes
    ----------
    constants : callable
        Of parameters, shape (n_parameters, ...), what the rates use of them, shape (n_constants, ...).
    code : callable
        The machine code, which lets other threads run meanwhile.
    numbers, per_constant, lanes : int
        Sizes of its workspace: numbers of all lanes; constants; lanes.
    engine : object
        What holds the machine code.
    """

    constants: Callable[[Array], Array]
    code: Callable[..., None]
    numbers: int
    per_constant: int
    lanes: int
    engine: Any

    def integrate(
        self,
        given: tuple[NDArray[Any], ...],
        rtol: float,
        people: range,
        found: tuple[NDArray[Any], ...],
    ) -> None:
        """Integrate some of the people, see `ldnsim.engines.compiled.lanes.integrate`.

        Parameters
        ----------
        given : tuple of ndarray
            From ``initial`` to ``floor``, each in one piece.
        rtol : float
            Relative tolerance of a step.
        people : range
            Who.
        found : tuple of ndarray
            ``out``, ``status`` and ``steps``, each in one piece, to be filled.
        """
        constants, times, events = given[3], given[6], given[8]
        bounds = people.start, people.stop
        workspace = (
            _aligned(self.numbers),
            _aligned(self.per_constant * self.lanes),
            np.zeros((3, self.lanes), np.int64),
            np.array([len(times), times.shape[1], len(events), len(constants), *bounds], dtype=np.int64),
        )
        for array, kind in zip((*given, *found, *workspace), _GIVEN + _FOUND + _WORKSPACE, strict=True):
            assert array.dtype == kind
            assert array.flags.c_contiguous
        self.code(*map(_place, given), rtol, *map(_place, (*found, *workspace)))


def processor() -> str:
    """The processor that machine code is made for."""
    import llvmlite.binding as llvm

    return f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def compiled(text: str) -> bytes:
    """The machine code of a kernel's text, which takes some seconds."""
    import llvmlite.binding as llvm
    import numba

    def pointers(kinds: tuple[str, ...]) -> tuple[Any, ...]:
        return tuple(numba.types.CPointer(numba.from_dtype(np.dtype(kind))) for kind in kinds)

    arguments = (*pointers(_GIVEN), numba.types.float64, *pointers(_FOUND + _WORKSPACE))
    names: dict[str, Any] = {"njit": numba.njit, "carray": numba.carray}
    exec(compile(text, "<kernel>", "exec"), names)
    function = numba.cfunc(numba.types.void(*arguments), **names["FAST"])(names["run"])
    module = llvm.parse_assembly(function.inspect_llvm())
    module.get_function(function.native_name).name = ENTRY
    code: bytes = _machine(llvm).emit_object(module)
    return code


def loaded(text: str, code: bytes) -> Kernel:
    """A kernel from its text and its machine code."""
    import llvmlite.binding as llvm

    names: dict[str, Any] = {"njit": _as_it_is, "carray": None}
    exec(compile(text, "<kernel>", "exec"), names)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # should one of them be called after all, stopping is better than going on with rubbish
    stop = ctypes.cast(ctypes.pythonapi.Py_FatalError, ctypes.c_void_p).value
    for name in _HELPERS:
        if llvm.address_of_symbol(name) is None:
            llvm.add_symbol(name, stop)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(llvm))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    before, after = [ctypes.c_void_p] * len(_GIVEN), [ctypes.c_void_p] * len(_FOUND + _WORKSPACE)
    kind = ctypes.CFUNCTYPE(None, *before, ctypes.c_double, *after)
    return Kernel(
        names["constants"],
        kind(engine.get_function_address(ENTRY)),
        names["WHOLE"],
        names["CONSTANTS"],
        names["LANES"],
        engine,
    )


def _machine(llvm: Any) -> Any:
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="default",
        codemodel="jitdefault",
        jit=True,
    )


def _as_it_is(*_: Any, **__: Any) -> Callable[[Any], Any]:
    """Stand in for Numba's decorator where the machine code is there already."""
    return lambda function: function


def _place(array: NDArray[Any]) -> int:
    return array.ctypes.data


def _aligned(size: int) -> Array:
    """Zeros that start with a cache line, so that no instruction for many lanes has to read two."""
    whole = np.zeros(size + _CACHE_LINE)
    skip = (-whole.ctypes.data // whole.itemsize) % _CACHE_LINE
    return whole[skip : skip + size]
