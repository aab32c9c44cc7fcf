"""What a provider does with what it was sent: take, ask, approve from a day, refuse; each repeated call is one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from madoguchi.core.clock import today
from madoguchi.core.ids import new_id
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding.letters import applicant_writes, office_writes, provider_writes
from madoguchi.onboarding.models import Item, Message
from madoguchi.onboarding.provider_desk import (
    answer_question,
    approve_item,
    ask_about_item,
    is_late,
    refuse_item,
    take_item,
)
from madoguchi.people.access import provider_actor
from madoguchi.registry.models import Enrolment
from tests.conftest import refused
from tests.onboarding.conftest import MAKER, accepted, begun, filled, item_of, place_facts, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]
PAYPAY = provider_actor("paypay")
DAY = timedelta(days=1)


@pytest.fixture
def desk():
    return accepted()


@pytest.fixture
def item(desk) -> Item:
    return item_of(desk, "paypay")


def take(item, actor=PAYPAY):
    return take_item(actor=actor, item_id=item.id)


def ask(item, text="営業時間を教えてください", actor=PAYPAY):
    return ask_about_item(actor=actor, item_id=item.id, text=text)


def approve(item, actor=PAYPAY, **facts):
    return approve_item(actor=actor, item_id=item.id, **{"starts_on": today() + 14 * DAY, **facts})


def refuse(item, reason="取扱いを終了しました", actor=PAYPAY):
    return refuse_item(actor=actor, item_id=item.id, reason=reason)


def answer(desk, item, text="平日9時から17時です"):
    return answer_question(actor=desk.actor, application_id=desk.application.id, item_id=item.id, text=text)


ACTS = {"take": take, "ask": ask, "approve": approve, "refuse": refuse}


class TestWhose:
    @pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
    def test_what_belongs_to_another_provider_is_unknown_to_it(self, item, act):
        with refused("applied_item_unknown"):
            act(item, actor=provider_actor("au_pay"))

        assert Item.objects.get(id=item.id).state == "at_provider"

    @pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
    def test_so_is_what_was_not_passed_on(self, act):
        for other in (filled(), sent()):
            with refused("applied_item_unknown"):
                act(item_of(other, "paypay"))

    @pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
    def test_so_is_what_there_is_not(self, act):
        with refused("applied_item_unknown"):
            act(Item(id=new_id()))

    def test_neither_officer_nor_applicant_decides_for_a_provider(self, desk, item):
        for actor in (MAKER, desk.actor):
            with refused("applied_item_unknown"):
                approve(item, actor=actor)


class TestTaking:
    def test_it_is_noted_once(self, item, clock):
        first = take(item)
        clock.move(hours=1)

        again = take(item)

        assert (again.state, again.taken_at) == ("at_provider", first.taken_at)
        assert Event.objects.filter(name="item.taken").count() == 1

    def test_what_was_decided_is_not_taken(self, item):
        refuse(item)

        with refused("item_not_waiting", state="refused"):
            take(item)


class TestAsking:
    def test_the_applicant_is_asked_by_message_and_letter(self, desk, item):
        ask(item)

        assert item_of(desk, "paypay").state == "questions"
        message = Message.objects.get()
        assert (message.side, message.to_side, message.item, message.text) == (
            "provider",
            "applicant",
            item,
            "営業時間を教えてください",
        )
        letter = Delivery.objects.get(event="mail.question").data
        assert f"三鷹市役所 市民課の{item.service.name}" in letter["text"]
        assert "営業時間" in letter["text"]

    def test_the_same_question_again_is_one(self, item):
        ask(item)
        ask(item, " 営業時間を教えてください\n")

        assert (Message.objects.count(), Delivery.objects.filter(event="mail.question").count()) == (1, 1)

    def test_another_waits_for_the_answer(self, item):
        ask(item)

        with refused("item_not_waiting", state="questions"):
            ask(item, "定休日は")

        assert Message.objects.count() == 1

    @pytest.mark.parametrize(("text", "code"), [(" \x00", "text_missing"), ("あ" * 2001, "text_too_long")])
    def test_it_has_words_and_not_too_many(self, item, text, code):
        with refused(code, field="text"):
            ask(item, text)

        assert Item.objects.get(id=item.id).state == "at_provider"

    def test_the_words_stay_out_of_the_log(self, item):
        ask(item, "代表者の山田さんの電話番号は")

        told = repr(list(Event.objects.filter(name__in=("item.asked", "message.written")).values("facts")))
        assert "山田" not in told


class TestAnswering:
    def test_it_is_the_providers_turn_again_and_it_hears(self, desk, item):
        ask(item)

        message = answer(desk, item)

        assert item_of(desk, "paypay").state == "at_provider"
        assert (message.side, message.to_side) == ("applicant", "provider")
        assert Delivery.objects.get(event="item.answered").data == {
            "item_id": str(item.id),
            "application": desk.application.reference,
            "state": "at_provider",
        }

    def test_the_same_answer_again_is_one(self, desk, item):
        ask(item)

        assert answer(desk, item).id == answer(desk, item).id
        assert Delivery.objects.filter(event="item.answered").count() == 1

    def test_without_a_question_there_is_nothing_to_answer(self, desk, item):
        with refused("item_not_waiting", state="at_provider"):
            answer(desk, item)

        assert not Message.objects.exists()

    def test_nobody_answers_for_another_application(self, item):
        ask(item)
        other = begun()

        with refused("applied_item_unknown"):
            answer(other, item)


class TestApproving:
    def test_its_day_and_terms_are_kept_and_the_applicant_hears(self, desk, item):
        approve(item, fee_bps=160, terms="月末締め", provider_reference="M-1")

        kept = item_of(desk, "paypay")
        assert (kept.state, kept.starts_on, kept.fee_bps, kept.terms, kept.provider_reference) == (
            "approved",
            today() + 14 * DAY,
            160,
            "月末締め",
            "M-1",
        )
        assert "2026年12月4日（金）" in Delivery.objects.get(event="mail.approved").data["text"]

    def test_the_same_approval_again_changes_nothing(self, item, in_demo):
        approve(item, fee_bps=160, terms=" 月末締め ")
        deliveries, events = Delivery.objects.count(), Event.objects.count()

        approve(item, fee_bps=160, terms="月末締め")

        assert (
            Delivery.objects.count(),
            Event.objects.count(),
            Enrolment.objects.filter(code__place__applied_for__items=item).count(),
        ) == (deliveries, events, 1)

    def test_another_day_for_it_is_refused(self, item):
        approve(item)

        with refused("item_not_waiting", state="approved"):
            approve(item, starts_on=today())

        assert Item.objects.get(id=item.id).starts_on == today() + 14 * DAY

    def test_a_question_may_have_been_settled_otherwise(self, item):
        """The applicant rang up; it never wrote an answer."""
        ask(item)

        assert approve(item).state == "approved"

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"fee_bps": -1}, "fee_bps"),
            ({"fee_bps": 10_001}, "fee_bps"),
            ({"terms": "あ" * 401}, "terms"),
            ({"provider_reference": "1" * 61}, "provider_reference"),
        ],
    )
    def test_what_cannot_be_right_approves_nothing(self, item, wrong, field):
        with refused("field_wrong", field=field):
            approve(item, **wrong)

        assert Item.objects.get(id=item.id).state == "at_provider"

    def test_outside_a_demo_it_waits_for_its_number(self, desk, item):
        """Nothing is printed as real without one."""
        approve(item)

        desk.places[0].refresh_from_db()
        assert not desk.places[0].place.codes.exists()
        assert not desk.places[0].kit_orders.exists()


class TestUsedAlready:
    """J-23: whether old terms stay is the provider's word."""

    @pytest.fixture
    def used(self):
        return item_of(accepted(places=[place_facts(used_already=frozenset({"paypay"}))]), "paypay")

    def test_the_provider_has_to_say(self, used):
        with refused("keeps_terms_missing", field="keeps_terms"):
            approve(used)

        assert Item.objects.get(id=used.id).state == "at_provider"

    @pytest.mark.parametrize("keeps", [True, False])
    def test_its_word_is_kept(self, used, keeps):
        assert approve(used, keeps_terms=keeps).keeps_terms is keeps
        assert approve(used, keeps_terms=keeps).keeps_terms is keeps

    def test_of_a_new_service_there_is_nothing_to_keep(self, item):
        assert approve(item, keeps_terms=True).keeps_terms is None
        assert approve(item, keeps_terms=True).state == "approved"


class TestLate:
    """P-22, P-26: a late registration starts late, and is shown as such."""

    @pytest.mark.parametrize(
        ("wished", "starts", "late"), [(10, 11, True), (10, 10, False), (10, 9, False), (None, 99, False)]
    )
    def test_it_is_late_if_it_begins_after_the_day_wished_for(self, wished, starts, late):
        item = Item(starts_on=today() + starts * DAY, wished_on=today() + wished * DAY if wished else None)

        assert is_late(item) is late

    def test_the_log_says_so(self):
        desk = accepted(places=[place_facts(wished_on=today() + DAY)])

        approve(item_of(desk, "paypay"), starts_on=today() + 2 * DAY)

        assert Event.objects.get(name="item.approved").facts["is_late"] is True


class TestRefusing:
    def test_the_applicant_reads_why(self, desk, item):
        refuse(item, " 取扱いを終了しました ")

        kept = item_of(desk, "paypay")
        assert (kept.state, kept.reason) == ("refused", "取扱いを終了しました")
        assert "取扱いを終了しました" in Delivery.objects.get(event="mail.item_refused").data["text"]

    def test_the_same_refusal_again_changes_nothing(self, item):
        refuse(item)
        refuse(item)

        assert Delivery.objects.filter(event="mail.item_refused").count() == 1

    def test_another_reason_is_not_put_in_its_place(self, item):
        refuse(item)

        with refused("item_not_waiting", state="refused"):
            refuse(item, "別の理由")

        assert Item.objects.get(id=item.id).reason == "取扱いを終了しました"

    def test_an_applicant_that_never_answers_may_be_refused(self, item):
        ask(item)

        assert refuse(item, "回答がありませんでした").state == "refused"

    @pytest.mark.parametrize(("reason", "code"), [(" ", "reason_missing"), ("あ" * 401, "text_too_long")])
    def test_it_has_a_reason_and_not_too_long_a_one(self, item, reason, code):
        with refused(code, field="reason"):
            refuse(item, reason)

        assert Item.objects.get(id=item.id).state == "at_provider"

    def test_one_providers_refusal_leaves_the_others_alone(self, desk, item):
        refuse(item)

        assert item_of(desk, "line_pay").state == "at_provider"


class TestWriting:
    def test_an_applicant_writes_to_the_office_or_to_the_provider_of_an_item(self, desk, item):
        common = {"actor": desk.actor, "application_id": desk.application.id}

        to_office = applicant_writes(**common, text="よろしくお願いします")
        to_provider = applicant_writes(**common, text="開始日を早められますか", item_id=item.id)

        assert (to_office.to_side, to_office.item) == ("office", None)
        assert (to_provider.to_side, to_provider.item) == ("provider", item)

    def test_not_about_an_item_of_somebody_else(self, item):
        other = begun()

        with refused("applied_item_unknown"):
            applicant_writes(actor=other.actor, application_id=other.application.id, text="x", item_id=item.id)

    def test_the_office_writes_and_the_applicant_hears(self, desk):
        message = office_writes(actor=MAKER, application_id=desk.application.id, text="確認中です")

        assert (message.side, message.to_side) == ("office", "applicant")
        assert Delivery.objects.filter(event="mail.message").count() == 1

    def test_only_the_office_writes_as_the_office(self, desk):
        with refused("not_allowed"):
            office_writes(actor=desk.actor, application_id=desk.application.id, text="x")

    def test_a_provider_writes_about_its_own_items_only(self, desk, item):
        assert provider_writes(actor=PAYPAY, item_id=item.id, text="承りました").item == item

        for other, actor in ((item, provider_actor("au_pay")), (item_of(sent("business"), "paypay"), PAYPAY)):
            with refused("applied_item_unknown"):
                provider_writes(actor=actor, item_id=other.id, text="x")

        assert Message.objects.count() == 1
