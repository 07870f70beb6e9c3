"""A recording read from its file."""

from pathlib import Path

from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.recordings.place import WrongPlace
from azuread_auth.simulation.recordings.recording_file import read_recording
from azuread_auth.simulation.recordings.recording_schema import Exchanges, parse_recording

__all__ = ["opened_recording"]


def opened_recording(path: Path) -> Exchanges:
    """The recorded answers by request. Raises ConfigurationError for a file that is none or no recording."""
    try:
        return parse_recording(read_recording(path))
    except WrongPlace as error:
        message = f"the recording {path} cannot be used: {error}; record it anew with Recording"
        raise ConfigurationError(message) from None
