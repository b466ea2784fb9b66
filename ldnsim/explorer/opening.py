"""The explorer as it is opened: from Python and from the command line."""

from __future__ import annotations

from importlib.util import find_spec

from ..base.errors import MissingExtra
from ..base.reading import choice
from ..models import DRUGS, NALTREXONE


def explore(port: int | None = None, *, host: str | None = None, browser: bool = True, drug: str = NALTREXONE) -> None:
    """Serve the dose explorer, a page with sliders, until it is interrupted.

    Parameters
    ----------
    port : int, optional
        Port of this machine; by default 5006, or any that is free.
    host : str, optional
        Name or address of this machine under which others reach it, ``0.0.0.0`` for every one; the address of the page
        then holds a token, without which nothing is answered. By default it is there for this machine alone.
    browser : bool
        Whether a browser is opened.
    drug : str
        Which drug a page shows at first, ``"naltrexone"`` or a name of `ldnsim.models.DRUGS`; the page can show the
        others too.

    Raises
    ------
    InputError
        If the port or the host cannot be used, or there is no such drug.
    MissingExtra
        Without the extra ``explore``.

    Examples
    --------
    >>> import ldnsim
    >>> ldnsim.explore(drug="nalmefene")  # doctest: +SKIP
    """
    choice("drug", drug, (NALTREXONE, *DRUGS))
    if find_spec("bokeh") is None:
        raise MissingExtra("bokeh", "explore")
    from .server import serve

    serve(port, host=host, browser=browser, drug=drug)
