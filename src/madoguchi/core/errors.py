"""`Refusal`: the one way an action says no."""

from __future__ import annotations


class Refusal(Exception):
    """An action declined, for a reason its caller can show and act on.

    `code` is stable vocabulary for programs; `details` are facts for the sentence shown to people (a limit, an
    instant, what is left). The sentence itself is made at the edge, in the reader's language.
    """

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.details.items())
        return f"{self.code} ({facts})" if facts else self.code
