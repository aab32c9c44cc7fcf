"""Pages for those who want to join."""

from django.urls import path

from madoguchi.web.merchant import (
    documents,
    eligibility,
    further,
    home,
    places,
    plans,
    sending,
    sheet,
    status,
    wizard,
)

app_name = "merchant"
APPLY = "apply/<str:reference>/"
STATUS = "status/<str:reference>/"
urlpatterns = [
    path("", home.home, name="home"),
    path("shop/eligibility/", eligibility.eligibility, name="eligibility"),
    path("shop/eligibility/rules/", eligibility.eligibility_rules, name="eligibility_rules"),
    path("plans/", plans.plans, name="plans"),
    path("plans/compare/", plans.plans_compare, name="plans_compare"),
    path("plans/file.<str:kind>", plans.plans_file, name="plans_file"),
    path("begin/", home.begin, name="begin"),
    path("resume/", home.resume, name="resume"),
    path("resume/<str:reference>/<str:key>/", home.resume_link, name="resume_link"),
    path("municipalities/", wizard.municipalities, name="municipalities"),
    path(APPLY, wizard.overview, name="overview"),
    path(f"{APPLY}started/", home.started, name="started"),
    path(f"{APPLY}leave/", home.leave, name="leave"),
    path(f"{APPLY}section/<str:section>/", wizard.section, name="section"),
    path(f"{APPLY}places/", places.places, name="places"),
    path(f"{APPLY}places/new/", places.new_place, name="new_place"),
    path(f"{APPLY}places/<uuid:applied_id>/", places.place, name="place"),
    path(f"{APPLY}places/<uuid:applied_id>/remove/", places.remove, name="remove_place"),
    path(f"{APPLY}services/", places.services, name="services"),
    path(f"{APPLY}sheet/", sheet.sheet, name="sheet"),
    path(f"{APPLY}sheet/template.<str:kind>", sheet.template, name="template"),
    path(f"{APPLY}sheet/result/", sheet.sheet_result, name="sheet_result"),
    path(f"{APPLY}sheet/result/rows/", sheet.broken_rows, name="broken_rows"),
    path(f"{APPLY}documents/", documents.documents, name="documents"),
    path(f"{APPLY}documents/<uuid:document_id>/", documents.document, name="document"),
    path(f"{APPLY}documents/<uuid:document_id>/remove/", documents.remove_document, name="remove_document"),
    path(f"{APPLY}consent/", sending.consent, name="consent"),
    path(f"{APPLY}consent/refuse/", sending.refuse_consent, name="refuse_consent"),
    path(f"{APPLY}check/", sending.check, name="check"),
    path(STATUS, status.status, name="status"),
    path(f"{STATUS}write/", status.write, name="write"),
    path(f"{STATUS}items/<uuid:applied_item_id>/", status.item, name="item"),
    path(f"{STATUS}places/<uuid:applied_id>/", status.place_status, name="place_status"),
    path(f"{STATUS}places/<uuid:applied_id>/sticker.pdf", status.sticker, name="sticker"),
    path(f"{STATUS}withdraw/", sending.withdraw, name="withdraw"),
    path(f"{STATUS}further/<str:link_kind>/", further.further, name="further"),
]
