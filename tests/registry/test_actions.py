"""Writing who and where: each thing once, each change numbered, each key replaceable."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from madoguchi.core.clock import now
from madoguchi.core.ids import new_id
from madoguchi.events.models import Delivery, Event
from madoguchi.people.access import ANONYMOUS, system_actor
from madoguchi.registry import actions
from madoguchi.registry.models import (
    AgentDesignation,
    ApiKey,
    Enrolment,
    Organisation,
    Place,
    Provider,
    Service,
    StoreCode,
)
from madoguchi.registry.queries import (
    changed_codes,
    codes_at,
    find_place,
    inbound_secrets,
    place_row,
    places_with_till,
    services_at,
    terms_of,
    town_organisation,
    webhook_key,
)
from tests.conftest import actor_named, refused

pytestmark = pytest.mark.django_db
TEST = system_actor("test")
DAY = date(2026, 11, 20)


@pytest.fixture
def tomioka(towns) -> Organisation:
    return towns.towns["10210"]


def place_of(operator: Organisation, **changed: object) -> Place:
    facts = {"kind": "facility", "name": "公園", "name_en": "Park", "municipality_code": "10210"}
    return actions.register_place(**{"actor": TEST, "operator": operator, "purposes": [], **facts, **changed})


def code_of(place: Place, principal: Organisation, store_id: str = "0000000000001-0001-000099-000001") -> StoreCode:
    return actions.assign_code(
        actor=TEST,
        place=place,
        principal=principal,
        store_id=store_id,
        merchant_name="Park",
        city="Tomioka",
        mcc="9399",
    )


class TestOrganisation:
    def register(self, **changed: object) -> Organisation:
        facts = {"kind": "company", "name": "会社", "name_en": "Company"}
        return actions.register_organisation(**{"actor": TEST, **facts, **changed})

    def test_a_town_is_registered_once(self, tomioka):
        """J-22: the same town cannot apply twice; its divisions are places."""
        with refused("town_registered_already", municipality="10210"):
            self.register(kind="municipality", municipality_code="10210")

        assert Organisation.objects.filter(municipality_id="10210").count() == 1

    def test_the_database_holds_that_too_when_two_register_at_once(self, tomioka):
        with pytest.raises(IntegrityError), transaction.atomic():
            Organisation.objects.create(kind="municipality", name="x", name_en="x", municipality_id="10210")

    def test_a_company_may_stand_in_a_registered_town(self, tomioka):
        company = self.register(municipality_code="10210", corporate_number="7000012050002")

        assert (company.municipality_id, company.kind) == ("10210", "company")
        assert Event.objects.filter(name="organisation.registered", subject=str(company.id)).count() == 1

    def test_a_corporate_number_with_a_wrong_digit_is_refused(self, db):
        before = Organisation.objects.count()

        with refused("corporate_number_wrong", field="corporate_number"):
            self.register(corporate_number="7000012050003")

        assert Organisation.objects.count() == before

    @pytest.mark.parametrize("username", ["clerk-mill", "admin-tomioka", "auditor", "provider-paypay"])
    def test_only_the_programmes_office_registers(self, towns, username):
        before = Organisation.objects.count()

        with refused("not_allowed", permission="office.write"):
            self.register(actor=actor_named(username))

        assert Organisation.objects.count() == before


class TestPlace:
    def test_one_place_may_have_several_purposes_and_one_purpose_several_places(self, tomioka):
        """M-09."""
        place = place_of(tomioka, purposes=["certificate_fee", "facility_fee"])

        assert {row.code for row in place.purposes.all()} == {"certificate_fee", "facility_fee"}
        assert place.purposes.get(code="facility_fee").places.count() > 1

    def test_a_purpose_that_does_not_exist_is_refused_and_not_left_out(self, tomioka):
        before = Place.objects.count()

        with refused("purpose_unknown", purposes="certificat_fee"):
            place_of(tomioka, purposes=["facility_fee", "certificat_fee"])

        assert Place.objects.count() == before

    def test_an_administrator_registers_places_of_their_own_town_only(self, towns):
        admin = actor_named("admin-tomioka")
        before = Place.objects.count()

        assert place_of(towns.towns["10210"], actor=admin).operator_id == towns.towns["10210"].id
        with refused("not_allowed", permission="registry.write"):
            place_of(towns.towns["23302"], actor=admin)
        assert Place.objects.count() == before + 1

    def test_an_unknown_place_or_town_is_refused(self, towns):
        with refused("place_unknown"):
            find_place(new_id())
        with refused("organisation_unknown", municipality="13101"):
            town_organisation("13101")

    def test_a_clerk_opens_the_tills_of_the_places_they_work_at(self, towns, mill):
        place_of(towns.towns["23302"], name="閉じた課").delete()

        assert places_with_till(actor_named("clerk-mill")) == [mill]
        togo = places_with_till(actor_named("clerk-togo"))
        assert {place.operator_id for place in togo} == {towns.towns["23302"].id}
        assert len(togo) == 3
        assert places_with_till(actor_named("accountant-tomioka")) == []

    def test_a_closed_place_has_no_till(self, mill):
        Place.objects.filter(id=mill.id).update(is_closed=True)

        assert places_with_till(actor_named("clerk-mill")) == []


class TestCode:
    def test_a_store_identifier_belongs_to_one_place(self, tomioka, mill):
        taken = StoreCode.objects.get(place=mill).store_id
        park = place_of(tomioka)

        with refused("store_id_taken", store_id=taken):
            code_of(park, tomioka, taken)

        assert codes_at(park.id) == []

    def test_a_place_has_one_code_for_each_principal(self, tomioka, towns):
        """J-27, J-28: one code is paid to one account."""
        park = place_of(tomioka)
        own = code_of(park, tomioka)
        other = code_of(park, towns.towns["23302"], "0000000000001-0001-000098-000001")

        assert codes_at(park.id) == [own, other]
        with pytest.raises(IntegrityError), transaction.atomic():
            code_of(park, tomioka, "0000000000001-0001-000097-000001")

    def test_each_change_has_the_next_number(self, tomioka):
        last = StoreCode.objects.latest("change_number").change_number
        code = code_of(place_of(tomioka), tomioka)
        assert code.change_number == last + 1

        for step, service in enumerate(("paypay", "au_pay"), start=2):
            actions.enrol(actor=TEST, code=code, service=Service.objects.get(code=service), starts_on=DAY)
            assert code.change_number == last + step

    def test_two_changes_never_share_a_number(self, mill):
        code = StoreCode.objects.get(place=mill)
        other = StoreCode.objects.exclude(id=code.id).first()

        with pytest.raises(IntegrityError), transaction.atomic():
            StoreCode.objects.filter(id=code.id).update(change_number=other.change_number)

    def test_a_providers_cursor_never_skips_a_change(self, towns, mill, clock):
        """Reading in small pages while places change shows, in the end, every place as it stands."""
        seen: dict[str, str] = {}
        cursor, pages = 0, 0
        paypay_card = Service.objects.filter(provider_id="paypay").exclude(code="paypay").first()
        while page := changed_codes("paypay", after=cursor, limit=3):
            cursor = page[-1].change_number
            seen.update({code.store_id: code.changed_at for code in page})
            pages += 1
            if pages == 2:
                clock.move(seconds=1)
                code = StoreCode.objects.get(place=mill)
                service = paypay_card or Service.objects.get(code="paypay")
                actions.enrol(actor=TEST, code=code, service=service, starts_on=DAY)

        assert seen == dict(StoreCode.objects.values_list("store_id", "changed_at"))

    def test_a_provider_sees_only_places_enrolled_with_it_and_only_its_own_services(self, tomioka):
        code = code_of(place_of(tomioka), tomioka)
        actions.enrol(actor=TEST, code=code, service=Service.objects.get(code="au_pay"), starts_on=DAY)

        assert code.id not in {row.id for row in changed_codes("paypay", after=0, limit=100)}
        row = place_row(StoreCode.objects.get(id=code.id), "au_pay")
        assert (row["store_id"], row["services"], row["state"]) == (code.store_id, ["au_pay"], "active")
        assert place_row(StoreCode.objects.get(id=code.id), "paypay")["services"] == []

    def test_a_closed_place_is_told_of_as_closed(self, mill):
        code = StoreCode.objects.get(place=mill)
        mill.is_closed = True
        code.place = mill

        assert place_row(code, "paypay")["state"] == "closed"


class TestEnrolment:
    def test_the_provider_hears_of_it_and_so_does_the_log(self, tomioka):
        code = code_of(place_of(tomioka), tomioka)
        before = Delivery.objects.count()

        actions.enrol(actor=TEST, code=code, service=Service.objects.get(code="paypay"), starts_on=DAY)

        message = Delivery.objects.latest("id")
        assert Delivery.objects.count() == before + 1
        assert (message.destination, message.event, message.subject) == ("paypay", "place.changed", str(code.id))
        assert message.data == place_row(StoreCode.objects.get(id=code.id), "paypay")
        assert Event.objects.filter(name="enrolment.started", subject=str(code.id)).count() == 1

    def test_enrolling_again_changes_nothing(self, mill):
        code = StoreCode.objects.get(place=mill)
        before = (code.change_number, Delivery.objects.count(), Enrolment.objects.count())
        enrolment = Enrolment.objects.get(code=code, service_id="paypay")

        again = actions.enrol(actor=TEST, code=code, service=enrolment.service, starts_on=enrolment.starts_on)

        assert again == enrolment
        code.refresh_from_db()
        assert (code.change_number, Delivery.objects.count(), Enrolment.objects.count()) == before

    def test_a_service_is_taken_from_its_day_on(self, tomioka):
        code = code_of(place_of(tomioka), tomioka)
        actions.enrol(actor=TEST, code=code, service=Service.objects.get(code="paypay"), starts_on=DAY)

        assert services_at(code.id, DAY - timedelta(days=1)) == []
        assert [service.code for service in services_at(code.id, DAY)] == ["paypay"]

    def test_terms_are_those_of_the_day(self, towns):
        assert terms_of("paypay", DAY).fee_bps == 160
        with refused("terms_missing", provider="paypay", day=date(2019, 1, 1)):
            terms_of("paypay", date(2019, 1, 1))


class TestDesignation:
    """H-07: the post office takes the village's fees."""

    def designate(self, towns, **changed: object) -> AgentDesignation:
        facts = {
            "principal": towns.towns["20414"],
            "agent": towns.post_office_operator,
            "purposes": ["facility_fee"],
            "starts_on": DAY,
            "announced_on": DAY,
            "announcement": "告示",
            "remuneration_per_case_yen": 80,
        }
        return actions.designate_agent(**{"actor": TEST, **facts, **changed})

    def test_it_names_the_revenues_and_the_log_names_both_sides(self, towns):
        made = self.designate(towns)

        assert [row.code for row in made.purposes.all()] == ["facility_fee"]
        event = Event.objects.get(name="agent.designated", subject=str(made.id))
        assert event.facts == {
            "principal": str(towns.towns["20414"].id),
            "agent": str(towns.post_office_operator.id),
        }

    def test_a_revenue_that_does_not_exist_is_refused_and_not_left_out(self, towns):
        before = AgentDesignation.objects.count()

        with refused("purpose_unknown", purposes="fees"):
            self.designate(towns, purposes=["facility_fee", "fees"])

        assert AgentDesignation.objects.count() == before

    def test_only_the_principal_designates_and_ends(self, towns):
        made = self.designate(towns)

        with refused("not_allowed", permission="registry.write"):
            self.designate(towns, actor=actor_named("admin-tomioka"))
        with refused("not_allowed", permission="registry.write"):
            actions.end_designation(actor=actor_named("admin-tomioka"), designation_id=made.id, ends_on=DAY)
        made.refresh_from_db()
        assert made.ends_on is None

    def test_ending_keeps_the_row_with_its_last_day(self, towns):
        made = self.designate(towns)

        actions.end_designation(actor=TEST, designation_id=made.id, ends_on=DAY)

        assert AgentDesignation.objects.get(id=made.id).ends_on == DAY


class TestKey:
    def issue(self, direction: str = "inbound", **changed: object) -> ApiKey:
        provider = Provider.objects.get(code="paypay")
        return actions.issue_key(**{"actor": TEST, "provider": provider, "direction": direction, **changed})

    def test_the_old_key_holds_until_it_is_revoked(self, towns, clock):
        old, new = self.issue(), self.issue()
        assert inbound_secrets(old.key_id) == {old.key_id: (old.secret, "paypay")}
        assert inbound_secrets(new.key_id) == {new.key_id: (new.secret, "paypay")}
        assert old.secret != new.secret

        actions.revoke_key(actor=TEST, key_id=old.key_id)

        assert inbound_secrets(old.key_id) == {}
        assert inbound_secrets(new.key_id) != {}

    def test_messages_are_signed_with_the_newest_live_key(self, towns, clock):
        old = self.issue("webhook")
        clock.move(seconds=1)
        new = self.issue("webhook")
        assert webhook_key("paypay") == new

        actions.revoke_key(actor=TEST, key_id=new.key_id)
        assert webhook_key("paypay") == old
        actions.revoke_key(actor=TEST, key_id=old.key_id)
        assert webhook_key("paypay") is None

    def test_a_key_for_one_direction_does_not_serve_the_other(self, towns):
        webhook, inbound = self.issue("webhook"), self.issue("inbound")

        assert inbound_secrets(webhook.key_id) == {}
        assert webhook_key("paypay") == webhook != inbound

    def test_revoking_twice_keeps_the_first_hour(self, towns, clock):
        key = self.issue()
        actions.revoke_key(actor=TEST, key_id=key.key_id)
        first = now()
        clock.move(hours=1)

        assert actions.revoke_key(actor=TEST, key_id=key.key_id).revoked_at == first
        assert Event.objects.filter(name="key.revoked", facts__key_id=key.key_id).count() == 1

    def test_an_unknown_key_is_refused(self, db):
        with refused("key_unknown", key_id="nobody"):
            actions.revoke_key(actor=TEST, key_id="nobody")

    def test_a_secret_never_goes_into_the_log(self, towns):
        key = self.issue()

        assert not Event.objects.filter(facts__icontains=key.secret).exists()

    def test_only_the_office_issues_and_revokes(self, towns):
        key = self.issue()

        for actor in (ANONYMOUS, actor_named("provider-paypay"), actor_named("auditor")):
            with refused("not_allowed", permission="office.write"):
                self.issue(actor=actor)
            with refused("not_allowed", permission="office.write"):
                actions.revoke_key(actor=actor, key_id=key.key_id)
        assert inbound_secrets(key.key_id) != {}
