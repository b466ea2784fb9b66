"""Files repeated: every picture, table and dataset gives back its run, or says why not."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import ldnsim as ldn
from ldnsim import EventTable, Individuals, InputError, LdnsimWarning, LogNormal, Population, cli, models, plots
from ldnsim.cli.options import write_table
from ldnsim.plots.recorded import RecordedFigure
from ldnsim.results import carried
from ldnsim.results.views import window
from ldnsim.study import study as module

mpl.use("agg")

NIGHTS = "4.5 mg at 22:00 daily for 2 days"
BANDS = (0.05, 0.25, 0.5, 0.75, 0.95)
DRUG = models.two_compartment(CL=3, V1=10, Q=2, V2=30, ka=0.9)
SATURABLE = models.michaelis_menten(Vmax=5, Km=1, V=10)
ROWS = EventTable.of({"ID": [1, 1, 1], "TIME": [0.0, 2.0, 30.0], "EVID": [1, 0, 0], "AMT": [4.5, 0, 0]})
SPREAD = {"CL": LogNormal(cv=0.3)}


def person(**settings: Any) -> Any:
    return ldn.simulate(NIGHTS, step=3.0, **settings)


RUNS: dict[str, Any] = {
    "one person": lambda: person(),
    "another account, steady state": lambda: person(assumptions="measured", start="steady-state"),
    "changed": lambda: person(parameters={"pk.cl": "100 L/h"}, covariates={"weight": 55}, until=30, at=[1.25]),
    "decided, late, dated": lambda: ldn.simulate(
        ldn.Regimen.parse(NIGHTS).late(sd="45 min", seed=1).on("2026-11-29"), step=3.0, decide=lambda m: m.mg / 2
    ),
    "batch": lambda: person(engine="batch"),
    "people": lambda: person(population=Population(3, seed=1), engine="batch"),
    "quantiles": lambda: person(population=Population(3, seed=1), engine="batch", quantiles=BANDS),
    "individuals": lambda: ldn.simulate(
        "100 mg", model=DRUG, step=1.0, population=Individuals.of({"ID": ["änna", "bo"], "CL": [2, 4]})
    ),
    "small, exact": lambda: ldn.simulate("100 mg at 08:00 daily for 3 days", model=DRUG, start="steady-state"),
    "small, reference": lambda: ldn.simulate("100 mg", model=DRUG, engine="reference", step=1.0),
    "small, saturable": lambda: ldn.simulate("9 mg", model=SATURABLE, engine="batch", step=1.0),
    "small, changed": lambda: ldn.simulate("100 mg", model=DRUG, parameters={"CL": 5}, engine="batch", step=1.0),
    "nalmefene": lambda: ldn.simulate("18 mg at 22:00", model=models.nalmefene("measured"), step=1.0),
    "table": lambda: ldn.simulate(ROWS),
    "table, small": lambda: ldn.simulate(ROWS, model=DRUG),
    "table, people": lambda: ldn.simulate(ROWS, model=DRUG, population=Population(3, seed=1, variability=SPREAD)),
}  # fmt: skip


@cache
def run_of(kind: str) -> Any:
    return RUNS[kind]()


def saved(drawn: Any, path: Path, **settings: Any) -> Path:
    np.ravel(np.array(drawn, dtype=object))[0].figure.savefig(path, **settings)
    return path


@pytest.fixture
def night() -> Any:
    return run_of("one person")


@pytest.fixture
def small() -> Any:
    return run_of("small, exact")


@pytest.fixture
def picture(small: Any, tmp_path: Path) -> Path:
    return saved(small.plot(), tmp_path / "drug.png")


@pytest.mark.parametrize("kind", RUNS)
def test_a_picture_gives_back_the_run_to_the_same_bits(kind: str, tmp_path: Path) -> None:
    run = run_of(kind)
    found = ldn.replay(saved(run.plot(), tmp_path / "picture.png"))
    (again,) = found.runs.values()
    assert found.same
    assert found.agrees
    assert type(again) is type(run)
    assert again.data.identical(run.data)
    assert again.record == run.record
    assert found.differing == {}
    assert "agrees to the last bit" in str(found)


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        *(("small, exact", form) for form in ("csv", "nc", "svg", "pdf", "svgz")),
        *((kind, form) for kind in ("people", "decided, late, dated", "table, people") for form in ("csv", "nc")),
        *(("quantiles", form) for form in ("csv", "nc")),
    ],
)
def test_every_form_gives_back_the_run(kind: str, form: str, tmp_path: Path) -> None:
    run, path = run_of(kind), tmp_path / f"ä run, 回.{form}"
    if form == "csv":
        run.to_csv(path)
    elif form == "nc":
        run.to_netcdf(path)
    else:
        saved(run.plot(), path)
    found = ldn.replay(str(path))
    (again,) = found.runs.values()
    assert found.same
    assert again.data.identical(run.data)


def test_a_store_and_its_picture_give_back_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        # people in several chunks, which a repetition need not have
        patch.setattr(module, "CHUNK", 2)
        people = Population(5, seed=1, variability=SPREAD)
        run = ldn.simulate("9 mg", model=DRUG, population=people, step=1.0, store=tmp_path / "cohort", progress=False)
        saved(run.plot(), tmp_path / "cohort.png")
        saved(ldn.open(tmp_path / "cohort", DRUG).plot(), tmp_path / "opened.png")
        run.to_csv(tmp_path / "cohort.csv")
    for name in ("cohort", "cohort.png", "opened.png", "cohort.csv"):
        assert ldn.replay(tmp_path / name).same


def test_comparisons_and_dose_responses_carry_all_their_runs(tmp_path: Path) -> None:
    both = ldn.compare(NIGHTS, step=3.0)
    found = ldn.replay(saved(both.plot(), tmp_path / "both.png"))
    assert found.same
    assert found.runs.keys() == both.runs.keys()
    assert all(found.runs[name].data.identical(both.runs[name].data) for name in both.runs)
    assert len(found.table) == 2
    assert len(found.plot()) == 4
    both.to_csv(tmp_path / "both.csv")
    found = ldn.replay(tmp_path / "both.csv")
    assert found.same
    assert len(found.table) == 3
    response = ldn.dose_response([1, 5], model=DRUG)
    found = ldn.replay(saved(response.plot(), tmp_path / "doses.png"))
    assert found.same
    assert list(found.runs) == ["1 mg", "5 mg"]


def test_the_record_is_of_the_run_where_a_part_of_it_is_drawn(night: Any, tmp_path: Path) -> None:
    path = saved(plots.plasma(window(night.data, 24, 30)), tmp_path / "part.png")
    (again,) = ldn.replay(path).runs.values()
    assert again.data.identical(night.data)


def test_figures_of_the_user_carry_records_where_they_are_made_for_it(night: Any, tmp_path: Path) -> None:
    other = run_of("another account, steady state")
    figure, axes = plt.subplots(1, 3, FigureClass=RecordedFigure)
    plots.plasma(night.data, axes[0])
    plots.blockade(night.data, axes[1])
    plots.plasma(other.data, axes[2])
    assert isinstance(figure, RecordedFigure)
    assert [one.name for one in figure.told] == ["run 1", "run 2"]
    figure.savefig(tmp_path / "own.png", metadata={"Title": "mine"})
    found = ldn.replay(tmp_path / "own.png")
    assert [one.data.identical(run.data) for one, run in zip(found.runs.values(), (night, other), strict=True)]
    with Image.open(tmp_path / "own.png") as image:
        assert image.info["Title"] == "mine"
    figure.savefig(tmp_path / "own.pdf", metadata={"Keywords": "a, b", "Subject": "c"})
    assert b"/Keywords (a, b ldnsim:record:" in (tmp_path / "own.pdf").read_bytes()
    assert ldn.replay(tmp_path / "own.pdf").same


def test_a_table_carries_what_its_subjects_show(tmp_path: Path) -> None:
    run = run_of("table, people")
    path = saved(run.plot([1, 2]), tmp_path / "two.png")
    assert ldn.replay(path).same


class Bare(NamedTuple):
    CL: float
    V1: float
    Q: float
    V2: float
    ka: float


def test_what_has_no_record_is_written_without_one(tmp_path: Path) -> None:
    run = ldn.simulate(ROWS, model=replace(DRUG, fill=lambda known: Bare(**DRUG.fill(known)._asdict())))
    run.to_csv(tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text().startswith("ID,")
    for path in (tmp_path / "rows.csv", saved(run.plot(), tmp_path / "rows.png")):
        with pytest.raises(InputError, match="this one has none"):
            ldn.replay(path)


def test_pixels_do_not_depend_on_the_record_and_bytes_come_again(small: Any, tmp_path: Path) -> None:
    figure = small.plot().figure
    for form in ("png", "svg", "pdf"):
        paths = [tmp_path / f"{number}.{form}" for number in range(2)]
        for path in paths:
            figure.savefig(path)
        assert paths[0].read_bytes() == paths[1].read_bytes()
        assert saved(small.plot(), tmp_path / f"again.{form}").read_bytes() == paths[0].read_bytes()
    figure._shown.clear()
    figure.savefig(tmp_path / "bare.png")
    with Image.open(tmp_path / "bare.png") as bare, Image.open(tmp_path / "0.png") as full:
        assert "ldnsim" not in bare.info
        assert bare.tobytes() == full.tobytes()
    with pytest.raises(InputError, match="with its record; this one has none"):
        ldn.replay(tmp_path / "bare.png")


def test_forms_without_room_say_so(small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = small.plot().figure
    with pytest.warns(LdnsimWarning, match="a jpg has no room for it"):
        figure.savefig(tmp_path / "night.jpg")
    with pytest.warns(LdnsimWarning, match="give metadata= instead"):
        figure.savefig(tmp_path / "night.png", pil_kwargs={"pnginfo": PngInfo()})
    monkeypatch.setattr("ldnsim.plots.recorded.MOST", 100)
    with pytest.warns(LdnsimWarning, match="to_netcdf keeps it"):
        figure.savefig(tmp_path / "night.png")
    with pytest.raises(InputError, match="this is a JPEG, which holds no record, whatever its name"):
        ldn.replay((tmp_path / "night.jpg").rename(tmp_path / "renamed.png"))


def test_csv_is_read_as_before_without_its_remarks(night: Any, tmp_path: Path) -> None:
    night.to_csv(tmp_path / "night.csv")
    frame = pd.read_csv(tmp_path / "night.csv", comment="#")
    assert len(frame) == night.data.sizes["time"]
    np.testing.assert_allclose(frame["tone"], night.data["tone"], rtol=1e-6)
    noted = EventTable.of({"ID": ["a#1", "a#1"], "TIME": [0.0, 2.0], "EVID": [1, 0], "AMT": [4.5, 0]})
    run = ldn.simulate(noted, model=DRUG)
    run.to_csv(tmp_path / "rows.csv")
    assert pd.read_csv(tmp_path / "rows.csv", comment="#")["ID"].tolist() == ["a#1"]
    assert EventTable.read(tmp_path / "rows.csv").subjects == ("a#1",)
    assert ldn.replay(tmp_path / "rows.csv").same


def remarks(text: str) -> str:
    return "".join(f"{line};;;;\n" for line in text.splitlines() if line.startswith("#"))


def frame_of(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), comment="#")


SHEETS: dict[str, Callable[[str], str]] = {
    "a mark, CRLF": lambda text: "\ufeff" + text.replace("\n", "\r\n"),
    "semicolons": lambda text: remarks(text) + frame_of(text).to_csv(sep=";", index=False).replace("\n", ";;;\n"),
    "commas in numbers": lambda text: remarks(text) + frame_of(text).to_csv(sep=";", decimal=",", index=False),
    "tabs": lambda text: remarks(text) + frame_of(text).to_csv(sep="\t", index=False),
    "quoted remarks": lambda text: "".join(f'"{x}",,\n' if x.startswith("#") else f"{x}\n" for x in text.splitlines()),
    "blank lines": lambda text: "\n\n" + text.replace("\n", "\n\n"),
}


@pytest.mark.parametrize("kind", SHEETS)
def test_csv_that_a_spreadsheet_saved_is_still_read(kind: str, tmp_path: Path) -> None:
    ldn.simulate("100 mg", model=DRUG, step=1.0).to_csv(tmp_path / "drug.csv")
    text = (tmp_path / "drug.csv").read_text()
    for code in ("utf-8", "utf-16"):
        (tmp_path / "sheet.csv").write_bytes(SHEETS[kind](text).encode(code))
        assert ldn.replay(tmp_path / "sheet.csv").same


def test_numbers_that_were_changed_are_found(night: Any, tmp_path: Path) -> None:
    night.to_csv(tmp_path / "night.csv")
    lines = (tmp_path / "night.csv").read_text().splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("time [h],"))
    cells = lines[-1].split(",")
    place = lines[head].split(",").index("tone")
    low, high = float(night.data["tone"].min()), float(night.data["tone"].max())
    cells[place] = f"{float(cells[place]) + (high - low) / 2:.7g}"
    (tmp_path / "night.csv").write_text("\n".join([*lines[:-1], ",".join(cells)]))
    found = ldn.replay(tmp_path / "night.csv")
    assert not found.agrees
    assert found.held[0].same
    assert found.held[1].apart == pytest.approx(0.5, rel=1e-3)
    assert found.held[1].where == "tone"
    assert "DOES NOT AGREE" in str(found)
    (tmp_path / "night.csv").write_text("\n".join(lines[:-1]))
    assert "number of rows" in ldn.replay(tmp_path / "night.csv").held[1].where
    night.to_netcdf(tmp_path / "night.nc")
    data = xr.load_dataset(tmp_path / "night.nc", engine="scipy")
    data["tone"][-1] += 0.25 * (high - low)
    data.to_netcdf(tmp_path / "changed.nc", engine="scipy")
    (one,) = ldn.replay(tmp_path / "changed.nc").held
    assert one.apart == pytest.approx(0.25)
    assert one.where == "tone"
    assert not one.agrees


def test_other_bits_are_measured_and_versions_named(night: Any, tmp_path: Path) -> None:
    (told,) = carried.told_by(night.data.attrs)
    versions = {**told.record["versions"], "numpy": "1.2.3", "ldnsim": "0.0.9"}
    about = {**told.digest, "machine": "Plan9 mips"}

    def carry(data: xr.Dataset) -> ldn.Replay:
        digest = {**json.loads(carried.digest(data)), **{"machine": about["machine"]}}
        figure = plt.figure(FigureClass=RecordedFigure)
        assert isinstance(figure, RecordedFigure)
        record = json.dumps({**told.record, "versions": versions})
        figure.remember({"record": record, "digest": json.dumps(digest)})
        figure.savefig(tmp_path / "other.png")
        return ldn.replay(tmp_path / "other.png")

    span = float(night.data["tone"].max() - night.data["tone"].min())
    near = carry(night.data.assign(tone=night.data["tone"] + 1e-9 * span))
    assert near.agrees
    assert not near.same
    assert near.held[0].apart == pytest.approx(1e-9, rel=1e-3)
    assert near.differing["numpy"][0] == "1.2.3"
    assert near.differing["machine"][0] == "Plan9 mips"
    assert "made with numpy 1.2.3, here" in str(near)
    far = carry(night.data.assign(tone=night.data["tone"] + 1e-3 * span))
    assert not far.agrees
    assert far.held[0].where == "tone"
    assert far.held[0].apart == pytest.approx(1e-3, rel=1e-3)
    versions["ldnsim"] = "999.0"
    with pytest.raises(InputError, match=r"record\.versions\.ldnsim: got '999\.0'"):
        carry(night.data)


def test_pictures_that_were_cut_edited_or_stripped_are_refused(picture: Path, tmp_path: Path) -> None:
    raw = picture.read_bytes()
    path = tmp_path / "broken.png"
    info: Any
    for cut in (8, 60, 3000, len(raw) // 2, len(raw) - 30):
        path.write_bytes(raw[:cut])
        with pytest.raises(InputError, match="expected a whole PNG; this one is cut off or damaged"):
            ldn.replay(path)
    with Image.open(picture) as image:
        text = image.info["ldnsim"]
        image.save(path)
        with pytest.raises(InputError, match="a program that saved it again left the record out"):
            ldn.replay(path)
        for damaged in (text[:-40], text.replace("A", "B"), text.replace(":1/1:", ":1/2:"), text + " " + text):
            info = PngInfo()
            info.add_text("Comment", damaged)
            image.save(path, pnginfo=info)
            with pytest.raises(InputError, match="a PNG with a whole record; this one is damaged"):
                ldn.replay(path)
        # wherever a program puts it, and compressed
        info = PngInfo()
        info.add_text("Comment", text, zip=True)
        image.crop((0, 0, 50, 50)).save(path, pnginfo=info)
    assert ldn.replay(path).same
    path.write_bytes(raw.replace(b"ldnsim:record:1:", b"ldnsim:record:2:"))
    with pytest.raises(InputError):
        ldn.replay(path)


_ANYTHING = st.dictionaries(st.text(), st.none() | st.text() | st.floats(allow_nan=False, allow_infinity=False))


@given(
    told=st.lists(st.builds(carried.Told, st.text(), _ANYTHING, _ANYTHING), min_size=1, max_size=3),
    width=st.integers(0, 200),
    where=st.floats(0, 1, exclude_max=True),
    letter=st.sampled_from("aZ0-_:/ "),
)
def test_text_holds_any_record_and_no_letter_of_it_changes_unseen(
    told: list[carried.Told], width: int, where: float, letter: str
) -> None:
    text = "\n".join(carried.packed(told, width))
    assert carried.unpacked(f"before {text};;; behind", "x", "a file") == told
    place = int(where * len(text))
    try:
        found = carried.unpacked(text[:place] + letter + text[place + 1 :], "x", "a file")
    except InputError:
        return
    # some bits of the last letter stand for nothing
    assert found == told


def test_an_svg_edited_by_hand_keeps_its_record(small: Any, tmp_path: Path) -> None:
    path = saved(small.plot(), tmp_path / "drug.svg")
    text = path.read_text()
    path.write_text("<!-- mine -->\n" + text.replace("Clock time", "Uhrzeit").replace("><", ">\n  <"))
    assert ldn.replay(path).same
    path.write_text(text.replace("ldnsim:record:1:1/1:", "ldnsim:record:1:1/1:x"))
    with pytest.raises(InputError, match="an SVG with a whole record; this one is damaged"):
        ldn.replay(path)
    path.write_text(text.replace("ldnsim:record:1:", "ldnsim:record:7:"))
    with pytest.raises(InputError, match="a later version of ldnsim"):
        ldn.replay(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\1\2", b"time,tone\n0,1\n", b"PK\x03\x04", b"\x89HDF\r\n", b"\x1f\x8b\0", b"%PDF-1.4", b"CDF\x01bad"],
)
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(InputError, match="^path: got"):
        ldn.replay(path)


def test_paths_that_are_none_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.png", tmp_path, "\0", 7, "/dev/null"):
        with pytest.raises(InputError, match="^(path|store): got"):
            ldn.replay(path)  # type: ignore[arg-type]


def test_a_model_that_ldnsim_cannot_make_is_named(tmp_path: Path) -> None:
    mine = models.one_compartment(CL=lambda c: 3 * c["weight"] / 70, V=20, ka=1)
    run = ldn.simulate("100 mg", model=mine, covariates={"weight": 55}, step=1.0)
    path = saved(run.plot(), tmp_path / "mine.png")
    with pytest.raises(InputError, match=r"^model: got None, expected the model one_compartment of the record"):
        ldn.replay(path)
    with pytest.raises(InputError, match="^model: got 'two_compartment'"):
        ldn.replay(path, DRUG)
    assert ldn.replay(path, mine).same
    with pytest.raises(InputError, match="^model: got 7"):
        ldn.replay(path, 7)  # type: ignore[arg-type]
    both = ldn.compare("9 mg", model=[None, mine], assumptions="popular", covariates={"weight": 55}, step=6.0)
    found = ldn.replay(saved(both.plot(), tmp_path / "both.png"), mine)
    assert found.same
    assert len(found.runs) == 2


LIBRARY = {
    "one": lambda: models.one_compartment(CL=2, V=20, F=0.5, lag=0.25),
    "three": lambda: models.three_compartment(CL=2, V1=20, Q2=1, V2=10, Q3=0.5, V3=40),
    "saturable": lambda: models.michaelis_menten(Vmax=5, Km=1, V=10, ka=1),
    "metabolite": lambda: models.parent_metabolite(CL=2, V=20, CLm=1, Vm=10, fm=0.5),
    "transit": lambda: models.transit_absorption(3, MTT=1, CL=2, V=20, ka=1),
    "turnover": lambda: models.turnover(3, kin=1, kout=0.1, CL=2, V=20, Smax=2, SC50=1),
    "tolerance": lambda: models.tolerance_turnover(1, kin=1, kout=0.1, ktol=0.1, CL=2, V=20, Imax=0.5, IC50=1),
    "binding": lambda: models.binding(0.1, 0.2, CL=2, V=20),
    "operational": lambda: models.operational_model(A=1, KA=1, tau=3, KB=1, CL=2, V=20),
    "nalmefene": lambda: models.nalmefene("popular,site=pet"),
    "nalmefene functional": lambda: models.nalmefene("measured,blockade=functional"),
}  # fmt: skip


@pytest.mark.parametrize("kind", LIBRARY)
def test_models_of_the_library_are_made_again(kind: str, tmp_path: Path) -> None:
    run = ldn.simulate("10 mg", model=LIBRARY[kind](), step=2.0, until=6)
    run.to_netcdf(tmp_path / "run.nc")
    found = ldn.replay(tmp_path / "run.nc")
    assert found.same


def test_a_record_of_many_people_travels_whole(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    people = Individuals.of({"ID": np.arange(3000), "CL": rng.uniform(1, 5, 3000)})
    run = ldn.simulate("100 mg", model=DRUG, population=people, step=12.0, until=24, progress=False)
    path = saved(run.plot(), tmp_path / "many.png")
    (again,) = ldn.replay(path).runs.values()
    assert again.record == run.record
    run.to_csv(tmp_path / "many.csv")
    assert max(map(len, (tmp_path / "many.csv").read_text().splitlines()[:5])) < 32_000
    assert ldn.replay(tmp_path / "many.csv").same


def test_the_command_says_whether_numbers_agree(
    picture: Path, night: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(path: Path, code: int) -> str:
        with pytest.raises(SystemExit) as stop:
            cli.main(["replay", str(path)])
        assert stop.value.code == code
        captured = capsys.readouterr()
        return captured.out + captured.err

    assert "drug.png: agrees to the last bit" in run(picture, 0)
    (tmp_path / "other.csv").write_text("time,tone\n0,1\n")
    assert "this one has none" in run(tmp_path / "other.csv", 2)
    night.to_csv(tmp_path / "night.csv")
    text = (tmp_path / "night.csv").read_text()
    (tmp_path / "night.csv").write_text(text[: text.rindex("\n", 0, -1)])
    assert "DOES NOT AGREE" in run(tmp_path / "night.csv", 1)


def test_files_in_folders_that_cannot_be_written_to_are_read(picture: Path) -> None:
    picture.chmod(0o400)
    picture.parent.chmod(0o500)
    try:
        assert ldn.replay(picture).same
        assert [path.name for path in picture.parent.iterdir()] == ["drug.png"]
    finally:
        picture.parent.chmod(0o700)


ANSWERED: dict[str, tuple[str, ...]] = {
    "windows": ("windows", "4.5 mg at 22:00"),
    "rebound": ("rebound", "4.5 mg at 22:00"),
    "washout": ("washout", "100 mg", "--below", "0.1 mg/L", "--population", "1", "--model", "one-compartment",
                "--set", "CL=2", "--set", "V=20"),
    "doses": ("dose-response", "50 mg", "90 mg", "--model", "one-compartment", "--set", "CL=2", "--set", "V=20"),
    "people": ("windows", "100 mg", "--of", "C_central", "--above", "1 mg/L", "--model", "one-compartment",
               "--set", "CL=2", "--set", "V=20", "--sep", ";", "--decimal", ","),
}  # fmt: skip


@pytest.mark.parametrize("kind", ANSWERED)
def test_the_table_of_an_answer_gives_back_the_run_that_it_is_about(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answer.csv"
    with pytest.raises(SystemExit) as stop:
        cli.main([*ANSWERED[kind], "--csv", str(path)])
    assert stop.value.code == 0, capsys.readouterr().err
    found = ldn.replay(path)
    assert found.same
    # rows of an answer are not those of the run
    assert all("rows" not in one.what for one in found.held)
    assert str(found).startswith("answer.csv, the runs behind it: agrees")
    assert "rows of the answer: not compared" in str(found)
    assert len(found.runs) == (2 if kind == "doses" else 1)
    assert path.read_text().splitlines()[0].startswith("# The record of what this answer was read off")


def test_cells_of_an_answer_with_a_hash_are_quoted(tmp_path: Path) -> None:
    table = pd.DataFrame({"run": ["night #1"], "hours": [3.0]})
    write_table(table, tmp_path / "a.csv", told=carried.told_by(person().data.attrs))
    assert pd.read_csv(tmp_path / "a.csv", comment="#")["run"].tolist() == ["night #1"]
