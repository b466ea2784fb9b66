"""Names of variables and labels in plain words, for summaries, legends and axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

HALF = 0.5
"""Half: of receptors, or of an agonist's effect [1]."""

AGONIST = "heroin 25 mg"
"""The agonist whose effect the functional block is about (RP098, RP099)."""

HALF_HELD = "half of mu receptors held"
HALF_BLOCKED = f"{AGONIST} blocked by half"
"""The two things that are called blockade, each by its name."""

HELD_BY_EACH = "as many mu receptors held as count for each"
"""The same of people who differ in what counts as blocked."""

_WORDS = {
    "functional_block": f"functional block of {AGONIST}",
    "ntx": "naltrexone",
    "bnx6": "6-beta-naltrexol",
    "occupancy": "receptors held",
    "mor": "mu",
    "dor": "delta",
    "kor": "kappa",
    "beta_endorphin": "beta-endorphin",
    "met_enkephalin": "met-enkephalin",
    "tnf": "TNF",
    "il6": "IL-6",
    "il1b": "IL-1b",
    "no": "nitric oxide",
    "sp": "substance P",
    "tlr4_inhibition": "TLR4 inhibited",
    "tlr4_level": "drug at TLR4",
    "tone": "net opioid tone",
    "site_occupancy": "mu receptors held",
    "site_density": "mu receptors",
    "site_tone": "net opioid tone",
    "ogfr_held": "OGF receptors held",
    "ogfr_density": "OGF receptors",
    "ogf_tone": "OGF tone",
    "growth": "cell growth",
    "lymphocytes": "lymphocyte proliferation",
}

RELATIVE = (
    *("receptor_density", "peptide_level", "tone", "mediator_level", "cytokine_index", "site_density", "site_tone"),
    *("ogfr_density", "ogf_tone", "growth", "lymphocytes"),
)
"""Variables that are 1 where nothing was given."""

OCCUPANCY_AXIS = "Receptors held [fraction]"

_AXES = {
    "occupancy": OCCUPANCY_AXIS,
    "functional_block": f"Effect of {AGONIST} blocked [fraction]",
    "site_occupancy": "Mu receptors held [fraction]",
    "tlr4_inhibition": "Inhibited [fraction]",
    **dict.fromkeys(RELATIVE, "Relative to untreated = 1"),
}


def word(name: str) -> str:
    """A name of a variable or label in plain words."""
    return _WORDS.get(name, name.replace("_", " "))


def held_to(share: float) -> str:
    """What is said of mu receptors that the drug holds to a share of at least so much."""
    return HALF_HELD if share == HALF else f"{100 * share:.3g} % of mu receptors held"


def heading(name: str, labels: Mapping[str, object]) -> str:
    """Title of a panel with one variable."""
    text = ": ".join([word(name), *([", ".join(word(str(label)) for label in labels.values())] if labels else [])])
    return text[0].upper() + text[1:]


def axis_label(data: xr.Dataset, name: str) -> str:
    """What the vertical axis of a variable measures, with its unit."""
    unit = data[name].attrs["units"]
    return _AXES[name] if name in _AXES and unit == "1" else f"{heading(name, {})} [{unit}]"
