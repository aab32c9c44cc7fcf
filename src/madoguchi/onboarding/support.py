"""Whom an applicant may call: the support office of its prefecture, and the desks of the programme (P-18, P-19)."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from datetime import date, time
from importlib import resources


@dataclass(frozen=True)
class SupportOffice:
    """An office that is reached by phone on weekdays from `opens` to `closes` (P-18).

    In force from `starts_on` to `ends_on`, both included; None where there is no such end.
    """

    name: str
    prefectures: tuple[str, ...]
    phone: str
    opens: time
    closes: time
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True)
class Contact:
    """A desk for one kind of caller, on weekdays; otherwise a call is recorded (P-19).

    `for_whom` is `consumers`, `businesses` or `providers`. `ip_phone` is for telephones that cannot call the first
    number, "" where there is none.
    """

    for_whom: str
    ja: str
    en: str
    phone: str
    ip_phone: str
    opens: time
    closes: time
    starts_on: date | None
    ends_on: date | None


def support_office(prefecture: str, day: date) -> SupportOffice | None:
    """The office of a prefecture (群馬県) on `day`; None before there was one, or if there is no such prefecture."""
    return next((one for one in _offices() if prefecture in one.prefectures and _holds(one, day)), None)


def contacts(day: date) -> tuple[Contact, ...]:
    """The programme's desks on `day`, consumers' first."""
    return tuple(one for one in _contacts() if _holds(one, day))


@functools.cache
def _offices() -> tuple[SupportOffice, ...]:
    return tuple(
        SupportOffice(
            name=row["office"],
            prefectures=tuple(row["prefectures"].split("/")),
            phone=row["phone"],
            opens=time.fromisoformat(row["opens"]),
            closes=time.fromisoformat(row["closes"]),
            starts_on=_day(row["starts_on"]),
            ends_on=_day(row["ends_on"]),
        )
        for row in _table("support_offices.csv")
    )


@functools.cache
def _contacts() -> tuple[Contact, ...]:
    return tuple(
        Contact(
            for_whom=row["for_whom"],
            ja=row["ja"],
            en=row["en"],
            phone=row["phone"],
            ip_phone=row["ip_phone"],
            opens=time.fromisoformat(row["opens"]),
            closes=time.fromisoformat(row["closes"]),
            starts_on=_day(row["starts_on"]),
            ends_on=_day(row["ends_on"]),
        )
        for row in _table("contacts.csv")
    )


def _holds(one: SupportOffice | Contact, day: date) -> bool:
    return (one.starts_on is None or one.starts_on <= day) and (one.ends_on is None or day <= one.ends_on)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _table(name: str) -> list[dict[str, str]]:
    text = resources.files("madoguchi.onboarding").joinpath("data", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
