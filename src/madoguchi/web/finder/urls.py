"""The map and the list of places."""

from django.urls import path

from madoguchi.web.finder import map_views, places, reports

app_name = "finder"
urlpatterns = [
    path("", places.finder, name="finder"),
    path("places/<uuid:place_id>/", places.place, name="place"),
    path("places/<uuid:place_id>/report/", places.report, name="report"),
    path("places/<uuid:place_id>/describe/", reports.describe_place, name="describe"),
    path("tiles/<str:version>/<int:zoom>/<int:column>/<int:row>.mvt", map_views.place_tile, name="place_tile"),
    path("base/outlines.json", map_views.base_outlines, name="base_outlines"),
    path("base/<str:version>/<int:zoom>/<int:column>/<int:row>.mvt", map_views.base_tile, name="base_tile"),
    path("reports/", reports.reports, name="reports"),
    path("reports/<uuid:report_id>/", reports.decide, name="decide"),
]
