"""Where every address leads: composition only."""

from django.urls import include, path

from madoguchi.api.health import healthz
from madoguchi.api.provider import api

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/", api.urls),
    path("", include("madoguchi.web.public.urls")),
    path("join/", include("madoguchi.web.merchant.urls")),
    path("till/", include("madoguchi.web.till.urls")),
    path("town/", include("madoguchi.web.town.urls")),
    path("office/", include("madoguchi.web.office.urls")),
    path("campaigns/", include("madoguchi.web.campaigns.public_urls")),
    path("rewards/", include("madoguchi.web.campaigns.urls")),
    path("map/", include("madoguchi.web.finder.urls")),
    path("services/", include("madoguchi.web.services.urls")),
    path("statistics/", include("madoguchi.web.figures.urls")),
    path("data/", include("madoguchi.web.opendata.urls")),
    path("guide/", include("madoguchi.web.guide.urls")),
    path("provider/", include("madoguchi.web.provider.urls")),
]
