"""The command as a process of its own: ``ldnsim``, or ``python -m ldnsim`` where it is not on the path."""

import gc

_SELDOM = 200_000


def command() -> None:
    """Run the command line of this process, and end it."""
    # looking for garbage among what is imported, and again among all that there is at the end, took a third of a short
    # run; a long one still needs it
    gc.set_threshold(_SELDOM)
    from .cli import main

    try:
        main()
    finally:
        gc.freeze()


if __name__ == "__main__":
    command()
