"""Every sentence of the sandbox's pages, in Japanese and English, and how it writes times and yen."""

from __future__ import annotations

from datetime import datetime

from madoguchi.core.clock import JST, WEEKDAYS_JA, jst_date
from madoguchi.core.errors import Refusal

LANGUAGES = ("ja", "en")

WORDS: dict[str, tuple[str, str]] = {
    "title": ("お試し用のさいふ", "Trial wallet"),
    "banner_name": ("お試し用のさいふ", "Trial wallet"),
    "banner_fact": ("（実際のお金は動きません）", " (no real money moves)"),
    "skip": ("本文へ", "Skip to content"),
    "nav": ("ページ", "Pages"),
    "wallet": ("さいふ", "Wallet"),
    "faults": ("不具合をためす", "Try faults"),
    "other_language": ("English", "日本語"),
    "step": ("手順", "Step"),
    "of": ("／", " of "),
    # Showing a code
    "show_code": ("コードを見せる", "Show my code"),
    "show_heading": ("コードをお店に見せる", "Show my code to the shop"),
    "show_lead": (
        "お店の人が、この画面のコードを読み取って代金を受け取ります。1回だけ使えて、5分で切れます。",
        "The shop reads the code on this screen and takes its money. It works once, for five minutes.",
    ),
    "show_button": ("コードを表示する", "Show the code"),
    "no_codes": (
        "コードを見せて支払えるサービスがありません。",
        "None of this wallet's services can show a code.",
    ),
    "code_title": ("支払い用のコード", "Code to pay with"),
    "code_until": ("{time} まで使えます", "Good until {time}"),
    "code_waiting": ("お店が読み取るのを待っています", "Waiting for the shop to read it"),
    "code_used": ("このコードで支払いました", "Paid with this code"),
    "code_over": ("このコードは期限が切れました", "This code has expired"),
    "code_text": ("コードの文字（読み取り機がないとき）", "Text of the code (if there is no scanner)"),
    "fresh_code": ("新しいコードを表示する", "Show a fresh code"),
    # Step 1
    "read_heading": ("お店のコードを読み取る", "Read the shop's code"),
    "photo_label": ("コードの写真をとる・選ぶ", "Take or choose a picture of the code"),
    "photo_hint": ("JPQRのステッカーや画面が写った画像", "A picture of a JPQR sticker or screen"),
    "or_paste": ("または、コードの文字をはりつける", "Or paste the text of the code"),
    "payload_hint": ("「000201…」で始まる文字の並び", "It begins with 000201…"),
    "read": ("読み取る", "Read"),
    # Step 2
    "shop_heading": ("金額を入れて支払う", "Enter the amount and pay"),
    "shop": ("お店", "Shop"),
    "shop_unnamed": ("（名前は登録されていません）", "(no name on record)"),
    "store_id": ("店舗番号", "Store number"),
    "signed_by": ("{town}の署名があります", "Signed by {town}"),
    "not_signed": ("署名はありません", "Not signed"),
    "signed_unknown": ("知らない鍵で署名されています", "Signed with an unknown key"),
    "service": ("支払いに使うサービス", "Pay with"),
    "amount": ("金額（円）", "Amount (yen)"),
    "amount_hint": ("お店の人に金額を確かめてください", "Check the amount with the shop"),
    "amount_asked": ("コードで決められた金額です", "The code sets this amount"),
    "pay": ("支払う", "Pay"),
    "another_code": ("別のコードを読み取る", "Read another code"),
    # Step 3
    "paid_heading": ("支払いました", "Paid"),
    "reference": ("決済番号", "Payment reference"),
    "paid_at": ("日時", "Time"),
    "paid_with": ("サービス", "Service"),
    "delivery_heading": ("お店への通知", "Notice to the shop"),
    "resend": ("通知をもう一度送る", "Resend notice"),
    "resend_of": ("{reference}の通知をもう一度送る", "Resend the notice of {reference}"),
    "pay_again": ("続けて支払う", "Make another payment"),
    "refund_heading": ("決済事業者の画面から返金する", "Refund on the provider's own screen"),
    "refund_hint": (
        "まちがえた金額は、正しい金額で支払い直してから取り消します。返せる金額：{left}",
        "For a wrong amount, pay the right one first, then take this one back. Left to refund: {left}",
    ),
    "refund_amount": ("返金する金額（円）", "Amount to refund (yen)"),
    "refund": ("返金する", "Refund"),
    "refunds": ("返金", "Refunds"),
    "refunded": ("返金 {amount}", "Refunded {amount}"),
    "refund_asked": ("お店の依頼", "asked for by the shop"),
    "refund_unasked": ("事業者の画面から", "from the provider's screen"),
    # Delivery
    "sent": ("送信済み", "Sent"),
    "waiting": ("まだ送っていません", "Not sent yet"),
    "late": ("遅らせています", "Late on purpose"),
    "held": ("次の通知のあとに送ります", "Held until the next notice has gone"),
    "retrying": ("届かなかったため、送り直します", "Could not be delivered; will be sent again"),
    "dropped": ("送らずに失われました", "Lost, never sent"),
    "failed": ("受け取られませんでした", "Not accepted"),
    "copies_sent": ("{count}通送りました", "{count} copies sent"),
    "due": ("予定 {time}", "due {time}"),
    "answer": ("応答 {status}", "answer {status}"),
    "refresh": ("表示を新しくする", "Refresh"),
    # List
    "recent": ("これまでの支払い", "Recent payments"),
    "none_yet": (
        "まだ支払いはありません。上でコードを読み取ると、ここに並びます。",
        "No payments yet. Read a code above; what you pay will be listed here.",
    ),
    "details": ("くわしく見る", "Details"),
    # Faults
    "faults_heading": ("不具合をためす", "Try faults"),
    "faults_lead": (
        "決済事業者からの通知が遅れたり、失われたりしたとき、窓口の画面がどう動くかをためせます。これからの支払いと返金に効きます。",
        "See how the counter copes when a provider's notices come late, twice, swapped or not at all. "
        "This applies to payments and refunds from now on.",
    ),
    "delay_seconds": ("通知を遅らせる（秒）", "Delay notices (seconds)"),
    "duplicate": ("同じ通知を余分に送る（通）", "Send extra copies (number)"),
    "reorder": ("順序を入れかえる", "Swap the order"),
    "reorder_hint": (
        "次の通知を先に送り、そのあとに送ります",
        "Each notice is held until the next one has gone",
    ),
    "drop": ("通知を失う", "Lose notices"),
    "drop_hint": ("通知を送りません。あとでまとめて送れます", "Nothing is sent; you can send it all later"),
    "refund_cut_off": ("返金の締め切り", "Refund cut-off"),
    "cut_off_none": ("なし（いつでも返金できる）", "None (refunds always taken)"),
    "cut_off_end_of_day": ("支払った日の24時", "Midnight after the payment"),
    "cut_off_passed": ("過ぎている（すべて断る）", "Passed (all refused)"),
    "save": ("この設定にする", "Apply"),
    "saved": ("設定しました", "Applied"),
    "dropped_heading": ("失われた通知", "Lost notices"),
    "dropped_count": ("失われた通知：{count}通", "Lost notices: {count}"),
    "resend_all_dropped": ("失われた通知をすべて送る", "Send all lost notices"),
    "resent": ("{count}通を送ります", "{count} on their way"),
    "latest_notices": ("最近の通知", "Latest notices"),
    "no_notices": ("まだ通知はありません。", "No notices yet."),
    "kind_payment": ("支払い", "Payment"),
    "kind_refund": ("返金", "Refund"),
    # Refusals: what happened, and what to do
    "problem": ("確かめてください", "Please check"),
    "code_missing": (
        "写真を選ぶか、コードの文字をはりつけてから「読み取る」を押してください。",
        "Choose a picture or paste the text of the code, then press Read.",
    ),
    "code_unreadable": (
        "JPQRのコードとして読めませんでした。お店のコードかどうか確かめてください。",
        "This is not a JPQR code we can read. Check that it is the shop's code.",
    ),
    "code_expired": (
        "このコードの有効期限（{expired_at}）は過ぎています。お店に新しいコードを見せてもらってください。",
        "This code held until {expired_at}. Ask the shop for a new one.",
    ),
    "code_forged": (
        "署名がコードの内容と合いません。にせもののおそれがあるので支払わず、お店に知らせてください。",
        "The signature does not fit the code: it may be a forgery. Do not pay, and tell the shop.",
    ),
    "picture_unreadable": (
        "この画像は開けませんでした。JPEGかPNGの写真を選んでください。",
        "This picture cannot be opened. Choose a JPEG or PNG.",
    ),
    "picture_without_code": (
        "写真にコードが見つかりませんでした。近づいて、明るい所でとり直してください。",
        "There is no code in the picture. Take it again, closer and in better light.",
    ),
    "picture_too_large": (
        "画像が大きすぎます（16 MBまで）。小さい写真を選んでください。",
        "The picture is larger than 16 MB. Choose a smaller one.",
    ),
    "shop_missing": ("コードか店舗番号のどちらか一つを入れてください。", "Give either a payload or a store_id."),
    "store_id_malformed": ("店舗番号の形が正しくありません。", "This is not a JPQR store identifier."),
    "service_unknown": (
        "サービスを選んでください。",
        "This sandbox does not play that service: choose one of its own.",
    ),
    "service_of_another_provider": (
        "このサービスは別の決済事業者のものです。",
        "Another provider is behind this service.",
    ),
    "amount_out_of_range": (
        "金額は1円から{highest_yen}円までの数字で入れてください。",
        "Give the amount as a whole number from 1 to {highest_yen} yen.",
    ),
    "amount_differs": (
        "コードで決められた金額は{asked_yen}円です。その金額で支払ってください。",
        "The code asks for {asked_yen} yen: pay that amount.",
    ),
    "payment_unknown": ("この決済番号の支払いはありません。", "There is no payment with this reference."),
    "notice_unknown": ("この番号の通知はありません。", "There is no notice with this reference."),
    "refund_cut_off_passed": (
        "返金の締め切り（{closed_at}）を過ぎたため、返金できません。お店と相談してください。",
        "The provider's cut-off for refunds ({closed_at}) has passed. Settle it with the shop.",
    ),
    "refund_exceeds_payment": (
        "返せるのは残りの{left_yen}円までです。金額を直してください。",
        "Only {left_yen} yen of the payment are left to refund: lower the amount.",
    ),
    "refund_id_reused": (
        "この返金依頼の番号は、別の返金に使われています。",
        "This refund_id stands for another refund.",
    ),
    "service_shows_no_code": (
        "このサービスでは、コードを見せて支払えません。別のサービスを選んでください。",
        "This service has no code to show: choose another one.",
    ),
    "shown_code_unknown": (
        "このコードは、このサービスのものではありません。",
        "This service has made no such code.",
    ),
    "shown_code_expired": (
        "コードの有効期限が切れています。新しいコードを表示してください。",
        "The code has expired: show a fresh one.",
    ),
    "shown_code_used": (
        "このコードは使用済みです。新しいコードを表示してください。",
        "The code has been used: show a fresh one.",
    ),
    "valid_until_passed": (
        "請求の有効期限（1分）を過ぎています。もう一度読み取ってもらってください。",
        "The charge came after its valid_until: read a fresh code.",
    ),
    "charge_id_reused": (
        "この請求の番号は、別の請求に使われています。",
        "This charge_id stands for another charge.",
    ),
    "setting_unknown": ("その設定はありません：{field}", "There is no such setting: {field}."),
    "setting_malformed": (
        "「{field}」の値が正しくありません。決められた範囲で入れてください。",
        "The value of {field} is not one of those allowed.",
    ),
    "action_unknown": ("その操作はありません。", "The only action is resend_all_dropped."),
    "json_malformed": ("JSONのオブジェクトを送ってください。", "Send a JSON object as application/json."),
    "field_unknown": ("その項目はありません：{field}", "There is no such field: {field}."),
    "field_missing": ("項目がありません：{field}", "The field {field} is missing."),
    "field_malformed": ("項目の形が正しくありません：{field}", "The field {field} has the wrong type or form."),
    "instant_malformed": (
        "日時は時差つきのISO 8601で書いてください。",
        "Give the time in ISO 8601 with its offset, like 2026-11-21T10:31:05+09:00.",
    ),
    "limit_malformed": ("limitは1から{highest}までです。", "limit is a number from 1 to {highest}."),
    "page_missing": ("このページはありません。", "There is no such page."),
}


def say(name: str, language: str, **facts: object) -> str:
    """The words called `name` in a language, with `facts` put in; whole numbers get their commas."""
    shown = {
        key: f"{value:,}" if isinstance(value, int) and key.endswith("_yen") else value for key, value in facts.items()
    }
    return WORDS[name][LANGUAGES.index(language)].format(**shown)


def sentence(refusal: Refusal, language: str) -> str:
    """What a refusal tells its reader to do."""
    facts = dict(refusal.details)
    for name in ("closed_at", "expired_at"):
        if isinstance(instant := facts.get(name), str):
            facts[name] = moment(instant, language)
    if refusal.code == "setting_malformed" and facts.get("field") in WORDS:
        facts["field"] = say(str(facts["field"]), language)
    return say(refusal.code, language, **facts)


def moment(instant: str | float, language: str, *, now: datetime | None = None) -> str:
    """An instant (ISO 8601 or Unix seconds) in Japan: 2026年11月21日（土）10:31:05, Sat 21 Nov 2026, 10:31:05.

    On the same day in Japan as `now` the time alone says enough.
    """
    if isinstance(instant, str):
        shown = datetime.fromisoformat(instant).astimezone(JST)
    else:
        shown = datetime.fromtimestamp(instant, JST)
    if now is not None and jst_date(now) == shown.date():
        return f"{shown:%H:%M:%S}"
    if language == "en":
        return f"{shown:%a} {shown.day} {shown:%b %Y, %H:%M:%S}"
    return f"{shown.year}年{shown.month}月{shown.day}日（{WEEKDAYS_JA[shown.weekday()]}）{shown:%H:%M:%S}"


def yen(amount_yen: int) -> str:
    """Like ¥1,000."""
    return f"¥{amount_yen:,}"
