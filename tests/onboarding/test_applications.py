"""An application on its way to being sent: saved as it goes, opened by its key, overwritten by no other window."""

from __future__ import annotations

import pytest

from madoguchi.core.clock import today
from madoguchi.core.ids import new_id
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding import beginning
from madoguchi.onboarding.answers import SECTIONS, read_section
from madoguchi.onboarding.applications import account_of, answer_consent, save_answers, withdraw_application
from madoguchi.onboarding.beginning import resume, start_application
from madoguchi.onboarding.models import Application, Document
from madoguchi.people.access import ANONYMOUS, applicant_actor
from tests.conftest import refused
from tests.onboarding.conftest import ACCOUNT, APPLICANT, MITAKA, accepted, begun, item_of, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]


def save(desk, section="applicant", version=None, **answers):
    return save_answers(
        actor=desk.actor, application_id=desk.application.id, section=section, answers=answers, version=version
    )


class TestStarting:
    def test_it_begins_empty_under_a_number_that_can_be_read_out(self):
        desk = begun("business")

        assert (desk.application.state, desk.application.kind, desk.application.version) == ("draft", "business", 0)
        assert desk.application.reference[4] == "-"
        assert len(desk.application.reference) == 9
        assert [event.name for event in Event.objects.filter(subject=desk.application.id)] == ["application.started"]

    def test_the_way_back_goes_to_the_address_given_and_its_key_is_kept_nowhere_else(self):
        desk = begun(email="Kaikei@Example.jp")

        letter = Delivery.objects.get(destination="mail")
        assert letter.data["to"] == "Kaikei@Example.jp"
        assert f"/join/resume/{desk.application.reference}/{desk.key}/" in letter.data["text"]
        row = Application.objects.filter(id=desk.application.id).values().get()
        assert desk.key not in repr(row)
        assert desk.key not in repr(list(Event.objects.filter(subject=desk.application.id).values()))

    def test_without_an_address_no_letter_is_written(self):
        begun()

        assert not Delivery.objects.filter(destination="mail").exists()

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"kind": "king"}, "kind"),
            ({"kind": "business", "language": "english"}, "language"),
            ({"kind": "business", "email": "a@b..jp"}, "email"),
            ({"kind": "business", "email": "a@example.jp\nBcc: b@example.jp"}, "email"),
        ],
    )
    def test_what_cannot_be_right_begins_nothing(self, wrong, field):
        with refused("field_wrong", field=field):
            start_application(actor=ANONYMOUS, **wrong)

        assert not Application.objects.exists()

    def test_a_number_that_was_given_out_is_not_given_out_again(self, monkeypatch):
        first = begun()
        drawn = iter((first.application.reference + "ABCD2345").replace("-", ""))
        monkeypatch.setattr(beginning.secrets, "choice", lambda _: next(drawn))

        assert begun().application.reference == "ABCD-2345"


class TestSaving:
    def test_what_was_saved_is_there_for_whoever_comes_back_with_the_key(self):
        desk = begun()
        save(desk, **APPLICANT)

        actor = resume(reference=desk.application.reference, key=desk.key)

        assert actor == applicant_actor(desk.application.id)
        application = desk.again()
        assert (application.name, application.municipality_id) == ("東京都三鷹市", MITAKA)
        assert application.answers["applicant"]["representative"] == "三鷹市長"

    def test_a_section_may_be_half_filled_in(self):
        desk = begun()

        save(desk, name="三鷹市")

        assert (desk.again().name, desk.application.municipality, desk.application.version) == ("三鷹市", None, 1)

    def test_a_section_leaves_the_others_alone(self):
        desk = begun("business")
        save(desk, name="豆腐店")
        save(desk, "business", industry="retail")
        save(desk, phone="0422-45-1151")

        application = desk.again()
        assert application.answers["business"]["industry"] == "retail"
        assert application.answers["applicant"] == {"phone": "0422451151"}
        # A section is saved whole: what is left out of it is emptied.
        assert application.name == ""

    def test_the_same_again_changes_nothing_however_old_its_version(self):
        """The answer to a save was lost, so it is sent once more."""
        desk = begun()
        save(desk, version=0, name="三鷹市")
        save(desk, "business", version=1, yearly_sales_yen=1)
        events = Event.objects.count()

        again = save(desk, version=0, name="三鷹市")

        assert (again.version, Event.objects.count()) == (2, events)

    def test_a_second_window_overwrites_nothing(self):
        desk = begun()
        save(desk, version=0, name="三鷹市")

        with refused("application_changed_elsewhere", version=1):
            save(desk, version=0, name="府中市")

        assert (desk.again().name, desk.application.version) == ("三鷹市", 1)

    def test_without_a_version_the_last_one_stands(self):
        desk = begun()
        save(desk, name="三鷹市")
        save(desk, name="府中市")

        assert (desk.again().name, desk.application.version) == ("府中市", 2)

    @pytest.mark.parametrize(
        ("section", "answers", "code", "field"),
        [
            ("applicant", {"name": "=1+1"}, "formula_in_cell", "name"),
            ("applicant", {"name": "あ" * 81}, "field_wrong", "name"),
            ("applicant", {"corporate_number": "1234567890123"}, "corporate_number_wrong", "corporate_number"),
            ("applicant", {"phone": "٠٤٢٢٤٥١١٥١"}, "field_wrong", "phone"),
            ("applicant", {"municipality_code": "99999"}, "municipality_unknown", "municipality_code"),
            ("applicant", {"fax": "1"}, "field_unknown", "fax"),
            ("business", {"capital_yen": -1}, "field_wrong", "capital_yen"),
            ("account", {"account_number": "12345678"}, "field_wrong", "account_number"),
            ("account", {"holder_kana": "会計管理者"}, "field_wrong", "holder_kana"),
        ],
    )
    def test_what_cannot_be_right_is_refused_with_its_field_and_saves_nothing(self, section, answers, code, field):
        desk = begun("business")

        with refused(code, field=field, section=section):
            save(desk, section, **answers)

        assert desk.again().version == 0

    def test_an_unknown_section_is_refused(self):
        desk = begun()

        with refused("section_unknown", section="fax"):
            save(desk, "fax")

    @pytest.mark.parametrize(
        ("section", "given", "kept"),
        [
            ("applicant", {"phone": "０４２２（４５）１１５１"}, {"phone": "0422451151"}),
            ("applicant", {"postal_code": "〒181-8555"}, {"postal_code": "1818555"}),
            ("applicant", {"name": " 三鷹市\x00役所\n"}, {"name": "三鷹市 役所"}),
            ("account", {"holder_kana": "ｶｲｹｲカンリシャ"}, {"holder_kana": "カイケイカンリシヤ"}),
            ("account", {"bank_code": "０００１"}, {"bank_code": "0001"}),
        ],
    )
    def test_answers_are_tidied_as_people_write_them(self, section, given, kept):
        read = read_section(section, given).model_dump()

        assert {name: read[name] for name in kept} == kept

    def test_every_section_may_be_empty(self):
        assert [read_section(section, {}).model_dump(exclude_defaults=True) for section in SECTIONS] == [{}, {}, {}]

    def test_nobody_else_may_save(self):
        desk, other = begun(), begun()

        for actor in (ANONYMOUS, other.actor):
            with refused("not_allowed"):
                save_answers(
                    actor=actor, application_id=desk.application.id, section="applicant", answers={"name": "x"}
                )

        assert desk.again().name == ""

    def test_an_application_that_there_is_not_is_unknown(self):
        with refused("application_unknown"):
            save_answers(actor=applicant_actor(new_id()), application_id=new_id(), section="applicant", answers={})

    def test_what_was_sent_is_not_changed_any_more(self):
        desk = sent()

        with refused("application_not_open", state="submitted"):
            save(desk, **APPLICANT | {"name": "府中市"})

        assert desk.again().name == "東京都三鷹市"


class TestAccount:
    def test_it_is_sealed_at_rest(self):
        """J-27: a stolen database names no account."""
        desk = begun()
        save(desk, "account", **ACCOUNT)

        row = repr(Application.objects.filter(id=desk.application.id).values().get())
        assert "1234567" not in row
        assert "カイケイ" not in row
        assert account_of(desk.again()).account_number == "1234567"

    def test_the_log_does_not_name_it(self):
        desk = begun()
        save(desk, "account", **ACCOUNT)

        assert Event.objects.get(name="application.saved").facts == {"section": "account"}

    def test_the_same_account_again_changes_nothing(self):
        """Sealed twice, the same account gives two texts: the first one stays."""
        desk = begun()
        first = save(desk, "account", **ACCOUNT)

        again = save(desk, "account", version=0, **ACCOUNT)

        assert (again.account_sealed, again.version) == (first.account_sealed, 1)

    def test_there_is_none_before_it_is_named(self):
        assert account_of(begun().application) is None

    def test_with_the_platforms_secret_lost_it_cannot_be_read(self, settings):
        desk = begun()
        save(desk, "account", **ACCOUNT)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another secret", []

        with refused("platform_secret_missing"):
            account_of(desk.again())


class TestResume:
    def test_a_wrong_key_and_a_wrong_number_get_the_same_answer(self):
        """Neither tells which applications there are."""
        desk, other = begun(), begun()

        for reference, key in (
            (desk.application.reference, other.key),
            (desk.application.reference, ""),
            ("ZZZZ-ZZZZ", desk.key),
            ("", desk.key),
            ("\x00 \u202e", "\ud800"),
        ):
            with refused("resume_key_wrong"):
                resume(reference=reference, key=key)

    def test_the_number_may_be_typed_as_people_type(self):
        desk = begun()
        Application.objects.filter(id=desk.application.id).update(reference="01AB-CDEF")

        assert resume(reference=" olab cdef ", key=f" {desk.key}\n") == desk.actor


class TestConsent:
    """P-27."""

    def test_it_is_recorded_with_its_instant(self, clock):
        desk = begun()

        answer_consent(actor=desk.actor, application_id=desk.application.id, consents=True)

        assert (desk.again().publication_consent, desk.application.consent_at) == (True, clock.at)
        assert Event.objects.get(name="application.consent").facts == {"consents": True}

    def test_the_same_answer_again_changes_nothing(self, clock):
        desk = begun()
        for _ in range(2):
            answer_consent(actor=desk.actor, application_id=desk.application.id, consents=True)
            clock.move(hours=1)

        assert (desk.again().version, Event.objects.filter(name="application.consent").count()) == (1, 1)

    @pytest.mark.parametrize("make", [begun, sent])
    def test_refusing_takes_the_application_back(self, make):
        desk = make()

        answer_consent(actor=desk.actor, application_id=desk.application.id, consents=False)

        assert desk.again().state == "withdrawn"
        assert set(desk.application.items.values_list("state", flat=True)) <= {"withdrawn"}

    def test_what_is_accepted_is_cancelled_by_the_office_and_may_be_thought_better_of(self):
        desk = accepted()

        answer_consent(actor=desk.actor, application_id=desk.application.id, consents=False)
        assert (desk.again().state, desk.application.publication_consent) == ("accepted", False)

        answer_consent(actor=desk.actor, application_id=desk.application.id, consents=True)
        assert (desk.again().state, desk.application.publication_consent) == ("accepted", True)

    def test_what_has_come_to_its_end_is_not_asked_any_more(self):
        desk = begun()
        withdraw_application(actor=desk.actor, application_id=desk.application.id)

        with refused("application_not_open", state="withdrawn"):
            answer_consent(actor=desk.actor, application_id=desk.application.id, consents=True)


class TestWithdrawing:
    def test_its_items_go_with_it_and_its_documents_fall_due(self):
        desk = sent()

        withdraw_application(actor=desk.actor, application_id=desk.application.id, reason="統合のため\x00")

        assert desk.again().state == "withdrawn"
        assert set(desk.application.items.values_list("state", "reason")) == {("withdrawn", "統合のため")}
        assert Document.objects.get(application=desk.application).delete_on == today()

    def test_its_reason_stays_out_of_the_log(self):
        """What somebody wrote in their own words may name a person, and the log is kept for ever."""
        desk = sent()

        withdraw_application(actor=desk.actor, application_id=desk.application.id, reason="担当の山田が退職")

        assert Event.objects.get(name="application.withdrawn").facts == {}

    def test_once_more_changes_nothing(self):
        desk = begun()
        first = withdraw_application(actor=desk.actor, application_id=desk.application.id)

        again = withdraw_application(actor=desk.actor, application_id=desk.application.id)

        assert (again.state, again.version) == ("withdrawn", first.version)
        assert Event.objects.filter(name="application.withdrawn").count() == 1

    def test_what_was_accepted_is_not_taken_back_alone(self):
        desk = accepted()

        with refused("application_not_open", state="accepted"):
            withdraw_application(actor=desk.actor, application_id=desk.application.id)

        assert item_of(desk, "paypay").state == "at_provider"
