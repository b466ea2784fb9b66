"""Models of the library by name, with parameters as they are typed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from ..base.errors import InputError
from ..base.near import among
from ..base.reading import NUMBER, choice, number_in
from ..base.units import quantity

if TYPE_CHECKING:
    from ..models import Model

_NUMBER = re.compile(NUMBER)


@cache
def small_models() -> Mapping[str, Callable[..., Model]]:
    """Functions of the library that make a model of numbers, by name as it is typed: ``one-compartment``."""
    from .. import models

    functions = {name: getattr(models, name) for name in models.__all__ if name not in models.DRUGS}
    return {
        name.replace("_", "-"): function
        for name, function in functions.items()
        if inspect.isfunction(function) and inspect.signature(function).return_annotation == "Model"
    }


def small_model(name: str, values: Mapping[str, str], option: str = "--set") -> Model:
    """A model of the library.

    Parameters
    ----------
    name : str
        Such as ``"one-compartment"``.
    values : mapping of str to str
        Its parameters: plain numbers in the unit of the model, or with a unit that converts, ``"30 mL/min"``.
    option : str
        How they were given, for errors.

    Returns
    -------
    Model
        The model.

    Raises
    ------
    InputError
        If there is no such model or parameter, one is missing, or a value cannot be used.

    Examples
    --------
    >>> small_model("one-compartment", {"CL": "50 mL/min", "V": "20"}).typical({})[0]["CL"].value
    3.0
    """
    function = small_models()[choice("--model", name.replace("_", "-"), small_models())]
    asked = inspect.signature(function).parameters
    for part in values:
        if part not in asked:
            raise InputError(option, part, f"a parameter of {name}, {among(part, list(asked))}")
    missing = [part.name for part in asked.values() if part.default is part.empty and part.name not in values]
    if missing:
        raise InputError(option, list(values), f"{', '.join(missing)} too, which {name} needs")
    numbers, units = dict[str, float](), dict[str, str]()
    for part, text in values.items():
        leading = _NUMBER.match(text.strip())
        numbers[part] = number_in(leading[0] if leading else text, f"{option} {part}")
        if asked[part].annotation == "int":
            numbers[part] = _whole(text, f"{option} {part}")
        elif leading and leading.end() < len(text.strip()):
            units[part] = text
    made: Model = function(**numbers)
    if not units:
        return made
    entries = made.typical({})[0]
    for part, text in units.items():
        if part not in entries:
            raise InputError(f"{option} {part}", text, "a plain number")
        numbers[part] = quantity(text, entries[part].unit, f"{option} {part}")
    return function(**numbers)


def _whole(text: str, argument: str) -> int:
    if re.fullmatch(r"[0-9]{1,9}", text.strip()) is None:
        raise InputError(argument, text, "a whole number")
    return int(text)
