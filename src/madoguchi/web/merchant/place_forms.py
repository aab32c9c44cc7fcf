"""A place of an application, the services of all places at once, and a sheet of places."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.onboarding.models import Application
from madoguchi.onboarding.places import PlaceFacts
from madoguchi.onboarding.sheet_files import MAX_MIB, MIB
from madoguchi.registry.models import Purpose, Service
from madoguchi.web.merchant.fields import DayField, MunicipalityField, PlainField, phone_field, postal_code_field
from madoguchi.web.merchant.section_forms import SavedForm
from madoguchi.web.merchant.words import PLACE_CLASSES, PLACE_KINDS
from madoguchi.web.templatetags.madoguchi import name

KIND_OF_APPLICANT = {
    "municipality": "division",
    "post_office_operator": "post_office",
    "designated_manager": "facility",
}
INSTRUMENTS: tuple[tuple[str, Promise, frozenset[str]], ...] = (
    # key      title                          instruments
    ("code", _("Codes on a phone"), frozenset({"qr"})),
    ("emoney", _("E-money"), frozenset({"emoney", "emoney_transit"})),
    ("card", pgettext_lazy("payment", "Cards"), frozenset()),
)


@dataclass(frozen=True)
class ServiceRow:
    """A service on a form: whether it is chosen, and whether it is in use there already."""

    service: Service
    is_chosen: bool
    is_used: bool
    note: str = ""


@dataclass(frozen=True)
class ServiceGroup:
    """Services of one kind under their title."""

    title: Any
    rows: list[ServiceRow]

    @property
    def has_chosen(self) -> bool:
        """Whether any of them is chosen or in use, so that it must not be hidden."""
        return any(row.is_chosen or row.is_used for row in self.rows)


def grouped(
    services: Sequence[Service],
    chosen: Collection[str],
    used: Collection[str] = (),
    notes: dict[str, str] | None = None,
) -> list[ServiceGroup]:
    """Services under the titles of INSTRUMENTS; groups without any are left out."""
    told = notes or {}
    known = frozenset().union(*(instruments for _key, _title, instruments in INSTRUMENTS))
    groups = []
    for _key, title, instruments in INSTRUMENTS:
        rows = [
            ServiceRow(one, one.code in chosen, one.code in used, told.get(one.code, ""))
            for one in services
            if one.instrument in instruments or (not instruments and one.instrument not in known)
        ]
        if rows:
            groups.append(ServiceGroup(title, rows))
    return groups


class PlaceForm(SavedForm):
    """A place with the services it shall take (J-22, J-23, P-28)."""

    name = PlainField(label=_("Name of the place"), max_length=80, error_messages={"required": _("Write its name.")})
    name_en = PlainField(
        label=_("Name in English"),
        max_length=160,
        required=False,
        help_text=_("Latin letters only: the code carries it."),
    )
    name_kana = PlainField(label=_("Reading in kana"), max_length=120, required=False)
    kind = forms.ChoiceField(label=_("What kind of place is it?"), choices=PLACE_KINDS)
    place_class = forms.ChoiceField(label=_("Where does it stand?"), choices=PLACE_CLASSES, initial="fixed")
    postal_code = postal_code_field()
    municipality_code = MunicipalityField(
        label=_("Municipality"),
        help_text=_("Type a part of its name and choose."),
        error_messages={"required": _("Name the municipality, or fill it in from the postal code.")},
    )
    address = PlainField(label=_("Address"), max_length=160, required=False)
    phone = phone_field()
    purposes = forms.MultipleChoiceField(
        label=_("What is paid for here?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    services = forms.MultipleChoiceField(
        label=_("Payment services to apply for"), required=False, widget=forms.CheckboxSelectMultiple
    )
    used_already = forms.MultipleChoiceField(
        label=_("Already in use here"), required=False, widget=forms.CheckboxSelectMultiple
    )
    wished_on = DayField(
        label=_("Start wished for"),
        required=False,
        help_text=_("Each provider decides on the day; a later start is shown as such."),
    )
    registration_id = PlainField(
        label=_("Merchant number, if there is one already"),
        max_length=60,
        required=False,
        help_text=_("It tells that two registrations are one place."),
    )
    remarks = PlainField(label=_("Remarks"), max_length=200, required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        application: Application,
        facts: PlaceFacts | None,
        offered: Sequence[Service],
        purposes: Sequence[Purpose],
        suggested: Collection[str] = (),
    ) -> None:
        stored = (
            {key: sorted(value) if isinstance(value, frozenset) else value for key, value in asdict(facts).items()}
            if facts
            else {"kind": KIND_OF_APPLICANT.get(application.kind, "shop"), "services": sorted(suggested)}
        )
        super().__init__(data, stored=stored, version=application.version)
        self.is_new, self.offered, self.is_town = facts is None, offered, application.kind == "municipality"
        codes = [(one.code, one.name) for one in offered]
        self.fields["services"].choices = codes  # type: ignore[attr-defined]
        self.fields["used_already"].choices = codes  # type: ignore[attr-defined]
        self.fields["purposes"].choices = [(one.code, name(one)) for one in purposes]  # type: ignore[attr-defined]

    def clean_name_en(self) -> str:
        typed: str = self.cleaned_data["name_en"]
        if not typed.isascii():
            raise forms.ValidationError(_("Write the English name in Latin letters."), "name_en_not_latin")
        return typed

    @property
    def service_groups(self) -> list[ServiceGroup]:
        """The services with both boxes each, as they were ticked."""
        return grouped(self.offered, self["services"].value() or (), self["used_already"].value() or ())

    def facts(self) -> PlaceFacts:
        """The place as it was told; what is in use there already is applied for as well (J-23)."""
        told = self.cleaned_data
        used = frozenset(told["used_already"])
        text = ("name", "name_en", "name_kana", "kind", "place_class", "municipality_code", "postal_code", "address")
        return PlaceFacts(
            **{key: told[key] for key in (*text, "phone", "registration_id", "remarks", "wished_on")},
            purposes=tuple(told["purposes"]),
            services=frozenset(told["services"]) | used,
            used_already=used,
        )


class ServicesForm(SavedForm):
    """The services that every place of the application shall take (J-21)."""

    services = forms.MultipleChoiceField(
        label=_("Payment services"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one service.")},
    )

    def __init__(
        self, data: Any = None, *, application: Application, offered: Sequence[Service], chosen: Collection[str]
    ) -> None:
        super().__init__(data, stored={"services": sorted(chosen)}, version=application.version)
        self.fields["services"].choices = [(one.code, one.name) for one in offered]  # type: ignore[attr-defined]


class SheetForm(forms.Form):
    """A sheet of places, and the services of those of its rows that name none."""

    file = forms.FileField(
        label=_("Sheet (XLSX or CSV)"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": _("Choose the file."), "empty": _("The file is empty. Choose another.")},
    )
    services = forms.MultipleChoiceField(
        label=_("Services of rows that name none"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, offered: Sequence[Service], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["services"].choices = [(one.code, one.name) for one in offered]  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        """The file, unless it is larger than will ever be read: then not even its beginning is."""
        file = self.cleaned_data["file"]
        if file.size > MAX_MIB * MIB:
            limit = {"limit": MAX_MIB}
            raise forms.ValidationError(_("The file is larger than %(limit)s MB. Split it."), params=limit)
        return file


class DocumentForm(forms.Form):
    """A document and what it proves (P-24, P-25)."""

    need = forms.ChoiceField(
        label=_("Which document is it?"),
        error_messages={
            "required": _("Choose which document it is."),
            "invalid_choice": _("This kind of document is not asked for here. Choose from the list."),
        },
    )
    file = forms.FileField(
        label=_("File"),
        error_messages={"required": _("Choose the file."), "empty": _("The file is empty. Choose another.")},
    )

    def __init__(self, *args: Any, codes: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["need"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]


class StickersForm(forms.Form):
    """How many more stickers a place wants (J-14)."""

    copies = forms.IntegerField(
        label=_("Number of stickers"),
        initial=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("Write a number."), "invalid": _("Write a number.")},
    )


class TextForm(forms.Form):
    """A message."""

    text = forms.CharField(
        label=_("Message"), widget=forms.Textarea(attrs={"rows": 4}), error_messages={"required": _("Write something.")}
    )


class WithdrawForm(forms.Form):
    """Why an application is taken back, if its applicant wants to say."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)
