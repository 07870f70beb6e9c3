"""Files of any bytes are a recording, which is written and read again as the same, or WrongPlace."""

import json
import sys

import atheris

with atheris.instrument_imports():
    from azuread_auth.simulation.recordings.place import WrongPlace
    from azuread_auth.simulation.recordings.recording_schema import parse_recording
    from azuread_auth.simulation.recordings.recording_text import recording_bytes


def one_file(data: bytes) -> None:
    try:
        found = parse_recording(data)
    except WrongPlace:
        return
    written = recording_bytes(found)
    if parse_recording(written) != found:
        message = "what was read is not what is written"
        raise AssertionError(message)
    if written != f"{json.dumps(json.loads(written), indent=2, sort_keys=True)}\n".encode():
        message = "what is written is not in order"
        raise AssertionError(message)


atheris.Setup(sys.argv, one_file)
atheris.Fuzz()
