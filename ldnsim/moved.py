"""Modules under the names that they had before they had rooms, for who imports them so."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import MappingProxyType, ModuleType

MOVED = MappingProxyType(
    {
        "covariates": "population.covariates",
        "crowd_plots": "plots.population_plots",
        "endpoints": "results.endpoints",
        "errors": "base.errors",
        "evidence": "ledger.evidence",
        "events": "dosing.event_table",
        "parameters": "ledger.parameters",
        "predictive_check": "plots.predictive_check",
        "regimen": "dosing.regimen",
        "sampling": "dosing.sampling",
        "system": "models.system",
        "units": "base.units",
        "vocabulary": "base.vocabulary",
    }
)
"""Where the modules are now that users knew."""

VERBS = MappingProxyType({"nca": "noncompartmental"})
"""Names of such modules that are functions of the package now: these have the names of the modules as attributes."""


class _Moved(MetaPathFinder, Loader):
    """Finds a module under its old name, as the very same module."""

    _own: ModuleSpec | None = None

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        package, _, old = name.partition(".")
        known = package == __package__ and (old in MOVED or old in VERBS)
        return spec_from_loader(name, self) if known else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        old = spec.name.partition(".")[2]
        if old in VERBS:
            return self._verb(old)
        found = importlib.import_module(f"{__package__}.{MOVED[old]}")
        # importing gives a module the name that it was asked for, which it must not keep
        self._own = found.__spec__
        return found

    def _verb(self, old: str) -> ModuleType:
        """The function of that name, which importing puts where it is already, with what the module had."""
        verb = getattr(importlib.import_module(str(__package__)), old)
        now = importlib.import_module(f"{__package__}.{VERBS[old]}")
        for name in now.__all__:
            setattr(verb, name, getattr(now, name))
        self._own: ModuleSpec | None = None
        found: ModuleType = verb
        return found

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._own


def answer_to_old_names() -> None:
    """Have old names found."""
    if not any(isinstance(one, _Moved) for one in sys.meta_path):
        sys.meta_path.append(_Moved())
