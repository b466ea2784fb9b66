"""Writing files whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from .errors import InputError

_LONGEST_ENDING = 16

NO_ZEROS = "a path without a zero byte, in characters that the system can write"
"""What was expected in place of a path that no file can have."""


def destination(path: str | os.PathLike[str], argument: str) -> Path:
    """Where a file shall be written, with links followed; refused at once where it could not be.

    Parameters
    ----------
    path : path-like
        Where the file shall be.
    argument : str
        Name of the argument that gave it, for the error.

    Returns
    -------
    pathlib.Path
        The file itself.

    Raises
    ------
    InputError
        If it is no path, names what is not an ordinary file, or nothing can be written there.
    """
    try:
        target = Path(os.path.realpath(path))
        if not isinstance(os.fspath(path), str):
            raise TypeError("bytes")
        folder = target.parent.stat()
        try:
            mode = target.stat().st_mode
        except FileNotFoundError:
            mode = None
    except TypeError as error:
        raise InputError(argument, path, "a path") from error
    except ValueError as error:
        raise InputError(argument, str(path), NO_ZEROS) from error
    except OSError as error:
        raise _unwritable(argument, path, error) from error
    if mode is not None and stat.S_ISDIR(mode):
        raise InputError(argument, str(path), "a file, not a folder")
    if mode is not None and not stat.S_ISREG(mode):
        raise InputError(argument, str(path), "an ordinary file, not a device or a pipe")
    if not stat.S_ISDIR(folder.st_mode) or not os.access(target.parent, os.W_OK | os.X_OK):
        raise InputError(argument, str(path), "a path in a folder that can be written to")
    if mode is not None and not os.access(target, os.W_OK):
        raise InputError(argument, str(path), "a file that is not protected against writing")
    return target


def _unwritable(argument: str, path: str | os.PathLike[str], error: OSError) -> InputError:
    reason = error.strerror or str(error) or type(error).__name__
    return InputError(argument, str(path), f"a path in a folder that can be written to ({reason})")


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
        If it cannot be written there, as `destination` tells, or the writing fails, for example on a full disk.
    """
    target = destination(path, argument)
    try:
        # a short name, so that the draft of a file with the longest possible name can be made
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".ldnsim-", suffix=target.suffix[:_LONGEST_ENDING])
    except OSError as error:
        raise _unwritable(argument, path, error) from error
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        # mkstemp makes files private; give the usual permissions of a new file
        mask = os.umask(0)
        os.umask(mask)
        # in a browser the mask takes every right away, but who writes a file means to read it
        draft.chmod(0o600 | 0o666 & ~mask)
        draft.replace(target)
    except OSError as error:
        if error.filename is not None and error.filename not in (name, draft):
            raise  # about another file
        raise _unwritable(argument, path, error) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str, argument: str) -> None:
    """Write a text as it is, in UTF-8, whole or not at all.

    Parameters
    ----------
    path : path-like
        Where the file shall be.
    text : str
        What it shall hold, with its ends of lines.
    argument : str
        Name of the argument that gave the path, for the error.

    Raises
    ------
    InputError
        As `whole`, or where the text has half a character, which UTF-8 cannot write.
    """
    with whole(path, argument) as draft:
        try:
            draft.write_text(text, encoding="utf-8", newline="")
        except UnicodeEncodeError as error:
            raise InputError(argument, str(path), f"text that a file can hold ({error})") from error


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
        hold(lock, wait=True)
        yield


def hold(lock: IO[Any], *, wait: bool) -> None:
    """Lock an open file until it is closed.

    Windows, browsers and some network file systems know no such locks: then everybody comes in.

    Parameters
    ----------
    lock : file
        An open file.
    wait : bool
        Whether to wait for another process that holds it.

    Raises
    ------
    BlockingIOError
        If another process holds it and is not waited for.
    """
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        raise
    except OSError:
        pass
