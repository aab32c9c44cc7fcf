"""How providers write one and the same shop: abbreviations, widths, old kanji, numerals, gaps and slips."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.engine.registration_shops import Shop
from tests.engine.registration_words import FULL_WIDTH, HALF_WIDTH, KANJI_NUMBERS, SHORT_FORMS, VARIANTS

SLIPS = "山川田中大小本木村上下石野原井藤三東西アイウカキクサシスタチツナニハヒマミラリル"


@dataclass(frozen=True)
class Noise:
    """How often, per registration, something is written otherwise than it is."""

    name_typo: float = 0.025
    number_typo: float = 0.008
    town_typo: float = 0.005
    branch_left_out: float = 0.05
    company_before: float = 0.02
    kana_missing: float = 0.4
    kana_typo: float = 0.02
    phone_missing: float = 0.12
    phone_other: float = 0.06
    corporate_number_missing: float = 0.45
    postal_code_missing: float = 0.15
    address_missing: float = 0.005
    number_missing: float = 0.015
    aza_missing: float = 0.1
    building: float = 0.5
    room_in_number: float = 0.03
    municipality_missing: float = 0.15


USUAL = Noise()
CALM = Noise(
    name_typo=0.005,
    number_typo=0,
    town_typo=0,
    company_before=0,
    phone_other=0.01,
    number_missing=0.002,
    address_missing=0,
)
ROUGH = Noise(
    name_typo=0.05, number_typo=0.015, town_typo=0.01, company_before=0.03, phone_missing=0.2, phone_other=0.1,
    corporate_number_missing=0.6, number_missing=0.03, address_missing=0.01, municipality_missing=0.3, kana_missing=0.6,
)  # fmt: skip


class Writer:
    """Writes a shop's registration as some provider would have it."""

    def __init__(self, source: random.Random, noise: Noise) -> None:
        self.random = source
        self.noise = noise

    def often(self, rate: float) -> bool:
        return self.random.random() < rate

    def registration(self, shop: Shop) -> tuple[str | None, ...]:
        """name, kana, prefecture, municipality, address, postal_code, phone, corporate_number."""
        noise = self.noise
        prefecture: str | None = shop.town.prefecture
        municipality: str | None = shop.town.municipality
        address: str | None = self.address(shop)
        before = self.random.randrange(3)
        if before == 1:
            address = f"{municipality}{address}"
        elif before == 2:
            address = f"{prefecture}{municipality}{address}"
        if self.often(noise.municipality_missing):
            municipality = None
            if self.often(0.5):
                prefecture = None
            if before == 0 and self.often(0.7):
                address = f"{shop.town.municipality}{address}"
        elif self.often(0.1):
            prefecture = None
        if self.often(noise.address_missing):
            address = None
        elif self.often(0.03):
            address = f" {address}　"
        return (
            self.name(shop),
            self.kana(shop),
            prefecture,
            municipality,
            address,
            self.postal_code(shop),
            self.phone(shop),
            None if self.often(noise.corporate_number_missing) else shop.corporate_number,
        )

    def name(self, shop: Shop) -> str:
        noise, text = self.noise, shop.name
        if self.often(noise.name_typo):
            text = self.slip(text)
        if shop.branch and not self.often(noise.branch_left_out):
            text += self.random.choice((" ", "　", "", "")) + shop.branch[0]
        if shop.form and self.often(0.75):
            form = self.random.choice((shop.form, *SHORT_FORMS[shop.form]))
            text = (
                f"{form}{self.random.choice(('', '', ' '))}{text}"
                if self.often(0.6) or shop.branch
                else f"{text}{form}"
            )
        elif self.often(noise.company_before):
            text = f"{self.random.choice(('山一商事', '東和物産', '丸十興業'))} {text}"
        return self.written(text)

    def written(self, text: str) -> str:
        """The same text with other characters for the same letters."""
        draw = self.random.random()
        if draw < 0.15:
            text = "".join(HALF_WIDTH.get(sign, sign) for sign in text)
        elif draw < 0.3:
            text = "".join(FULL_WIDTH.get(sign, sign) for sign in text)
        if self.often(0.2):
            text = "".join(VARIANTS.get(sign, sign) for sign in text)
        return text

    def kana(self, shop: Shop) -> str | None:
        if self.often(self.noise.kana_missing):
            return self.random.choice((None, None, ""))
        kana = shop.kana
        if self.often(self.noise.kana_typo):
            kana = self.slip(kana)
        draw = self.random.random()
        if draw < 0.3:
            return "".join(HALF_WIDTH.get(sign, sign) for sign in kana)
        if draw < 0.5:
            return "".join(chr(ord(sign) - 0x60) if "ァ" <= sign <= "ヶ" else sign for sign in kana)
        return kana

    def address(self, shop: Shop) -> str:
        town = shop.town.name
        for sign in "ヶケ":
            if sign in town[1:-1]:
                town = town.replace(sign, self.random.choice("ヶケが"))
        if self.often(self.noise.town_typo):
            town = self.slip(town)
        if shop.aza:
            town = f"{self.random.choice(('大字', ''))}{town}"
            if not self.often(self.noise.aza_missing):
                town += f"{self.random.choice(('字', ''))}{shop.aza}"
        if self.often(self.noise.number_missing):
            return town
        numbers = list(shop.numbers)
        if self.often(self.noise.number_typo):
            at = self.random.randrange(len(numbers))
            digits = list(str(numbers[at]))
            digits[self.random.randrange(len(digits))] = str(self.random.randint(1, 9))
            numbers[at] = int("".join(digits))
        text = town + self.house(numbers)
        if len(numbers) == 3 and self.often(self.noise.room_in_number):
            return f"{town}{'-'.join(map(str, numbers))}-{self.random.choice((101, 202, 305))}"
        if shop.building and self.often(self.noise.building):
            text += self.random.choice((" ", "　", "")) + shop.building if text[-1] == "号" else f" {shop.building}"
        return text

    def house(self, numbers: list[int]) -> str:
        """The house's numbers in one of the ways in use."""
        plain = "-".join(map(str, numbers))
        draw = self.random.randrange(6)
        if draw == 0:
            return plain
        if draw == 1:
            return "".join(FULL_WIDTH.get(sign, sign) for sign in plain)
        if draw == 2:
            return plain.replace("-", self.random.choice("−‐ー―"))
        if len(numbers) == 1:
            return f"{plain}番地"
        if len(numbers) == 2:
            return f"{numbers[0]}番地{self.random.choice(('', 'の'))}{numbers[1]}"
        chome, ban, go = numbers
        written = KANJI_NUMBERS[chome] if draw == 3 and chome < 10 else str(chome)
        return f"{written}丁目{ban}-{go}" if draw == 4 else f"{written}丁目{ban}番{go}号"

    def postal_code(self, shop: Shop) -> str | None:
        if self.often(self.noise.postal_code_missing):
            return None
        code = shop.town.postal_code
        return self.random.choice((code, f"{code[:3]}-{code[3:]}", f"〒{code[:3]}-{code[3:]}"))

    def phone(self, shop: Shop) -> str | None:
        if self.often(self.noise.phone_missing):
            return self.random.choice((None, None, "", "なし"))
        phone = shop.phone
        if self.often(self.noise.phone_other):
            phone = f"0{self.random.randrange(11, 100)}{self.random.randrange(10**7):07}"
        parts = (phone[:3], phone[3:-4], phone[-4:])
        return self.random.choice(
            (
                phone,
                "-".join(parts),
                "-".join(parts),
                f"{parts[0]}({parts[1]}){parts[2]}",
                f"+81 {'-'.join(parts)[1:]}",
                f"+81{phone[1:]}",
            )
        )

    def slip(self, text: str) -> str:
        """One character wrong, lost, doubled or swapped."""
        if len(text) < 3:
            return text
        at = self.random.randrange(len(text) - 1)
        draw = self.random.randrange(4)
        if draw == 0:
            return text[:at] + self.random.choice(SLIPS) + text[at + 1 :]
        if draw == 1:
            return text[:at] + text[at + 1 :]
        if draw == 2:
            return text[: at + 1] + text[at:]
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
