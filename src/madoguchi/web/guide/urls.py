"""Kinds of cashless payment, questions and answers, warnings and posters."""

from django.urls import path

from madoguchi.web.guide import views

app_name = "guide"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("kinds/", views.kinds, name="kinds"),
    path("questions/", views.questions, name="questions"),
    path("questions/<slug:slug>/", views.question, name="question"),
    path("fraud/", views.fraud, name="fraud"),
    path("contacts/", views.contact_list, name="contacts"),
    path("posters/", views.posters, name="posters"),
    path("posters/<slug:slug>/<str:language>.<str:kind>", views.poster_file, name="poster_file"),
]
