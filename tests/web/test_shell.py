"""The frame around every page: home, languages, signing in and out, and how a refusal is told."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client
from django.urls import include, path
from django.utils.translation import override

import madoguchi
from madoguchi.api.errors import ERRORS as API_ERRORS
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import parse_id
from madoguchi.gateways.sandbox.words import WORDS as SANDBOX_WORDS
from madoguchi.people.access import system_actor
from madoguchi.people.actions import ensure_user, grant_role
from madoguchi.people.models import User
from madoguchi.registry.models import Municipality
from madoguchi.web import context
from madoguchi.web.edges import signed_in
from madoguchi.web.refusals import sentence, status_of
from madoguchi.web.sentences import OTHERWISE, SENTENCES
from madoguchi.web.templatetags import madoguchi as tags

SOURCE = Path(madoguchi.__file__).parent
SETUP = system_actor("setup")
PASSWORD = "a-long-password"
SOMEBODY = UUID("0193a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b")


# Pages that refuse and fail, beside the real ones.


def refusing(request: HttpRequest) -> HttpResponse:
    raise Refusal(request.GET.get("code", "refund_exceeds_payment"), left_yen=1200)


def failing(request: HttpRequest) -> HttpResponse:
    raise ValueError("broken on purpose")


@signed_in
def inside(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


urlpatterns = [
    path("inside/", inside),
    path("", include("madoguchi.web.public.urls")),
    path("refusing/", refusing),
    path("api/refusing/", refusing),
    path("failing/", failing),
]


@pytest.fixture
def with_refusing_pages(settings: object) -> None:
    settings.ROOT_URLCONF = sys.modules[__name__]  # type: ignore[attr-defined]


@pytest.fixture
def all_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every room had its first page."""
    monkeypatch.setattr(context, "is_page", lambda path: True)


def person(username: str, *roles: str, is_demo: bool = False, **place: object) -> User:
    user = ensure_user(
        actor=SETUP, username=username, display_name=f"{username} さん", password=PASSWORD, is_demo=is_demo
    )
    for role in roles:
        grant_role(actor=SETUP, user=user, role=role, **place)  # type: ignore[arg-type]
    return user


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


# Home and language


@pytest.mark.django_db
def test_home_greets_in_japanese_unless_another_language_was_chosen(client: Client) -> None:
    page = text_of(client.get("/"))

    assert '<html lang="ja"' in page
    assert "すべてのキャッシュレスを、ひとつの窓口で。" in page


@pytest.mark.django_db
def test_a_visitor_without_a_session_reads_on_in_the_language_they_choose(client: Client) -> None:
    answer = client.post("/language/", {"lang": "en", "next": "/sign-in/?next=/till/"})

    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/till/")
    assert "sessionid" not in client.cookies
    assert '<html lang="en"' in text_of(client.get("/"))
    client.post("/language/", {"lang": "ja"})
    assert '<html lang="ja"' in text_of(client.get("/"))


@pytest.mark.django_db
@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com", "javascript:alert(1)", ""])
def test_the_language_switch_never_leads_to_another_site(client: Client, elsewhere: str) -> None:
    assert client.post("/language/", {"lang": "en", "next": elsewhere})["Location"] == "/"


@pytest.mark.django_db
def test_an_unknown_language_changes_nothing(client: Client) -> None:
    client.post("/language/", {"lang": "xx"})

    assert '<html lang="ja"' in text_of(client.get("/"))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/language/", "/sign-out/", "/sign-in/demo/"])
def test_what_changes_something_cannot_be_done_by_following_a_link(client: Client, address: str) -> None:
    assert client.get(address).status_code == 405


@pytest.mark.django_db
def test_every_door_leads_somewhere_or_says_that_it_is_in_preparation(client: Client) -> None:
    client.cookies["django_language"] = "en"
    page = text_of(client.get("/"))

    for address in re.findall(r'<a class="door" href="([^"]+)"', page):
        assert client.get(address).status_code in {200, 302}, address
    assert page.count('class="door door--closed"') == page.count("In preparation") > 0


@pytest.mark.django_db
def test_home_tells_since_when_a_service_is_quiet(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """J-25: fresh, quiet and never are told apart in words."""
    from madoguchi.payments.queries import Pulse
    from madoguchi.registry.models import Service
    from madoguchi.web.public import views

    at = datetime(2026, 11, 21, 1, 31, tzinfo=UTC)
    pulses = [
        Pulse(Service(name="A Pay"), at, "fresh"),
        Pulse(Service(name="B Pay"), at, "quiet"),
        Pulse(Service(name="C Pay"), None, "never"),
    ]
    monkeypatch.setattr(views, "service_pulses", lambda: pulses)

    page = text_of(client.get("/"))

    for words in ("届いています", "1時間以上届いていません", "まだ届いていません", "2026年11月21日（土） 10:31"):
        assert words in page
    monkeypatch.setattr(views, "service_pulses", list)
    cache.clear()  # half a minute later
    assert "つながっている決済サービスは、まだありません" in text_of(client.get("/"))


# Signing in and out


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "where", "first_page"),
    [
        ("clerk", {"organisation_id": SOMEBODY}, "/till/"),
        ("accountant", {"organisation_id": SOMEBODY}, "/town/"),
        ("town_administrator", {"organisation_id": SOMEBODY}, "/town/"),
        ("provider", {"provider": "paypay"}, "/provider/"),
        ("programme_officer", {}, "/office/"),
        ("auditor", {}, "/town/"),
    ],
)
def test_signing_in_leads_to_where_the_role_works(
    client: Client, all_rooms: None, role: str, where: dict[str, object], first_page: str
) -> None:
    person("someone", role, **where)

    answer = client.post("/sign-in/", {"username": "someone", "password": PASSWORD})

    assert (answer.status_code, answer["Location"]) == (302, first_page)


@pytest.mark.django_db
def test_signing_in_comes_back_to_the_page_that_was_asked_for(client: Client) -> None:
    person("someone", "clerk", organisation_id=SOMEBODY)
    facts = {"username": "someone", "password": PASSWORD}

    assert client.post("/sign-in/", {**facts, "next": "/?a=1"})["Location"] == "/?a=1"
    client.post("/sign-out/")
    assert "example.com" not in client.post("/sign-in/", {**facts, "next": "https://example.com/"})["Location"]


@pytest.mark.django_db
def test_a_wrong_password_is_told_without_telling_which_was_wrong(client: Client) -> None:
    person("someone")
    wrong = client.post("/sign-in/", {"username": "someone", "password": "no"})
    nobody = client.post("/sign-in/", {"username": "nobody", "password": "no"})

    for answer in (wrong, nobody):
        assert answer.status_code == 422
        assert "利用者名かパスワードが正しくありません" in text_of(answer)


@pytest.mark.django_db
def test_who_is_signed_in_is_shown_and_can_sign_out(client: Client, all_rooms: None) -> None:
    client.force_login(person("hanako", "clerk", organisation_id=SOMEBODY))
    page = text_of(client.get("/"))
    assert "hanako さん" in page
    assert 'href="/till/"' in page

    answer = client.post("/sign-out/")

    assert answer["Location"] == "/"
    assert "hanako さん" not in text_of(client.get("/"))


@pytest.mark.django_db
def test_the_navigation_shows_only_rooms_one_works_in(client: Client, all_rooms: None) -> None:
    """An auditor of one town reads its books, but is not the programme's auditor."""
    client.force_login(person("auditor-of-one", "auditor", organisation_id=SOMEBODY))
    navigation = text_of(client.get("/")).split('<nav class="site-nav"')[1].split("</nav>")[0]

    assert re.findall(r'href="([^"]+)"', navigation) == ["/town/", "/rewards/"]


@pytest.mark.django_db
def test_visitors_are_sent_to_sign_in_and_come_back_to_the_page_they_were_on(
    client: Client, with_refusing_pages: None
) -> None:
    """A form is not sent again, so its reader comes back to where it stood; htmx takes the whole page along."""
    form_page = {"referer": "http://testserver/refusing/?a=1"}
    htmx = {"hx-request": "true", "hx-current-url": "http://testserver/refusing/?a=1"}

    assert client.get("/inside/?x=1")["Location"] == "/sign-in/?next=/inside/%3Fx%3D1"
    assert client.post("/inside/", headers=form_page)["Location"].endswith("refusing/%3Fa%3D1")
    assert client.post("/inside/", headers={"referer": "https://example.com/"})["Location"] == "/sign-in/?next=/"
    assert client.get("/inside/", headers=htmx)["HX-Redirect"] == "/sign-in/?next=/refusing/%3Fa%3D1"

    client.force_login(person("someone"))
    assert text_of(client.get("/inside/")) == "inside"


# The trial


@pytest.mark.django_db
def test_the_trial_offers_its_roles_and_signs_in_with_one_press(client: Client, settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]
    person("trial-clerk", "clerk", is_demo=True, organisation_id=SOMEBODY)
    page = text_of(client.get("/sign-in/"))
    assert "trial-clerk さん" in page
    assert "お試し環境です。実際のお金は動きません。" in page

    answer = client.post("/sign-in/demo/", {"username": "trial-clerk"})

    assert answer.status_code == 302
    assert "trial-clerk さん" in text_of(client.get("/"))


@pytest.mark.django_db
@pytest.mark.parametrize(("is_trial", "is_demo_user"), [(False, True), (True, False), (False, False)])
def test_nobody_signs_in_without_a_password_outside_the_trial(
    client: Client, settings: object, is_trial: bool, is_demo_user: bool
) -> None:
    settings.DEMO = is_trial  # type: ignore[attr-defined]
    person("someone", "clerk", is_demo=is_demo_user, organisation_id=SOMEBODY)
    assert ("someone さん" in text_of(client.get("/sign-in/"))) is (is_trial and is_demo_user)

    assert client.post("/sign-in/demo/", {"username": "someone"}).status_code == 404

    assert "_auth_user_id" not in client.session
    assert ("お試し環境です" in text_of(client.get("/"))) is is_trial


# Refusals


def codes_in(tree: ast.AST) -> Iterator[str]:
    """Codes a file refuses with: written into Refusal(...) or Answer(code=...), or promised in a docstring."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            given = [node.args[0]] if called == "Refusal" and node.args else []
            given += [word.value for word in node.keywords if called == "Answer" and word.arg == "code"]
            given += [word.value for word in node.keywords if word.arg == "blocked"]
            for value in given:
                yield from (part.value for part in ast.walk(value) if _is_code(part))  # type: ignore[attr-defined]
        if isinstance(node, ast.FunctionDef):
            for promise in re.findall(r"Refusal ((?:`[a-z_]+`(?:,\s+|\s+or\s+)?)+)", ast.get_docstring(node) or ""):
                yield from re.findall(r"`([a-z_]+)`", promise)
            if node.name == "_fault" and isinstance(node.returns, ast.Name) and node.returns.id == "str":
                returned = [part.value for part in ast.walk(node) if isinstance(part, ast.Return) and part.value]
                yield from (part.value for value in returned for part in ast.walk(value) if _is_code(part))  # type: ignore[attr-defined]
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            first = node.targets[0].elts[0]
            if isinstance(first, ast.Name) and first.id == "code" and isinstance(node.value, ast.Tuple):
                yield from (part.value for part in [node.value.elts[0]] if _is_code(part))  # type: ignore[attr-defined]


def _is_code(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(re.fullmatch("[a-z_]+", node.value))


def codes_under(folder: Path, *, without: tuple[str, ...] = ()) -> set[str]:
    return {
        code
        for file in sorted(folder.rglob("*.py"))
        if not any((folder / name) in file.parents for name in without)
        for code in codes_in(ast.parse(file.read_text(encoding="utf-8")))
    }


def test_every_code_that_is_raised_has_a_sentence() -> None:
    """The provider API and the sandbox speak to programs and to trial users in words of their own."""
    raised = codes_under(SOURCE, without=("api", "gateways/sandbox"))

    assert {"not_allowed", "designation_missing", "service_unknown", "refund_amount_differs"} <= raised
    assert raised - set(SENTENCES) == set()
    assert codes_under(SOURCE / "api") - set(API_ERRORS) == set()
    assert codes_under(SOURCE / "gateways" / "sandbox") - set(SANDBOX_WORDS) == set()


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_refusal_has_a_sentence_of_its_own_in_both_languages(code: str) -> None:
    """Also when it brings no facts along."""
    with override("ja"):
        japanese = sentence(Refusal(code))
    with override("en"):
        english = sentence(Refusal(code))
        assert english != str(OTHERWISE)

    assert re.search("[ぁ-ん]", japanese)
    assert not re.search("[ぁ-んァ-ヶ一-龠]", english)
    assert "%(" not in japanese + english
    assert japanese.endswith("。")
    assert english.endswith(".")


@pytest.mark.parametrize(
    ("refusal", "japanese", "english"),
    [
        (Refusal("refund_exceeds_payment", left_yen=1200), "¥1,200", "¥1,200"),
        (
            Refusal("refund_cut_off_passed", closed_at=datetime(2026, 11, 21, 1, 31, tzinfo=UTC)),
            "2026年11月21日（土） 10:31",
            "21 Nov 2026 (Sat) 10:31",
        ),
        (Refusal("day_closed", day=date(2026, 11, 21)), "2026年11月21日（土）", "21 Nov 2026 (Sat)"),
        (Refusal("designation_missing", item="住民票の写し", item_en="Certificate"), "「住民票の写し」", "Certificate"),
        (Refusal("order_not_waiting", state="seen"), "お客様の画面で確認済み", "seen on the customer's screen"),
        (Refusal("amount_differs", order_yen=500, payment_yen=50), "支払いは ¥50", "payment for ¥50"),
    ],
    ids=lambda value: value.code if isinstance(value, Refusal) else "",
)
def test_facts_stand_in_the_sentence_as_people_write_them(refusal: Refusal, japanese: str, english: str) -> None:
    with override("ja"):
        assert japanese in sentence(refusal)
    with override("en"):
        assert english in sentence(refusal)


@pytest.mark.parametrize(
    ("code", "status"), [("not_allowed", 403), ("payment_unknown", 404), ("day_closed", 422), ("never_heard_of", 422)]
)
def test_a_code_decides_the_status(code: str, status: int) -> None:
    assert status_of(code) == status


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "status"), [("refund_exceeds_payment", 422), ("order_unknown", 404), ("not_allowed", 403)]
)
def test_a_refusal_is_a_page_that_says_what_to_do(
    client: Client, with_refusing_pages: None, code: str, status: int
) -> None:
    answer = client.get("/refusing/", {"code": code}, headers={"referer": "http://testserver/sign-in/"})
    page = text_of(answer)

    assert answer.status_code == status
    assert "何も変わっていません。失われたものもありません。" in page
    assert f"<code>{code}</code>" in page
    assert 'href="http://testserver/sign-in/"' in page


@pytest.mark.django_db
def test_a_refusal_never_leads_back_to_another_site(client: Client, with_refusing_pages: None) -> None:
    page = text_of(client.get("/refusing/", headers={"referer": "https://example.com/"}))

    assert "example.com" not in page


@pytest.mark.django_db
def test_htmx_gets_a_notice_for_the_top_of_the_page(client: Client, with_refusing_pages: None) -> None:
    answer = client.get("/refusing/", headers={"hx-request": "true"})

    assert answer.status_code == 422
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#refusal", "innerHTML")
    assert "<html" not in text_of(answer)
    assert "¥1,200" in text_of(answer)
    assert 'id="refusal"' in text_of(client.get("/"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "headers"), [("/api/refusing/", {}), ("/refusing/", {"accept": "application/json"})]
)
def test_a_program_gets_code_sentence_and_facts(
    client: Client, with_refusing_pages: None, address: str, headers: dict[str, str]
) -> None:
    answer = client.get(address, headers=headers)

    assert answer.status_code == 422
    error = json.loads(answer.content)["error"]
    assert (error["code"], error["left_yen"]) == ("refund_exceeds_payment", 1200)
    assert error["message"].endswith("。")


# Errors without a refusal


@pytest.mark.django_db
def test_an_address_without_a_page_is_told_in_the_readers_language(client: Client) -> None:
    client.cookies["django_language"] = "en"
    answer = client.get("/no-such-page/")

    assert answer.status_code == 404
    assert "There is no page at this address." in text_of(answer)


@pytest.mark.django_db
def test_a_failure_is_told_in_both_languages(client: Client, with_refusing_pages: None) -> None:
    client.raise_request_exception = False
    answer = client.get("/failing/")

    assert answer.status_code == 500
    assert "エラーが起きました" in text_of(answer)
    assert "Something went wrong here" in text_of(answer)


@pytest.mark.django_db
def test_a_form_without_its_token_is_not_taken() -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "clerk", "password": "x"})

    assert answer.status_code == 403
    assert "何も変わっていません" in text_of(answer)


@pytest.mark.django_db
def test_a_language_is_chosen_without_a_token_and_changes_nothing_else() -> None:
    """So that pages for everybody hold nobody's token; a forged form could change the language alone."""
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post("/language/", {"lang": "en", "next": "/map/?q=ramen"})

    assert (answer.status_code, answer["Location"]) == (302, "/map/?q=ramen")
    assert set(browser.cookies) == {"django_language"}


@pytest.mark.django_db
def test_pages_hold_nothing_that_the_content_policy_forbids(client: Client, settings: object) -> None:
    """No inline scripts, styles or handlers: the policy allows only this site's own files."""
    settings.DEMO = True  # type: ignore[attr-defined]
    for address in ("/", "/sign-in/", "/no-such-page/"):
        page = text_of(client.get(address))
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page), address
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page), address


# Filters and icons


def shown(source: str, **facts: object) -> str:
    return Template(source).render(Context(facts))


def test_filters_write_as_people_read() -> None:
    at = datetime(2026, 11, 20, 15, 5, tzinfo=UTC)  # past midnight in Japan
    place = type("Place", (), {"name": "市民課", "name_en": "Citizens' division"})()
    with override("ja"):
        assert shown("{{ a|yen }} {{ b|yen }}", a=1234, b=-5) == "¥1,234 −¥5"
        assert shown("{{ at|jst }}", at=at) == "2026年11月21日（土） 00:05"
        assert (
            shown("{{ day|jst_date }} {{ at|jst_time }}", day=date(2026, 11, 21), at=at) == "2026年11月21日（土） 00:05"
        )
        assert shown("{{ place|name }}", place=place) == "市民課"
    with override("en"):
        assert shown("{{ at|jst }}", at=at) == "21 Nov 2026 (Sat) 00:05"
        assert shown("{{ place|name }}", place=place) == "Citizens&#x27; division"
        place.name_en = ""
        assert shown("{{ place|name }}", place=place) == "市民課"
    assert parse_id(shown("{{ id|short_id }}", id=SOMEBODY)) == SOMEBODY


def test_a_postal_code_is_written_as_on_an_envelope_and_nothing_is_made_of_what_is_none() -> None:
    assert shown("{{ x|postal }}", x="3702316") == "〒370-2316"
    assert shown("{{ x|postal }}", x="37023") == "37023"


def test_a_town_is_named_with_its_prefecture_in_the_order_of_the_language() -> None:
    town = Municipality(name="富岡市", name_en="Tomioka City", prefecture="群馬県", prefecture_en="Gunma")
    with override("ja"):
        assert shown("{{ x|town }}", x=town) == "群馬県富岡市"
    with override("en"):
        assert shown("{{ x|town }}", x=town) == "Tomioka City, Gunma"


def test_filters_show_nothing_for_nothing() -> None:
    source = (
        "{{ x|yen }}{{ x|jst }}{{ x|jst_date }}{{ x|jst_time }}{{ x|short_id }}{{ x|name }}{{ x|postal }}{{ x|town }}"
    )

    assert shown(source, x=None) == ""


@pytest.mark.parametrize("name", sorted(file.stem for file in tags.ICONS.glob("*.svg")))
def test_an_icon_is_silent_unless_it_is_given_words(name: str) -> None:
    assert 'aria-hidden="true"' in shown("{% icon name %}", name=name)
    assert 'role="img" aria-label="&lt;b&gt;"' in shown("{% icon name label %}", name=name, label="<b>")
