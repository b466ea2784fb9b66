"""The folder of a store: its lock, and files of our own that are sealed, so that damage to them is seen."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from ..base.errors import InputError
from ..base.files import NO_ZEROS, hold
from .chunks import canonical

OURS = ".ldnsim"
"""Our own folder in that of a store."""


def folder_of(path: str | os.PathLike[str]) -> Path:
    """The folder of a store, with our own folder in it; anything else there is refused."""
    try:
        folder = Path(path)
        if b"\0" in os.fsencode(folder):
            raise ValueError("a zero byte")
    except TypeError as error:
        raise InputError("store", path, "a path") from error
    except ValueError as error:
        raise InputError("store", str(path), NO_ZEROS) from error
    inside = [above for above in folder.absolute().parents if (above / OURS).is_dir()]
    if inside:
        raise InputError("store", str(path), f"a path outside of the store {inside[0]}")
    try:
        if folder.is_dir() and not (folder / OURS).is_dir() and any(folder.iterdir()):
            raise InputError("store", str(path), "a new path or a store of a run; this folder holds something else")
        folder.mkdir(exist_ok=True)
        (folder / OURS).mkdir(exist_ok=True)
    except OSError as error:
        expected = f"a path in a folder that can be written to ({error.strerror})"
        raise InputError("store", str(path), expected) from error
    return folder


def locked(folder: Path) -> IO[bytes]:
    """The lock of a store, held until the file is closed; raises `InputError` where another process holds it."""
    try:
        lock = (folder / OURS / "lock").open("ab")
    except OSError as error:
        raise InputError("store", str(folder), f"a store that can be written to ({error.strerror})") from error
    try:
        # where there is no lock two runs do the same work twice, and both write the same bytes
        hold(lock, wait=False)
    except BlockingIOError as error:
        lock.close()
        raise InputError(
            "store", str(folder), "a store that nothing else writes to now; wait for the other run or stop it"
        ) from error
    return lock


def check_same(folder: Path, begun: Path, identity: Mapping[str, Any]) -> None:
    """Refuse to go on with a store that was begun by another run."""
    there = unsealed(begun.read_bytes())
    if there is None:
        raise InputError("store", str(folder), f"a readable {OURS}/{begun.name}; it is damaged, so begin elsewhere")
    differences = list(_differences(there, identity))
    if differences:
        shown = "; ".join(differences[:3]) + (f"; and {len(differences) - 3} more" if len(differences) > 3 else "")
        raise InputError(
            "store", str(folder), f"the run it was begun with, or another path ({shown}); delete it to begin anew"
        )


def _differences(there: Any, here: Any, name: str = "") -> Iterator[str]:
    if isinstance(there, dict) and isinstance(here, dict):
        for key in sorted(there.keys() | here.keys()):
            below = f"{name}.{key}" if name else key
            if key not in there or key not in here:
                yield f"{below} only {'here' if key in here else 'there'}"
            else:
                yield from _differences(there[key], here[key], below)
    elif there != here:
        yield f"{name}: {_short(there)} there, {_short(here)} here"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:37] + "..."


def sealed(content: Mapping[str, Any]) -> bytes:
    """Content with its own SHA-256, as a file."""
    seal = hashlib.sha256(canonical("store", content)).hexdigest()
    return json.dumps({**content, "sha256": seal}, indent=1, allow_nan=False).encode()


def unsealed(data: bytes) -> dict[str, Any] | None:
    """What was sealed, or None where it was damaged."""
    try:
        content = json.loads(data)
        seal = content.pop("sha256")
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    return content if hashlib.sha256(canonical("store", content)).hexdigest() == seal else None


def put(path: Path, data: bytes | memoryview, *, durable: bool = False) -> None:
    """Write a file whole or not at all; the draft has a fixed name, so that kills leave no litter.

    Only what no checksum can repair is forced to the disk (`durable`): where a loss of power takes
    anything else, the chunk is found damaged and computed again.
    """
    draft = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(exist_ok=True)
        with draft.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        expected = f"a store that can be written to ({error.strerror}); mend that and run the same again to go on"
        raise InputError("store", str(path), expected) from error
