"""Pages for a payment provider's staff."""

from django.urls import path

from madoguchi.web.provider import inbox, inbox_files, plans, reward_files, reward_payment, rewards, views

app_name = "provider"
urlpatterns = [
    path("", views.home, name="home"),
    path("applications/", inbox.applications, name="applications"),
    path("applications/file/<str:kind>/", inbox_files.applications_file, name="applications_file"),
    path("applications/decisions/", inbox_files.decisions, name="decisions"),
    path("applications/decisions/<str:kind>/", inbox_files.bad_file, name="decisions_bad"),
    path("applications/<uuid:item_id>/", inbox.item, name="item"),
    path("applications/<uuid:item_id>/act/", inbox.act, name="item_act"),
    path("applications/<uuid:item_id>/documents/<uuid:document_id>/", inbox.document, name="item_document"),
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<uuid:delivery_id>/", views.delivery, name="delivery"),
    path("deliveries/<uuid:delivery_id>/replay/", views.replay, name="replay"),
    path("notices/", views.notices, name="notices"),
    path("places/", views.places, name="places"),
    path("payouts/", views.payouts, name="payouts"),
    path("plans/", plans.plans, name="plans"),
    path("plans/new/", plans.plan_new, name="plan_new"),
    path("plans/bring/", plans.plans_bring, name="plans_bring"),
    path("plans/file.<str:kind>", plans.plans_file, name="plans_file"),
    path("plans/<uuid:plan_id>/", plans.plan_change, name="plan_change"),
    path("plans/<uuid:plan_id>/end/", plans.plan_end, name="plan_end"),
    path("rewards/", rewards.rewards, name="rewards"),
    path("rewards/files/", reward_files.files, name="reward_files"),
    path("rewards/files/sample.csv", reward_files.sample, name="reward_sample"),
    path("rewards/files/<uuid:file_id>/take-back/", reward_files.take_back, name="reward_file_take_back"),
    path("rewards/<slug:code>/", rewards.campaign, name="reward_campaign"),
    path("rewards/<slug:code>/payment/", reward_payment.payment, name="reward_payment"),
    path("rewards/<slug:code>/adjustments/", rewards.adjustments, name="reward_adjustments"),
    path("rewards/<slug:code>/grants/", rewards.grants, name="reward_grants"),
]
