"""ldnsim: simulate low-dose naltrexone under named assumptions, with the evidence behind every number.

A research and teaching tool, not medical advice.
"""

# A public name is a line of the stub beside this file, which type checkers read too. Its module is imported when the
# name is first asked for, so that nobody waits for what they do not use.

import re as _re
import sys as _sys
from importlib import import_module as _import_module
from pkgutil import get_data as _get_data
from types import ModuleType as _ModuleType
from typing import Any as _Any

from .moved import answer_to_old_names as _answer_to_old_names

_answer_to_old_names()

_HOMES = {
    name: home
    for home, name in _re.findall(
        r"^from (\.\S*) import (\w+) as \2$", (_get_data(__name__, "__init__.pyi") or b"").decode(), _re.MULTILINE
    )
}

__all__ = sorted(_HOMES)


class _Package(_ModuleType):
    def __setattr__(self, name: str, value: object) -> None:
        # whoever imports the room `ledger` would put it in place of the function of that name
        if not (isinstance(value, _ModuleType) and _HOMES.get(name, ".") != "."):
            super().__setattr__(name, value)


_sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> _Any:
    if name == "__version__":
        from importlib.metadata import version

        found: _Any = version(__name__)
    elif _HOMES.get(name, ".") != ".":
        found = getattr(_import_module(_HOMES[name], __name__), name)
    else:
        found = _room(name)
        if found is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def _room(name: str) -> _Any:
    """The room or module of that name, or None."""
    if name.startswith("_") or not name.isidentifier():
        return None
    try:
        return _import_module(f".{name}", __name__)
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{name}":
            raise
        return None


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
