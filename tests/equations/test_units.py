"""Rule 6: every argument names its unit, and the units of every equation work out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pint
import pytest

from ldnsim.base.units import is_unit, registry

from .catalogue import EQUATIONS, FORMS, arguments, documented_units, expected_units, is_tuple, leaves, name

WITHOUT_ROUTES = [e for e in EQUATIONS if not str(e.__annotations__["return"]).startswith("tuple")]
ROUTES = [e for e in EQUATIONS if e not in WITHOUT_ROUTES]


def quantity(unit: str) -> Any:
    return registry().Quantity(0.37, registry().parse_units(unit))


@pytest.mark.parametrize("equation", EQUATIONS, ids=name)
def test_every_plain_argument_names_a_unit(equation: Callable[..., Any]) -> None:
    plain = {argument for argument, kind in equation.__annotations__.items() if not is_tuple(kind)} - {"return"}
    units = documented_units(equation)
    assert plain <= units.keys()
    assert all(is_unit(unit) for unit in units.values())


@pytest.mark.parametrize("equation", WITHOUT_ROUTES, ids=name)
def test_units_work_out(equation: Callable[..., Any]) -> None:
    result = leaves(equation(*arguments(equation, quantity)))
    for number, unit in zip(result, expected_units(equation), strict=True):
        found = number if hasattr(number, "units") else registry().Quantity(number, "")
        assert found.is_compatible_with(registry().parse_units(unit)), f"{found.units} instead of {unit}"


@pytest.mark.parametrize("equation", ROUTES, ids=name)
def test_shares_and_lags_of_routes_have_their_units(equation: Callable[..., Any]) -> None:
    for delivery in equation(*arguments(equation, quantity)):
        assert registry().Quantity(delivery.share).check("[]")
        assert delivery.lag == 0 or delivery.lag.check("[time]")


@pytest.mark.parametrize("form", FORMS, ids=name)
def test_forms_take_fractions(form: Callable[..., Any]) -> None:
    result = form(*arguments(form, lambda _: quantity("1")))
    assert registry().Quantity(result).check("[]")


def test_a_wrong_unit_is_caught() -> None:
    from ldnsim.receptors import binding_rate

    right = {"bound": quantity("1"), "level": quantity("nM"), "kd": quantity("nM"), "koff": quantity("1/h"), "room": 1}
    binding_rate(**right)
    with pytest.raises(pint.DimensionalityError):
        binding_rate(**{**right, "level": quantity("ng/mL")})
    with pytest.raises(pint.DimensionalityError):
        binding_rate(**{**right, "bound": quantity("h")})


def test_a_clearance_without_its_time_is_caught() -> None:
    from ldnsim.pk import PkParameters, PkState, pk_rates

    state, parameters = arguments(pk_rates, quantity)
    assert isinstance(state, PkState)
    assert isinstance(parameters, PkParameters)
    with pytest.raises(pint.DimensionalityError):
        pk_rates(state, parameters._replace(cl=quantity("L")))
