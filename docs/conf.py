"""Sphinx: ``python -m pip install ".[docs]" && python -m sphinx -W -j auto docs site`` builds the pages, offline."""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "ldnsim"
author = "The ldnsim developers"
copyright = author
version = release = version_of("ldnsim")

extensions = [
    "myst_nb",
    "sphinx_design",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "mathml",
    "from_code",
    "sentences",
]
exclude_patterns = ["_extensions"]
# run_beside.py has run them
nb_execution_mode = "off"
# what stands here is typed by somebody: --set and '120 L/h' must stay what they are
smartquotes = False
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
autosummary_generate = True
numpydoc_show_class_members = False
autodoc_typehints = "none"
html_math_renderer = "mathml"

html_theme = "pydata_sphinx_theme"
html_title = "ldnsim"
html_static_path = ["_static"]
html_css_files = ["equations.css"]
html_show_sphinx = False
# the sentences that are shown instead need no server
html_show_search_summary = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars: dict[str, list[str]] = {"generated/api": [], "[!g]*": [], "generated/[!an]*": [], "generated/names": []}
