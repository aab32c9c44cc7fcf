"""What e-mails to applicants and to the office say, in Japanese and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
# Letters that wait for more of the same: how a letter about several begins, and what is said of those not named.
LETTERS_OF_MANY: Mapping[str, Mapping[str, str]] = {
    "approved": {
        "ja": "{count}件の決済サービスが利用できるようになります",
        "en": "{count} services have been approved",
    },
    "item_refused": {"ja": "{count}件の決済サービスの審査の結果", "en": "{count} services were not approved"},
    "kit_sent": {"ja": "{count}か所のキットを発送しました", "en": "Kits for {count} places are on their way"},
}
MORE = {"ja": "ほか{count}件は、申込みの状況のページでご確認ください。", "en": "{count} more stand on the page below."}
# event: language: (subject, text); for the programme's office.
OFFICE_LETTERS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "office_message": {
        "ja": ("申込者からの連絡があります", "申込者から事務局あての連絡があります。"),
        "en": ("An applicant has written", "An applicant has written to the office."),
    },
    "office_consent_refused": {
        "ja": (
            "公表への同意が取り消されました",
            "承認済みの申込みで、公表への同意が取り消されました（P-27）。登録の取消しが必要です。",
        ),
        "en": (
            "Consent to publication was withdrawn",
            "The applicant of an accepted application no longer agrees to publication (P-27). It has to be cancelled.",
        ),
    },
    "office_consent_given": {
        "ja": (
            "公表にあらためて同意がありました",
            "承認済みの申込みで、公表にあらためて同意がありました（P-27）。登録の取消しは不要です。",
        ),
        "en": (
            "Consent to publication was given again",
            "The applicant of an accepted application agrees to publication again (P-27). It need not be cancelled.",
        ),
    },
}
OFFICE_FRAMES: Mapping[str, tuple[str, str]] = {
    "ja": (
        "【窓口】{subject}（受付番号 {reference}）",
        "{text}\n\n内容は、サインインして次のページでご確認ください。\n{address}\n",
    ),
    "en": ("[Madoguchi] {subject} (number {reference})", "{text}\n\nSign in and read it here:\n{address}\n"),
}
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
    spoken = _spoken(language)
    subject, text = _filled(event, spoken, facts)
    return _framed(spoken, subject, text, reference=reference, name=name, address=address)


def letter_of_many(
    event: str,
    language: str,
    told: Sequence[Mapping[str, str]],
    count: int,
    *,
    reference: str,
    name: str,
    address: str,
) -> tuple[str, str]:
    """Subject and text of one e-mail about `count` things of the same event, of which those `told` are named."""
    spoken = _spoken(language)
    subject, _ = _filled(event, spoken, told[0])
    if count > 1:
        subject = LETTERS_OF_MANY[event][spoken].format(count=count)
    lines = [_filled(event, spoken, facts)[1] for facts in told]
    if count > len(told):
        lines.append(MORE[spoken].format(count=count - len(told)))
    # A blank line between those that are several lines themselves.
    text = ("\n\n" if any("\n" in line for line in lines) else "\n").join(lines)
    return _framed(spoken, subject, text, reference=reference, name=name, address=address)


def office_letter(event: str, language: str, *, reference: str, address: str) -> tuple[str, str]:
    """Subject and text of the e-mail that tells the office of `event`. Unknown event: KeyError."""
    spoken = _spoken(language)
    subject, text = OFFICE_LETTERS[event][spoken]
    frame_subject, frame_text = OFFICE_FRAMES[spoken]
    return frame_subject.format(subject=subject, reference=reference), frame_text.format(text=text, address=address)


def _spoken(language: str) -> str:
    return "en" if language == "en" else "ja"


def _filled(event: str, spoken: str, facts: Mapping[str, str]) -> tuple[str, str]:
    if spoken == "ja" and "day" in facts:
        facts = {**facts, "day": format_date_ja(date.fromisoformat(facts["day"]))}
    subject, text = LETTERS[event][spoken]
    return subject.format(**facts), text.format(**facts)


def _framed(spoken: str, subject: str, text: str, *, reference: str, name: str, address: str) -> tuple[str, str]:
    frame_subject, frame_text = FRAMES[spoken]
    # A line break in a subject would be read as a further header.
    line = " ".join(frame_subject.format(subject=subject, reference=reference).split())
    return line, frame_text.format(name=name or NAMELESS[spoken], text=text, address=address)
