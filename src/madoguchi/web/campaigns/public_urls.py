"""The public's pages of reward campaigns."""

from django.urls import path

from madoguchi.web.campaigns import public

app_name = "campaign_pages"
ONE = "<slug:code>/"
urlpatterns = [
    path("", public.campaigns, name="campaigns"),
    path(ONE, public.campaign, name="campaign"),
    path(f"{ONE}stores/", public.stores, name="stores"),
    path(f"{ONE}my-reward/", public.my_reward, name="my_reward"),
    path(f"{ONE}figures.<str:kind>", public.figures_file, name="figures_file"),
]
