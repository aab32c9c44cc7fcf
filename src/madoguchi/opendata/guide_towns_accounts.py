"""What towns ask once money comes in: screens, memos, payouts, accounts, corrections, accounting (J-25 to J-31)."""

from __future__ import annotations

from madoguchi.opendata.guide_words import Question, Words

TOWNS_ACCOUNTS = (
    Question(
        "real-time",
        "towns",
        ("J-25",),
        Words("返金の結果は、すぐに画面に出ますか", "Does a refund show on the screen at once?"),
        (
            Words(
                "JPQRの売上管理画面は、データが届くまでに時間差があります。いまの状態は、"
                "各決済事業者の画面で確かめます。返金も同じです。",
                "JPQR's sales screen lags. For the present state look at each operator's own screen; that goes for "
                "refunds, too.",
            ),
        ),
        here=Words(
            "支払いも返金も、決済事業者の通知が届いた時にすぐ窓口の画面に出ます。通知が止まっているサービスは、"
            "最初のページで分かります。",
            "Payments and refunds appear at the till the moment the provider's notice comes. The first page shows "
            "which service "
            "has fallen silent.",
        ),
        path="/",
    ),
    Question(
        "memos",
        "towns",
        ("J-26",),
        Words("売上管理画面にメモを書けますか", "Can we write memos in the sales screen?"),
        (
            Words(
                "JPQRの画面には書けません。取引履歴をCSVでダウンロードし、表計算ソフトで書き足す方法がありました。"
                "各事業者の画面は、事業者に確かめます。",
                "Not in JPQR's. Download the history as CSV and comment it in a spreadsheet; operators' own screens "
                "differ.",
            ),
        ),
        here=Words(
            "支払いごとにメモを書けます。売上の表を書き出すと、メモの列も入ります。",
            "Each payment has a memo, and the exported table of sales has a column for it.",
        ),
        path="/town/sales/",
    ),
    Question(
        "payout",
        "towns",
        ("J-27",),
        Words("売上はどのように振り込まれますか", "How are takings paid out?"),
        (
            Words(
                "利用額から手数料を引いた額が、各決済事業者の周期で、申込みで指定した1つの口座に振り込まれます。",
                "The amount less the fee, in each operator's own cycle, to the one account named at application.",
            ),
        ),
        here=Words(
            "いつ、いくら入金されるかを前もって計算し、実際の入金と照らし合わせます。",
            "What will be deposited and when is worked out beforehand and checked against the bank's statement.",
        ),
        path="/town/settlement/",
    ),
    Question(
        "designated-manager",
        "towns",
        ("J-28",),
        Words(
            "指定管理者の施設など、口座を分けられますか",
            "Can accounts be separate, as for a designated manager's facility?",
        ),
        (
            Words(
                "1つの申込みに1つの口座です。口座を分けるには、別の申込みをします。指定管理者に入金される施設は、"
                "指定管理者の名義で申し込みます。",
                "One application, one account; another account needs another application. A facility whose takings "
                "go to its "
                "designated manager applies in the manager's name.",
            ),
        ),
        here=Words(
            "前の申込みとつながった別の申込みとして、2つ目の口座や指定管理者の分を申し込めます。"
            "コードも入金も別になります。",
            "A second account or a designated manager is a further application linked to the first, with codes and "
            "payouts of "
            "its own.",
        ),
        path="/join/",
    ),
    Question(
        "wrong-amount",
        "towns",
        ("J-29",),
        Words("お客さまが金額を間違えて支払いました", "A customer paid a wrong amount"),
        (
            Words(
                "正しい金額でもう一度支払ってもらい、間違えた取引を決済事業者の画面で取り消します。"
                "その時に返金されます。",
                "The customer pays the right amount again, and staff delete the wrong payment in the operator's "
                "screen; that "
                "gives the money back.",
            ),
            Words(
                "次の銀行営業日に振り込むサービスもあります。締め時刻を過ぎると返金が反映されないことがあるので、"
                "早く取り消してください。",
                "Some pay out on the next bank business day: correct it quickly, for after the cut-off a refund may "
                "not be "
                "reflected.",
            ),
        ),
        here=Words(
            "窓口の画面から、理由を書いて返金を頼みます。締め時刻を過ぎていれば、頼む前にそう表示します。",
            "The till asks for the refund, with a reason, and says so beforehand if the cut-off has passed.",
        ),
    ),
    Question(
        "operation-video",
        "towns",
        ("J-30",),
        Words("支払いの流れを動画で見られますか", "Is there a video of how a payment is made?"),
        (
            Words(
                "案内ページに、支払いの操作を紹介する動画がありました。",
                "The page had a video that shows a payment.",
            ),
        ),
        here=Words(
            "支払い方の4つの手順を、1枚のポスターにしました。",
            "A poster shows the four steps of a payment.",
        ),
        path="/guide/posters/",
    ),
    Question(
        "netting-rule",
        "towns",
        ("J-31",),
        Words("繰替払に伴う規定改正の例はありますか", "Are there examples of rule changes for netting (繰替払)?"),
        (
            Words(
                "キャッシュレス推進協議会の導入手順書の3.2.3「関連規定・会計処理の検討」にあります。",
                "In the Payments Japan Association's handbook on introduction, 3.2.3, on related rules and accounting.",
            ),
        ),
        here=Words(
            "自治体が定めた規定の番号と日付を登録すると、手数料の繰替払の仕訳にその番号が付きます。",
            "Once a town enters its own rule's number and date, each journal line of a netted fee carries them.",
        ),
        path="/town/settlement/books/",
    ),
    Question(
        "jpqr-call-centre",
        "towns",
        ("J-12",),
        Words("JPQRの電話窓口はどこですか", "Whom do we call about JPQR?"),
        (
            Words(
                "JPQR普及事業コールセンター 0120-206-100、平日9時から18時（年末年始を除く）でした。",
                "JPQR's call centre was 0120-206-100, weekdays 9:00 to 18:00, not around New Year.",
            ),
        ),
        path="/guide/contacts/",
        ended=Words(
            "令和3年度の案内です。番号は変わっている可能性があります。",
            "This was fiscal year 2021; the number may have changed.",
        ),
    ),
)
