"""Statistics: maps, rankings and tables."""

from django.urls import path, re_path

from madoguchi.web.figures import pages

app_name = "figures"
urlpatterns = [
    path("", pages.overview, name="overview"),
    path("<slug:dataset>/", pages.figure, name="figure"),
    re_path(r"^(?P<dataset>[-a-z0-9]+)/(?P<prefecture>[0-9]{2})/$", pages.prefecture, name="prefecture"),
]
