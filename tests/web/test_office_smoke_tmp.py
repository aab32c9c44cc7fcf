import pytest
from django.urls import reverse
from tests.web.office_desk import *

pytestmark = pytest.mark.django_db


def test_smoke(towns, clock, settings):
    settings.DEMO = True
    things = office_things()
    a, b = two_officers()
    for lang in ("en", "ja"):
        a = reader("programme-office", lang)
        for name in ("applications", "proposals", "duplicates", "kits", "store_ids", "rules", "rules_amend"):
            r = a.get(reverse(f"office:{name}"))
            assert r.status_code == 200, name
        for name in ("application", "applied_place", "proposal", "duplicate", "document"):
            r = a.get(reverse(f"office:{name}", kwargs=things[f"office:{name}"]))
            assert r.status_code == 200, (name, r.content.decode()[-500:])
