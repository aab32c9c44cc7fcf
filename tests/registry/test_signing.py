"""A town's signing keys: sealed at rest, one live at a time, retired or revoked but never forgotten (P-33)."""

from __future__ import annotations

import base64

import pytest

from madoguchi.core.ids import new_id
from madoguchi.events.models import Event
from madoguchi.jpqr.conditions import KeyPair, key_id_of, new_key, public_key_text, read_public_key
from madoguchi.people.access import system_actor
from madoguchi.registry import signing
from madoguchi.registry.models import Organisation, SigningKey
from madoguchi.registry.sealing import seal, unseal
from madoguchi.registry.signing import (
    has_usable_key,
    issue_signing_key,
    keys_of_organisation,
    published_keys,
    retire_signing_key,
    revoke_signing_key,
    signing_key_of,
    state_of,
    trusted_keys,
)
from tests.conftest import actor_named, refused

pytestmark = pytest.mark.django_db
OFFICE = system_actor("test")


@pytest.fixture
def tomioka(towns) -> Organisation:
    return towns.towns["10210"]


@pytest.fixture
def admin(towns):
    return actor_named("admin-tomioka")


@pytest.fixture
def key(tomioka) -> SigningKey:
    """The key that the demo gave the town."""
    return SigningKey.objects.get(organisation=tomioka)


def events(name: str) -> int:
    return Event.objects.filter(name=name).count()


class TestSealing:
    def test_only_the_platforms_secret_opens_what_it_sealed(self):
        sealed = seal(b"secret", ["now"])

        assert unseal(sealed, ["now"]) == b"secret"
        assert unseal(sealed, ["other"]) is None
        assert unseal(sealed, ["now"], b"another purpose") is None
        assert unseal(sealed[:-2] + "AA", ["now"]) is None
        assert unseal("", ["now"]) is None

    def test_a_secret_of_earlier_still_opens_and_seals_nothing_new(self):
        assert unseal(seal(b"secret", ["old"]), ["new", "old"]) == b"secret"
        assert unseal(seal(b"secret", ["new", "old"]), ["old"]) is None


class TestIssuing:
    def test_the_private_half_is_sealed_and_the_public_half_is_published(self, key, tomioka, settings):
        pair = signing_key_of(tomioka.id)

        assert (pair.key_id, public_key_text(pair.public)) == (key.key_id, key.public_key)
        assert key.key_id == key_id_of(read_public_key(key.public_key))
        assert base64.urlsafe_b64encode(pair.private).decode() not in key.private_key
        assert unseal(key.private_key, [settings.SECRET_KEY]) == pair.private

    def test_a_second_key_retires_the_first_whose_stickers_stay_good(self, tomioka, admin, clock):
        SigningKey.objects.filter(organisation=tomioka).delete()
        key = issue_signing_key(actor=admin, organisation_id=tomioka.id)
        clock.move(days=1)
        new = issue_signing_key(actor=admin, organisation_id=tomioka.id)

        assert signing_key_of(tomioka.id).key_id == new.key_id != key.key_id
        assert [(row.key_id, state_of(row)) for row in keys_of_organisation(tomioka.id)] == [
            (new.key_id, "live"),
            (key.key_id, "retired"),
        ]
        assert set(trusted_keys(tomioka.id)) == {new.key_id, key.key_id}
        issued = Event.objects.filter(name="signing_key.issued").latest("id")
        assert (issued.actor, issued.subject) == (str(admin), f"organisation:{tomioka.id}")
        assert Event.objects.filter(name="signing_key.retired", subject=f"organisation:{tomioka.id}").count() == 1

    def test_a_key_that_signs_no_more_has_no_private_half_to_be_stolen(self, key, tomioka, admin):
        issue_signing_key(actor=admin, organisation_id=tomioka.id)

        key.refresh_from_db()
        assert key.private_key == ""

    def test_two_keys_never_share_an_id(self, key, tomioka, monkeypatch):
        """Of the 2³² there are: a key that was there before stays what it was."""
        twin = KeyPair(b"x" * 32, read_public_key(key.public_key))
        made = iter([twin, twin, new_key()])
        monkeypatch.setattr(signing, "new_key", lambda: next(made))

        assert issue_signing_key(actor=OFFICE, organisation_id=tomioka.id).key_id != key.key_id

    def test_nothing_is_sealed_with_a_secret_that_everybody_knows(self, tomioka, settings):
        settings.SECRET_KEY = settings.NO_SECRET
        before = (SigningKey.objects.count(), Event.objects.count())

        with refused("platform_secret_missing"):
            issue_signing_key(actor=OFFICE, organisation_id=tomioka.id)

        assert (SigningKey.objects.count(), Event.objects.count()) == before

    def test_an_unknown_organisation_is_refused(self, towns):
        with refused("organisation_unknown"):
            issue_signing_key(actor=OFFICE, organisation_id=new_id())


class TestTheSecretOfThePlatform:
    def test_a_key_sealed_with_an_earlier_secret_goes_on_signing(self, key, tomioka, settings):
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]

        assert signing_key_of(tomioka.id).key_id == key.key_id

    def test_a_lost_secret_leaves_codes_unsigned_instead_of_tills_without_codes(self, key, tomioka, settings):
        settings.SECRET_KEY = "new"

        assert signing_key_of(tomioka.id) is None
        assert not has_usable_key(tomioka.id)
        assert key.key_id in trusted_keys(tomioka.id)


class TestEnding:
    def test_retiring_ends_signing_but_not_trust(self, key, tomioka, admin, clock):
        clock.move(hours=1)
        retire_signing_key(actor=admin, key_id=key.key_id)

        key.refresh_from_db()
        assert (state_of(key), key.retired_at, key.private_key) == ("retired", clock(), "")
        assert signing_key_of(tomioka.id) is None
        assert key.key_id in trusted_keys(tomioka.id)

    def test_revoking_ends_trust_and_keeps_the_reason(self, key, tomioka, admin, clock):
        revoke_signing_key(actor=admin, key_id=key.key_id, reason=" 職員の端末を紛失 ")

        key.refresh_from_db()
        assert (state_of(key), key.revoked_at, key.private_key) == ("revoked", clock(), "")
        assert signing_key_of(tomioka.id) is None
        assert key.key_id not in trusted_keys(tomioka.id)
        assert key.key_id not in trusted_keys()
        event = Event.objects.get(name="signing_key.revoked")
        assert event.facts == {"key_id": key.key_id, "reason": "職員の端末を紛失"}

    def test_a_retired_key_can_still_be_revoked_but_not_the_other_way_round(self, key, admin, clock):
        retire_signing_key(actor=admin, key_id=key.key_id)
        revoked = revoke_signing_key(actor=admin, key_id=key.key_id, reason="found out later")
        assert state_of(revoked) == "revoked"

        assert state_of(retire_signing_key(actor=admin, key_id=key.key_id)) == "revoked"

    def test_doing_it_again_changes_nothing(self, key, admin, clock):
        retire_signing_key(actor=admin, key_id=key.key_id)
        first = SigningKey.objects.get(key_id=key.key_id).retired_at
        clock.move(hours=1)
        retire_signing_key(actor=admin, key_id=key.key_id)
        assert (SigningKey.objects.get(key_id=key.key_id).retired_at, events("signing_key.retired")) == (first, 1)

        revoke_signing_key(actor=admin, key_id=key.key_id, reason="lost")
        gone = SigningKey.objects.get(key_id=key.key_id).revoked_at
        clock.move(hours=1)
        revoke_signing_key(actor=admin, key_id=key.key_id, reason="lost again")
        assert (SigningKey.objects.get(key_id=key.key_id).revoked_at, events("signing_key.revoked")) == (gone, 1)

    def test_revoking_without_a_reason_is_refused_and_changes_nothing(self, key, admin):
        with refused("reason_missing", field="reason"):
            revoke_signing_key(actor=admin, key_id=key.key_id, reason="  ")

        key.refresh_from_db()
        assert (state_of(key), events("signing_key.revoked")) == ("live", 0)

    def test_an_unknown_key_is_refused(self, admin):
        for end in (
            lambda: retire_signing_key(actor=admin, key_id="00000000"),
            lambda: revoke_signing_key(actor=admin, key_id="00000000", reason="x"),
        ):
            with refused("signing_key_unknown", key_id="00000000"):
                end()


@pytest.mark.parametrize("username", ["accountant-tomioka", "clerk-mill", "provider-paypay", "auditor"])
def test_only_administrators_and_the_office_hold_keys(username, key, tomioka, towns):
    actor = actor_named(username)
    before = Event.objects.count()

    for attempt in (
        lambda: issue_signing_key(actor=actor, organisation_id=tomioka.id),
        lambda: retire_signing_key(actor=actor, key_id=key.key_id),
        lambda: revoke_signing_key(actor=actor, key_id=key.key_id, reason="x"),
    ):
        with refused("not_allowed"):
            attempt()
    assert state_of(SigningKey.objects.get(key_id=key.key_id)) == "live"
    assert Event.objects.count() == before


def test_an_administrator_holds_the_keys_of_their_own_town_and_the_office_all(key, towns, admin):
    with refused("not_allowed"):
        issue_signing_key(actor=admin, organisation_id=towns.towns["20414"].id)

    assert issue_signing_key(actor=actor_named("programme-office"), organisation_id=towns.towns["20414"].id)


def test_everybody_may_know_the_public_halves_and_which_were_revoked(key, tomioka, admin):
    revoke_signing_key(actor=admin, key_id=key.key_id, reason="lost")

    rows = {row["key_id"]: row for row in published_keys()}
    assert rows[key.key_id] == {
        "key_id": key.key_id,
        "public_key": key.public_key,
        "organisation": "群馬県富岡市",
        "municipality_code": "10210",
        "created_at": key.created_at.isoformat(),
        "retired_at": None,
        "revoked_at": SigningKey.objects.get(key_id=key.key_id).revoked_at.isoformat(),
    }
    assert len(rows) == SigningKey.objects.count() == 5


def test_every_principal_of_the_demo_has_a_key_once(towns, tomioka, key, admin):
    from madoguchi.registry.demo import set_up_demo

    signing_ones = set(SigningKey.objects.values_list("organisation", flat=True))
    assert signing_ones == {one.id for one in (*towns.towns.values(), towns.post_office_operator)}
    revoke_signing_key(actor=admin, key_id=key.key_id, reason="lost")

    set_up_demo(OFFICE, webhook_base_url="http://elsewhere")

    assert signing_key_of(tomioka.id) is None
