"""Populations from the door to the dataset: memory, store, cluster, quantiles, records, refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import ldnsim as ldn
from ldnsim import InputError, LogNormal, Population, PopulationRun, simulate
from ldnsim.results.quantiles import RELATIVE_ERROR
from ldnsim.results.store import Store
from ldnsim.study import study as module
from ldnsim.study.account import Account

if TYPE_CHECKING:
    from distributed import Client

NIGHTS = "4.5 mg at 22:00 daily for 2 days"
PEOPLE = Population(23, seed=4)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 5)


@pytest.fixture(scope="module")
def run() -> PopulationRun:
    return simulate(NIGHTS, population=PEOPLE, progress=False)


def equal(first: xr.Dataset, second: xr.Dataset) -> bool:
    return all(np.array_equal(first[name], second[name]) for name in first.data_vars)


def test_a_dataset_has_people_first_and_says_what_it_is(run: PopulationRun) -> None:
    data = run.data
    assert data["plasma"].dims == ("person", "analyte", "time")
    assert data.sizes["person"] == 23
    assert data["status"].dims == ("person",)
    assert not data["status"].any()
    assert data.attrs["engine"] == "compiled"
    assert data.attrs["population"] == "23 people, seed 4"
    assert data["plasma"].attrs["units"] == "ng/mL"
    assert data["tone"].attrs["weakest_evidence"] == "calibrated"
    assert data["plasma"].dtype == np.float64
    assert run.population.seed == 4


def test_the_record_brings_the_run_back(run: PopulationRun) -> None:
    assert run.repeat().data.identical(run.data)
    assert ldn.repeat(json.loads(run.data.attrs["record"])).data.identical(run.data)
    with pytest.raises(InputError, match="^population: got"):
        ldn.repeat({**run.record, "population": {}})
    with pytest.raises(InputError, match="^record: got"):
        ldn.repeat({"population": {}})


@pytest.mark.parametrize(
    ("part", "name", "value", "argument"),
    [
        ("settings", "engine", "fast", "engine"),
        ("settings", "until", None, "record"),
        ("settings", "outputs", None, "record"),
        ("settings", "outputs", ["tones"], "outputs"),
        ("settings", "dtype", "int8", "dtype"),
        ("settings", "quantiles", None, "record"),
        ("population", "correlations", [[1]], "correlations"),
        ("population", "seed", -1, "seed"),
    ],
)
def test_a_record_that_was_changed_is_refused(
    run: PopulationRun, part: str, name: str, value: object, argument: str
) -> None:
    record = run.record
    if value is None:
        del record[part][name]
    else:
        record[part][name] = value
    with pytest.raises(InputError, match=rf"^{argument}: got"):
        ldn.repeat(record)


def test_engine_and_precision_are_those_that_were_asked_for(run: PopulationRun) -> None:
    settings: dict[str, Any] = {"population": PEOPLE, "engine": "batch", "progress": False}
    found = simulate(NIGHTS, outputs=["tone", "plasma"], **settings)
    assert found.data.attrs["engine"] == "batch"
    assert list(found.data.data_vars) == ["tone", "plasma"]
    for name in ("tone", "plasma"):
        expected = run.data[name].values
        gap = np.abs(found.data[name].values - expected) / np.ptp(expected, axis=-1, keepdims=True)
        assert 0 < gap.max() <= 1e-5
    single = simulate(NIGHTS, outputs=["tone", "plasma"], dtype="float32", **settings)
    for name in ("tone", "plasma"):
        assert single.data[name].dtype == np.float32
        np.testing.assert_array_equal(single.data[name], found.data[name].values.astype(np.float32))


@pytest.mark.parametrize("settings", [{"until": 12}, {"at": [0.3, 24.25]}, {"endotoxin": ldn.Endotoxin(20.0, 1.0)}])
def test_settings_mean_what_they_mean_for_one_person(settings: dict[str, Any]) -> None:
    names = ["plasma", "tone", "cytokine_index", "mediator_level"]
    people = Population(1, 1, variability={})
    found = simulate(
        NIGHTS, population=people, step=1.0, engine="batch", outputs=names, progress=False, **settings
    ).data
    alone = simulate(NIGHTS, step=1.0, **settings).data
    np.testing.assert_array_equal(found["time"], alone["time"])
    for name in names:
        expected = alone[name].values
        gap = np.abs(found[name].values[0] - expected)
        assert (gap <= 1e-5 * np.ptp(expected, axis=-1, keepdims=True)).all(), name


def test_a_seed_that_is_not_given_is_kept() -> None:
    people = Population(3)
    found = simulate("4.5 mg", population=people, outputs="plasma", progress=False)
    again = simulate("4.5 mg", population=Population(3, people.seed), outputs="plasma", progress=False)
    assert equal(found.data, again.data)
    assert found.record["population"]["seed"] == people.seed


def test_a_store_holds_the_same_in_single_precision(run: PopulationRun, tmp_path: Path) -> None:
    stored = simulate(NIGHTS, population=PEOPLE, store=tmp_path / "s.zarr", progress=False)
    for name in run.data.data_vars:
        np.testing.assert_array_equal(stored.data[name], run.data[name].values.astype(np.float32))
    read = xr.open_zarr(tmp_path / "s.zarr", chunks=None)
    np.testing.assert_array_equal(read["tone"], stored.data["tone"])
    assert stored.summary()["ntx Cmax"].median == pytest.approx(run.summary()["ntx Cmax"].median, rel=1e-6)
    assert stored.repeat().data["plasma"].dtype == np.float32


class StoppedError(Exception):
    pass


def digest(path: Path, of: PopulationRun) -> str:
    record = of.record
    settings = {name: value for name, value in record["settings"].items() if name != "quantiles"}
    account = Account(of.assumptions, of.parameters, record["condition"], record["cell"])
    layout = module.Study(of.regimen, account, of.population, settings).layout
    with Store.create_or_resume(path, layout, record) as store:
        assert not store.pending()
        return store.digest()


def test_a_run_that_was_stopped_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = simulate(NIGHTS, population=PEOPLE, store=tmp_path / "whole.zarr", progress=False)

    def stop(share: float) -> None:
        if share > 0.5:
            raise StoppedError

    with pytest.raises(StoppedError):
        simulate(NIGHTS, population=PEOPLE, store=tmp_path / "part.zarr", progress=stop)
    shares: list[float] = []
    resumed = simulate(NIGHTS, population=PEOPLE, store=tmp_path / "part.zarr", progress=shares.append)
    assert 0 < len(shares) < 5
    assert shares[-1] == 1.0
    assert equal(resumed.data, whole.data)
    assert digest(tmp_path / "part.zarr", resumed) == digest(tmp_path / "whole.zarr", whole)
    # a damaged chunk is named and computed again
    (file,) = (tmp_path / "part.zarr" / "tone").glob("c.1.*")
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 255
    file.write_bytes(damaged)
    mended = simulate(NIGHTS, population=PEOPLE, store=tmp_path / "part.zarr", progress=True)
    assert equal(mended.data, whole.data)
    assert digest(tmp_path / "part.zarr", mended) == digest(tmp_path / "whole.zarr", whole)
    said = capsys.readouterr().err
    assert "chunk 1 was damaged (tone: its checksum differs)" in said
    assert "23 people, 18 of them done before: about" in said


def test_a_store_of_another_run_is_refused(tmp_path: Path) -> None:
    simulate("4.5 mg", population=Population(3, 1), store=tmp_path / "s.zarr", outputs="tone", progress=False)
    with pytest.raises(InputError, match="^store: got .*record.population.seed"):
        simulate("4.5 mg", population=Population(3, 2), store=tmp_path / "s.zarr", outputs="tone", progress=False)


def test_quantiles_alone_are_those_of_the_people(run: PopulationRun) -> None:
    levels = (0.05, 0.5, 0.95)
    found = simulate(NIGHTS, population=PEOPLE, quantiles=levels, progress=False)
    assert found.data["plasma"].dims == ("quantile", "analyte", "time")
    for name in ("plasma", "tone", "occupancy"):
        low, high = (np.quantile(run.data[name], levels, axis=0, method=which) for which in ("lower", "higher"))
        room = RELATIVE_ERROR * np.abs(high) + 1e-6 * float(abs(run.data[name]).max())
        assert (found.data[name] >= low - room).all()
        assert (found.data[name] <= high + room).all()
    assert found.repeat().data.identical(found.data)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def test_a_cluster_gives_the_same_bits(run: PopulationRun, client: Client) -> None:
    found = simulate(NIGHTS, population=PEOPLE, client=client, progress=False)
    assert equal(found.data, run.data)


def test_replicates_have_typical_values_of_their_own() -> None:
    people = Population(6, 1, variability={}, uncertainty={"pk.cl": LogNormal(cv=0.3)}, replicates=3)
    data = simulate("4.5 mg", population=people, outputs="plasma", progress=False).data
    assert data["replicate"].values.tolist() == [0] * 6 + [1] * 6 + [2] * 6
    assert data["id"].values.tolist() == list(range(6)) * 3
    peaks = data["plasma"].sel(analyte="ntx").max("time").values.reshape(3, 6)
    assert (peaks == peaks[:, :1]).all()
    assert len(set(peaks[:, 0])) == 3


def test_doubt_of_the_ledger_moves_typical_values() -> None:
    people = Population(2, 1, variability={}, uncertainty="ledger", replicates=3)
    data = simulate("4.5 mg", population=people, outputs="tone", engine="batch", progress=False).data
    well = data["status"].values <= 1
    assert well.sum() >= 4
    lowest = data["tone"].min("time").values.reshape(3, 2)
    for of_replicate, fine in zip(lowest, well.reshape(3, 2), strict=True):
        assert not fine.all() or of_replicate[0] == of_replicate[1]
    assert len(set(lowest[well.reshape(3, 2)])) >= 2


def test_files_and_pictures(run: PopulationRun, tmp_path: Path) -> None:
    run.to_csv(tmp_path / "p.csv")
    lines = (tmp_path / "p.csv").read_text().splitlines()
    header, first, *_ = [line for line in lines if not line.startswith("#")]
    assert "plasma_ntx_p50" in header
    assert first.endswith("popular")
    frame = run.to_frame()
    at = int(np.argmax(run.data["time"].values == 30.0))
    expected = np.quantile(run.data["plasma"].sel(analyte="ntx").values[:, at], 0.95)
    assert frame["plasma_ntx_p95"].iloc[at] == pytest.approx(expected)
    run.to_netcdf(tmp_path / "p.nc")
    assert equal(xr.open_dataset(tmp_path / "p.nc", engine="scipy"), run.data)
    for axes in (run.plot()[0], run.spaghetti("tone"), run.blockade_window()):
        assert "seed 4" in "".join(text.get_text() for text in axes.figure.texts)
    checked = run.vpc({"time": [2.0, 2.0, 5.0], "plasma": [0.5, 0.7, 0.2]}, analyte="ntx")
    assert checked.get_xlim()[1] < 10


def test_what_people_differ_in_is_named() -> None:
    people = Population(
        3, 1, variability={}, covariates={"weight": 80}, occasions={"pk.f": LogNormal(cv=0.2)},
        residual={"plasma": LogNormal(cv=0.1)}, uncertainty={"pk.cl": LogNormal(cv=0.2)},
    )  # fmt: skip
    attrs = simulate("4.5 mg", population=people, engine="batch", progress=False).data.attrs
    for words in ("weight given", "pk.f differing from dose to dose", "errors of observation in plasma", "uncertain"):
        assert words in attrs["population"]
    assert attrs["variability_evidence"] == "differences between people: assumed"
    plain = simulate("4.5 mg", population=Population(3, 1, variability={}), engine="batch", progress=False)
    assert plain.data.attrs["variability_evidence"] == "no spread between people"


def test_by_default_samples_are_fine_enough_for_peaks_and_areas() -> None:
    """Held against one person on a grid of 0.1 h; whole hours would put the area 5 % too low."""
    people = simulate(NIGHTS, population=Population(1, 1, variability={}), progress=False).summary()
    alone = simulate(NIGHTS).summary()
    for name, room in (("ntx Cmax", 0.01), ("ntx AUC in the window", 0.01), ("hours with mu at least half held", 0.02)):
        assert people[name].median == pytest.approx(alone[name][-1], rel=room)


def test_who_waits_for_a_compiler_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LDNSIM_CACHE", str(tmp_path))
    settings: dict[str, Any] = {"population": Population(2, 1), "outputs": "tone", "parameters": {"pk.q3": 1.0}}
    simulate("4.5 mg", progress=True, **settings)
    assert capsys.readouterr().err.startswith("compiling the equations, once for this kind of run")
    simulate("4.5 mg", progress=True, **settings)
    assert capsys.readouterr().err.startswith("2 people: about")
    simulate("4.5 mg", progress=False, **settings)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("settings", "argument"),
    [
        ({"population": 5}, "population"),
        ({"outputs": "tones"}, "outputs"),
        ({"outputs": []}, "outputs"),
        ({"outputs": 5}, "outputs"),
        ({"outputs": [pd.NA]}, "outputs"),
        ({"outputs": [["tone"], ["tone", "plasma"]]}, "outputs"),
        ({"outputs": ["tone", "tone"]}, "outputs"),
        ({"dtype": "float16"}, "dtype"),
        ({"quantiles": (0.5, 0.5)}, "quantiles"),
        ({"quantiles": (0.5, 1.5)}, "quantiles"),
        ({"quantiles": ()}, "quantiles"),
        ({"quantiles": 0.5}, "quantiles"),
        ({"quantiles": "0.5"}, "quantiles"),
        ({"quantiles": (0.5,), "store": "x.zarr"}, "quantiles"),
        ({"start": "steady-state"}, "start"),
        ({"decide": 3}, "decide"),
        ({"engine": "fast"}, "engine"),
        ({"progress": 3}, "progress"),
        ({"client": object()}, "client"),
        ({"store": 3}, "store"),
        ({"step": 0}, "step"),
        ({"until": 0}, "until"),
        ({"population": Population(2, 1, residual={"growth": LogNormal(cv=0.1)})}, "residual"),
        ({"population": Population(10**8, 1)}, "population"),
        ({"dtype": np.dtype("float32")}, "dtype"),
        ({"method": "BDF"}, "method"),
        ({"endotoxin": ldn.Endotoxin(1.0, 1e300)}, "endotoxin.peak"),
        ({"store": "a\0b"}, "store"),
        ({"population": None, "store": "x.zarr"}, "store"),
        ({"population": None, "outputs": "tone"}, "outputs"),
        ({"population": None, "quantiles": (0.5,)}, "quantiles"),
        ({"population": None, "progress": True}, "progress"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(settings: dict[str, Any], argument: str) -> None:
    usual: dict[str, Any] = {"population": Population(2, 1), "progress": False}
    if settings.get("population", 1) is None:
        usual["progress"] = None
    with pytest.raises(InputError, match=rf"^{argument}: got"):
        simulate("4.5 mg", **(usual | settings))


def test_a_table_is_taken_by_the_same_people() -> None:
    hours = np.arange(0.0, 13.0)
    table = ldn.EventTable.of(
        {"ID": [1] * 14, "TIME": [0.0, *hours], "EVID": [1] + [0] * 13, "AMT": [4.5] + [0.0] * 13}
    )
    people = Population(3, 7, covariates={"weight": [50, 80, 110]})
    rows = simulate(table, population=people, clock="22:00").rows()
    run = simulate("4.5 mg at 22:00", population=people, until=12, step=1.0, progress=False)
    last = run.data.drop_duplicates("time", keep="last")
    expected = last["plasma"].sel(analyte="ntx", time=hours[1:]).values
    found = np.array([rows["IPRED"][(rows["ID"] == id) & (rows["EVID"] == 0)] for id in (1, 2, 3)])[:, 1:]
    assert len(set(expected[:, -1])) == 3
    assert np.abs(found - expected).max() <= 1e-5 * np.ptp(expected, axis=1).min()


@pytest.mark.parametrize(
    ("people", "argument"),
    [
        ({"adherence": ldn.Adherence(miss=0.1)}, "adherence"),
        ({"residual": {"plasma": LogNormal(cv=0.1)}}, "residual"),
        ({"occasions": {"pk.f": LogNormal(cv=0.1)}}, "occasions"),
    ],
)
def test_what_a_table_says_itself_is_refused_of_people(people: dict[str, Any], argument: str) -> None:
    table = ldn.EventTable.of({"ID": [1, 1], "TIME": [0, 1], "AMT": [1, 0]})
    with pytest.raises(InputError, match=f"^{argument}: got"):
        simulate(table, population=Population(2, 1, **people))


@pytest.mark.parametrize(
    ("name", "value"), [("rtol", "x"), ("until", None), ("step", -1), ("at", [999.0]), ("engine", "fast")]
)
def test_a_changed_record_is_checked(run: PopulationRun, name: str, value: Any) -> None:
    record = run.record
    record["settings"][name] = value
    with pytest.raises(InputError, match=rf"^({name}|record): got"):
        ldn.repeat(record)


def test_a_store_inside_a_store_is_refused(tmp_path: Path) -> None:
    simulate("4.5 mg", population=Population(3, 1), store=tmp_path / "s.zarr", outputs="tone", progress=False)
    with pytest.raises(InputError, match="^store: got .*outside of the store"):
        simulate("4.5 mg", population=Population(3, 1), store=tmp_path / "s.zarr" / "b", outputs="tone", progress=False)


ENGINES: tuple[Literal["reference", "batch", "compiled"], ...] = ("reference", "batch", "compiled")


def apart(first: PopulationRun, second: PopulationRun) -> float:
    """The largest difference of any variable, relative to its range in each person."""
    worst = 0.0
    for name in first.data.data_vars:
        a, b = first.data[name].values, second.data[name].values
        spread = np.ptp(b, axis=-1, keepdims=True)
        worst = max(worst, float(np.max(np.abs(a - b) / np.where(spread > 0, spread, 1.0))))
    return worst


def test_people_start_from_their_own_steady_state_whichever_engine_finds_it() -> None:
    people = Population(4, seed=2)
    settings: dict[str, Any] = {"start": "steady-state", "population": people, "step": 2.0, "progress": False}
    found = {engine: simulate(NIGHTS, engine=engine, **settings) for engine in ENGINES}
    assert "from steady state" in found["batch"].data.attrs["regimen"]
    for engine in ("batch", "compiled"):
        assert apart(found[engine], found["reference"]) <= 1e-5
        assert found[engine].repeat().data.identical(found[engine].data)
    # a steady state is what it comes back to a day later
    levels = found["reference"].data["receptor_density"]
    assert np.allclose(levels.sel(time=0.0), levels.sel(time=24.0), rtol=1e-7)
    # and is what many nights lead to
    nights = simulate("4.5 mg at 22:00 daily for 120 days", population=people, step=24.0, progress=False)
    assert np.allclose(levels.sel(time=48.0), nights.data["receptor_density"].isel(time=-1), rtol=1e-4)


def test_a_typical_person_of_a_population_starts_as_one_person_does() -> None:
    alone = simulate(NIGHTS, start="steady-state", step=1.0)
    settings: dict[str, Any] = {"start": "steady-state", "step": 1.0, "engine": "reference", "progress": False}
    people = simulate(NIGHTS, population=Population(2, 1, variability={}), **settings)
    np.testing.assert_array_equal(people.data["tone"].values[1], alone.data["tone"].values)


def test_people_whose_past_doses_come_at_other_times_have_a_past_of_their_own() -> None:
    spread = {"dose.lag": LogNormal(cv=0.5)}
    settings: dict[str, Any] = {"start": "steady-state", "step": 1.0, "progress": False}
    people = simulate(NIGHTS, population=Population(3, 5, variability=spread), engine="batch", **settings)
    drawn = Population(3, 5, variability=spread).draw(people.parameters, np.arange(3), 2, [np.inf, np.inf])
    assert len(set(drawn.values[0, list(people.parameters).index("dose.lag")])) == 3
    for who in range(3):
        own = dict(zip(people.parameters, drawn.values[0, :, who].tolist(), strict=True))
        alone = simulate(NIGHTS, parameters=own, start="steady-state", at=[13.0], until=48)
        level = people.data["plasma"].sel(analyte="ntx", person=who, time=13.0)
        assert float(level) == pytest.approx(float(alone.data["plasma"].sel(analyte="ntx", time=13.0)), rel=1e-5)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_person_is_decided_about(engine: Any) -> None:
    seen: list[tuple[int, int]] = []

    def titrate(moment: Any) -> float | None:
        seen.append((moment.subject, moment.number))
        return None if moment["occupancy_mor"] < 0.05 else 0.5 * moment.mg

    wide = Population(7, seed=3, variability={"pk.cl": LogNormal(cv=0.8)})
    run = simulate("6 mg at 22:00 every 8 h for 2 days", population=wide, decide=titrate, engine=engine, progress=False)
    assert sorted(seen) == [(who, dose) for who in range(7) for dose in range(1, 7)]
    given = run.data["given"]
    assert given.dims == ("person", "dose")
    assert set(np.unique(given)) == {3.0, 6.0}
    assert given.attrs["units"] == "mg"
    assert run.repeat().data.identical(run.data)
    who = int(np.argmin(given.sum("dose").values))
    drawn = wide.draw(run.parameters, [who], 6, [np.inf] * 6)
    own = dict(zip(run.parameters, drawn.values[0, :, 0].tolist(), strict=True))
    alone = simulate("6 mg at 22:00 every 8 h for 2 days", parameters=own, decide=titrate)
    assert alone.record["settings"]["decisions"] == given.isel(person=who).values.tolist()


@pytest.mark.parametrize("name", ["store", "quantiles"])
def test_decisions_are_kept_with_people_in_memory_alone(name: str, tmp_path: Path) -> None:
    value: Any = tmp_path / "people.zarr" if name == "store" else [0.5]
    with pytest.raises(InputError, match=f"^{name}: .*decide"):
        simulate(NIGHTS, population=PEOPLE, decide=lambda _: None, progress=False, **{name: value})
