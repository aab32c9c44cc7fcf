"""Where every address leads: composition only."""

from django.urls import include, path

urlpatterns = [
    path("", include("madoguchi.web.public.urls")),
    path("till/", include("madoguchi.web.till.urls")),
    path("town/", include("madoguchi.web.town.urls")),
    path("office/", include("madoguchi.web.office.urls")),
    path("provider/", include("madoguchi.web.provider.urls")),
]
