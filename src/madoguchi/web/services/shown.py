"""A service of the 2019 table as the pages show it, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.text import capfirst
from django.utils.translation import pgettext

from madoguchi.opendata.service_reward import RATES_BPS, Arrival, PaymentReward, spending_yen
from madoguchi.opendata.services import PublishedService, Way
from madoguchi.web.campaigns.words import METHODS
from madoguchi.web.services import words
from madoguchi.web.templatetags.madoguchi import is_english, name

# A list has room for so many numbers; more are unfolded.
CONTACTS_IN_LIST = 4


@dataclass(frozen=True)
class Timing:
    """When points are given through some channels (all of them if "" is said), and how the table prints it."""

    channels: str
    words: str
    printed: str


@dataclass(frozen=True)
class Reached:
    """The spending at which a cap in points is reached at a rate (P-36)."""

    rate_bps: int
    points: int
    spent_yen: int

    @property
    def rate(self) -> str:
        """`5 %`."""
        return rate_words(self.rate_bps)


@dataclass(frozen=True)
class ShownService:
    """A service with its facts in words."""

    service: PublishedService
    kind: str
    kind_explained: str
    given: str
    timings: tuple[Timing, ...]
    caps: tuple[str, ...]
    caps_printed: tuple[str, ...]
    cap_base: str
    cap_reading: str
    reached: tuple[Reached, ...]

    @property
    def is_folded(self) -> bool:
        """Whether a list folds its contacts."""
        return len(self.service.contacts) > CONTACTS_IN_LIST

    @property
    def replaced_on(self) -> date | None:
        """The last day of the printed numbers, where a desk of its own followed."""
        return next((one.until_on for one in self.service.contacts if one.until_on), None)

    @property
    def pages(self) -> list[tuple[str, str]]:
        """Each printed address of its page, with the name of its host to tell two apart (X-06)."""
        return [(one, one.split("/")[2]) for one in self.service.pages]

    @property
    def first_choice(self) -> str:
        """What the reward form calls its first channel."""
        return choice(self.service, self.service.ways[0])

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Its channels as the reward form names them."""
        return [(choice(self.service, way), words.channel_words(way)) for way in self.service.ways]


@dataclass(frozen=True)
class ShownArrival:
    """From which day points can be there, and by which rule."""

    credit_on: date
    words: str


@dataclass(frozen=True)
class ShownReward:
    """What a payment gives, in words."""

    reward: PaymentReward
    shown: ShownService
    rate: str
    arrivals: tuple[ShownArrival, ...]
    cap: str
    cap_base: str
    cap_reading: str


def shown(service: PublishedService) -> ShownService:
    """A service in the reader's words."""
    first = service.ways[0]
    return ShownService(
        service=service,
        kind=str(words.KINDS[service.kind]),
        kind_explained=str(words.KINDS_EXPLAINED[service.kind]),
        given=_given(service),
        timings=_timings(service),
        caps=tuple(words.caps_words(service)),
        caps_printed=tuple(dict.fromkeys(way.cap_as_printed for way in service.ways)),
        cap_base=words.base_words(first),
        cap_reading=words.reading_of(first),
        reached=() if first.terms.cuts_payment else tuple(_reached(first.terms.cap_amount, rate) for rate in RATES_BPS),
    )


def shown_reward(reward: PaymentReward) -> ShownReward:
    """What a payment gives in the reader's words."""
    way = reward.way
    return ShownReward(
        reward=reward,
        shown=shown(reward.service),
        rate=rate_words(reward.rate_bps),
        arrivals=tuple(_arrival(one) for one in reward.arrivals),
        cap=words.cap_words(way),
        cap_base=words.base_words(way),
        cap_reading=words.reading_of(way),
    )


def choice(service: PublishedService, way: Way) -> str:
    """How an address names a service and one of its channels: `line_pay:code`."""
    return f"{service.code}:{way.channel}"


def rate_words(rate_bps: int) -> str:
    """`5%`, in English `5 %`."""
    return f"{rate_bps / 100:g}{' %' if is_english() else '%'}"


def _given(service: PublishedService) -> str:
    """How points are given, with their name if they have one: `Points (JRE POINT)`."""
    methods = pgettext("services", ", ").join(capfirst(str(METHODS[one])) for one in service.methods)
    if service.given_as is None:
        return methods
    return pgettext("services", "%(method)s (%(given)s)") % {"method": methods, "given": name(service.given_as)}


def _arrival(arrival: Arrival) -> ShownArrival:
    return ShownArrival(arrival.credit_on, words.credit_words(arrival.credit_rule))


def _reached(points: int, rate_bps: int) -> Reached:
    return Reached(rate_bps, points, spending_yen(points, rate_bps))


def _timings(service: PublishedService) -> tuple[Timing, ...]:
    by_rule: dict[str, list[Way]] = {}
    for way in service.ways:
        by_rule.setdefault(way.terms.credit_rule, []).append(way)
    comma = pgettext("services", ", ")
    return tuple(
        Timing(
            channels=comma.join(words.channel_words(way) for way in ways) if len(by_rule) > 1 else "",
            words=words.credit_words(rule),
            printed=" / ".join(dict.fromkeys(way.credit_as_printed for way in ways)),
        )
        for rule, ways in by_rule.items()
    )
