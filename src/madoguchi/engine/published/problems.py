"""What stands against taking a printed table, and what was changed in reading it: the place, a code, words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PROBLEMS = {
    # code: (Japanese, English)
    "table_not_found": (
        "表の始まり（{begins}）が見つかりません。",
        "the table's beginning ({begins}) was not found",
    ),
    "headings_not_found": (
        "列見出し「{expected}」が見つかりません。",
        "the column titles “{expected}” were not found",
    ),
    "date_not_found": (
        "時点の表示「{expected}」が見つかりません。",
        "the date as printed, “{expected}”, was not found",
    ),
    "line_unreadable": (
        "{expected}列のはずが{found}列あります。",
        "{expected} cells were expected, {found} found",
    ),
    "figure_unreadable": (
        "「{column}」の「{printed}」は数値として読めません。",
        "“{printed}” in {column_en} is no number",
    ),
    "prefecture_unknown": (
        "「{printed}」という都道府県はありません。",
        "there is no prefecture “{printed}”",
    ),
    "name_unknown": (
        "「{printed}」は{prefecture}の市区町村ではありません。{prefecture}でまだ見つからないもの：{missing}。{suggestion}",
        "“{printed}” is no municipality of {prefecture}; not found there yet: {missing}. {suggestion}",
    ),
    "name_twice": (
        "{name}は{first}行目にもあります。まだ見つからないもの：{missing}。",
        "{name} also stands in line {first}; not found yet: {missing}",
    ),
    "name_missing": (
        "{prefecture}{name}の行がありません（{from_line}〜{to_line}行目のうち）。{figures}",
        "there is no line for {prefecture}{name} in lines {from_line} to {to_line}. {figures}",
    ),
    "reading_unknown": (
        "対応表の読み替え「{printed}」→「{read}」：{prefecture}に「{read}」はありません。",
        "the mapping reads “{printed}” as “{read}”, which is no name of {prefecture}",
    ),
    "subtotal_missing": ("{prefecture}の小計がありません。", "there is no subtotal of {prefecture}"),
    "subtotal_twice": (
        "{prefecture}の小計は{first}行目にもあります。",
        "a subtotal of {prefecture} also stands in line {first}",
    ),
    "total_missing": ("総計の行がありません。", "there is no total"),
    "total_twice": ("総計は{first}行目にもあります。", "a total also stands in line {first}"),
    "rows_differ": (
        "{prefecture}（{from_line}〜{to_line}行目）の{column}：行の合計は{found:,}、小計は{printed:,}、差は{difference:+,}です。{candidates}",
        "{column_en} of {prefecture}, lines {from_line} to {to_line}: the rows sum to {found:,}, the subtotal says"
        " {printed:,}, a difference of {difference:+,}. {candidates}",
    ),
    "subtotal_wrong": (
        "{prefecture}の小計（{column}）は{printed:,}ですが、行の合計は{found:,}で、総計とはこちらが合います。",
        "the subtotal of {prefecture} ({column_en}) says {printed:,}, but its rows sum to {found:,}, which agrees"
        " with the total",
    ),
    "total_wrong": (
        "総計（{column}）は{printed:,}ですが、合計は{found:,}で、差は{difference:+,}です。",
        "the total ({column_en}) says {printed:,}, but the table sums to {found:,}, a difference of {difference:+,}",
    ),
    "row_differs": (
        "{name}の行：内訳の合計は{found:,}、{column}は{printed:,}、差は{difference:+,}です。",
        "the row of {name}: its parts sum to {found:,}, {column_en} says {printed:,}, a difference of {difference:+,}",
    ),
    "cell_wrong": (
        "{name}の{column}は{printed:,}ですが、この行と列の合計はどちらも{expected:,}であれば合います。",
        "{column_en} of {name} says {printed:,}; the sums of its row and of its column both come out right with"
        " {expected:,}",
    ),
}  # fmt: skip

REASONS = {
    "split_number": ("数値が空白で分かれている", "a space within the number"),
    "wide_digits": ("全角の数字", "full-width digits"),
    "sign_for_zero": ("0 の代わりの記号", "a sign that stands for 0"),
    "space_in_name": ("名称に空白が入っている", "a space within the name"),
    "other_code": ("同じ文字の別の符号", "another code of the same character"),
    "small_ke": ("ヶ・ケなどの書き分け", "one of the ways to write ヶ"),
    "joining_no": ("の・ノなどの書き分け", "one of the ways to write の"),
    "small_tsu": ("つ・ツなどの書き分け", "one of the ways to write つ"),
    "old_form": ("旧字体・異体字", "an old or variant form of the character"),
    "similar_glyph": ("形の似た別の文字", "another character of a similar shape"),
    "misprint": ("誤植と確認済み", "agreed to be a misprint"),
    "plausible_name": (
        "実在しそうな名称だが誤植。都道府県の全市区町村が一度ずつ現れることで確認",
        "a misprint that looks like a name; confirmed by the prefecture coming out complete",
    ),
    "filled_down": ("上の行と同じ都道府県", "the prefecture of the line above"),
}

NEAREST = (
    "「{name}」の誤植であれば、対応表の readings に加えてください。",
    "If it is a misprint of {name}, add it to the mapping's readings.",
)
FIGURES = ("印字された合計から求めると{figures}です。", "The printed sum leaves it {figures}.")
CANDIDATES = ("1桁の誤りであれば{lines}行目です。", "If it is one digit, look at line {lines}.")


@dataclass(frozen=True)
class Problem:
    """Why the table is not taken: the line's number (0 where there is none) and text, a code of PROBLEMS, facts."""

    line: int
    code: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)

    def words(self, language: str = "en") -> str:
        """One sentence in `ja` or `en`."""
        at = 0 if language == "ja" else 1
        facts = {"column_en": self.facts.get("column"), **self.facts}
        if facts.get("name") == "":
            facts["name"] = ("総計", "the total")[at]
        if "missing" in facts:
            facts["missing"] = ("、" if at == 0 else ", ").join(facts["missing"]) or ("なし", "none")[at]
        for name, sentence, key in (
            ("suggestion", NEAREST, "name"),
            ("figures", FIGURES, "figures"),
            ("candidates", CANDIDATES, "lines"),
        ):
            if name in facts:
                facts[name] = sentence[at].format(**{key: _worded(name, facts[name])}) if facts[name] else ""
        return PROBLEMS[self.code][at].format(**facts).strip()

    def as_facts(self) -> dict[str, Any]:
        """For programs: everything, with the sentence in both languages."""
        return {
            "line": self.line,
            "code": self.code,
            "text": self.text,
            "facts": self.facts,
            "ja": self.words("ja"),
            "en": self.words("en"),
        }


@dataclass(frozen=True)
class Repair:
    """One change: the line's number, the column, what was printed, what was read, and a code of REASONS."""

    line: int
    column: str
    printed: str
    read: str
    reason: str

    def words(self, language: str = "en") -> str:
        """The reason in `ja` or `en`."""
        return REASONS[self.reason][0 if language == "ja" else 1]


def _worded(name: str, value: Any) -> str:
    """A fact within its sentence: figures are grouped, lines are not, a name is as it is."""
    if not isinstance(value, list):
        return str(value)
    return ", ".join(f"{item:,}" if name == "figures" else str(item) for item in value)
