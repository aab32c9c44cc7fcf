"""Is this sticker ours? One verdict on a code found on a counter, with everything that speaks for and against it."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from madoguchi.jpqr.conditions import Conditions, conditions_of, signature_state
from madoguchi.jpqr.errors import PayloadError
from madoguchi.jpqr.fields import Payload
from madoguchi.jpqr.payload import decode
from madoguchi.jpqr.profile import JpqrCode, StoreId, code_of
from madoguchi.jpqr.reader import read_leniently

Severity = Literal["good", "note", "warning", "bad"]
Verdict = Literal["unreadable", "not_jpqr", "forged", "unknown_key", "unsigned", "another_store", "expired", "genuine"]
# The stores that may stand where the code was found: a set of them, a question, or None where any may.
Expected = Container[StoreId] | Callable[[StoreId], bool] | None

SEVERITIES: tuple[Severity, ...] = ("note", "good", "warning", "bad")  # what weighs least first
# The verdict is the first of these that was found.
VERDICTS: tuple[tuple[Verdict, Severity, str], ...] = (
    # verdict        severity   what was found
    ("unreadable", "bad", "it breaks the rules of payment codes"),
    ("not_jpqr", "bad", "it is a payment code, but not of JPQR"),
    ("forged", "bad", "it calls itself signed by a trusted key, and the signature does not fit"),
    ("unknown_key", "bad", "it is signed by a key that is not trusted here"),
    ("unsigned", "warning", "nobody vouches for it: it carries no signature"),
    ("another_store", "bad", "its store number is none of those that belong here"),
    ("expired", "bad", "its time is over"),
    ("genuine", "good", "it is signed by a trusted key, and nobody has changed it"),
)
NOTES: tuple[tuple[str, Severity, str], ...] = (
    # finding        severity   what was found
    ("web_address", "bad", "it is a web address, not a payment code: do not open it"),
    ("asks_amount", "note", "it asks for an amount of its own"),
    ("amount_locked", "note", "the payer may not change its amount"),
    ("expires", "note", "it holds until a time that it names"),
    ("test_range", "note", "its store number is of the test range: nobody can be paid with it"),
)
_SEVERITY: dict[str, Severity] = {code: severity for code, severity, _ in (*VERDICTS, *NOTES)}
_SENTENCE: dict[str, str] = {code: sentence for code, _, sentence in (*VERDICTS, *NOTES)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found; for a fault also where: the tag's path, and the offset in characters."""

    code: str
    sentence: str
    severity: Severity
    path: str = ""
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a code says, for a person to compare with where it stands."""

    store_id: StoreId
    merchant_name: str
    local_name: str | None
    city: str
    amount_yen: int | None
    is_test: bool
    expires_at: datetime | None = None
    is_amount_locked: bool = False
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """The verdict on one code, all findings with the verdict's first, and what the code says if that can be read."""

    text: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    facts: Facts | None

    @property
    def severity(self) -> Severity:
        """That of the gravest finding, which may be graver than the verdict's own."""
        return max((one.severity for one in self.findings), key=SEVERITIES.index)

    def has(self, code: str) -> bool:
        """Whether something was found."""
        return any(one.code == code for one in self.findings)


def inspect(text: str, *, trusted: Mapping[str, bytes], expected: Expected = None, at: datetime) -> Inspection:
    """Judge one code by the keys that are `trusted`, the stores `expected` where it stands, and the instant `at`.

    The verdict is the first that applies, in the order of VERDICTS, which is the order in which the answers begin to
    mean something. What cannot be read says nothing (`unreadable`), what is not JPQR names no store (`not_jpqr`), and
    what a code says counts only once somebody vouches for it: so the signature is judged (`forged`, `unknown_key`,
    `unsigned`) before the store number, which anybody can print (`another_store`). Whose it is comes before how long
    it holds (`expired`), for another's code is no better while it lasts. Nothing of the kind found is `genuine`. The
    findings hold all that applies; an unsigned code of another store has both.

    `genuine` is not the whole truth: a town's own sticker, copied and put up elsewhere, is as genuine. Compare the
    store number and the name. Never raises on any text.
    """
    try:
        payload = decode(text)
        said = conditions_of(payload)
    except PayloadError as error:
        return _unreadable(text, error)
    try:
        code = code_of(payload)
    except PayloadError as error:
        return _not_jpqr(text, error) if error.code == "not_jpqr" else _unreadable(text, error)
    facts = _facts(code, said)
    found: list[str] = []
    if (state := signature_state(payload, trusted)) != "genuine":
        found.append(state)
    if not _is_expected(code.store_id, expected):
        found.append("another_store")
    if said.has_expired(at):
        found.append("expired")
    verdict = found or ["genuine"]
    findings = tuple(_finding(name) for name in (*verdict, *_notes(facts, at)))
    return Inspection(text, verdict[0], findings, facts)  # type: ignore[arg-type]  # names of VERDICTS only


def inspect_all(
    texts: Iterable[str], *, trusted: Mapping[str, bytes], expected: Expected = None, at: datetime
) -> list[Inspection]:
    """Judge every code on a picture, in its order, each text once.

    All of them count: a sticker that covers another only in part leaves two codes to be read.
    """
    return [inspect(text, trusted=trusted, expected=expected, at=at) for text in dict.fromkeys(texts)]


def _finding(code: str, **place: object) -> Finding:
    return Finding(code, _SENTENCE[code], _SEVERITY[code], **place)  # type: ignore[arg-type]  # path and offset


def _notes(facts: Facts, at: datetime) -> list[str]:
    notes = []
    if facts.amount_yen is not None:
        notes.append("asks_amount")
    if facts.is_amount_locked:
        notes.append("amount_locked")
    if facts.expires_at is not None and at <= facts.expires_at:
        notes.append("expires")
    if facts.is_test:
        notes.append("test_range")
    return notes


def _is_expected(store_id: StoreId, expected: Expected) -> bool:
    if expected is None:
        return True
    return expected(store_id) if callable(expected) else store_id in expected


def _facts(code: JpqrCode, said: Conditions) -> Facts:
    return Facts(
        store_id=code.store_id,
        merchant_name=code.merchant_name,
        local_name=code.local_name,
        city=code.city,
        amount_yen=code.amount_yen,
        is_test=code.store_id.is_test,
        expires_at=said.expires_at,
        is_amount_locked=said.is_amount_locked,
        key_id=said.key_id,
    )


def _not_jpqr(text: str, error: PayloadError) -> Inspection:
    return Inspection(text, "not_jpqr", (_finding("not_jpqr", path=error.path, offset=error.offset),), None)


def _unreadable(text: str, error: PayloadError) -> Inspection:
    """Every fault with its place, and what could be made out all the same, for whoever must find out what it is."""
    reading = read_leniently(text)
    faults = reading.faults or (error,)
    found = [_finding("unreadable", path=faults[0].path, offset=faults[0].offset)]
    if text.strip().lower().startswith(("http://", "https://", "www.")):
        found.append(_finding("web_address"))
    found += [Finding(one.code, one.message, "bad", one.path, one.offset) for one in faults]
    facts = _facts_in(reading.payload) if reading.payload else None
    if facts and facts.is_test:
        found.append(_finding("test_range"))
    return Inspection(text, "unreadable", tuple(found), facts)


def _facts_in(payload: Payload) -> Facts | None:
    try:
        return _facts(code_of(payload), Conditions())
    except PayloadError:
        return None
