"""EMVCo merchant-presented payloads: from text to a tree of tags and back, strictly.

A counter that accepts a half-read code sends a payer's money to nobody knows whom. So this reader repairs
nothing: it either understands every character or says which one it does not.
"""

from binascii import crc_hqx
from collections.abc import Callable, Iterable
from string import ascii_letters, ascii_uppercase

from madoguchi.jpqr.errors import PayloadError
from madoguchi.jpqr.fields import DIGITS, Payload, Tree, text_of
from madoguchi.jpqr.reader import BAD_CHARACTER, CRC_HEAD, HEADER, checksum, read_leniently
from madoguchi.jpqr.rules import (
    ACCOUNT_TEMPLATES,
    MANDATORY,
    MAX_PAYLOAD_CHARACTERS,
    MAX_VALUE_CHARACTERS,
    RULES,
    UNRESERVED_TEMPLATES,
    Rule,
)

# True for a good value, a tree for a good template, anything false for what the careful reader should look at.
Check = Callable[[str], "Tree | bool | None"]
Heads = dict[str, tuple[str, int, Check]]


def decode(text: str) -> Payload:
    """Read a merchant-presented payload.

    Raises PayloadError with one of: `too_long`, `bad_character`, `bad_header`, `cut_short`, `bad_tag`, `bad_length`,
    `empty_value`, `past_end`, `duplicate_tag`, `crc_missing`, `crc_not_last`, `bad_crc`, `crc_mismatch`,
    `missing_tag`, `unexpected_tag`, `bad_value`. The checksum is judged before the contents: a misread code should be
    read again, not argued with about its postal code.
    """
    tree = _tree_if_plainly_sound(text)
    if tree is not None:
        return Payload.of_sound_text(text[:-8], tree)
    # Faulty, or one of the rarer forms: the careful reader decides, ten times slower.
    reading = read_leniently(text)
    if reading.faults:
        raise reading.faults[0]
    assert reading.payload is not None  # noqa: S101  # no fault means a header, and so a tag
    return reading.payload


def encode(payload: Payload) -> str:
    """Write a payload with its checksum, in the order given.

    Nothing leaves that `decode` would refuse: each value passes the check it would be read with. Raises PayloadError;
    `tree_differs` if a field's value and its inner fields tell different stories.
    """
    text = _sealed(payload.body)
    if _body_if_plainly_sound(payload.tree) == payload.body:
        return text
    if decode(text) != payload:
        raise PayloadError("tree_differs", "", 0, "a template's value does not spell its inner fields")
    return text


def encode_tree(tree: Tree) -> str:
    """Write values by tag, templates as dictionaries, in the order given; the checksum is added.

    Raises PayloadError as `encode` does.
    """
    if (body := _body_if_plainly_sound(tree)) is not None:
        return _sealed(body)
    text = _sealed(text_of(tree))
    if decode(text).tree != tree:
        raise PayloadError("tree_differs", "", 0, "a template was given as text, or a plain value as a template")
    return text


def _sealed(body: str) -> str:
    """The body with its checksum; characters without bytes are refused before they would break its computation."""
    body += CRC_HEAD
    if not body.isprintable() and (bad := BAD_CHARACTER.search(body)):
        raise PayloadError("bad_character", "", bad.start(), f"U+{ord(bad[0]):04X} has no place in a payload")
    return body + checksum(body)


# The quick way. Nearly every code is plain and sound; for those one pass of slices, look-ups and C-level string checks
# gives the whole answer, in a tenth of the careful reader's time. It only ever says "sound" or "ask the careful
# reader": tests hold that whatever it calls sound, the other finds no fault in and reads the same.


def _tree_if_plainly_sound(text: str) -> Tree | None:
    if text[-8:-4] != CRC_HEAD or not text.startswith(HEADER) or len(text) > MAX_PAYLOAD_CHARACTERS:
        return None
    # What Python calls printable holds none of the bad characters; what it does not may still be good (U+3000).
    if not text.isprintable() and BAD_CHARACTER.search(text):
        return None
    if text[-4:] != "%04X" % crc_hqx(text[:-4].encode(), 0xFFFF):  # noqa: UP031  # half the time of an f-string
        return None
    tree = _read(text[:-8], _TOP)
    if tree is None or not tree.keys() >= _MANDATORY or _ACCOUNTS.isdisjoint(tree):
        return None
    return tree


def _read(text: str, heads: Heads) -> Tree | None:
    """The tags of `text` if each is known, stands once and passes its check; templates come back as trees."""
    tree: Tree = {}
    at, end = 0, len(text)
    try:
        while at < end:
            value_at = at + 4
            tag, length, check = heads[text[at:value_at]]
            at = value_at + length
            value = text[value_at:at]
            checked = check(value)
            if not checked or tag in tree:
                return None
            tree[tag] = value if checked is True else checked
    except KeyError:  # no tag and length that may stand here
        return None
    # The last value was cut off by the text's end if it wanted more.
    return tree if at == end else None


def _body_if_plainly_sound(tree: Tree) -> str | None:
    if next(iter(tree), None) != "00" or not tree.keys() >= _MANDATORY or _ACCOUNTS.isdisjoint(tree):
        return None
    return _write(tree, _TOP)


def _write(tree: Tree, heads: Heads) -> str | None:
    """The tags of `tree` as text if each is known and passes the check with which it would be read."""
    parts: list[str] = []
    try:
        for tag, value in tree.items():
            if isinstance(value, dict):
                inner, required = _INNER[tag]
                text = _write(value, inner)
                if not text or not value.keys() >= required:
                    return None
                head = tag + DIGITS[len(text)]
            else:
                text, head = value, tag + DIGITS[len(value)]
                # A template given as plain text reads as a tree, which is not True.
                if heads[head][2](value) is not True:
                    return None
            parts += (head, text)
    except KeyError:  # no tag, or no length it may have
        return None
    return "".join(parts)


def _heads(tag: int, check: Check, rule: Rule | None = None, lengths: Iterable[int] = ()) -> Heads:
    """Every head of a tag that may be: its two digits and a length its rule allows."""
    allowed = lengths or range(1, (rule.max_characters if rule else MAX_VALUE_CHARACTERS) + 1)
    return {f"{tag:02}{length:02}": (f"{tag:02}", length, check) for length in allowed}


def _by_pattern(rule: Rule) -> Check:
    pattern = rule.pattern.fullmatch
    return lambda value: pattern(value) is not None


def _template(tags: Iterable[int], heads: Heads, *required: str) -> Heads:
    """Heads of templates whose inner tags have `heads`, with which `_write` finds them too."""
    due = frozenset(required)

    def check(value: str) -> Tree | None:
        tree = _read(value, heads)
        return tree if tree and tree.keys() >= due else None

    found: Heads = {}
    for tag in tags:
        _INNER[f"{tag}"] = heads, due
        found |= _heads(tag, check)
    return found


def _numbers(digits: int) -> Check:
    return frozenset(f"{number:0{digits}}" for number in range(10**digits)).__contains__


def _letter_pairs(letters: str) -> Check:
    return frozenset(first + second for first in letters for second in letters).__contains__


_is_anything: Check = bool
_is_plain: Check = str.isascii  # controls have been ruled out for the whole text
_INNER: dict[str, tuple[Heads, frozenset[str]]] = {}
_MANDATORY = frozenset(MANDATORY)
_ACCOUNTS = frozenset(f"{tag:02}" for tag in range(2, 52))
# Schemes number what they keep from 01 up; tags from 30 on were met in no code, and are the careful reader's.
_GUIDED: Heads = _heads(0, _is_plain, RULES["guid"])
for _tag in range(1, 30):
    _GUIDED |= _heads(_tag, _is_anything)
_ADDITIONAL: Heads = _heads(9, _by_pattern(RULES["62.09"]), RULES["62.09"])
for _tag in range(1, 9):
    _ADDITIONAL |= _heads(_tag, _is_plain, RULES[f"62.{_tag:02}"])
_LANGUAGE: Heads = {
    **_heads(0, _letter_pairs(ascii_letters), lengths=(2,)),
    **_heads(1, _is_anything, RULES["64.01"]),
    **_heads(2, _is_anything, RULES["64.02"]),
}
# Tags 56, 57 and 65-79 are rare, or bound to others: the careful reader's. 63 is nowhere but at the end.
_TOP: Heads = {
    **_heads(0, {"01"}.__contains__, lengths=(2,)),
    **_heads(1, {"11", "12"}.__contains__, lengths=(2,)),
    **_heads(52, _numbers(4), lengths=(4,)),
    **_heads(53, _numbers(3), lengths=(3,)),
    **_heads(54, _by_pattern(RULES["54"]), RULES["54"]),
    **_heads(55, {"01"}.__contains__, lengths=(2,)),
    **_heads(58, _letter_pairs(ascii_uppercase), lengths=(2,)),
    **_heads(59, _is_plain, RULES["59"]),
    **_heads(60, _is_plain, RULES["60"]),
    **_heads(61, _is_plain, RULES["61"]),
    **_template((62,), _ADDITIONAL),
    **_template((64,), _LANGUAGE, "00", "01"),
    **_template((*ACCOUNT_TEMPLATES, *UNRESERVED_TEMPLATES), _GUIDED, "00"),
}
for _tag in range(2, 26):
    _TOP |= _heads(_tag, _is_plain, RULES["card"])
