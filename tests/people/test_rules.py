"""Who may do what, where: everything that is not in the table is denied."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.people.rules import OFFICE_ROLES, PERMISSIONS, ROLES, Grant, Scope, allows

TOWN, OTHER_TOWN, AGENT = (UUID(int=number) for number in (1, 2, 3))
PLACE, OTHER_PLACE = UUID(int=11), UUID(int=12)
# The town's money, at the town's own place, through PayPay.
HERE = Scope(principal_id=TOWN, operator_id=TOWN, place_id=PLACE, provider="paypay")

# Written out by hand, so that a change of who may do what shows as a change of this table.
MATRIX = {
    "clerk": {"till.use", "till.refund", "till.close_day"},
    "accountant": {
        "till.reopen_day",
        "payer.read",
        "payment.clear",
        "sales.read",
        "sales.memo",
        "settlement.read",
        "settlement.write",
        "campaign.read",
        "campaign.write",
    },
    "town_administrator": {
        "payer.read",
        "sales.read",
        "sales.memo",
        "settlement.read",
        "registry.write",
        "application.read",
        "application.write",
        "campaign.read",
        "campaign.write",
    },
    "provider": {"provider.read", "provider.write"},
    "programme_officer": {"office.read", "office.write", "opendata.write", "campaign.read", "campaign.write"},
    "auditor": {"sales.read", "settlement.read", "office.read", "campaign.read"},
}
WIDEST = {
    "clerk": Grant("clerk", TOWN),
    "accountant": Grant("accountant", TOWN),
    "town_administrator": Grant("town_administrator", TOWN),
    "provider": Grant("provider", provider="paypay"),
    "programme_officer": Grant("programme_officer", everywhere=True),
    "auditor": Grant("auditor", everywhere=True),
}


def test_the_matrix_names_every_role_and_nothing_else():
    assert set(MATRIX) == set(ROLES) == set(WIDEST)
    # An applicant is no user: it holds the key to one application, and no role can be given to it.
    assert {role for _, roles in PERMISSIONS.values() for role in roles} == {*ROLES, "applicant"}


@pytest.mark.parametrize("permission", PERMISSIONS)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_what_the_matrix_says_and_nothing_more(role, permission):
    assert allows([WIDEST[role]], permission, HERE) == (permission in MATRIX[role])


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_nobody_without_a_role_may_anything(permission):
    assert not allows([], permission, HERE)
    assert not allows([Grant("stranger", TOWN, PLACE, "paypay", everywhere=True)], permission, HERE)


@pytest.mark.parametrize("permission", PERMISSIONS)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_held_nowhere_gives_nothing(role, permission):
    assert not allows([Grant(role)], permission, HERE)


@pytest.mark.parametrize("permission", PERMISSIONS)
@pytest.mark.parametrize("role", sorted(set(ROLES) - OFFICE_ROLES))
def test_a_role_gives_nothing_at_another_organisation(role, permission):
    grant = Grant(role, OTHER_TOWN, provider="au_pay")

    assert not allows([grant], permission, HERE)


@given(
    st.sampled_from(sorted(PERMISSIONS)),
    st.lists(
        st.builds(
            Grant,
            role=st.sampled_from(ROLES),
            organisation_id=st.sampled_from([None, TOWN, OTHER_TOWN]),
            place_id=st.sampled_from([None, PLACE, OTHER_PLACE]),
            provider=st.sampled_from(["", "paypay", "au_pay"]),
        ),
        max_size=4,
    ),
)
def test_nothing_is_allowed_over_nothing(permission, grants):
    """A page that forgets to say what it asks for is denied, whoever asks from wherever."""
    assert not allows(grants, permission, Scope())


def test_an_unknown_permission_is_a_mistake_not_a_yes():
    with pytest.raises(KeyError):
        allows([WIDEST["auditor"]], "till.everything", HERE)


class TestClerk:
    def at(self, operator: UUID, place: UUID, principal: UUID = TOWN) -> Scope:
        return Scope(principal_id=principal, operator_id=operator, place_id=place)

    def test_tied_to_a_place_stays_there(self):
        grant = Grant("clerk", TOWN, PLACE)

        assert allows([grant], "till.use", self.at(TOWN, PLACE))
        assert not allows([grant], "till.use", self.at(TOWN, OTHER_PLACE))

    def test_of_an_organisation_works_at_each_of_its_places(self):
        grant = Grant("clerk", TOWN)

        assert allows([grant], "till.use", self.at(TOWN, PLACE))
        assert allows([grant], "till.use", self.at(TOWN, OTHER_PLACE))

    def test_of_the_agent_takes_the_towns_money_at_the_agents_place(self):
        """H-07: the post office takes the village's fees."""
        assert allows([Grant("clerk", AGENT, PLACE)], "till.use", self.at(AGENT, PLACE))

    def test_of_the_town_does_not_work_at_the_agents_place_even_with_the_towns_money(self):
        assert not allows([Grant("clerk", TOWN)], "till.use", self.at(AGENT, PLACE))

    def test_with_the_right_place_but_another_organisation_is_denied(self):
        assert not allows([Grant("clerk", OTHER_TOWN, PLACE)], "till.use", self.at(TOWN, PLACE))


class TestAccountant:
    @pytest.mark.parametrize("permission", sorted(MATRIX["accountant"]))
    def test_only_their_own_principals_money(self, permission):
        own = Scope(principal_id=TOWN, operator_id=AGENT, place_id=PLACE)
        agents = Scope(principal_id=AGENT, operator_id=TOWN, place_id=PLACE)

        assert allows([Grant("accountant", TOWN)], permission, own)
        assert not allows([Grant("accountant", TOWN)], permission, agents)


class TestProvider:
    @pytest.mark.parametrize("permission", ["provider.read", "provider.write"])
    def test_only_its_own_rows(self, permission):
        grant = Grant("provider", provider="paypay")

        assert allows([grant], permission, Scope(provider="paypay"))
        assert not allows([grant], permission, Scope(provider="au_pay"))
        assert not allows([Grant("provider", provider="")], permission, Scope(provider=""))


class TestApplicant:
    """Whoever holds the key to an application, and the officers of the town whose it is."""

    OWN, OTHER = UUID(int=21), UUID(int=22)

    @pytest.mark.parametrize("permission", ["application.read", "application.write"])
    def test_the_key_opens_its_own_application_only(self, permission):
        grant = Grant("applicant", application_id=self.OWN)

        assert allows([grant], permission, Scope(application_id=self.OWN))
        assert allows([grant], permission, Scope(principal_id=TOWN, application_id=self.OWN))
        assert not allows([grant], permission, Scope(application_id=self.OTHER))
        assert not allows([grant], permission, Scope(principal_id=TOWN, application_id=self.OTHER))
        assert not allows([grant], permission, Scope())

    @pytest.mark.parametrize("permission", sorted(set(PERMISSIONS) - {"application.read", "application.write"}))
    def test_it_opens_nothing_else(self, permission):
        grant = Grant("applicant", application_id=self.OWN)

        assert not allows([grant], permission, HERE)
        assert not allows([grant], permission, Scope(principal_id=TOWN, application_id=self.OWN))

    def test_a_key_without_an_application_opens_none(self):
        assert not allows([Grant("applicant")], "application.read", Scope(application_id=self.OWN))
        assert not allows([Grant("applicant")], "application.read", Scope())

    def test_a_towns_administrator_opens_its_towns_applications_once_they_are_registered(self):
        grant = Grant("town_administrator", TOWN)

        assert allows([grant], "application.write", Scope(principal_id=TOWN, application_id=self.OWN))
        assert not allows([grant], "application.write", Scope(principal_id=OTHER_TOWN, application_id=self.OWN))
        # A draft belongs to nobody but its key.
        assert not allows([grant], "application.read", Scope(application_id=self.OWN))

    @pytest.mark.parametrize("role", ["clerk", "accountant", "provider", "programme_officer", "auditor"])
    def test_nobody_else_opens_it_by_their_role(self, role):
        scope = Scope(principal_id=TOWN, operator_id=TOWN, place_id=PLACE, provider="paypay", application_id=self.OWN)

        assert not allows([WIDEST[role]], "application.read", scope)
        assert not allows([WIDEST[role]], "application.write", scope)
