"""Who is eligible: a table, each row a sentence, what differs from a plain small shop, the outcome and the rules."""

SHOP = {
    "as_of": "2019-10-01", "entity": "company", "industry": "retail", "capital_yen": 10_000_000,
    "regular_employees": 10, "taxable_income_yen": [5_000_000, 6_000_000, 7_000_000], "full_owner_capital_yen": None,
    "activity": "general", "licences": [], "franchise": False, "petrol_station": False, "place_class": "fixed",
}  # fmt: skip
M = 1_000_000


def size(industry, capital_yen, employees):
    return {"industry": industry, "capital_yen": capital_yen, "regular_employees": employees}


def body(entity, employees, industry="service", capital_yen=None):
    return {"entity": entity, **size(industry, capital_yen, employees)}


EXCLUDED_ACTIVITIES = (
    "securities", "bank", "credit_cooperative", "credit_guarantee", "trust", "insurance", "crypto", "entertainment",
    "medical", "pharmacy", "care", "welfare", "rehabilitation", "school", "organised_crime", "bonded_shop",
)  # fmt: skip

# what it is, changes to SHOP, outcome, rate, rules that must be among those that decided
CASES = [
    ("a small shop", {}, "eligible", 500, ["P-04", "P-06", "P-08", "P-13"]),
    # P-06: capital or employees, each at its limit and one above
    ("retail at both limits", size("retail", 50 * M, 50), "eligible", 500, ["P-06"]),
    ("retail, capital above", size("retail", 50 * M + 1, 50), "eligible", 500, ["P-06"]),
    ("retail, employees above", size("retail", 50 * M, 51), "eligible", 500, ["P-06"]),
    ("retail, both above", size("retail", 50 * M + 1, 51), "not_eligible", None, ["P-06"]),
    ("wholesale at both limits", size("wholesale", 100 * M, 100), "eligible", 500, ["P-06"]),
    ("wholesale, capital above", size("wholesale", 100 * M + 1, 100), "eligible", 500, ["P-06"]),
    ("wholesale, employees above", size("wholesale", 100 * M, 101), "eligible", 500, ["P-06"]),
    ("wholesale, both above", size("wholesale", 100 * M + 1, 101), "not_eligible", None, ["P-06"]),
    ("service at both limits", size("service", 50 * M, 100), "eligible", 500, ["P-06"]),
    ("service, capital above", size("service", 50 * M + 1, 100), "eligible", 500, ["P-06"]),
    ("service, employees above", size("service", 50 * M, 101), "eligible", 500, ["P-06"]),
    ("service, both above", size("service", 50 * M + 1, 101), "not_eligible", None, ["P-06"]),
    ("manufacturing at both limits", size("manufacturing", 300 * M, 300), "eligible", 500, ["P-06"]),
    ("manufacturing, capital above", size("manufacturing", 300 * M + 1, 300), "eligible", 500, ["P-06"]),
    ("manufacturing, employees above", size("manufacturing", 300 * M, 301), "eligible", 500, ["P-06"]),
    ("manufacturing, both above", size("manufacturing", 300 * M + 1, 301), "not_eligible", None, ["P-06"]),
    ("another industry at its limits", size("other", 300 * M, 300), "eligible", 500, ["P-06"]),
    ("another industry, both above", size("other", 300 * M + 1, 301), "not_eligible", None, ["P-06"]),
    # P-07: exceptions
    ("an inn with 200 employees", size("inn", 50 * M + 1, 200), "eligible", 500, ["P-07"]),
    ("an inn, both above", size("inn", 50 * M + 1, 201), "not_eligible", None, ["P-07"]),
    ("an inn within its capital", size("inn", 50 * M, 5_000), "eligible", 500, ["P-07"]),
    ("software with 300 employees", size("software", 300 * M + 1, 300), "eligible", 500, ["P-07"]),
    ("software within its capital", size("software", 300 * M, 5_000), "eligible", 500, ["P-07"]),
    ("software, both above", size("software", 300 * M + 1, 301), "not_eligible", None, ["P-07"]),
    # P-06: what is missing and matters
    ("no capital told, few employees", size("retail", None, 50), "eligible", 500, ["P-06"]),
    ("no employees told, little capital", size("retail", 50 * M, None), "eligible", 500, ["P-06"]),
    ("no capital told, many employees", size("retail", None, 51), "ask_desk", None, ["P-06"]),
    ("no employees told, much capital", size("retail", 50 * M + 1, None), "ask_desk", None, ["P-06"]),
    ("neither told", size("retail", None, None), "ask_desk", None, ["P-06"]),
    ("no industry told, small in every one", size(None, 300 * M, 50), "eligible", 500, ["P-06", "P-07"]),
    ("no industry told, large in every one", size(None, 300 * M + 1, 301), "not_eligible", None, ["P-06", "P-07"]),
    ("no industry told, small in some", size(None, 100 * M, 100), "ask_desk", None, ["P-06", "P-07"]),
    # A sole proprietor has no capital: employees alone
    ("a sole proprietor", body("sole_proprietor", 50, "retail"), "eligible", 500, ["P-06"]),
    ("a sole proprietor with many", body("sole_proprietor", 51, "retail"), "not_eligible", None, ["P-06"]),
    ("a sole proprietor naming capital", body("sole_proprietor", 51, "retail", 0), "not_eligible", None, ["P-06"]),
    ("a sole proprietor, staff untold", body("sole_proprietor", None, "retail"), "ask_desk", None, ["P-06"]),
    # P-08: average taxable income of the last filed years
    ("income at the limit", {"taxable_income_yen": [1_500 * M] * 3}, "eligible", 500, ["P-08"]),
    ("income one yen above", {"taxable_income_yen": [1_500 * M, 1_500 * M, 1_500 * M + 1]}, "not_eligible", None,
     ["P-08"]),
    ("one rich year among poor ones", {"taxable_income_yen": [4_500 * M, 0, 0]}, "eligible", 500, ["P-08"]),
    ("two years, above on average", {"taxable_income_yen": [3_000 * M, 1]}, "not_eligible", None, ["P-08"]),
    ("one year filed", {"taxable_income_yen": [1_500 * M + 1]}, "not_eligible", None, ["P-08"]),
    ("no year filed yet", {"taxable_income_yen": []}, "eligible", 500, ["P-08"]),
    ("income untold", {"taxable_income_yen": None}, "ask_desk", None, ["P-08"]),
    # P-09: owned by a large corporation
    ("owned by a smaller one", {"full_owner_capital_yen": 500 * M - 1}, "eligible", 500, ["P-09"]),
    ("owned by a large one", {"full_owner_capital_yen": 500 * M}, "not_eligible", None, ["P-09"]),
    # P-11, P-12: who is no company
    ("a large cooperative", {"entity": "cooperative", **size("retail", 900 * M, 900)}, "eligible", 500, ["P-11"]),
    ("a rich cooperative", {"entity": "cooperative", "taxable_income_yen": [2_000 * M]}, "not_eligible", None,
     ["P-08"]),
    ("an NPO by its employees", body("npo", 100), "eligible", 500, ["P-12"]),
    ("an NPO, capital helps nothing", body("npo", 101, capital_yen=1), "not_eligible", None, ["P-12"]),
    ("a general association", body("general_association", 100), "eligible", 500, ["P-12"]),
    ("a large general association", body("general_association", 101), "not_eligible", None, ["P-12"]),
    ("a general foundation", body("general_foundation", 300, "manufacturing"), "eligible", 500, ["P-12"]),
    ("a large general foundation", body("general_foundation", 301, "manufacturing"), "not_eligible", None, ["P-12"]),
    ("a public-interest association", body("public_interest_association", 50, "retail"), "eligible", 500, ["P-12"]),
    ("a large public-interest association", body("public_interest_association", 51, "retail"), "not_eligible", None,
     ["P-12"]),
    ("a public-interest foundation", body("public_interest_foundation", 200, "inn"), "eligible", 500, ["P-12"]),
    ("a large public-interest foundation", body("public_interest_foundation", 201, "inn"), "not_eligible", None,
     ["P-12"]),
    ("an NPO, staff untold", body("npo", None), "ask_desk", None, ["P-12"]),
    # P-13, P-15: bodies and lines of business that are excluded
    ("a town hall", {"entity": "government"}, "not_eligible", None, ["P-13", "P-15"]),
    ("a public corporation", {"entity": "public_corporation"}, "not_eligible", None, ["P-13"]),
    ("a religious corporation", {"entity": "religious"}, "not_eligible", None, ["P-13"]),
    ("a group without legal personality", {"entity": "unincorporated"}, "not_eligible", None, ["P-13"]),
    ("entity untold", {"entity": None}, "ask_desk", None, ["P-13"]),
    ("activity untold", {"activity": None}, "ask_desk", None, ["P-13"]),
    *((f"activity {name}", {"activity": name}, "not_eligible", None, ["P-13"]) for name in EXCLUDED_ACTIVITIES),
    ("licensed entertainment: an inn", {"activity": "entertainment", "licences": ["inn"]}, "eligible", 500, ["P-13"]),
    ("licensed entertainment: a restaurant", {"activity": "entertainment", "licences": ["restaurant_guild_confirmed"]},
     "eligible", 500, ["P-13"]),
    ("entertainment with another licence", {"activity": "entertainment", "licences": ["liquor"]}, "not_eligible", None,
     ["P-13"]),
    ("entertainment, licences untold", {"activity": "entertainment", "licences": None}, "ask_desk", None, ["P-13"]),
    ("a bank with an inn's licence", {"activity": "bank", "licences": ["inn"]}, "not_eligible", None, ["P-13"]),
    # P-04: franchises and petrol stations
    ("a franchise", {"franchise": True}, "eligible", 200, ["P-04"]),
    ("a petrol station", {"petrol_station": True}, "eligible", 200, ["P-04"]),
    ("both", {"franchise": True, "petrol_station": True}, "eligible", 200, ["P-04"]),
    ("a large franchise", {"franchise": True, **size("retail", 60 * M, 60)}, "not_eligible", None, ["P-06"]),
    ("franchise untold", {"franchise": None}, "ask_desk", None, ["P-04"]),
    ("franchise untold, petrol station", {"franchise": None, "petrol_station": True}, "eligible", 200, ["P-04"]),
    # Several at once, and the desk
    ("too large, too rich and owned", {"capital_yen": 60 * M, "regular_employees": 60,
     "taxable_income_yen": [2_000 * M], "full_owner_capital_yen": 900 * M}, "not_eligible", None,
     ["P-06", "P-08", "P-09"]),
    ("excluded, however much is untold", {"activity": "bank", "capital_yen": None, "regular_employees": None,
     "taxable_income_yen": None}, "not_eligible", None, ["P-13"]),
    ("the last day of applications", {"as_of": "2020-04-30"}, "eligible", 500, ["P-04"]),
    ("the day after", {"as_of": "2020-05-01"}, "ask_desk", None, ["P-48"]),
    *((f"a place of class {name}", {"place_class": name}, "eligible", 500, ["P-06"])
      for name in ("mobile", "ec", "other")),
]  # fmt: skip
