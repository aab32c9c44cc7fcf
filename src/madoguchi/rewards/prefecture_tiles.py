"""Where each prefecture stands on a map of squares: column from the west, row from the north, by JIS code."""

from __future__ import annotations

# Each beside its neighbours where it can be; the column between Kyushu and Shikoku is sea.
PREFECTURE_TILES: dict[str, tuple[int, int]] = {
    "01": (11, 0),  # Hokkaido
    "02": (11, 1),
    "03": (11, 2),
    "04": (11, 3),
    "05": (10, 2),
    "06": (10, 3),
    "07": (11, 4),
    "08": (11, 6),
    "09": (11, 5),
    "10": (10, 5),
    "11": (10, 6),
    "12": (11, 7),
    "13": (10, 7),  # Tokyo
    "14": (10, 8),
    "15": (10, 4),
    "16": (8, 5),
    "17": (7, 5),
    "18": (7, 6),
    "19": (9, 6),
    "20": (9, 5),
    "21": (8, 6),
    "22": (9, 7),
    "23": (8, 7),  # Aichi
    "24": (8, 8),
    "25": (7, 7),
    "26": (6, 7),
    "27": (6, 8),  # Osaka
    "28": (5, 7),
    "29": (7, 8),
    "30": (6, 9),
    "31": (4, 7),
    "32": (3, 7),
    "33": (4, 8),
    "34": (3, 8),  # Hiroshima
    "35": (2, 8),
    "36": (5, 10),
    "37": (5, 9),
    "38": (4, 9),
    "39": (4, 10),
    "40": (1, 9),  # Fukuoka
    "41": (0, 9),
    "42": (0, 10),
    "43": (1, 10),
    "44": (2, 9),
    "45": (2, 10),
    "46": (1, 11),
    "47": (0, 12),  # Okinawa
}
TILE_COLUMNS, TILE_ROWS = 12, 13
# The first rows and columns in which no prefecture stands: room for what the shades mean.
FREE_COLUMNS, FREE_ROWS = 10, 5
