"""The three pilot towns join (M-08): one application each, from the first page to the kit in the post."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, expect

from madoguchi.jpqr import fit_name, read_document, read_jpqr
from tests.browser.conftest import overflow_px, sign_in, violations
from tools.server import Server

pytestmark = pytest.mark.browser
SERVICES = ("paypay", "line_pay")
# Postal codes and addresses of the town halls; account numbers are made up.
TOWNS = {
    "20403": ("高森町", "Takamori Town", "3993193", "長野県下伊那郡高森町下市田2183-1", "0265353111"),
    "23302": ("東郷町", "Togo Town", "4700198", "愛知県愛知郡東郷町大字春木字羽根穴1", "0561383111"),
    "10210": ("富岡市", "Tomioka City", "3702392", "群馬県富岡市富岡1460-1", "0274621511"),
}
SCREENED = """
import json
from madoguchi.onboarding.models import Application
print(json.dumps(Application.objects.filter(state="submitted", screened_at=None).count()))
"""
LETTERS = """
import json
from madoguchi.events.models import Delivery
rows = Delivery.objects.filter(destination="mail").order_by("id")
# Those of the demo's examples go to nobody.
rows = [row for row in rows if not row.data["to"].endswith(".example")]
print(json.dumps([[row.event, row.data.get("count", 1)] for row in rows]))
"""


@dataclass(frozen=True)
class PilotPlace:
    """A row of the published table."""

    town: str
    name: str
    name_en: str
    kind: str
    purposes: tuple[str, ...]


def pilot_places() -> Iterator[PilotPlace]:
    text = resources.files("madoguchi.registry").joinpath("data", "pilots_2020.csv").read_text("utf-8-sig")
    for row in csv.DictReader(io.StringIO(text)):
        purposes = tuple(row["purposes"].split(";"))
        yield PilotPlace(row["municipality_code"], row["place"], row["place_en"], row["kind"], purposes)


PLACES = {code: [place for place in pilot_places() if place.town == code] for code in TOWNS}


def memo(tmp_path: Path) -> Path:
    """The photo of a memo that there is no register extract (J-11)."""
    picture = Image.new("RGB", (800, 500), "white")
    ImageDraw.Draw(picture).text((60, 200), "No register extract exists for a municipality.", fill="black")
    path = tmp_path / "memo.jpg"
    picture.save(path)
    return path


def send(page: Page) -> None:
    """Press the one primary button of the page's form."""
    page.locator("main form .button--primary").first.click()


def is_fine(page: Page) -> None:
    """No fault for keyboard or screen reader, and nothing wider than the screen."""
    assert violations(page) == [], page.url
    assert overflow_px(page) == 0, page.url


def apply(page: Page, server: Server, code: str, tmp_path: Path) -> str:
    """Fill in and send a town's application; returns its number."""
    name, name_en, postal_code, address, phone = TOWNS[code]
    page.goto(f"{server.url}/join/")
    page.locator("main a.button--primary").first.click()
    page.check("input[name=kind][value=municipality]")
    page.fill("input[name=email]", f"kaikei-{code}@example.jp")
    page.locator("main form button").last.click()
    page.wait_for_url("**/started/")
    is_fine(page)
    page.locator("main form button:not([type=button])").first.click()
    page.wait_for_url(lambda url: "started" not in url)
    reference = page.url.rstrip("/").rsplit("/", 1)[-1]
    root = f"{server.url}/join/apply/{reference}"

    page.goto(f"{root}/section/applicant/")
    page.fill("input[name=name]", name)
    page.fill("input[name=name_en]", name_en)
    page.fill("input[name=postal_code]", f"{postal_code[:3]}-{postal_code[3:]}")
    page.click("button[name=fill]")
    expect(page.locator("input[name=municipality_code]")).not_to_have_value("")
    page.fill("input[name=address]", address)
    page.fill("input[name=representative]", f"{name}長")
    page.fill("input[name=contact_person]", "会計課")
    page.fill("input[name=phone]", phone)
    is_fine(page)
    send(page)
    page.wait_for_url("**/section/business/")
    page.fill("input[name=yearly_sales_yen]", "７,０００,０００,０００")
    send(page)
    page.wait_for_url("**/section/account/")
    page.fill("input[name=bank_code]", "0001")
    page.fill("input[name=branch_code]", "001")
    page.select_option("select[name=account_kind]", "ordinary")
    page.fill("input[name=account_number]", "1234567")
    page.fill("input[name=holder_kana]", "カイケイカンリシャ")
    send(page)
    page.wait_for_url("**/places/**")

    if code == "10210":
        bring_sheet(page, root, PLACES[code], tmp_path)
    else:
        for place in PLACES[code]:
            add_place(page, root, place, code)
    page.goto(f"{root}/documents/")
    page.locator("input[type=file]").first.set_input_files(memo(tmp_path))
    page.locator("main form .cluster button").first.click()
    expect(page.locator("main")).to_contain_text("memo.jpg")
    is_fine(page)
    page.goto(f"{root}/consent/")
    send(page)
    page.goto(f"{root}/check/")
    expect(page.locator("main")).to_contain_text(PLACES[code][0].name if code != "10210" else name)
    is_fine(page)
    send(page)
    page.wait_for_url("**/join/status/**")
    is_fine(page)
    return reference


def add_place(page: Page, root: str, place: PilotPlace, code: str) -> None:
    page.goto(f"{root}/places/new/")
    page.fill("input[name=name]", place.name)
    page.fill("input[name=name_en]", place.name_en[:160])
    page.select_option("select[name=kind]", place.kind)
    page.fill("input[name=postal_code]", TOWNS[code][2])
    page.click("button[name=fill]")
    expect(page.locator("input[name=municipality_code]")).not_to_have_value("")
    page.fill("input[name=address]", TOWNS[code][3])
    for purpose in place.purposes:
        page.check(f"input[name=purposes][value={purpose}]")
    for service in SERVICES:
        page.check(f"input[name=services][value={service}]")
    is_fine(page)
    page.locator("main form .cluster .button--primary, main form .button--primary").first.click()
    page.wait_for_url(lambda url: "/new/" not in url)


def bring_sheet(page: Page, root: str, places: list[PilotPlace], tmp_path: Path) -> None:
    """Tomioka's places as one CSV made from the template, one row of which is broken at first."""
    page.goto(f"{root}/sheet/")
    with page.expect_download() as template:
        page.locator("a[href$='template.csv']").click()
    head = template.value.path().read_text("utf-8-sig").splitlines()[0].split(",")
    rows = [row_of(place) for place in places]
    broken = {**rows[0], "name": '=HYPERLINK("http://x")'}
    upload(page, root, tmp_path, head, [broken, *rows[1:]])
    expect(page.locator("main")).to_contain_text("1")
    is_fine(page)
    with page.expect_download() as returned:
        page.locator("a[href*='rows']").first.click()
    assert "エラー" in returned.value.path().read_text("utf-8-sig")
    upload(page, root, tmp_path, head, rows[:1])
    page.goto(f"{root}/places/")
    for place in places:
        expect(page.locator("main")).to_contain_text(place.name)


def row_of(place: PilotPlace) -> dict[str, str]:
    return {
        "name": place.name,
        "name_en": place.name_en,
        "kind": place.kind,
        "postal_code": TOWNS["10210"][2],
        "address": TOWNS["10210"][3],
        "purposes": "、".join(place.purposes),
        "services": "、".join(SERVICES),
    }


def upload(page: Page, root: str, tmp_path: Path, head: list[str], rows: list[dict[str, str]]) -> None:
    from madoguchi.onboarding.sheets import TEMPLATE_COLUMNS

    keys = [column.key for column in TEMPLATE_COLUMNS]
    path = tmp_path / "places.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows([[row.get(key, "") for key in keys] for row in rows])
    page.goto(f"{root}/sheet/")
    page.set_input_files("input[type=file]", path)
    page.locator("main form button").last.click()
    page.wait_for_url("**/sheet/result/")


def decide(maker: Page, checker: Page, server: Server, reference: str) -> None:
    """One officer proposes, who cannot confirm; another confirms."""
    maker.goto(f"{server.url}/office/applications/?q={reference}")
    maker.locator("main a", has_text=reference).first.click()
    is_fine(maker)
    address = maker.url
    maker.locator("form[action$='/accept/'] button").click()
    expect(maker.locator("form[action$='/take-back/']")).to_be_visible()
    expect(maker.locator("form[action$='/confirm/']")).to_have_count(0)
    checker.goto(address)
    checker.locator("form[action$='/confirm/'] button").click()
    expect(checker.locator("form[action$='/confirm/']")).to_have_count(0)


def approve_all(page: Page, server: Server, count: int, starts_on: date) -> None:
    """A provider approves everything that came, together."""
    page.goto(f"{server.url}/provider/applications/")
    # The demo's examples stay for whoever tries them.
    boxes = page.locator("tr", has_not_text="（例）").locator("input[name=item]")
    expect(boxes).to_have_count(count)
    is_fine(page)
    for number in range(count):
        boxes.nth(number).check()
    page.locator("button[name=act][value=approve]").click()
    page.fill("input[name=starts_on]", starts_on.isoformat())
    page.fill("input[name=fee_percent]", "1.6")
    page.locator("button[name=act][value=approve]").click()
    expect(page.locator("main")).to_contain_text(str(count))


def ask(page: Page, server: Server, place: str) -> None:
    page.goto(f"{server.url}/provider/applications/")
    page.locator("main a", has_text=place).first.click()
    page.locator("details summary").first.click()
    page.locator("details textarea").first.fill("営業時間を教えてください")
    page.locator("button[name=act][value=ask]").click()


def test_three_towns_join_from_application_to_kit(browser: Browser, server: Server, tmp_path: Path) -> None:
    """J-01, J-04, J-11, J-22, M-08: one application a town, two services at each place, kits that can be scanned."""
    starts_on = date.today() + timedelta(days=14)  # noqa: DTZ011  # the machine's day does; nothing depends on which
    desks: dict[str, tuple[BrowserContext, Page, str]] = {}
    for code in TOWNS:
        context = browser.new_context(viewport={"width": 768, "height": 1024}, locale="ja-JP")
        page = context.new_page()
        desks[code] = (context, page, apply(page, server, code, tmp_path))
    wait_until_screened(server)

    officers = [browser.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900}) for _ in range(2)]
    maker, checker = (context.new_page() for context in officers)
    sign_in(maker, server, "programme-office")
    sign_in(checker, server, "programme-checker")
    for _, _, reference in desks.values():
        decide(maker, checker, server, reference)

    paypay = browser.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900}).new_page()
    line_pay = browser.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900}).new_page()
    sign_in(paypay, server, "provider-paypay")
    sign_in(line_pay, server, "provider-line-pay")
    count = sum(map(len, PLACES.values()))
    asked = PLACES["20403"][0].name
    ask(line_pay, server, asked)
    approve_all(paypay, server, count, starts_on)
    _, applicant, reference = desks["20403"]
    answer(applicant, server, reference, asked)
    approve_all(line_pay, server, count, starts_on)

    applicant.goto(f"{server.url}/join/status/{reference}/")
    expect(applicant.locator("main")).to_contain_text("承認")
    expect(applicant.locator("main")).to_contain_text(f"{starts_on.year}年{starts_on.month}月{starts_on.day}日")
    is_fine(applicant)
    print_kits(checker, server)
    written = server.run(LETTERS)
    letters = [event for event, _ in written]
    # What is decided or posted within a minute is one letter for each town.
    told = {event: sum(many for name, many in written if name == event) for event in letters}
    assert letters.count("mail.started") == letters.count("mail.submitted") == letters.count("mail.accepted") == 3
    assert letters.count("mail.question") == 1
    assert (told["mail.approved"], told["mail.kit_sent"]) == (2 * count, count)
    assert letters.count("mail.kit_sent") == 3


def wait_until_screened(server: Server) -> None:
    for _ in range(60):
        if server.run(SCREENED) == 0:
            return
    raise TimeoutError("the worker did not screen the applications")


def answer(page: Page, server: Server, reference: str, place: str) -> None:
    page.goto(f"{server.url}/join/status/{reference}/?state=questions")
    is_fine(page)
    page.locator("main a", has_text="LINE Pay").first.click()
    expect(page.locator("main")).to_contain_text("営業時間を教えてください")
    page.fill("main textarea", "平日の8時30分から17時15分までです。")
    page.locator("main form .button--primary").click()


def print_kits(page: Page, server: Server) -> None:
    """Everything that waits as one PDF whose codes can be scanned, and noted as posted."""
    page.goto(f"{server.url}/office/kits/")
    is_fine(page)
    with page.expect_download() as download:
        page.locator("a[href*='kits.pdf']").first.click()
    codes = {read_jpqr(payload).local_name for payload in read_document(download.value.path().read_bytes())}
    own = {fit_name(place.name) for places in PLACES.values() for place in places}
    assert codes == own | {fit_name("まちの豆腐店 本店（例）")}
    page.check("#id_every")
    page.locator("main form[method=post] button").last.click()
