"""The parameters of a request to one of the sign-in routes: what is read from them shows nothing by itself."""

from azuread_auth._protocol.authorization import single_parameters

__all__ = ["AnswerParameters"]


class AnswerParameters(dict[str, str]):
    """Each parameter once, codes and states among them: what reports errors may show the locals of every frame."""

    @classmethod
    def read(cls, text: str) -> "AnswerParameters":
        """Those of a query or a form. Raises LoginFailed when one is there twice or the text is too large."""
        return cls(single_parameters(text))

    def __repr__(self) -> str:
        return f"<{len(self)} parameters>"
