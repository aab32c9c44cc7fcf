"""The catalogue of open data: what there is at which address, for pages, the API and as DCAT (W3C, version 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Max

from madoguchi.core.clock import JST
from madoguchi.opendata.datasets import Column, Dataset, datasets
from madoguchi.opendata.models import PublishedTable, Snapshot
from madoguchi.opendata.snapshots import MEDIA_TYPES, NEWEST_FIRST

LATEST = "latest"
FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
REFRESHES = {"daily": f"{FREQUENCY}DAILY", "once": f"{FREQUENCY}NEVER"}
FORMATS = {"csv": "CSV", "parquet": "Parquet", "geojson": "GeoJSON"}
DATATYPES = {"text": "xsd:string", "integer": "xsd:integer", "number": "xsd:double", "date": "xsd:date"}
TITLE, TITLE_EN = "窓口 オープンデータ", "Madoguchi open data"
ABOUT = "地域のキャッシュレス決済について、だれでも使えるデータです。"
ABOUT_EN = "Data on a region's cashless payments that anybody may use."


@dataclass(frozen=True)
class Licence:
    """Under which terms the data may be used."""

    name: str
    name_en: str
    address: str


# Of the data; the platform itself is under the MIT licence. Sources that a dataset was made from are in its `credit`.
LICENCE = Licence(
    "クリエイティブ・コモンズ 表示 4.0 国際（CC BY 4.0）",
    "Creative Commons Attribution 4.0 International (CC BY 4.0)",
    "https://creativecommons.org/licenses/by/4.0/",
)


@dataclass(frozen=True)
class Entry:
    """A dataset with its newest version, None before there is any, how many there are, and when the first was made."""

    dataset: Dataset
    newest: Snapshot | None
    versions: int = 0


def entries() -> list[Entry]:
    """Every dataset, in the order of the catalogue."""
    wanted = datasets()
    names = [dataset.name for dataset in wanted]
    told = Snapshot.objects.filter(dataset__in=names).values("dataset").annotate(at=Max("made_at"), count=Count("id"))
    facts = {row["dataset"]: row for row in told}
    rows = Snapshot.objects.filter(dataset__in=names, made_at__in={row["at"] for row in facts.values()})
    newest: dict[str, Snapshot] = {}
    for row in rows.order_by(*NEWEST_FIRST):
        if row.made_at == facts[row.dataset]["at"]:
            newest.setdefault(row.dataset, row)
    return [Entry(one, newest.get(one.name), facts[one.name]["count"] if one.name in facts else 0) for one in wanted]


def page_address(dataset: str = "") -> str:
    """Where the catalogue, or one dataset, is read."""
    return f"{settings.PUBLIC_URL}/data/{dataset}/" if dataset else f"{settings.PUBLIC_URL}/data/"


def file_address(dataset: str, version: str, kind: str) -> str:
    """Where a version's file is downloaded; `latest` leads on to the newest version."""
    return f"{settings.PUBLIC_URL}/data/{dataset}/{version}/{dataset}.{kind}"


def api_address(dataset: str = "", part: str = "") -> str:
    """Where the open API tells of datasets, one of them, or a part of it such as `rows`."""
    return "/".join(filter(None, (f"{settings.PUBLIC_URL}/api/v1/open/datasets", dataset, part)))


def dataset_facts(entry: Entry) -> dict[str, Any]:
    """A dataset as the API tells it: addresses, columns with their meanings, the newest version."""
    dataset = entry.dataset
    return {
        "name": dataset.name,
        "theme": dataset.theme,
        "title": dataset.title,
        "title_en": dataset.title_en,
        "about": dataset.about,
        "about_en": dataset.about_en,
        "refresh": dataset.refresh,
        "credit": dataset.credit,
        "credit_en": dataset.credit_en,
        "licence": LICENCE.address,
        "page": page_address(dataset.name),
        "rows": api_address(dataset.name, "rows"),
        "columns": [_column_facts(column) for column in dataset.columns],
        "version_count": entry.versions,
        "newest": version_facts(entry.newest) if entry.newest else None,
    }


def version_facts(snapshot: Snapshot) -> dict[str, Any]:
    """A version as the API tells it: times in Japan, how many rows, and each file with its size and checksum."""
    return {
        "version": snapshot.version,
        "made_at": snapshot.made_at.astimezone(JST).isoformat(timespec="seconds"),
        "data_at": snapshot.data_at.astimezone(JST).isoformat(timespec="seconds"),
        "row_count": snapshot.row_count,
        "files": [
            {
                "kind": kind,
                "address": file_address(snapshot.dataset, snapshot.version, kind),
                "media_type": MEDIA_TYPES[kind],
                "bytes": facts["bytes"],
                "sha256": facts["sha256"],
            }
            for kind, facts in snapshot.files.items()
        ],
    }


def _column_facts(column: Column) -> dict[str, str]:
    names = ("name", "kind", "label", "label_en", "meaning", "meaning_en")
    return {name: getattr(column, name) for name in names}


def dcat(found: Iterable[Entry]) -> dict[str, Any]:
    """The catalogue as JSON-LD; datasets without a version are left out, for they have nothing to distribute."""
    ready = [entry for entry in found if entry.newest is not None]
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#",
            "vcard": "http://www.w3.org/2006/vcard/ns#",
            "csvw": "http://www.w3.org/ns/csvw#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"{page_address()}catalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": _both(TITLE, TITLE_EN),
        "dct:description": _both(ABOUT, ABOUT_EN),
        "dct:language": ["ja", "en"],
        "dct:license": {"@id": LICENCE.address},
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": TITLE, "foaf:homepage": {"@id": settings.PUBLIC_URL}},
        "foaf:homepage": {"@id": page_address()},
        **_issued(entry.newest for entry in ready),
        **_contact(),
        "dcat:dataset": [_dcat_dataset(entry) for entry in ready],
    }


def _dcat_dataset(entry: Entry) -> dict[str, Any]:
    dataset, newest = entry.dataset, entry.newest
    assert newest is not None  # noqa: S101  # `dcat` leaves the others out
    credit = {"dct:rights": _both(dataset.credit, dataset.credit_en)} if dataset.credit else {}
    return {
        "@id": page_address(dataset.name),
        "@type": "dcat:Dataset",
        "dct:identifier": dataset.name,
        "dct:title": _both(dataset.title, dataset.title_en),
        "dct:description": _both(dataset.about, dataset.about_en),
        "dct:language": ["ja", "en"],
        "dct:license": {"@id": LICENCE.address},
        **credit,
        **_issued([newest]),
        "dcat:version": newest.version,
        "dct:accrualPeriodicity": {"@id": REFRESHES[dataset.refresh]},
        "dct:temporal": _period(dataset, newest),
        "dct:spatial": {"@id": "http://publications.europa.eu/resource/authority/country/JPN"},
        "dcat:landingPage": {"@id": page_address(dataset.name)},
        **_contact(),
        "csvw:tableSchema": {
            "csvw:column": [
                {
                    "csvw:name": column.name,
                    "csvw:title": _both(column.label, column.label_en),
                    "csvw:datatype": {"@id": DATATYPES[column.kind]},
                    **({"dct:description": _both(column.meaning, column.meaning_en)} if column.meaning else {}),
                }
                for column in dataset.columns
            ]
        },
        "dcat:distribution": [_distribution(dataset, newest, kind) for kind in newest.files],
    }


def _distribution(dataset: Dataset, newest: Snapshot, kind: str) -> dict[str, Any]:
    facts = newest.files[kind]
    address = file_address(dataset.name, newest.version, kind)
    media_type = MEDIA_TYPES[kind].partition(";")[0]
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": _both(f"{dataset.title}（{FORMATS[kind]}）", f"{dataset.title_en} ({FORMATS[kind]})"),
        "dct:format": FORMATS[kind],
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media_type}"},
        "dcat:accessURL": {"@id": page_address(dataset.name)},
        "dcat:downloadURL": {"@id": address},
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(facts["bytes"])},
        "dct:issued": _instant(newest),
        "dct:license": {"@id": LICENCE.address},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": facts["sha256"]},
        },
    }


def _period(dataset: Dataset, newest: Snapshot) -> dict[str, Any]:
    """What time the data are of: a printed table's day, else the moment they were taken."""
    if dataset.theme == "printed":
        table = PublishedTable.objects.filter(name=dataset.name.rpartition("-")[0]).order_by("-version").first()
        if table is not None:
            day = {"@type": "xsd:date", "@value": table.as_of_on.isoformat()}
            return {"@type": "dct:PeriodOfTime", "dcat:startDate": day, "dcat:endDate": day}
    at = _typed(newest.data_at.astimezone(JST).isoformat(timespec="seconds"))
    return {"@type": "dct:PeriodOfTime", "dcat:startDate": at, "dcat:endDate": at}


def _issued(snapshots: Iterable[Snapshot | None]) -> dict[str, Any]:
    made = [snapshot for snapshot in snapshots if snapshot is not None]
    newest = max(made, key=lambda snapshot: snapshot.made_at, default=None)
    return {"dct:issued": _instant(newest), "dct:modified": _instant(newest)} if newest else {}


def _instant(snapshot: Snapshot) -> dict[str, str]:
    return _typed(snapshot.made_at.astimezone(JST).isoformat(timespec="seconds"))


def _typed(instant: str) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": instant}


def _contact() -> dict[str, Any]:
    if not settings.OPEN_CONTACT:
        return {}
    mail = {"@id": f"mailto:{settings.OPEN_CONTACT}"}
    return {"dcat:contactPoint": {"@type": "vcard:Kind", "vcard:fn": TITLE, "vcard:hasEmail": mail}}


def _both(text: str, text_en: str) -> list[dict[str, str]]:
    return [{"@language": "ja", "@value": text}, {"@language": "en", "@value": text_en}]
