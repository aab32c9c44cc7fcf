"""The tree of a merchant-presented code: tags, lengths and values as EMVCo nests them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from madoguchi.jpqr.errors import PayloadError
from madoguchi.jpqr.rules import MAX_VALUE_CHARACTERS, is_template

Tree = dict[str, "str | Tree"]
# A length is two digits and no value is empty. A look-up takes exactly these ninety-nine ways of writing one, where
# int() would also take "+1", "1 " and full-width digits.
LENGTHS = {f"{length:02}": length for length in range(1, MAX_VALUE_CHARACTERS + 1)}
DIGITS = {length: digits for digits, length in LENGTHS.items()}


@dataclass(frozen=True, slots=True)
class Field:
    """One tag of a payload. A template's `value` is the text of its `fields`.

    `offset` is where the value begins, in characters from the payload's start; it takes no part in equality.
    Build one with `leaf` or `template`.
    """

    tag: str
    value: str
    fields: tuple["Field", ...] = ()
    offset: int = field(default=0, compare=False, repr=False)

    @property
    def text(self) -> str:
        """Tag, length in characters, value."""
        return self.tag + DIGITS.get(len(self.value), "00") + self.value


class Payload:
    """The tags of a code in their order, without the checksum, which `encode` computes anew.

    Equal if the trees are. A payload that was read from a text opens its fields only when somebody asks for them:
    a till looks at five of twenty.
    """

    __slots__ = ("_fields", "_tree", "body")

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self.body = "".join([one.text for one in fields])
        self._fields: tuple[Field, ...] | None = fields
        self._tree: Tree | None = None

    @classmethod
    def of_sound_text(cls, body: str, tree: Tree) -> "Payload":
        """A payload whose `body` says `tree` without fault; for the codec alone, which has just read or written it."""
        payload = cls.__new__(cls)
        payload.body, payload._fields, payload._tree = body, None, tree
        return payload

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every tag in its order, each with its place in the text."""
        if self._fields is None:
            self._fields = tuple(_opened(self.body, 0, len(self.body), ""))
        return self._fields

    @property
    def tree(self) -> Tree:
        """The values by tag, templates as dictionaries of their own: `{"00": "01", "26": {"00": …}, …}`."""
        if self._tree is None:
            self._tree = tree_of(self.fields)
        return self._tree

    def find(self, path: str) -> Field | None:
        """The field at a path such as "59" or "26.01", or None."""
        fields = self.fields
        found = None
        for tag in path.split("."):
            found = next((one for one in fields if one.tag == tag), None)
            if found is None:
                return None
            fields = found.fields
        return found

    def value(self, path: str) -> str | None:
        """The value at a path such as "59" or "26.01", or None; a template's is its text."""
        found: str | Tree | None = self.tree
        for tag in path.split("."):
            found = found.get(tag) if isinstance(found, dict) else None
        return text_of(found) if isinstance(found, dict) else found

    @property
    def end(self) -> int:
        """Where the fields stop and the checksum begins, in characters."""
        return len(self.body)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Payload) and self.body == other.body and self.fields == other.fields

    def __hash__(self) -> int:
        return hash(self.body)

    def __repr__(self) -> str:
        return f"Payload({self.tree!r})"


def leaf(tag: str, value: str) -> Field:
    """A field with a plain value. Raises PayloadError `too_long` past 99 characters, which no length can say."""
    if len(value) > MAX_VALUE_CHARACTERS:
        raise PayloadError("too_long", tag, 0, f"{len(value)} characters; a value has at most 99")
    return Field(tag, value)


def template(tag: str, *fields: Field) -> Field:
    """A field that holds others. Raises PayloadError `too_long` if together they pass 99 characters."""
    return Field(tag, leaf(tag, "".join([one.text for one in fields])).value, fields)


def join(parent: str, tag: str) -> str:
    """The path of `tag` inside `parent`, such as "26.01"."""
    return f"{parent}.{tag}" if parent else tag


def numbered(tags: Iterable[str]) -> Iterator[str]:
    """The tags as keys of a dictionary: of one that stands again, the later ones as "59#2", "59#3"."""
    counts: dict[str, int] = {}
    for tag in tags:
        counts[tag] = counts.get(tag, 0) + 1
        yield tag if counts[tag] == 1 else f"{tag}#{counts[tag]}"


def tree_of(fields: tuple[Field, ...]) -> Tree:
    """The fields as nested dictionaries; tags that wrongly stand twice are `numbered`."""
    values = [tree_of(one.fields) if one.fields else one.value for one in fields]
    return dict(zip(numbered([one.tag for one in fields]), values, strict=True))


def text_of(tree: Tree) -> str:
    """A tree as the text of a template. Raises PayloadError `too_long` past 99 characters, which no length can say."""
    parts: list[str] = []
    for tag, value in tree.items():
        text = text_of(value) if isinstance(value, dict) else value
        if (digits := DIGITS.get(len(text))) is None:
            raise PayloadError(*_length_fault(tag, text))
        parts += (tag, digits, text)
    return "".join(parts)


def _length_fault(tag: str, text: str) -> tuple[str, str, int, str]:
    if not text:
        return "empty_value", tag, 0, "a value has at least one character; leave it out"
    return "too_long", tag, 0, f"{len(text)} characters; a value has at most 99"


def _opened(text: str, at: int, end: int, parent: str) -> Iterator[Field]:
    """The fields of a stretch of text that is known to be sound."""
    while at < end:
        tag, value_at = text[at : at + 2], at + 4
        at = value_at + LENGTHS[text[at + 2 : value_at]]
        path = join(parent, tag)
        inner = tuple(_opened(text, value_at, at, path)) if is_template(path) else ()
        yield Field(tag, text[value_at:at], inner, value_at)
