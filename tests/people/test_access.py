"""The actor behind a user, and what the demo's people may do."""

from __future__ import annotations

import pytest

from madoguchi.core.ids import new_id
from madoguchi.events.models import Event
from madoguchi.people.access import (
    ANONYMOUS,
    actor_for,
    may,
    organisations_where,
    provider_actor,
    require,
    system_actor,
)
from madoguchi.people.actions import ensure_user, grant_role
from madoguchi.people.models import Membership, User
from madoguchi.people.rules import PERMISSIONS, Scope
from madoguchi.registry.queries import place_scope
from tests.conftest import actor_named, refused

pytestmark = pytest.mark.django_db
TEST = system_actor("test")


@pytest.fixture
def user(db) -> User:
    return ensure_user(actor=TEST, username="hanako", display_name="花子", password="a-long-password")


def test_an_actor_is_named_by_what_acts(user):
    assert str(actor_for(user)) == f"user:{user.pk}"
    assert str(provider_actor("paypay")) == "provider:paypay"
    assert str(TEST) == "system:test"
    assert str(ANONYMOUS) == "anonymous"


def test_a_user_without_a_role_may_nothing(user):
    assert actor_for(user).grants == ()
    assert not any(may(actor_for(user), permission) for permission in PERMISSIONS)


def test_anonymous_may_nothing(mill):
    scope = Scope(mill.operator_id, mill.operator_id, mill.id, "paypay")

    assert not any(may(ANONYMOUS, permission, scope) for permission in PERMISSIONS)


def test_the_refusal_names_the_permission(mill):
    with refused("not_allowed", permission="till.use"):
        require(ANONYMOUS, "till.use", place_scope(mill))


def test_an_inactive_user_keeps_no_grant(mill):
    user = User.objects.get(username="clerk-mill")
    assert may(actor_for(user), "till.use", place_scope(mill))
    user.is_active = False

    assert actor_for(user).grants == ()
    assert not may(actor_for(user), "till.use", place_scope(mill))


@pytest.mark.parametrize("role", ["programme_officer", "auditor"])
def test_an_office_role_at_one_organisation_does_not_cover_the_programme(user, towns, role):
    town = towns.towns["10210"]
    grant_role(actor=TEST, user=user, role=role, organisation_id=town.id)

    assert not may(actor_for(user), "office.read")
    assert not may(actor_for(user), "sales.read", Scope(principal_id=towns.towns["20414"].id))


@pytest.mark.parametrize("role", ["clerk", "accountant", "town_administrator"])
def test_a_role_granted_without_an_organisation_covers_nothing(user, mill, role):
    grant_role(actor=TEST, user=user, role=role)

    scope = place_scope(mill, mill.operator_id)
    assert not any(may(actor_for(user), permission, scope) for permission in PERMISSIONS)


def test_a_role_given_twice_is_held_once(user, mill):
    for _ in range(2):
        grant_role(actor=TEST, user=user, role="clerk", organisation_id=mill.operator_id, place_id=mill.id)

    assert Membership.objects.filter(user=user).count() == 1
    assert Event.objects.filter(name="role.granted", subject=f"user:{user.pk}").count() == 1


def test_making_a_user_who_exists_changes_neither_password_nor_name(user):
    again = ensure_user(actor=TEST, username="hanako", display_name="別人", password="another-password")

    assert (again.pk, again.display_name) == (user.pk, "花子")
    assert again.check_password("a-long-password")
    assert Event.objects.filter(name="user.created", subject=f"user:{user.pk}").count() == 1


class TestDemoPeople:
    def test_the_mills_clerk_stays_at_the_mill(self, towns, mill, mill_clerk):
        others = [place for place in towns.places if place.id != mill.id]

        assert may(mill_clerk, "till.use", place_scope(mill))
        assert not any(may(mill_clerk, "till.use", place_scope(place)) for place in others)

    def test_the_post_offices_clerk_takes_the_villages_money_but_does_not_read_its_payers(self, towns, post_clerk):
        """J-19, H-24."""
        village = place_scope(towns.post_office, towns.towns["20414"].id)

        assert may(post_clerk, "till.use", village)
        assert not may(post_clerk, "payer.read", village)

    def test_an_accountant_sees_only_their_own_town(self, towns, accountant):
        allowed = {
            code for code, town in towns.towns.items() if may(accountant, "sales.read", Scope(principal_id=town.id))
        }

        assert allowed == {"10210"}
        assert organisations_where(accountant, "sales.read") == {towns.towns["10210"].id}

    def test_the_auditor_reads_every_towns_sales_and_writes_nothing(self, towns):
        auditor = actor_named("auditor")
        writing = [name for name in PERMISSIONS if not name.endswith(".read")]

        assert organisations_where(auditor, "sales.read") is None
        for town in towns.towns.values():
            scope = Scope(town.id, town.id, new_id(), "paypay")
            assert may(auditor, "sales.read", scope)
            assert not any(may(auditor, permission, scope) for permission in writing)

    def test_a_clerk_reads_nobodys_books(self, mill_clerk):
        assert organisations_where(mill_clerk, "sales.read") == set()
