"""What residents and visitors ask: losses, strange bills, whether a card counts, what comes back (P-32 to P-47)."""

from __future__ import annotations

from madoguchi.opendata.guide_words import Question, Words

_PROGRAMME_OVER = Words(
    "この事業の還元は2020年6月30日に終わりました。", "The programme's rewards ended on 30 June 2020."
)

RESIDENTS = (
    Question(
        "unknown-use",
        "residents",
        ("P-40",),
        Words("利用明細に、身に覚えのない支払いがありました", "My statement shows a payment I did not make"),
        (
            Words(
                "すぐに、そのカードやアプリの発行会社の窓口に連絡してください。"
                "利用の記録を持っているのは発行会社です。",
                "Call the desk of the company that issued the card or app at once: the issuer holds the records of "
                "use.",
            ),
            Words(
                "明細やアプリの利用履歴は、日ごろから確かめておくと早く気づけます。",
                "Look through statements and the app's history regularly, so that you notice early.",
            ),
        ),
        path="/guide/fraud/",
    ),
    Question(
        "lost-card",
        "residents",
        ("P-40",),
        Words("カードやスマートフォンをなくしました", "I lost my card or phone"),
        (
            Words(
                "発行会社に連絡して利用を止めてもらい、そのあと再発行の手続きをします。",
                "Have the issuer stop it, then ask for it to be issued again.",
            ),
            Words(
                "なくした場合の補償は会社ごとに違います。条件を満たすと全額が補償される場合もあります。"
                "規約を前もって確かめてください。",
                "Relief after a loss differs by company; under some conditions all of it is made good. Read the "
                "terms before.",
            ),
        ),
        path="/guide/fraud/",
    ),
    Question(
        "data-protected",
        "residents",
        ("P-40",),
        Words("支払いの記録が漏れないか心配です", "Is the data of my payments safe?"),
        (
            Words(
                "銀行も、決済サービスを運営する会社も、個人情報を保護する立場から厳重に扱うとされています。",
                "Banks and the companies behind payment services are said to handle it strictly, to protect personal "
                "data.",
            ),
        ),
        here=Words(
            "窓口は、支払う方のカード番号や口座番号を受け取りません。公表する統計では、少なすぎる件数を伏せます。",
            "Madoguchi never receives a payer's card or account number. Published statistics leave out counts that "
            "are too small.",
        ),
    ),
    Question(
        "which-shops",
        "residents",
        ("P-40", "P-31"),
        Words("どのお店で還元を受けられますか", "In which shops does a purchase earn a reward?"),
        (
            Words(
                "対象のお店には、ロゴの入ったポスターやステッカーがあります。ウェブの地図やアプリでも、店名、還元率、"
                "支払い方法から探せました。",
                "Shops that take part show a poster or sticker with the mark. A web map and apps found them by name, "
                "rate and "
                "method.",
            ),
        ),
        here=Words(
            "いま行われている還元と参加店は「還元キャンペーン」のページで、使えるお店と窓口は地図で探せます。",
            "Campaigns under way and their shops are listed here, and the map shows where which service is taken.",
        ),
        path="/campaigns/",
        ended=_PROGRAMME_OVER,
    ),
    Question(
        "my-card",
        "residents",
        ("P-40", "P-41", "P-46"),
        Words("自分のカードやアプリは対象ですか", "Does my card or app count?"),
        (
            Words(
                "クレジットカード、デビットカード、電子マネー（プリペイド）、QRコードなど、"
                "ふだんの買い物に繰り返し使える電子的な方法が広く対象でした。"
                "ただし、登録した会社が発行したものに限られます。",
                "Credit and debit cards, e-money (prepaid), QR codes and other electronic means that serve ordinary "
                "purchases "
                "again and again counted, if a registered company issued them.",
            ),
            Words(
                "対象のお店で使っても還元されないカードもあります。迷ったら発行会社に確かめてください。",
                "Some cards earn nothing even where their kind is taken. If in doubt, ask the issuer.",
            ),
        ),
        here=Words(
            "決済サービスのページで、発行会社やブランドから探せます。", "The services page finds it by issuer or brand."
        ),
        path="/services/",
        ended=_PROGRAMME_OVER,
    ),
    Question(
        "phone-asks-account",
        "residents",
        ("P-40", "P-33"),
        Words("電話で口座番号を聞かれることはありますか", "Does anybody ask for my account number by telephone?"),
        (
            Words(
                "ありません。事務局も、役所も、決済事業者も、電話で口座番号やID、暗証番号、"
                "パスワードを聞くことはありません。"
                "聞かれたら答えずに電話を切ってください。",
                "No. Neither the programme, nor an authority, nor a payment provider asks for account numbers, IDs, "
                "PINs or "
                "passwords by telephone. If you are asked, do not answer; hang up.",
            ),
        ),
        path="/guide/fraud/",
    ),
    Question(
        "foreign-card",
        "residents",
        ("P-32",),
        Words("日本国外で発行されたカードでも還元されますか", "Do cards issued outside Japan earn rewards?"),
        (
            Words(
                "原則として対象外です。くわしくは、カードの決済事業者に確かめるか、事業のサイトをご覧ください。",
                "In principle they do not. Ask your payment provider or see the programme's site.",
            ),
        ),
        here=Words(
            "英語の注意書きを、ポスターのページからダウンロードできます。",
            "The notice in English can be downloaded from the page of posters.",
        ),
        path="/guide/posters/",
    ),
    Question(
        "how-much-back",
        "residents",
        ("P-35", "P-34", "P-47"),
        Words("11,000円の買い物で、いくら戻りますか", "How much comes back on a purchase of ¥11,000?"),
        (
            Words(
                "税込みの11,000円なら、還元率5％で550円分、2％で220円分です。"
                "税抜きの金額を基にするサービスもあります。",
                "Of ¥11,000 including tax, 550 at 5% and 220 at 2%. Some services reckon from the price without tax.",
            ),
            Words(
                "この例は税率10％の場合です。ほかの税率でも、支払った金額から同じように計算します。",
                "The example is at a tax rate of 10%; at other rates the price paid is reckoned with in the same way.",
            ),
            Words(
                "受け取り方は、ポイント付与、その場での値引き、請求額との相殺、口座への入金の4通りでした。",
                "It came in one of four ways: points, a discount at once, an offset on the bill, or a credit to the "
                "account.",
            ),
        ),
        here=Words(
            "キャンペーンのページで、自分の買い物の還元額を計算できます。",
            "A campaign's page reckons your own purchases.",
        ),
        path="/campaigns/",
        ended=_PROGRAMME_OVER,
    ),
    Question(
        "cap",
        "residents",
        ("P-36", "P-38"),
        Words("還元に上限はありますか", "Is there a cap on rewards?"),
        (
            Words(
                "サービスごとにあります。上限の数え方は、1か月、3か月、9か月、1回のチャージ、"
                "1回の支払いの5通りでした。",
                "Each service has one. Caps counted by month, by three months, by nine months, by charge or by "
                "payment.",
            ),
            Words(
                "月15,000ポイントなら、買い物にして30万円（5％）から75万円（2％）分です。"
                "カードの利用枠がそれより低ければ、利用枠が上限になります。",
                "15,000 points a month stand for purchases of ¥300,000 (at 5%) to ¥750,000 (at 2%). If the credit "
                "line is lower, "
                "the line is the cap.",
            ),
        ),
        path="/services/",
        ended=_PROGRAMME_OVER,
    ),
    Question(
        "municipal-fees",
        "residents",
        ("P-15",),
        Words("役所の手数料をキャッシュレスで払うと、還元はありますか", "Do a town hall's fees earn rewards?"),
        (
            Words(
                "この事業では、国や地方公共団体は対象外でした。役所の手数料に還元はありません。",
                "No. The state and local governments were excluded from the programme, so their fees earned nothing.",
            ),
        ),
    ),
    Question(
        "transit-cards",
        "residents",
        ("P-20",),
        Words("manacaやTOICAは還元の対象でしたか", "Did manaca and TOICA earn points?"),
        (
            Words(
                "manacaは、エムアイシーが発行したものが対象で、名古屋交通開発機構が発行したものは対象外でした。"
                "TOICAとはやかけんも対象外でした。",
                "manaca did if MIC issued it, and did not if 名古屋交通開発機構 did. TOICA and Hayakaken did not.",
            ),
        ),
        path="/services/",
        ended=_PROGRAMME_OVER,
    ),
    Question(
        "never-paid-cashless",
        "residents",
        ("P-39", "J-06"),
        Words("キャッシュレスは初めてです。何から始めればよいですか", "I have never paid cashless. Where do I begin?"),
        (
            Words(
                "前もってお金を入れて使う電子マネー（プリペイド）は、審査がなく、入れた分より多くは使えないため、"
                "始めやすい方法です。",
                "E-money that is charged beforehand needs no screening and never spends more than is on it: an easy "
                "beginning.",
            ),
            Words(
                "支払うのが利用より後か、その場か、前かで、種類が分かれます。比べる表をご覧ください。",
                "Kinds differ in whether you pay after, at or before the purchase. See the table that compares them.",
            ),
        ),
        path="/guide/kinds/",
    ),
    Question(
        "what-is-jpqr",
        "residents",
        ("J-01",),
        Words("JPQRとは何ですか", "What is JPQR?"),
        (
            Words(
                "1枚のQRコードで、いろいろな決済サービスの支払いを受けられるようにした、共通のコードです。"
                "総務省と経済産業省が進めています。"
                "お店が示したコードを、利用者が自分のアプリで読み取ります。",
                "One shared QR code with which a shop takes many payment services, promoted by two ministries, MIC "
                "and METI. The "
                "shop shows the code, and customers scan it with their own app.",
            ),
        ),
        path="/guide/kinds/",
    ),
)
