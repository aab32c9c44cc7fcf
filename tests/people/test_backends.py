"""Demo sign-ins hold only while the demo runs, also for somebody who signed in before."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate, get_user
from django.test import Client, RequestFactory

from madoguchi.cli.demo_people import DEMO_PASSWORD
from madoguchi.people.access import system_actor
from madoguchi.people.actions import ensure_user
from madoguchi.people.models import User
from madoguchi.people.queries import demo_users, names_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings, towns):
    settings.DEMO = True
    return settings


@pytest.fixture
def person(db) -> User:
    return ensure_user(actor=system_actor("test"), username="taro", display_name="太郎", password="a-long-password")


def signed_in_user(client: Client) -> object:
    request = RequestFactory().get("/")
    request.session = client.session
    return get_user(request)


def test_in_demo_mode_a_demo_user_signs_in(demo):
    assert str(authenticate(username="clerk-mill", password=DEMO_PASSWORD)) == "窓口 富岡製糸場"


def test_outside_demo_mode_a_demo_user_cannot_sign_in(demo):
    demo.DEMO = False

    assert authenticate(username="clerk-mill", password=DEMO_PASSWORD) is None


def test_a_demo_user_who_signed_in_before_is_nobody_once_the_demo_is_over(demo):
    client = Client()
    assert client.login(username="clerk-mill", password=DEMO_PASSWORD)
    assert signed_in_user(client).is_authenticated

    demo.DEMO = False

    assert not signed_in_user(client).is_authenticated


@pytest.mark.parametrize("running", [True, False])
def test_other_people_sign_in_and_stay_signed_in_either_way(demo, person, running):
    demo.DEMO = running
    client = Client()

    assert client.login(username="taro", password="a-long-password")
    assert signed_in_user(client) == person


@pytest.mark.parametrize("password", ["", "wrong", DEMO_PASSWORD])
def test_a_wrong_password_signs_nobody_in(demo, person, password):
    assert authenticate(username="taro", password=password) is None


def test_a_user_switched_off_is_nobody_at_once(demo, person):
    client = Client()
    client.login(username="taro", password="a-long-password")

    User.objects.filter(pk=person.pk).update(is_active=False)

    assert authenticate(username="taro", password="a-long-password") is None
    assert not signed_in_user(client).is_authenticated


def test_the_demo_page_offers_only_demo_users_who_are_active(demo, person):
    User.objects.filter(username="auditor").update(is_active=False)

    names = [user.username for user in demo_users()]

    assert "taro" not in names
    assert "auditor" not in names
    assert names[0] == "clerk-mill"


def test_people_are_shown_by_display_name(person):
    assert names_of({person.pk}) == {person.pk: "太郎"}
    assert names_of(set()) == {}
