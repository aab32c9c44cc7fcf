"""Pages of the programme's office."""

from django.urls import path

from madoguchi.web.office import (
    application_actions,
    applications,
    duplicates,
    kits,
    proposals,
    rules,
    store_ids,
    views,
)

app_name = "office"
ONE = "applications/<uuid:application_id>/"
PLACE = "applications/places/<uuid:applied_id>/"
PROPOSAL = "proposals/<uuid:proposal_id>/"
DUPLICATE = "duplicates/<uuid:likeness_id>/"
urlpatterns = [
    path("", views.home, name="home"),
    path("applications/", applications.applications, name="applications"),
    path(ONE, applications.application, name="application"),
    path(f"{ONE}accept/", application_actions.accept, name="application_accept"),
    path(f"{ONE}refuse/", application_actions.refuse, name="application_refuse"),
    path(f"{ONE}return/", application_actions.give_back, name="application_return"),
    path(f"{ONE}cancel/", application_actions.cancel, name="application_cancel"),
    path(f"{ONE}message/", application_actions.write, name="application_message"),
    path(f"{ONE}account/", application_actions.account, name="application_account"),
    path("applications/documents/<uuid:document_id>/", application_actions.document, name="document"),
    path(PLACE, applications.applied_place, name="applied_place"),
    path(f"{PLACE}correct/", application_actions.correct, name="applied_place_correct"),
    path(f"{PLACE}class/", application_actions.change_class, name="applied_place_class"),
    path("proposals/", proposals.proposals, name="proposals"),
    path(PROPOSAL, proposals.proposal, name="proposal"),
    path(f"{PROPOSAL}confirm/", proposals.confirm, name="proposal_confirm"),
    path(f"{PROPOSAL}decline/", proposals.decline, name="proposal_decline"),
    path(f"{PROPOSAL}take-back/", proposals.take_back, name="proposal_take_back"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path(DUPLICATE, duplicates.duplicate, name="duplicate"),
    path(f"{DUPLICATE}merge/", duplicates.merge, name="duplicate_merge"),
    path(f"{DUPLICATE}apart/", duplicates.tell_apart, name="duplicate_apart"),
    path(f"{DUPLICATE}unmerge/", duplicates.unmerge, name="duplicate_unmerge"),
    path("kits/", kits.kits, name="kits"),
    path("kits/kits.pdf", kits.kits_file, name="kits_file"),
    path("kits/list.<str:kind>", kits.kits_list, name="kits_list"),
    path("store-numbers/", store_ids.store_ids, name="store_ids"),
    path("store-numbers/waiting.<str:kind>", store_ids.waiting_file, name="store_ids_file"),
    path("store-numbers/bad-rows/", store_ids.bad_rows, name="store_ids_bad"),
    path("rules/", rules.rules, name="rules"),
    path("rules/amend/", rules.amend, name="rules_amend"),
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<uuid:delivery_id>/", views.delivery, name="delivery"),
    path("deliveries/<uuid:delivery_id>/replay/", views.replay, name="replay"),
    path("notices/", views.notices, name="notices"),
    path("events/", views.events, name="events"),
    path("registry/", views.registry, name="registry"),
]
