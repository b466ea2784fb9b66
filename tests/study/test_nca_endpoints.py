"""Numbers of noncompartmental analysis as endpoints: of each row with its own dose."""

import numpy as np
import pytest

import ldnsim as ldn
from ldnsim import InputError, models

DRUG = models.two_compartment(CL=3, V1=10, Q=2, V2=30, ka=0.9)


def test_numbers_are_endpoints_of_an_ensemble() -> None:
    ready = ldn.Ensemble("100 mg intravenous at 08:00", model=DRUG, until=240, step=0.25)
    rows = {"CL": [2.0, 3.0, 6.0]}
    clearance = ldn.nca_endpoint("cl_obs", route="bolus")
    found = ready.endpoints(rows, {"cl": clearance, "h": ldn.nca_endpoint("half.life")})
    np.testing.assert_allclose(found["cl"], rows["CL"], rtol=1e-3)
    assert found["h"].is_monotonic_decreasing
    curves = ready.curves(rows)
    assert (clearance.unit(curves), ldn.nca_endpoint("cmax").unit(curves)) == ("L/h", "mg/L")
    with pytest.raises(InputError, match="^columns: got 'half_live', expected .* such as half_life"):
        ldn.nca_endpoint("half_live")


def test_clearance_does_not_change_with_a_dose_that_is_changed() -> None:
    ready = ldn.Ensemble("100 mg intravenous at 08:00", model=DRUG, until=240, step=0.25)
    rows = {"mg": [10.0, 100.0, 400.0]}
    found = ready.endpoints(rows, {"cl": ldn.nca_endpoint("cl_obs", route="bolus")})
    np.testing.assert_allclose(found["cl"], found["cl"][1], rtol=1e-9)
    with pytest.raises(InputError, match="^dose: got 100.0, expected to be left out where doses are changed"):
        ready.endpoints(rows, {"cl": ldn.nca_endpoint("cl_obs", dose=100, route="bolus")})
    with pytest.raises(InputError, match=r"^wanted: got 'cl_obs', .* depends on the dose; it is 2.*L/h at any"):
        ldn.find_dose("100 mg intravenous", ldn.nca_endpoint("cl_obs", route="bolus"), 3, model=DRUG, until=240, step=1)
