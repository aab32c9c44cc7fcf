"""Payment services, "is my card in?" and what a payment gives back."""

from django.urls import path

from madoguchi.web.services import pages

app_name = "services"
urlpatterns = [
    path("", pages.services, name="services"),
    path("card/", pages.card, name="card"),
    path("reward/", pages.reward, name="reward"),
    path("<slug:code>/", pages.service, name="service"),
]
