"""Numbers as they are printed: grouped, split by a space, in wide digits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

# Up to 15 digits: more is no count of anything.
GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3}){1,4}|[0-9]{1,15}")


def read_figure(printed: str, zero_signs: Collection[str] = ()) -> tuple[int, str] | None:
    """The number and the reason it had to be repaired ("" for none); None if it is no number of this kind.

    Spaces are taken out only where the groups of three then come out right.
    """
    if printed in zero_signs:
        return 0, "sign_for_zero"
    narrow = unicodedata.normalize("NFKC", printed)
    tight = "".join(narrow.split())
    if not GROUPED.fullmatch(tight):
        return None
    reason = "split_number" if tight != narrow else "wide_digits" if narrow != printed else ""
    return int(tight.replace(",", "")), reason


def one_digit_apart(value: int, other: int) -> bool:
    """Whether two numbers of the same length differ in one digit: what a slip in print looks like."""
    mine, theirs = str(value), str(other)
    return len(mine) == len(theirs) and sum(a != b for a, b in zip(mine, theirs, strict=True)) == 1
