"""What e-mails to applicants say, in Japanese and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from madoguchi.core.clock import format_date_ja

# event: language: (subject, text)
LETTERS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "started": {
        "ja": (
            "申込みの続きはこちらから",
            "申込みを始めました。途中まで入力した内容は保存されます。続きは次のアドレスから入力できます。\n{text}\n\n"
            "このアドレスを知っている人は申込みを変更できます。関係のない人には知らせないでください。",
        ),
        "en": (
            "The way back to your application",
            "Your application has been started and is saved as you go. Go on with it here:\n{text}\n\n"
            "Whoever knows this address can change your application. Keep it to yourselves.",
        ),
    },
    "submitted": {
        "ja": ("申込みを受け付けました", "申込みを受け付けました。審査の結果は、あらためてお知らせします。"),
        "en": (
            "Your application has arrived",
            "Your application has arrived. You will hear from us once it has been checked.",
        ),
    },
    "brought": {
        "ja": (
            "申込みを受け付けました",
            "申込みを受け付けました。審査の結果は、あらためてお知らせします。状況は次のアドレスからも確認できます。\n{text}\n\n"
            "このアドレスを知っている人は申込みを変更できます。関係のない人には知らせないでください。",
        ),
        "en": (
            "Your application has arrived",
            "Your application has arrived. You will hear from us once it has been checked. It opens here:\n{text}\n\n"
            "Whoever knows this address can change your application. Keep it to yourselves.",
        ),
    },
    "returned": {
        "ja": ("申込みについて確認のお願い", "次の点をご確認のうえ、もう一度送信してください。\n\n{text}"),
        "en": ("Please look at your application again", "Please see to the following, then send it again.\n\n{text}"),
    },
    "accepted": {
        "ja": ("申込みを決済事業者に送りました", "事務局の審査が終わり、申込みを決済事業者に送りました。"),
        "en": (
            "Your application is with the providers",
            "The office has checked your application and passed it on to the payment providers.",
        ),
    },
    "refused": {
        "ja": ("申込みをお受けできませんでした", "申込みをお受けできませんでした。理由は次のとおりです。\n\n{text}"),
        "en": ("Your application was not accepted", "Your application was not accepted, for this reason:\n\n{text}"),
    },
    "question": {
        "ja": ("決済事業者からの質問", "{place}の{service}について、決済事業者から質問があります。\n\n{text}"),
        "en": ("A question from a payment provider", "The provider asks about {service} at {place}:\n\n{text}"),
    },
    "approved": {
        "ja": ("{service}が利用できるようになります", "{place}で、{day}から{service}が利用できます。"),
        "en": ("{service} has been approved", "{service} can be used at {place} from {day}."),
    },
    "item_refused": {
        "ja": ("{service}の審査の結果", "{place}の{service}は、次の理由で承認されませんでした。\n\n{text}"),
        "en": ("{service} was not approved", "{service} at {place} was not approved, for this reason:\n\n{text}"),
    },
    "cancelled": {
        "ja": ("登録を取り消しました", "登録を取り消しました。理由は次のとおりです。\n\n{text}"),
        "en": ("Your registration was cancelled", "Your registration was cancelled, for this reason:\n\n{text}"),
    },
    "message": {
        "ja": ("新しいメッセージがあります", "申込みについてメッセージがあります。\n\n{text}"),
        "en": ("There is a message for you", "There is a message about your application:\n\n{text}"),
    },
    "kit_sent": {
        "ja": ("キットを発送しました", "{place}のステッカーとポスターを発送しました。"),
        "en": ("Your kit is on its way", "The stickers and poster for {place} have been posted."),
    },
}  # fmt: skip
FRAMES: Mapping[str, tuple[str, str]] = {
    "ja": (
        "【窓口】{subject}（受付番号 {reference}）",
        "{name} 様\n\n{text}\n\n申込みの状況はこちらで確認できます。\n{address}\n\n"
        "窓口や決済事業者が、電話やメールで口座番号・暗証番号・パスワードをお尋ねすることはありません。\n",
    ),
    "en": (
        "[Madoguchi] {subject} (number {reference})",
        "{name}\n\n{text}\n\nSee how your application stands:\n{address}\n\n"
        "Nobody from here or from a payment provider asks for account numbers, PINs or passwords by phone or e-mail.\n",
    ),
}


# How somebody is addressed who has not told a name yet.
NAMELESS = {"ja": "ご担当者", "en": "To whom it may concern"}


def letter(event: str, language: str, *, reference: str, name: str, address: str, **facts: str) -> tuple[str, str]:
    """Subject and text of the e-mail about `event`, with the warning against fraud (P-33). Unknown event: KeyError.

    A fact `day` is an ISO date; it is written as its reader writes dates.
    """
    spoken = "en" if language == "en" else "ja"
    if spoken == "ja" and "day" in facts:
        facts["day"] = format_date_ja(date.fromisoformat(facts["day"]))
    subject, text = (words.format(**facts) for words in LETTERS[event][spoken])
    frame_subject, frame_text = FRAMES[spoken]
    # A line break in a subject would be read as a further header.
    line = " ".join(frame_subject.format(subject=subject, reference=reference).split())
    return line, frame_text.format(name=name or NAMELESS[spoken], text=text, address=address)
