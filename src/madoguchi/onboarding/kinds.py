"""The words that applications are sorted by, in one place for tables, forms and schemas."""

from __future__ import annotations

APPLICANT_KINDS = ("municipality", "business", "designated_manager", "post_office_operator")
# J-28: a second account and a designated manager apply for themselves; J-21: services added later.
LINK_KINDS = ("second_account", "designated_manager", "more_services")
PLAN_APPLICANTS = ("all", "municipality", "business")
FEE_PERIODS = ("before", "during", "after")
SIDES = ("applicant", "office", "provider")
PROPOSAL_KINDS = ("screening", "correction", "class_change", "cancellation", "rules", "merge", "unmerge")
LIKENESS_STATES = ("open", "merged", "told_apart", "undone")
KIT_KINDS = ("first", "extra", "logos", "poster")
