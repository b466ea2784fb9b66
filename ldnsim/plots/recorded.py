"""Figures that write the records of the runs they show into their files, so that a picture can be repeated."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from ..base.errors import LdnsimWarning
from ..results.carried import MOST, SAID, Told, packed, told_by

_KEYS = {"png": "ldnsim", "svg": "Source", "svgz": "Source", "pdf": "Keywords"}
"""Where the metadata of a format have room for a record: PNG takes any name, SVG and PDF those of their standards."""

_TIMES = {"svg": "Date", "svgz": "Date", "pdf": "CreationDate"}


class RecordedFigure(Figure):
    """A figure whose files hold the records of the runs in it; those of ldnsim are made of it.

    For panels among others: ``plt.subplots(1, 2, FigureClass=RecordedFigure)``, or ``plt.figure(FigureClass=...)``.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._shown: dict[tuple[str, ...], str] = {}
        self._to_lay_out = False

    def remember(self, attributes: Mapping[str, Any], name: str = "") -> None:
        """Note the records in the attributes of a dataset that is shown, under a name if it has one."""
        said = tuple(str(attributes.get(one, "")) for one in SAID)
        if any(said):
            self._shown[said] = self._shown.get(said) or name

    @property
    def told(self) -> list[Told]:
        """The records of the runs that are shown, each once; those without a name are numbered if they are several."""
        found = []
        for said, name in self._shown.items():
            found += told_by({key: text for key, text in zip(SAID, said, strict=True) if text}, name)
        if len(found) == 1:
            return found
        return [one._replace(name=one.name or f"run {number}") for number, one in enumerate(found, 1)]

    def savefig(
        self, fname: str | os.PathLike[str] | IO[Any], *, transparent: bool | None = None, **kwargs: Any
    ) -> None:
        """Save as `matplotlib.figure.Figure.savefig` does, with the records in the metadata and without a date.

        The same figure gives the same bytes each time. The pixels do not depend on the records.

        Warns
        -----
        LdnsimWarning
            If the format, or ``pil_kwargs`` that replace the metadata, leave no room for the records.
        """
        form = _form(fname, kwargs.get("format"), self)
        about = dict(kwargs.get("metadata") or {})
        if form in _TIMES:
            about.setdefault(_TIMES[form], None)
        if text := self._text(form, kwargs):
            # what the user says under the same name stays
            key = _KEYS[form]
            about[key] = f"{about[key]} {text}" if about.get(key) else text
        if about:
            kwargs["metadata"] = about
        # names of parts of an SVG are drawn at random without it
        salt = mpl.rc_context({"svg.hashsalt": mpl.rcParams["svg.hashsalt"] or "ldnsim"})
        # a figure that is cut to what it shows is measured as drawn
        cut = kwargs.get("bbox_inches", mpl.rcParams["savefig.bbox"]) is not None
        self._to_lay_out = self.get_layout_engine() is not None and not cut
        try:
            with salt if form.startswith("svg") else nullcontext():
                super().savefig(fname, transparent=transparent, **kwargs)
        finally:
            self._to_lay_out = False

    def draw(self, renderer: Any) -> None:
        """Draw; a file is drawn twice by matplotlib, at first only to lay the panels out, which needs no drawing."""
        engine = self.get_layout_engine()
        if self._to_lay_out and engine is not None:
            self._to_lay_out = False
            engine.execute(self)
        else:
            super().draw(renderer)

    def _text(self, form: str, kwargs: Mapping[str, Any]) -> str:
        """The records as the metadata hold them; empty where there are none or, with a warning, no room."""
        if not self._shown:
            return ""
        if form not in _KEYS:
            why = f"a {form} has no room for it; png, svg and pdf have"
        elif "pnginfo" in (kwargs.get("pil_kwargs") or {}):
            why = "pnginfo of pil_kwargs takes the place of the metadata; give metadata= instead"
        else:
            (text,) = packed(self.told)
            if len(text) <= MOST:
                return text
            why = f"it takes {len(text) / 1e6:.0f} MB and a picture holds {MOST / 1e6:.0f}; to_netcdf keeps it"
        warnings.warn(f"saved without the record of the run: {why}", LdnsimWarning, stacklevel=3)
        return ""


def _form(fname: Any, form: str | None, figure: Figure) -> str:
    """Format of a file, as matplotlib finds it."""
    if form is None and isinstance(fname, str | os.PathLike):
        form = Path(fname).suffix[1:]
    return (form or str(figure.canvas.get_default_filetype())).lower()
