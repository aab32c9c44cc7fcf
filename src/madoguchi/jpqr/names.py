"""Names within a code's or a sticker's narrow space."""

import re
import unicodedata

# A break is fine after these (a space, a middle dot, a closing bracket) …
_BREAK_AFTER = " ・／/-–—,，、。)）」』】"
# … and before these, which open something new.
_BREAK_BEFORE = "(（「『【"
# These lean on the character before them; Japanese typesetting never starts a line with one.
_LEANING = "ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ゝヽ"
_ZERO_WIDTH_JOINER = "\u200d"
_LATIN = re.compile("[0-9A-Za-z]")
_KATAKANA = re.compile("[ァ-ヺー]")


def fit_name(text: str, limit: int = 25) -> str:
    """`text` in at most `limit` characters, cut where a reader would cut it.

    Runs of white space become one space. The cut falls at a space, middle dot or bracket if one stands in
    the second half of what fits; else at the last place there that does not part a Latin or katakana word;
    else where no small kana, long mark or accent loses the character it leans on. A bracket left open by the
    cut goes too. Nothing marks the cut: an ellipsis would cost a character of the name. Raises ValueError if
    `limit` < 1.
    """
    if limit < 1:
        raise ValueError("a name needs room for at least one character")
    name = " ".join(text.split())
    if len(name) <= limit:
        return name
    for is_good_cut in (_at_break, _between_words, _parts_no_character):
        for cut in range(limit, limit // 2, -1):
            if is_good_cut(name[cut - 1], name[cut]):
                return _tidy(name[:cut]) or name[:cut]
    return name[:limit]


def name_phrases(text: str) -> list[str]:
    """Parts of a name that should each stay on one line, in order; joined they are `text` again.

    「富岡市立美術博物館・福沢一郎記念美術館」 gives two, the first with its middle dot.
    """
    phrases = [""]
    for before, character in zip(" " + text, text, strict=False):
        is_start = character in _BREAK_BEFORE or (before in _BREAK_AFTER and character not in _BREAK_AFTER)
        if phrases[-1] and is_start:
            phrases.append("")
        phrases[-1] += character
    return [phrase for phrase in phrases if phrase]


def _at_break(before: str, after: str) -> bool:
    return before in _BREAK_AFTER or after in _BREAK_BEFORE or after in " ・"


def _between_words(before: str, after: str) -> bool:
    in_word = any(script.match(before) and script.match(after) for script in (_LATIN, _KATAKANA))
    return not in_word and _parts_no_character(before, after)


def _parts_no_character(before: str, after: str) -> bool:
    # Mn, Me, Mc: accents, dakuten and variation selectors written after their letter.
    is_mark = unicodedata.category(after) in ("Mn", "Me", "Mc")
    return not (is_mark or after in _LEANING or _ZERO_WIDTH_JOINER in (before, after))


def _tidy(name: str) -> str:
    for opening, closing in zip("(（「『【", ")）」』】", strict=True):
        if name.count(opening) > name.count(closing):
            name = name[: name.rindex(opening)]
    return name.rstrip(" ・／/-–—,，、")
