"""Pages of the programme's office."""

from django.urls import path

from madoguchi.web.office import views

app_name = "office"
urlpatterns = [
    path("", views.home, name="home"),
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<uuid:delivery_id>/", views.delivery, name="delivery"),
    path("deliveries/<uuid:delivery_id>/replay/", views.replay, name="replay"),
    path("notices/", views.notices, name="notices"),
    path("events/", views.events, name="events"),
    path("registry/", views.registry, name="registry"),
]
