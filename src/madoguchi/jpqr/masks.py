"""Which of a QR symbol's eight masks scanners like best: the penalties of ISO/IEC 18004, 7.8.3.

The drawing library weighs them too, module by module, which is six sevenths of its work. Here a whole symbol is
one integer of a few thousand bits, and each rule of the standard is a handful of shifts.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Modules = NDArray[np.uint8]  # rows of modules, 1 where dark, the quiet zone included
QUIET_ZONE_MODULES = 4  # ISO/IEC 18004; scanners find a code by the white around it

_RUN, _BLOCK, _FINDER, _BALANCE = 3, 3, 40, 10  # the standard's weights N1 to N4


@dataclass(frozen=True, slots=True)
class Bits:
    """A symbol, or what a mask changes in one, as two integers: row after row, and column after column.

    Four white modules stand between two lines, and none after the last.
    """

    rows: int
    columns: int

    @classmethod
    def of(cls, modules: Modules) -> "Bits":
        """The bits of a square of modules, its quiet zone included, the first one highest."""
        top = modules[QUIET_ZONE_MODULES:-QUIET_ZONE_MODULES, :-QUIET_ZONE_MODULES]
        left = modules.T[QUIET_ZONE_MODULES:-QUIET_ZONE_MODULES, :-QUIET_ZONE_MODULES]
        spare = -top.size % 8  # packbits fills up its last byte
        return cls(*(int.from_bytes(np.packbits(one).tobytes(), "big") >> spare for one in (top, left)))


def best_mask(symbol: Bits, masks: Sequence[Bits], side: int) -> int:
    """The index of the mask whose picture (`symbol` exclusive-or mask) has the lowest penalty, the first if equal.

    `side` is in modules, without the quiet zone.
    """
    penalties = [penalty(Bits(symbol.rows ^ one.rows, symbol.columns ^ one.columns), side) for one in masks]
    return penalties.index(min(penalties))


def penalty(symbol: Bits, side: int) -> int:
    """How much a symbol of `side` modules, without the quiet zone, looks like what confuses a scanner."""
    rows, columns = symbol.rows, symbol.columns
    inner, lower = _neighbours(side)
    # No operator ~ in here: it makes integers negative, and Python works on those at half the speed.
    as_left = (rows ^ rows >> 1) & inner ^ inner  # 1 where a module equals the one to its left
    as_above = (columns ^ columns >> 1) & inner ^ inner
    stride = side + QUIET_ZONE_MODULES
    blocks = as_left & as_left >> stride & ((rows ^ rows >> stride) & lower ^ lower)  # two by two equal ones
    steps = abs(2 * rows.bit_count() - side * side) * 10 // (side * side)  # of 5 % away from half dark, half light
    lines = _line_penalty(rows, as_left) + _line_penalty(columns, as_above)
    return lines + _BLOCK * blocks.bit_count() + _BALANCE * steps


def _line_penalty(lines: int, as_before: int) -> int:
    """The penalty of long runs and of what looks like a finder pattern, over all lines of one direction."""
    pairs = as_before & as_before >> 1
    fives = pairs & pairs >> 2  # 1 where five equal modules stand in a row
    longer = fives & fives >> 1
    # Five in a row cost 3, each further one 1.
    cost = _RUN * fives.bit_count() - (_RUN - 1) * longer.bit_count()
    lines <<= QUIET_ZONE_MODULES  # the white after the last line, which bits below the lowest cannot be
    ends = lines & lines >> 6
    finders = ends & lines >> 2 & lines >> 3 & lines >> 4
    finders ^= finders & (lines >> 1 | lines >> 5)  # dark and light as 1:1:3:1:1
    dark = lines | lines >> 1
    dark |= dark >> 2  # 1 where one of four is dark
    finders ^= finders & dark >> 7 & dark << 4  # four light ones on neither side
    return cost + _FINDER * finders.bit_count()


@functools.cache
def _neighbours(side: int) -> tuple[int, int]:
    """Where a module of the symbol has another of the symbol to its left, and above it."""
    stride = side + QUIET_ZONE_MODULES
    inner = sum(((1 << side - 1) - 1) << row * stride for row in range(side))
    lower = sum(((1 << side) - 1) << row * stride for row in range(side - 1))
    return inner, lower
