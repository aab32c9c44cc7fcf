"""How an application, each place × service in it, a proposal and a kit order go from state to state: tables of data."""

from __future__ import annotations

from collections.abc import Iterable

Transition = tuple[str | None, str, str]

APPLICATION_STATES: tuple[Transition, ...] = (
    # from         to           when
    (None, "draft", "an applicant begins; it is saved as it goes"),
    ("draft", "submitted", "nothing is missing, and the applicant sends it"),
    ("submitted", "returned", "an officer asks the applicant for something"),
    ("returned", "submitted", "the applicant sends it again"),
    ("submitted", "accepted", "one officer proposed it and another confirmed: the providers get it"),
    ("submitted", "refused", "one officer proposed it and another confirmed"),
    ("draft", "withdrawn", "the applicant takes it back"),
    ("submitted", "withdrawn", "the applicant takes it back, or refuses publication (P-27)"),
    ("returned", "withdrawn", "the applicant takes it back, or refuses publication (P-27)"),
    ("accepted", "cancelled", "publication is refused later (P-27), or two officers cancel it"),
)

# One place × one service, as its applicant follows it (like a parcel).
ITEM_STATES: tuple[Transition, ...] = (
    # from           to             when
    (None, "draft", "the applicant chooses the service for the place"),
    ("draft", "submitted", "the application is sent"),
    ("submitted", "draft", "the office returns the application: its services are the applicant's to choose again"),
    ("submitted", "at_provider", "the office accepts the application"),
    ("submitted", "refused", "the office refuses the application"),
    ("at_provider", "questions", "the provider asks"),
    ("questions", "at_provider", "the applicant answers"),
    ("at_provider", "approved", "the provider approves it from a date, under its terms"),
    ("at_provider", "refused", "the provider refuses it with a reason"),
    ("questions", "approved", "the provider approves it, its question having been settled otherwise"),
    ("questions", "refused", "the provider refuses it with a reason, such as that no answer came"),
    ("draft", "withdrawn", "the applicant takes it back"),
    ("submitted", "withdrawn", "the applicant takes it back"),
    ("at_provider", "withdrawn", "the applicant takes it back, or the application is cancelled"),
    ("questions", "withdrawn", "the applicant takes it back, or the application is cancelled"),
    ("approved", "ended", "the application is cancelled: the service ends at the place"),
)

PROPOSAL_STATES: tuple[Transition, ...] = (
    # from        to            when
    (None, "proposed", "an officer (the maker) proposes a change"),
    ("proposed", "confirmed", "another officer (the checker) confirms it, and it is done"),
    ("proposed", "declined", "another officer declines it, with a reason; nothing is changed"),
    ("proposed", "taken_back", "the maker takes it back"),
)

KIT_STATES: tuple[Transition, ...] = (
    # from       to            when
    (None, "waiting", "a place is approved, asks for more (J-14), or was merged (P-30)"),
    ("waiting", "sent", "an officer printed it and gave it to the post"),
    ("waiting", "dropped", "it is wanted no more: the merge was undone, or the place cancelled"),
)

OPEN_APPLICATIONS = ("submitted", "returned")
LIVE_APPLICATIONS = ("submitted", "returned", "accepted")
# What a provider has in hand or has approved; only then does it see the applicant's documents.
AT_PROVIDERS = ("at_provider", "questions", "approved")
OPEN_ITEMS = ("submitted", "at_provider", "questions")


def may_go(states: Iterable[Transition], before: str | None, after: str) -> bool:
    """Whether `states` lead from `before` to `after`."""
    return any((one, other) == (before, after) for one, other, _ in states)


def names_of(states: Iterable[Transition]) -> tuple[str, ...]:
    """Every state once, in the order in which the table reaches them."""
    return tuple(dict.fromkeys(after for _, after, _ in states))
