"""Files of any bytes are a recording, which is written and read again as the same, or WrongPlace."""

import json

from azuread_auth.simulation.recordings.place import WrongPlace
from azuread_auth.simulation.recordings.recording_schema import parse_recording
from azuread_auth.simulation.recordings.recording_text import recording_bytes


def one_input(data: bytes) -> None:
    try:
        found = parse_recording(data)
    except WrongPlace:
        return
    written = recording_bytes(found)
    assert parse_recording(written) == found, "what was read is not what is written"
    in_order = f"{json.dumps(json.loads(written), indent=2, sort_keys=True)}\n"
    assert written == in_order.encode(), "what is written is not in order"
