"""ldnsim: simulate low-dose naltrexone under named assumptions, with the evidence behind every number.

A research and teaching tool, not medical advice.
"""

# A public name is a line of the stub beside this file, which type checkers read too. Its module is imported when the
# name is first asked for, so that nobody waits for what they do not use.

import re as _re
from importlib import import_module as _import_module
from pkgutil import get_data as _get_data
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


def __getattr__(name: str) -> _Any:
    if name == "__version__":
        from importlib.metadata import version

        found: _Any = version(__name__)
    elif name in _HOMES and _HOMES[name] != ".":
        found = getattr(_import_module(_HOMES[name], __name__), name)
    else:
        found = None if name.startswith("_") else _module(name)
        if found is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def _module(name: str) -> _Any:
    """The module of that name, or None."""
    try:
        return _import_module(f".{name}", __name__)
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{name}":
            raise
        return None


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
