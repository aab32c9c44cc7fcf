"""The kinds of cashless payment: when one pays, what it takes to begin, what to watch (P-39, P-46, J-01)."""

from __future__ import annotations

from dataclasses import dataclass

from madoguchi.opendata.guide_words import Words


@dataclass(frozen=True)
class Kind:
    """A kind of payment. `begin` are steps in their order; `watch` is what its users should look out for."""

    slug: str
    title: Words
    pays: Words
    screening: Words
    costs: Words
    suits: Words
    begin: tuple[Words, ...]
    watch: tuple[Words, ...]


_NONE = Words("なし", "None")

KINDS = (
    Kind(
        "credit",
        Words("クレジットカード", "Credit card"),
        Words("後払い：買い物のあと、まとめて口座から引き落とし", "After: bought now, taken from your account later"),
        Words("あり", "Yes"),
        Words("年会費のかかるカードがあります", "Some cards have an annual fee"),
        Words("金額の大きい買い物", "Larger purchases"),
        (
            Words("カード会社に申し込みます。", "Apply to a card company."),
            Words("審査のあと、カードが届きます。", "After screening the card comes by post."),
            Words(
                "届いたら裏面などを確かめ、暗証番号を人に知られないようにします。",
                "Check it when it comes, and keep its PIN to yourself.",
            ),
        ),
        (
            Words(
                "使いすぎに気づきにくいので、明細を毎月見ます。",
                "Spending adds up unseen: read the statement every month.",
            ),
            Words(
                "分割やリボ払いには手数料がかかることがあります。", "Paying in parts or revolving may cost interest."
            ),
        ),
    ),
    Kind(
        "debit",
        Words("デビットカード", "Debit card"),
        Words("即時払い：買い物と同時に口座から引き落とし", "At once: taken from your account as you buy"),
        _NONE,
        Words("多くは無料。会費や手数料は銀行により違います", "Mostly free; fees differ by bank"),
        Words("口座にある分だけを使いたいとき", "Spending no more than is in your account"),
        (
            Words(
                "口座のある銀行に申し込むか、手元のキャッシュカードで使えるか確かめます。",
                "Ask your bank for one, or whether your cash card is one.",
            ),
            Words("口座に、使う分のお金を入れておきます。", "Keep enough in the account."),
            Words("お店では「デビットで」と伝えます。", "In the shop say that you pay by debit."),
        ),
        (
            Words("残高が足りないと支払えません。", "Without enough in the account it does not pay."),
            Words("返金が口座に戻るまで、日数がかかることがあります。", "A refund may take days to reach the account."),
        ),
    ),
    Kind(
        "prepaid",
        Words("電子マネー（プリペイド）", "E-money (prepaid)"),
        Words("前払い：先に入金（チャージ）した分を使う", "Before: spend what you charged"),
        _NONE,
        Words("発行手数料や預り金（デポジット）がかかるものがあります", "Some have an issuing fee or a deposit"),
        Words("電車やバス、少額の買い物、初めての方", "Trains, buses, small purchases, beginners"),
        (
            Words(
                "駅やお店でカードを買うか、アプリを入れます。", "Buy the card at a station or shop, or install the app."
            ),
            Words("機械で、またはレジの係員に頼んで入金します。", "Charge it at a machine, or ask at the till."),
            Words("読み取り機にタッチして支払います。", "Touch the reader to pay."),
        ),
        (
            Words("入金できる額と持てる残高に上限があります。", "There are limits to what can be charged and held."),
            Words(
                "名前を登録していないカードは、なくすと戻らないことがあります。",
                "A card without your name may be lost for good.",
            ),
        ),
    ),
    Kind(
        "smartphone",
        Words("スマートフォン決済（コード・タッチ）", "Smartphone (code or tap)"),
        Words("登録した方法による：口座、カード、電子マネー", "As registered: bank account, card or e-money"),
        Words("なし（登録するカードによりあり）", "None (a card you register may need it)"),
        Words("アプリは無料。通信料がかかります", "The app is free; data may cost"),
        Words("役所の窓口や小さなお店でも、1台で", "Counters and small shops, with one device"),
        (
            Words(
                "決済サービスの無料アプリを、公式の配信元から入れます。",
                "Install the service's free app from its official store.",
            ),
            Words("銀行口座、カード、電子マネーのどれかを登録します。", "Register a bank account, a card or e-money."),
            Words(
                "お店のQRコードを読み取る、自分のコードを見せる、タッチする、の3通りで支払います。",
                "Pay in one of three ways: scan the shop's QR code, show your own code, or tap.",
            ),
        ),
        (
            Words(
                "支払う前に、画面の店名と金額を確かめます。", "Check the shop's name and the amount before you confirm."
            ),
            Words(
                "電話機の画面ロックをかけ、アプリの暗証番号を人に教えません。",
                "Lock the phone's screen and tell nobody the app's PIN.",
            ),
        ),
    ),
)

JPQR = (
    Words(
        "JPQRは、いろいろな決済サービスで共通に使えるQRコードです。総務省と経済産業省が進め、"
        "お店や役所の窓口に1枚だけ置かれます。",
        "JPQR is one QR code that many payment services share. Two ministries, MIC and METI, promote it; a shop or "
        "counter "
        "shows a single one.",
    ),
    Words(
        "利用者は、自分のアプリでそのコードを読み取り、金額を入れて支払います。お店には電源も端末も要りません。",
        "Customers scan it with the app they have, enter the amount and pay. The shop needs neither power nor a "
        "terminal.",
    ),
    Words(
        "すべてのアプリで使えるわけではありません。コードの下に、使えるサービスの名前が書いてあります。",
        "Not every app works everywhere: the services that do are named below the code.",
    ),
)
ELIGIBLE = Words(
    "2019年の還元事業では、クレジット、デビット、電子マネー（プリペイド）、QRコードなど、"
    "ふだんの買い物に繰り返し使える"
    "電子的な方法が広く対象でした。登録した会社が発行したものに限られました。",
    "In the reward programme of 2019 all of these counted: electronic means that serve ordinary purchases again and "
    "again, if "
    "a registered company issued them.",
)
