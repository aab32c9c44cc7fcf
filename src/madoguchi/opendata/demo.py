"""What visitors read about the demo's counters: positions to a few hundred metres, hours and access as examples."""

from __future__ import annotations

from madoguchi.opendata.describing import describe
from madoguchi.people.access import Actor
from madoguchi.registry.models import Place

# Of each town and of the buildings that stand by themselves, roughly: a demo's pins, not a survey.
TOWNS = {
    "10210": (36.2599, 138.8899),
    "20403": (35.5513, 137.8786),
    "20414": (35.3786, 137.8437),
    "23302": (35.0967, 137.0527),
}
BUILDINGS = {
    "富岡製糸場": (36.2553, 138.8876),
    "富岡市立美術博物館・福沢一郎記念美術館": (36.2560, 138.8747),
    "妙義中央公民館": (36.2836, 138.8010),
    "子育て支援センター「あったかてらす」": (35.5508, 137.8812),
}
HOURS = "平日 8時30分～17時15分（祝日・年末年始を除く）"
HOURS_EN = "Monday to Friday 8:30–17:15, closed on holidays"
OPEN_DAILY = "9時～17時（水曜日を除く）"
OPEN_DAILY_EN = "9:00–17:00, closed on Wednesdays"
ACCESS = ("step_free", "low_counter", "writing_help", "assistance_dogs")
# So that two counters of one town hall are two pins.
APART_DEGREES = 0.0004


def describe_demo(actor: Actor) -> int:
    """Describe the demo's public counters that nobody has described yet; returns how many."""
    places = Place.objects.filter(is_demo=True, is_closed=False, latitude=None, hours="").order_by("id")
    described = 0
    for number, place in enumerate(places.exclude(kind="shop").filter(municipality__in=TOWNS)):
        latitude, longitude = BUILDINGS.get(place.name, TOWNS[place.municipality_id])
        is_visited = place.kind == "facility"
        describe(
            actor=actor,
            place_id=place.id,
            hours=OPEN_DAILY if is_visited else HOURS,
            hours_en=OPEN_DAILY_EN if is_visited else HOURS_EN,
            access=ACCESS if place.kind != "facility" else (*ACCESS, "wheelchair_toilet", "parking"),
            latitude=latitude,
            longitude=round(longitude + (number % 3) * APART_DEGREES, 4),
        )
        described += 1
    return described
