"""The command that sets predictions beside observations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..terminal import bar, refuse_files
from .options import Quiet


def qualify(
    html: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the page.")] = Path("qualification.html"),
    markdown: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write the same as Markdown.")] = None,
    assumptions: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="An account, repeatable; by default both, under every exposure."),
    ] = None,
    people: Annotated[int, typer.Option(metavar="N", help="How many people make the bands.")] = 60,
    quiet: Quiet = False,
) -> None:
    """Predict every observation that the model can predict, and write what is met and what is missed."""
    from ..qualification import qualify as qualified

    refuse_files(html=html, markdown=markdown)
    with bar(quiet=quiet) as report:
        found = qualified(assumptions or (), people=people, progress=report)
    print(found.shares().to_string(index=False, float_format=lambda value: f"{value:.2f}"))
    predicted = found.table["observation"].nunique()
    print(f"{predicted} observations predicted, {len(found.others)} not, each with a reason")
    found.to_html(html)
    if markdown is not None:
        found.to_markdown(markdown)
