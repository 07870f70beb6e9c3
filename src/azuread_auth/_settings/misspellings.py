"""Environment variables that look like a setting and are none."""

import warnings
from collections.abc import Iterable

__all__ = ["warn_of_misspellings"]

_LIKENESS = 0.85


def warn_of_misspellings(names: Iterable[str], *, prefix: str, known: Iterable[str]) -> None:
    """Warn of each name with the prefix that is none of `known` and much like one.

    A restriction under a misspelt name would be left off without a word. It is no error, since the variable may be
    another program's.
    """
    settings = sorted(known)
    unknown = sorted({name for name in names if name.startswith(prefix)}.difference(settings))
    if not unknown:
        return
    from difflib import get_close_matches  # noqa: PLC0415 - seldom needed

    for name in unknown:
        meant = get_close_matches(name, settings, n=1, cutoff=_LIKENESS)
        if meant:
            warnings.warn(f"{name} is no setting and is ignored; did you mean {meant[0]}?", stacklevel=4)
