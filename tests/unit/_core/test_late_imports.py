"""An import that waits until somebody needs it may find that no file can be opened then."""

import errno

import pytest

from azuread_auth._adapters.loading import loading
from azuread_auth._core.late_imports import importing
from azuread_auth.errors import ProviderUnavailable


@pytest.mark.parametrize("surround", [importing, loading])
def test_R27_a_file_that_cannot_be_opened_is_no_crash(surround):
    """R27: the caller is told to come back, and why; what is wrong with the program itself stays as it is."""
    with pytest.raises(ProviderUnavailable, match=r"could not be loaded \(Too many open files\)") as caught, surround():
        raise OSError(errno.EMFILE, "Too many open files", "/secret/place.py")
    assert caught.value.retry_after == 1.0
    assert "secret" not in str(caught.value)
    with pytest.raises(ImportError), surround():
        raise ImportError
    with surround():
        pass
