"""The inbox's pages: a provider's staff see their own items and decide on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.core.clock import today
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding.models import Item
from madoguchi.onboarding.proposals import confirm_proposal, propose
from tests.onboarding.conftest import CHECKER, MAKER
from tests.web.provider_desk import item_of, tofu_shop
from tests.web.readers import reader


@pytest.fixture(autouse=True)
def demo_runs(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def page(clock: Any, towns: Any) -> Client:
    return reader("provider-paypay")


def tomorrow() -> str:
    return (today() + timedelta(days=1)).isoformat()


def listed(page: Client, **query: str) -> list[Item]:
    answer = page.get(reverse("provider:applications"), query)
    assert answer.status_code == 200
    return [row["item"] for row in answer.context["rows"]]


def act(page: Client, item: Item, what: str, **facts: str) -> Any:
    return page.post(reverse("provider:item_act", args=[item.id]), {"act": what, **facts})


def text_of(answer: Any) -> str:
    return answer.content.decode()


def state_of(item: Item) -> str:
    return Item.objects.get(id=item.id).state


class TestList:
    def test_new_items_stand_first_the_oldest_on_top(self, page):
        first, second = item_of(tofu_shop("一号店")), item_of(tofu_shop("二号店"))

        assert listed(page) == [first, second]

    def test_of_another_provider_nothing_is_seen(self, page):
        item_of(tofu_shop("よその店", services=("au_pay",)), "au_pay")

        assert listed(page) == []
        assert "よその店" not in text_of(page.get(reverse("provider:applications")))

    def test_each_tab_has_its_own(self, page):
        new, taken, asked, approved, refused = (item_of(tofu_shop()) for _ in range(5))
        act(page, taken, "take")
        act(page, asked, "ask", **{"question-text": "？"})
        act(page, approved, "approve", starts_on=tomorrow())
        act(page, refused, "refuse", **{"refusal-text": "no"})
        cancelled = tofu_shop()
        content: dict[str, Any] = {}
        proposal = propose(
            actor=MAKER,
            kind="cancellation",
            subject="x",
            content=content,
            reason="閉店",
            application_id=cancelled.application.id,
        )
        confirm_proposal(actor=CHECKER, proposal_id=proposal.id)

        found = {tab: listed(page, tab=tab) for tab in ("new", "taken", "questions", "approved", "refused", "ended")}
        assert found == {
            "new": [new],
            "taken": [taken],
            "questions": [asked],
            "approved": [approved],
            "refused": [refused],
            "ended": [item_of(cancelled)],
        }
        counts = [tab["count"] for tab in page.get(reverse("provider:applications")).context["tabs"]]
        assert counts == ["1", "1", "1", "", "", ""]

    def test_it_is_narrowed_by_service_prefecture_and_use(self, page):
        """J-23: what is in use already is found by itself."""
        used = item_of(tofu_shop(used_already=frozenset({"paypay"})))
        elsewhere = item_of(tofu_shop(municipality_code="10210"))

        assert listed(page, used="yes") == [used]
        assert listed(page, used="no") == [elsewhere]
        assert listed(page, prefecture="群馬県") == [elsewhere]
        assert listed(page, service="paypay") == [used, elsewhere]

    def test_it_is_found_by_number_and_by_name(self, page):
        one, other = tofu_shop("駅前の豆腐店"), tofu_shop("浜の豆腐店")

        spoken = one.application.reference.replace("-", " ").lower()
        assert listed(page, words=spoken) == [item_of(one)]
        assert listed(page, words="浜") == [item_of(other)]
        assert listed(page, words="まちの豆腐店") == [item_of(one), item_of(other)]
        assert "Nothing here fits this filter" in text_of(
            page.get(reverse("provider:applications"), {"words": "こんにゃく"})
        )

    def test_it_goes_on_behind_the_last_row(self, page, monkeypatch):
        monkeypatch.setattr("madoguchi.web.provider.inbox.PAGE_ROWS", 2)
        items = [item_of(tofu_shop()) for _ in range(3)]

        first = page.get(reverse("provider:applications"))
        second = page.get(first.context["next"])

        assert [row["item"] for row in first.context["rows"]] == items[:2]
        assert [row["item"] for row in second.context["rows"]] == items[2:]
        assert (second.context["next"], second.context["first"] != "") == ("", True)

    def test_an_empty_inbox_says_what_will_be_there(self, page):
        assert "When the office has accepted an application" in text_of(page.get(reverse("provider:applications")))

    def test_an_address_that_makes_no_sense_shows_the_list(self, page):
        item = item_of(tofu_shop())

        assert listed(page, tab="lost", after="x", service="gold") == [item]


class TestItem:
    def test_it_shows_all_that_the_provider_needs(self, page):
        item = item_of(tofu_shop(registration_id="AU-77"))

        text = text_of(page.get(reverse("provider:item", args=[item.id])))

        for told in ("株式会社まちの豆腐店", "代表取締役", "1234567", "カイケイカンリシヤ", "AU-77", "memo.png"):
            assert told in text

    def test_it_does_not_show_which_other_services_were_applied_for(self, page):
        item = item_of(tofu_shop(services=("paypay", "line_pay")))

        text = text_of(page.get(reverse("provider:item", args=[item.id])))

        assert "LINE Pay" not in text

    def test_another_providers_is_not_there_and_is_not_changed(self, page):
        item = item_of(tofu_shop(), "au_pay")

        assert page.get(reverse("provider:item", args=[item.id])).status_code == 404
        assert act(page, item, "approve", starts_on=tomorrow()).status_code == 404
        assert state_of(item) == "at_provider"

    def test_that_it_was_opened_is_logged(self, page):
        item = item_of(tofu_shop())

        page.get(reverse("provider:item", args=[item.id]))

        event = Event.objects.get(name="inbox.read")
        assert (event.facts["how"], event.facts["first"]) == ("page", str(item.id))

    def test_a_document_is_handed_out_and_the_view_is_logged(self, page):
        """P-24, P-25."""
        desk = tofu_shop()
        document = desk.application.documents.get()

        answer = page.get(reverse("provider:item_document", args=[item_of(desk).id, document.id]))

        assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"a picture", "image/png")
        assert answer["Content-Disposition"].startswith("attachment")
        assert Event.objects.get(name="document.viewed").subject == str(document.id)

    def test_a_document_of_an_application_with_another_provider_is_not_there(self, page):
        own, anothers = tofu_shop(), tofu_shop(services=("au_pay",))
        document = anothers.application.documents.get()

        for item in (item_of(own), item_of(anothers, "au_pay")):
            assert page.get(reverse("provider:item_document", args=[item.id, document.id])).status_code == 404
        assert not Event.objects.filter(name="document.viewed").exists()


class TestDecision:
    def test_taking(self, page):
        item = item_of(tofu_shop())

        assert act(page, item, "take").status_code == 302
        assert Item.objects.get(id=item.id).taken_at is not None

    def test_asking_and_reading_the_question(self, page):
        item = item_of(tofu_shop())

        act(page, item, "ask", **{"question-text": "営業時間を教えてください"})

        assert state_of(item) == "questions"
        assert "営業時間を教えてください" in text_of(page.get(reverse("provider:item", args=[item.id])))

    def test_approving_with_a_fee_in_per_cent(self, page):
        item = item_of(tofu_shop())

        act(page, item, "approve", starts_on=tomorrow(), fee_percent="１．９８％", provider_reference="M-1")

        item.refresh_from_db()
        assert (item.state, item.fee_bps, item.provider_reference) == ("approved", 198, "M-1")
        assert "1.98 %" in text_of(page.get(reverse("provider:item", args=[item.id])))

    @pytest.mark.parametrize("fee", ["much", "-1", "101", "1.985", "NaN", "1e99999"])
    def test_a_fee_that_is_none_is_told_beside_its_field(self, page, fee):
        item = item_of(tofu_shop())

        answer = act(page, item, "approve", starts_on=tomorrow(), fee_percent=fee)

        assert answer.status_code == 422
        assert answer.context["approval"].errors.keys() == {"fee_percent"}
        assert state_of(item) == "at_provider"

    def test_a_late_start_is_shown_before_it_is_confirmed(self, page):
        """P-22, P-26: the first press only shows it; the second does it; another day is shown anew."""
        item = item_of(tofu_shop(wished_on=today()))

        shown = act(page, item, "approve", starts_on=tomorrow())
        assert shown.status_code == 422
        assert "This is later than the applicant wished" in text_of(shown)
        assert state_of(item) == "at_provider"

        later = (today() + timedelta(days=9)).isoformat()
        assert act(page, item, "approve", starts_on=later, late_confirmed=tomorrow()).status_code == 422
        act(page, item, "approve", starts_on=later, late_confirmed=later)

        assert state_of(item) == "approved"
        assert "later than wished" in text_of(page.get(reverse("provider:item", args=[item.id])))

    def test_a_start_on_the_day_wished_for_needs_no_second_press(self, page):
        item = item_of(tofu_shop(wished_on=today() + timedelta(days=1)))

        assert act(page, item, "approve", starts_on=tomorrow()).status_code == 302

    def test_a_service_in_use_needs_the_providers_word(self, page):
        """J-23."""
        item = item_of(tofu_shop(used_already=frozenset({"paypay"})))

        answer = act(page, item, "approve", starts_on=tomorrow())
        assert answer.context["approval"].errors.keys() == {"keeps_terms"}
        assert state_of(item) == "at_provider"

        act(page, item, "approve", starts_on=tomorrow(), keeps_terms="yes")
        assert Item.objects.get(id=item.id).keeps_terms is True

    def test_a_formula_as_merchant_number_is_told_beside_its_field_and_kept_for_correction(self, page):
        item = item_of(tofu_shop())

        answer = act(page, item, "approve", starts_on=tomorrow(), provider_reference="=1+1", terms="月2回")

        assert answer.context["approval"].errors.keys() == {"provider_reference"}
        assert "月2回" in text_of(answer)
        assert state_of(item) == "at_provider"

    def test_refusing_needs_a_reason(self, page):
        item = item_of(tofu_shop())

        assert act(page, item, "refuse", **{"refusal-text": " "}).status_code == 422
        act(page, item, "refuse", **{"refusal-text": "対象外の業種です"})

        item.refresh_from_db()
        assert (item.state, item.reason) == ("refused", "対象外の業種です")

    def test_one_that_was_withdrawn_meanwhile_is_told_and_stays(self, page):
        """Two windows: the office cancelled while the form was open."""
        desk = tofu_shop()
        Item.objects.filter(id=item_of(desk).id).update(state="withdrawn")
        desk.application.state = "cancelled"
        desk.application.save()

        answer = act(page, item_of(desk), "approve", starts_on=tomorrow())

        assert answer.status_code == 422
        assert "no longer waits" in text_of(answer)
        assert state_of(item_of(desk)) == "withdrawn"

    def test_a_word_after_the_approval_goes_by_mail(self, page):
        item = item_of(tofu_shop())
        act(page, item, "approve", starts_on=tomorrow())

        act(page, item, "write", **{"question-text": "端末を送ります"})

        assert item.messages.get().text == "端末を送ります"
        assert Delivery.objects.filter(event="mail.message").count() == 1

    def test_what_is_no_decision_changes_nothing(self, page):
        item = item_of(tofu_shop())

        assert act(page, item, "sell").status_code == 422
        assert state_of(item) == "at_provider"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_speaks_both_languages(page, language):
    item = item_of(tofu_shop(used_already=frozenset({"paypay"}), wished_on=today()))
    other = reader("provider-paypay", language)

    answers = [
        other.get(reverse("provider:applications")),
        other.get(reverse("provider:item", args=[item.id])),
        other.get(reverse("provider:decisions")),
        act(other, item, "approve", starts_on=tomorrow(), keeps_terms="yes"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 422]
    for answer in answers:
        assert ("貴社" in text_of(answer) or "申込み" in text_of(answer)) == (language == "ja")
