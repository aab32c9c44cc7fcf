"""Large figures as people say them, for axes and bars."""

from __future__ import annotations

from madoguchi.web.templatetags.madoguchi import is_english

UNITS_JA = ((10**12, "兆"), (10**8, "億"), (10**4, "万"))
UNITS_EN = ((10**9, "bn"), (10**6, "m"), (10**3, "k"))


def short_number(number: int) -> str:
    """`2,000万`, `1.5億`; in English `20m`."""
    units = UNITS_EN if is_english() else UNITS_JA
    for size, unit in units:
        if abs(number) >= size:
            whole, rest = divmod(abs(number) * 10 // size, 10)
            sign = "−" if number < 0 else ""
            return f"{sign}{whole:,}{f'.{rest}' if rest else ''}{unit}"
    return f"{number:,}"
