"""Every equation, found in the modules themselves, with ways to build arguments for it."""

from __future__ import annotations

import inspect
import re
import tomllib
import types
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from ldnsim import forms
from ldnsim.base.vocabulary import nested, terms

ROOT = Path(__file__).parent.parent.parent


def declared() -> list[str]:
    """Modules of equations, as the import contract of pyproject.toml names them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (found,) = (one["source_modules"] for one in contracts if one["name"].startswith("Equations import nothing"))
    return list(found)


MODULES = tuple(map(import_module, declared()))

DRUGS = tuple(module for module in MODULES if module.__name__.endswith("_equations"))
"""Further drugs, put together from the receptors and peptides of naltrexone."""

SMALL = tuple(module for module in MODULES if ".models." in module.__name__ and module not in DRUGS)
"""Small general models."""


def functions(module: types.ModuleType) -> list[Callable[..., Any]]:
    return [thing for _, thing in inspect.getmembers(module, inspect.isfunction) if thing.__module__ == module.__name__]


EQUATIONS = [function for module in MODULES for function in functions(module)]
FORMS = functions(forms)


def name(function: Callable[..., Any]) -> str:
    return f"{function.__module__.removeprefix('ldnsim.')}.{function.__name__}"


_PARAMETER = re.compile(r"^    (\w+) : Number\n((?: {8}.*\n?)+)", re.MULTILINE)
_UNIT = re.compile(r"\[([^\[\]]+)\]\.?\s*$")


def documented_units(function: Callable[..., Any]) -> dict[str, str]:
    """Unit of each plain argument, and of the result under ``return``, read from the docstring."""
    text = inspect.getdoc(function) or ""
    parameters, _, returns = text.partition("Returns\n-------\n")
    found = {}
    for argument, meaning in _PARAMETER.findall(re.sub(r"^", "    ", parameters, flags=re.MULTILINE) + "\n"):
        unit = _UNIT.search(" ".join(meaning.split()))
        if unit:
            found[argument] = unit.group(1)
    if returns.startswith("Number"):
        unit = _UNIT.search(" ".join(returns.split()))
        if unit:
            found["return"] = unit.group(1)
    return found


def is_tuple(kind: Any) -> bool:
    return isinstance(kind, type) and hasattr(kind, "_fields")


def build(kind: Any, make: Callable[[str], Any]) -> Any:
    """A ``NamedTuple`` filled by unit."""
    own = terms(kind)
    fields = []
    for field in kind._fields:
        child = nested(kind, field)
        fields.append(build(child, make) if child is not None else make(own[field].unit))
    return kind._make(fields)


def arguments(function: Callable[..., Any], make: Callable[[str], Any]) -> list[Any]:
    """Arguments for an equation, every number made from its unit."""
    units = documented_units(function)
    return [
        build(kind, make) if is_tuple(kind) else make(units.get(argument, "1"))
        for argument, kind in function.__annotations__.items()
        if argument != "return"
    ]


def leaves(value: Any) -> list[Any]:
    if isinstance(value, tuple):
        return [leaf for part in value for leaf in leaves(part)]
    return [] if isinstance(value, str) else [value]


def expected_units(function: Callable[..., Any]) -> list[str]:
    """Unit of each number that an equation returns, in order."""
    kind = function.__annotations__["return"]
    if not is_tuple(kind):
        return [documented_units(function)["return"]]
    return _units_of(kind, per_hour=kind.__name__.endswith("State"))


def _units_of(kind: Any, *, per_hour: bool) -> list[str]:
    own: Mapping[str, Any] = terms(kind)
    found: list[str] = []
    for field in kind._fields:
        child = nested(kind, field)
        if child is not None:
            found.extend(_units_of(child, per_hour=per_hour))
        else:
            found.append(f"({own[field].unit})/h" if per_hour else own[field].unit)
    return found
