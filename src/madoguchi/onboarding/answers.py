"""What an application asks, section by section: each may be saved half filled in, and is checked field by field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from madoguchi.core.errors import Refusal
from madoguchi.core.validation import fault_of
from madoguchi.onboarding.rules import Activity, Entity, Industry, Yen
from madoguchi.registry.rules import is_corporate_number

# Half-width letters in which banks write a holder's name (全銀): capital kana without small ones, capitals, few signs.
HOLDER = re.compile(r"[ア-ヴー0-9A-Z ().,/\-｢｣「」]{1,48}")
SMALL_KANA = str.maketrans("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ")
PHONE = re.compile(r"0[0-9]{8,10}|\+[0-9]{7,15}")
POSTAL_CODE = re.compile(r"[0-9]{7}")
EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
# A cell that a spreadsheet would run (OWASP); a name never begins so.
FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def narrow(value: Any) -> Any:
    """Text with full-width letters and digits made narrow, and spaces at its ends gone; all else as it is."""
    return unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else value


def digits(value: Any) -> Any:
    """Digits as people write them: full width, with hyphens, spaces or 〒."""
    return re.sub(r"[\s\-‐−ー〒()]", "", narrow(value)) if isinstance(value, str) else value


def written(text: str) -> str:
    """Words as somebody wrote them, with their line breaks; without NUL, which PostgreSQL does not keep."""
    return text.replace("\x00", "").strip()


def plain(value: Any) -> Any:
    """Text without control characters, its ends trimmed."""
    if not isinstance(value, str):
        return value
    if value.isprintable():
        return value.strip()
    return "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in value).strip()


def no_formula(text: str) -> str:
    if text.startswith(FORMULA_SIGNS):
        raise ValueError("a name that a spreadsheet would run as a formula")
    return text


def numbered(text: str) -> str:
    if text and not is_corporate_number(text):
        raise ValueError("not a corporate number")
    return text


def holder(value: Any) -> Any:
    """A holder's name as banks write it: katakana without small ones, capitals."""
    if not isinstance(value, str):
        return value
    return narrow(value).upper().translate(KATAKANA).translate(SMALL_KANA)


def matching(pattern: re.Pattern[str]) -> AfterValidator:
    def check(text: str) -> str:
        if text and not pattern.fullmatch(text):
            raise ValueError("does not have the form asked for")
        return text

    return AfterValidator(check)


Text = Annotated[str, BeforeValidator(plain), AfterValidator(no_formula)]
Name = Annotated[Text, Field(max_length=80)]
LongName = Annotated[Text, Field(max_length=120)]
Address = Annotated[Text, Field(max_length=160)]
Digits = Annotated[str, BeforeValidator(digits)]
Phone = Annotated[Digits, matching(PHONE)]
PostalCode = Annotated[Digits, matching(POSTAL_CODE)]
MunicipalityCode = Annotated[Digits, matching(re.compile(r"[0-9]{5}"))]
Email = Annotated[str, BeforeValidator(narrow), Field(max_length=254), matching(EMAIL)]
CorporateNumber = Annotated[Digits, AfterValidator(numbered)]
BankCode = Annotated[Digits, matching(re.compile(r"[0-9]{4}"))]
BranchCode = Annotated[Digits, matching(re.compile(r"[0-9]{3}"))]
AccountNumber = Annotated[Digits, matching(re.compile(r"[0-9]{7}"))]
HolderName = Annotated[str, BeforeValidator(holder), matching(HOLDER)]


class Section(BaseModel):
    """A section as far as it is filled in; "" and None stand for what is not."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ApplicantAnswers(Section):
    """Who applies (J-11, J-28)."""

    name: Name = ""
    name_kana: LongName = ""
    name_en: LongName = ""
    corporate_number: CorporateNumber = ""
    municipality_code: MunicipalityCode = ""
    postal_code: PostalCode = ""
    address: Address = ""
    representative: Name = ""
    contact_person: Name = ""
    phone: Phone = ""
    email: Email = ""


class BusinessAnswers(Section):
    """What decides on eligibility (P-06 to P-13), the trade (P-25), and how cards are taken so far (P-22).

    A town names its general account's settlement instead of sales, and no capital (J-11). Amounts in yen.
    """

    entity: Entity | None = None
    industry: Industry | None = None
    capital_yen: Yen | None = None
    regular_employees: Yen | None = None
    taxable_income_yen: Annotated[list[Yen], Field(max_length=3)] | None = None
    full_owner_capital_yen: Yen | None = None
    activity: Activity | None = None
    licences: list[Annotated[str, Field(max_length=60)]] | None = None
    franchise: bool | None = None
    petrol_station: bool | None = None
    trade: Annotated[str, Field(max_length=60)] = ""
    yearly_sales_yen: Yen | None = None
    card_contracts: Annotated[int, Field(ge=0, le=99)] | None = None
    card_payouts_per_month: Annotated[int, Field(ge=0, le=99)] | None = None


class AccountAnswers(Section):
    """The one account to which everything is paid (J-27, J-28)."""

    bank_code: BankCode = ""
    branch_code: BranchCode = ""
    account_kind: Literal["", "ordinary", "current", "savings"] = ""
    account_number: AccountNumber = ""
    holder_kana: HolderName = ""


SECTIONS: Mapping[str, type[Section]] = {
    "applicant": ApplicantAnswers,
    "business": BusinessAnswers,
    "account": AccountAnswers,
}


def read_section(section: str, given: Mapping[str, Any]) -> Section:
    """One section's answers, checked and tidied.

    Raises Refusal `section_unknown`, and with the field `field_wrong`, `field_unknown`, `corporate_number_wrong`,
    `formula_in_cell`.
    """
    if section not in SECTIONS:
        raise Refusal("section_unknown", section=section)
    try:
        return SECTIONS[section].model_validate(dict(given))
    except ValidationError as error:
        code, field = fault_of(error)
        told = str(error.errors()[0]["msg"])
        if field == "corporate_number":
            code = "corporate_number_wrong"
        elif "formula" in told:
            code = "formula_in_cell"
        raise Refusal(code, field=field, section=section) from error
