"""What the pages of the 2019 services call classes, timings, caps and answers."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import pgettext, pgettext_lazy

from madoguchi.core.yen import format_yen
from madoguchi.opendata.services import PublishedService, Way
from madoguchi.web.campaigns.public_forms import CHANNELS

Words = Mapping[str, Promise]

KINDS: Words = {
    "credit": pgettext_lazy("services", "Credit card"),
    "debit": pgettext_lazy("services", "Debit card"),
    "e_money": pgettext_lazy("services", "E-money, prepaid card"),
    "smartphone": pgettext_lazy("services", "Smartphone, code"),
}
# P-39: when the money leaves the payer, and what is needed to begin.
KINDS_EXPLAINED: Words = {
    "credit": pgettext_lazy(
        "services", "You pay later, with the bill. The issuer examines you before it gives a card."
    ),
    "debit": pgettext_lazy("services", "The money leaves your account at once. There is no examination."),
    "e_money": pgettext_lazy(
        "services", "You put money on it first, at a machine or at a till. A card may cost a fee or a deposit."
    ),
    "smartphone": pgettext_lazy(
        "services", "A free app, filled from a bank account, a card or e-money. A code is scanned or shown."
    ),
}
# Each rule of the printed table; `docs/rewards.md` says how one is read.
CREDIT: Words = {
    "instant": pgettext_lazy("services", "at once, when you pay"),
    "days:+30": pgettext_lazy("services", "about 30 days after the payment"),
    "next_week:monday": pgettext_lazy("services", "on the Monday of the following week"),
    "day:+1:10": pgettext_lazy("services", "early in the next month, by about the 10th"),
    "day:+1:15": pgettext_lazy("services", "on the 15th of the next month"),
    "day:+1:20": pgettext_lazy("services", "about the 20th of the next month"),
    "month:+1": pgettext_lazy("services", "in the next month"),
    "month:+2": pgettext_lazy("services", "in the month after next"),
    "month_end:+1": pgettext_lazy("services", "at the end of the next month"),
    "month_end:+2": pgettext_lazy("services", "at the end of the month after next"),
    "billing:+1": pgettext_lazy("services", "with the bill of the next month"),
    "billing:+2": pgettext_lazy("services", "with the bill of the month after next"),
    "quarter_months:1-4-7": pgettext_lazy("services", "in January, April or July, whichever comes next"),
    "quarter_months:1-4-7:15": pgettext_lazy("services", "in mid-January, mid-April or mid-July, whichever comes next"),
}
OUTCOMES: Words = {
    "yes": pgettext_lazy("services", "Yes, it was in"),
    "no": pgettext_lazy("services", "No, it was not in"),
    "ask": pgettext_lazy("services", "Ask the issuer"),
}
OUTCOME_MARKS = {"yes": "good", "no": "bad", "ask": "warning"}
REASONS: Words = {
    "in_table": pgettext_lazy(
        "services", "It stands in the published table of services, if the company below issued it."
    ),
    "search_page": pgettext_lazy(
        "services", "It is not one of the 27 main services, but the notice shows it on the programme's search page."
    ),
    "no_points": pgettext_lazy("services", "The notice says that this service has no points."),
    "other_manaca": pgettext_lazy(
        "services", "Only named manaca cards issued by MIC Co. are in. Those of Nagoya Kotsu Kaihatsu Kiko are not."
    ),
    "issued_abroad": pgettext_lazy(
        "services",
        "Cards and other means issued outside Japan are not in, as a rule. The service's provider can tell you more.",
    ),
    "brand_only": pgettext_lazy(
        "services",
        "A brand alone is not enough: a card is in only if the company that issued it registered with the programme."
        " Look on the back of the card for the issuer.",
    ),
    "other_brand": pgettext_lazy(
        "services", "The issuer is registered, but this brand is not known here for its cards. The issuer can tell."
    ),
    "other_card": pgettext_lazy(
        "services",
        "The issuer is registered, but the table does not name this card."
        " Some cards of a registered issuer earn nothing.",
    ),
    "manaca": pgettext_lazy(
        "services",
        "It depends on who issued it: named manaca cards of MIC Co. are in,"
        " those of Nagoya Kotsu Kaihatsu Kiko are not.",
    ),
    "several": pgettext_lazy(
        "services", "These words do not name one service exactly. Choose the one that you mean, or name the issuer."
    ),
    "without_row": pgettext_lazy(
        "services",
        "The notice lists it among the programme's services, but its table has no row for it:"
        " no method, timing or cap.",
    ),
    "debit": pgettext_lazy(
        "services",
        "None of the 27 main services is a debit card, but debit cards could be registered. Your bank can tell.",
    ),
    "not_listed": pgettext_lazy(
        "services",
        "It is not one of the 27 main services. Many more issuers were registered with the programme: yours can tell.",
    ),
}


def channel_words(way: Way) -> str:
    """How a channel is called: `code on the phone`."""
    return str(CHANNELS.get(way.channel, way.channel))


def credit_words(rule: str) -> str:
    """When points are given, in words; of alternatives all."""
    return pgettext("services", " or ").join(str(CREDIT[one]) for one in rule.split("|"))


def cap_words(way: Way) -> str:
    """A row's cap: `15,000 points a month`, `¥20,000 for each charge` (P-38)."""
    terms = way.terms
    if terms.cuts_payment:
        return pgettext("services", "%(yen)s for each charge") % {"yen": format_yen(terms.cap_amount)}
    sentences = {
        "month": pgettext("services", "%(points)s points a month"),
        "quarter": pgettext("services", "%(points)s points in three months"),
        "programme": pgettext("services", "%(points)s points in nine months"),
        "payment": pgettext("services", "%(points)s points for each payment"),
    }
    return sentences[terms.cap_period] % {"points": f"{terms.cap_amount:,}"}


def caps_words(service: PublishedService) -> list[str]:
    """A service's cap, and the parts that its channels have of it, if they have caps of their own (P-38)."""
    first = service.ways[0].terms
    if first.cap_scope != "channel":
        return [cap_words(service.ways[0])]
    whole = pgettext("services", "%(points)s points a month") % {
        "points": f"{sum(way.terms.cap_amount for way in service.ways):,}"
    }
    parts = [
        pgettext("services", "%(channel)s: %(cap)s") % {"channel": channel_words(way), "cap": cap_words(way)}
        for way in service.ways
    ]
    return [whole, *parts]


def base_words(way: Way) -> str:
    """What a cap is counted over (P-38); X-08 and X-09 are readings, which the page marks."""
    terms = way.terms
    if terms.cuts_payment:
        return pgettext(
            "services",
            "The table prints a cap for each charge. It is read as what the card can hold: points above it cannot be"
            " put on the card at once, so of a payment only the first %(yen)s count.",
        ) % {"yen": format_yen(terms.cap_amount)}
    sentences = {
        "month": pgettext("services", "It is counted over a calendar month and begins anew on the 1st."),
        "quarter": pgettext(
            "services", "It is counted over three months: October to December, January to March, April to June."
        ),
        "programme": pgettext(
            "services",
            "It is one cap for the whole programme, read as holding from 1 October 2019 to 30 June 2020. Of the two"
            " such caps, 135,000 is nine times 15,000, but 150,000 is not.",
        ),
        "payment": pgettext("services", "Each payment has a cap of its own. Other payments do not use it up."),
    }
    return sentences[terms.cap_period]


def reading_of(way: Way) -> str:
    """The mark of an interpretation that a cap rests on: `X-08`, `X-09` or nothing."""
    return "X-08" if way.terms.cuts_payment else "X-09" if way.terms.cap_period == "programme" else ""
