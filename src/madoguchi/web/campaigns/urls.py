"""The desk of those who run a reward campaign."""

from django.urls import path

from madoguchi.web.campaigns import campaigns, claims, explained, holds, money, runs, stores

app_name = "campaigns"
ONE = "<slug:code>/"
RUN = f"{ONE}runs/<int:number>/"
HOLD = f"{ONE}holds/<uuid:hold_id>/"
urlpatterns = [
    path("", campaigns.campaigns, name="campaigns"),
    path("new/", campaigns.campaign_new, name="campaign_new"),
    path(ONE, campaigns.campaign, name="campaign"),
    path(f"{ONE}change/", campaigns.campaign_change, name="campaign_change"),
    path(f"{ONE}step/", campaigns.campaign_step, name="campaign_step"),
    path(f"{ONE}runs/", runs.runs, name="runs"),
    path(RUN, runs.run, name="run"),
    path(f"{RUN}step/", runs.run_step, name="run_step"),
    path(f"{RUN}adjustments.csv", runs.adjustments, name="adjustments"),
    path(f"{RUN}rejected.csv", runs.rejected, name="rejected"),
    path(f"{ONE}holds/", holds.holds, name="holds"),
    path(HOLD, holds.hold, name="hold"),
    path(f"{HOLD}step/", holds.hold_step, name="hold_step"),
    path(f"{ONE}stores/", stores.stores, name="stores"),
    path(f"{ONE}stores/<uuid:exclusion_id>/step/", stores.exclusion_step, name="exclusion_step"),
    path(f"{ONE}points/", money.points, name="points"),
    path(f"{ONE}budget/", money.budget, name="budget"),
    path(f"{ONE}claims/", claims.claims, name="claims"),
    path(f"{ONE}claims/step/", claims.claims_step, name="claims_step"),
    path(f"{ONE}claims/claims.<str:kind>", claims.claims_file, name="claims_file"),
    path(f"{ONE}payment/", explained.payment, name="payment"),
]
