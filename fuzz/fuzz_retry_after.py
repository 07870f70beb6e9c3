"""A Retry-After of any characters is a number of seconds from none to five minutes."""

from azuread_auth._protocol.retry import MAX_RETRY_AFTER_SECONDS, retry_after_seconds

NOW = 1_800_000_000.0


def one_input(data: bytes) -> None:
    for encoding in ("latin-1", "utf-8"):
        value = data.decode(encoding, "replace")
        seconds = retry_after_seconds({"retry-after": value}, now=NOW)
        assert isinstance(seconds, float), "a wait is no number"
        assert 0.0 <= seconds <= MAX_RETRY_AFTER_SECONDS, "a wait is too long"
        if value.isascii() and value.isdigit():
            assert seconds == min(int(value[-400:] if len(value) > 400 else value), MAX_RETRY_AFTER_SECONDS) or (
                len(value) > 400
            ), "a wait was read wrongly"
