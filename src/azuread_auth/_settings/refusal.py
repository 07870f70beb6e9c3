"""A refused setting, told by the name under which it was given."""

from collections.abc import Mapping

from azuread_auth.errors import ConfigurationError

__all__ = ["SettingRefused"]


class SettingRefused(ConfigurationError):
    """One setting is wrong. A `{name}` in the problem stands for another setting, any other `{word}` for a detail."""

    def __init__(self, setting: str, problem: str, **details: str) -> None:
        self._template = f"{{{setting}}} {problem}"
        self._details = details
        super().__init__(self.told_by({}))

    def told_by(self, names: Mapping[str, str]) -> str:
        """The message, with settings called by these names where they have one."""
        return self._template.format_map(_Names({**names, **self._details}))

    def __reduce__(self) -> tuple[type[ConfigurationError], tuple[str]]:
        return ConfigurationError, (str(self),)


class _Names(dict[str, str]):
    def __missing__(self, setting: str) -> str:
        return setting
