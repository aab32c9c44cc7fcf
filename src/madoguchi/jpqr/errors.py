"""What can go wrong with a code, each with a stable word for programs and a sentence for people."""


class JpqrError(ValueError):
    """Base of this room's errors; `code` is stable, `message` may be reworded."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class PayloadError(JpqrError):
    """A payload that breaks EMVCo's rules or the JPQR profile.

    `path` names the tag as in "26.01" ("" for the payload as a whole). `offset` counts characters from the
    payload's start: to the tag if the tag or its length is wrong, to the value if the value is, and to
    where the enclosing template ends if a tag is missing.
    """

    def __init__(self, code: str, path: str, offset: int, message: str) -> None:
        super().__init__(code, message)
        # Exceptions are pickled by their args: with fewer than the constructor takes, a worker process dies.
        self.args = (code, path, offset, message)
        self.path = path
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.code} at {self.path or 'payload'} (character {self.offset}): {self.message}"


class StoreIdError(JpqrError):
    """A text that is no JPQR store identifier."""


class SymbolError(JpqrError):
    """A QR symbol that cannot be drawn, or does not read back as what was asked for."""


class PictureError(JpqrError):
    """A picture that is too large, damaged or of a kind we do not open."""


class StickerError(JpqrError):
    """A sticker whose facts contradict each other or do not fit on its page."""


class SigningError(JpqrError):
    """A key that cannot sign or prove anything."""
