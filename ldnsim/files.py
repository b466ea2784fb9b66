"""Writing files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import InputError

if os.name == "posix":
    import fcntl


@contextmanager
def whole(path: str | os.PathLike[str], argument: str) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place once it is complete.

    Parameters
    ----------
    path : path-like
        Where the file shall be.
    argument : str
        Name of the argument that gave it, for the error.

    Yields
    ------
    pathlib.Path
        Where to write; it keeps the ending of `path`.

    Raises
    ------
    InputError
        If its folder does not exist or cannot be written to.
    """
    try:
        target = Path(path)
    except TypeError as error:
        raise InputError(argument, path, "a path") from error
    if target.is_dir():
        raise InputError(argument, str(path), "a file, not a folder")
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=target.suffix)
    except OSError as error:
        raise InputError(
            argument, str(path), f"a path in a folder that can be written to ({error.strerror})"
        ) from error
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        # mkstemp makes files private; give the usual permissions of a new file
        mask = os.umask(0)
        os.umask(mask)
        draft.chmod(0o666 & ~mask)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait until no other process is inside for the same file, and keep others out; ends with the process.

    Where the system knows no such locks, everybody comes in.

    Parameters
    ----------
    path : pathlib.Path
        A file that serves as the lock; made where it is missing.
    """
    with path.open("a") as lock:
        if os.name == "posix":
            with suppress(OSError):  # some network file systems know no locks
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield
