"""What towns ask before they begin: cost, kit, seminars, which services, how to apply (J-02 to J-24)."""

from __future__ import annotations

from madoguchi.opendata.guide_words import Question, Words

TOWNS = (
    Question(
        "where-used",
        "towns",
        ("J-05", "M-06"),
        Words("どのような窓口や施設で使えますか", "At which counters and facilities can it be used?"),
        (
            Words(
                "証明書などの手数料を受け取る窓口、公共施設（駐車場、駐輪場、文化施設、スポーツ施設）、"
                "公営と民間の交通（市営バス、コミュニティバス、路線バス、タクシー）、地域のお店での利用が挙げられていました。",
                "Named were counters that take fees for certificates; public facilities (car and bicycle parking, "
                "culture, sports); transport of towns and companies (municipal, community and other buses, taxis); "
                "and the shops of the region.",
            ),
            Words(
                "モニター自治体も、窓口と公共施設の両方を対象にしていました。",
                "The pilot municipalities had both counters and public facilities in view.",
            ),
        ),
        here=Words(
            "1つの場所に複数の用途を、1つの用途に複数の場所を登録できます。",
            "A place can have several purposes here, and a purpose several places.",
        ),
    ),
    Question(
        "pilots-experience",
        "towns",
        ("M-01", "M-03", "M-04", "M-05", "J-07"),
        Words("先に始めた自治体の経験は、どこで読めますか", "Where is the experience of the first towns told?"),
        (
            Words(
                "経済産業省が2020年度に公募し、29の自治体をモニター自治体に選びました。",
                "For fiscal year 2020 METI called for applicants and selected 29 pilot municipalities.",
            ),
            Words(
                "キャッシュレス推進協議会が、自治体にキャッシュレス決済を導入する手順をまとめた手引きの第1版を公表していました。"
                "2020年末までに、モニター自治体のノウハウと課題を加えて改訂し、全国に広める予定とされていました。",
                "The Payments Japan Association had published the first version of guidelines with the steps of "
                "introduction. By the end of 2020 they were to take in what the pilots had learnt, and then to be made "
                "known nationwide.",
            ),
            Words(
                "測ることとされた効果は、住民の利便性、現金を扱う時間と負担の減少、経験のない自治体の助けになることの3つです。",
                "Three outcomes were to be measured: residents' convenience, less time and burden in handling cash, "
                "and help for towns without experience.",
            ),
            Words(
                "大阪府四條畷市の田原支所の例では、複数の決済サービスが使えて便利になったこと、窓口の対応が簡単で支払いが早く済むこと、"
                "庁内の合意を得やすく早く導入できたことが挙げられていました。",
                "The Tawara branch of Shijonawate City, Osaka, was given as an example: several services are a "
                "convenience, work at the counter is easy and payments go smoothly, and with consensus soon reached "
                "it began early.",
            ),
        ),
    ),
    Question(
        "how-long-free",
        "towns",
        ("J-13", "J-03"),
        Words("導入費用0円は、いつまで続きますか", "How long does introduction cost ¥0?"),
        (
            Words(
                "ステッカーの発行などの導入費と維持費は、令和3年度（2021年度）も0円と決まっていました。"
                "その後も国が負担する予定とされましたが、約束されたものではありません。",
                "Costs of introduction and upkeep, such as issuing stickers, were set at ¥0 for fiscal year 2021, "
                "too. The state "
                "intended to bear them later as well, which was no promise.",
            ),
            Words("決済手数料と入金手数料は別にかかります。", "Settlement and deposit fees come on top."),
        ),
        ended=Words(
            "0円と定められていたのは2022年3月31日までです。現在の費用は、JPQRの運営者に確かめてください。",
            "¥0 was settled until 31 March 2022 only. Ask JPQR's operator for today's costs.",
        ),
    ),
    Question(
        "kit-free",
        "towns",
        ("J-14",),
        Words(
            "スターターキットは無料ですか。ステッカーを追加できますか",
            "Is the start kit free, and can we get more stickers?",
        ),
        (
            Words(
                "キットは無料で届きます。追加のステッカーは、専用のフォームから頼めました。",
                "The kit was sent free of charge; more stickers were ordered with a form of their own.",
            ),
        ),
        here=Words(
            "スタンド、ポスター、シール、カードを、必要な枚数だけ自分で印刷できます。",
            "Stands, posters, stickers and cards can be printed by the town itself, as many as it needs.",
        ),
        path="/town/codes/",
    ),
    Question(
        "local-currency",
        "towns",
        ("J-15",),
        Words("地域通貨をJPQRの決済サービスにしたいのですが", "Our local currency shall become a service in JPQR"),
        (
            Words(
                "決済サービスとしての参加は、キャッシュレス推進協議会の専用フォームで相談します。",
                "Joining as an operator is discussed with the Payments Japan Association, by its form.",
            ),
        ),
        here=Words(
            "この窓口には、どの決済事業者もAPIかファイルでつながります。JPQRへの参加は、協議会が決めます。",
            "Any provider connects to Madoguchi by API or file; joining JPQR remains the association's decision.",
        ),
    ),
    Question(
        "online-sales",
        "towns",
        ("J-16",),
        Words("オンライン販売や請求書に使えますか", "Can JPQR be used for online sales or invoices?"),
        (
            Words(
                "使えません。対面での支払いだけが対象で、対面でない支払いの申込みは受け付けていませんでした。",
                "No. It was for payment in person only; applications for remote payment were not taken.",
            ),
        ),
    ),
    Question(
        "seminars",
        "towns",
        ("J-17", "J-10"),
        Words("自治体向けの説明会はありますか", "Are there seminars for towns?"),
        (
            Words(
                "オンラインで随時開かれ、日程は問い合わせると分かりました。"
                "2021年7月13日の14時から15時30分にも開かれました。",
                "They were held online, on request; one took place on 13 July 2021 from 14:00 to 15:30.",
            ),
            Words(
                "当時の連絡先：jpqrseminar_2@tohmatsu.co.jp",
                "Contact of that time: jpqrseminar_2@tohmatsu.co.jp",
            ),
        ),
        ended=Words(
            "令和3年度の案内です。連絡先は変わっている可能性があります。",
            "This was fiscal year 2021; the contact may have changed.",
        ),
    ),
    Question(
        "seminar-papers",
        "towns",
        ("J-18",),
        Words("過去の説明会の質疑応答集は見られますか", "Can we read the questions of earlier seminars?"),
        (
            Words(
                "説明会の資料と質疑応答集がありました。開くためのパスワードは、説明会と同じ連絡先に問い合わせます。",
                "Papers and collections of questions existed; the password came from the same address as for the "
                "seminars.",
            ),
        ),
        ended=Words("令和3年度の案内です。", "This was fiscal year 2021."),
    ),
    Question(
        "visits",
        "towns",
        ("J-19",),
        Words("訪問先での支払いに使えますか", "Can we take payments on visits?"),
        (
            Words(
                "使えます。電源が要らないので、ステッカーを持っていき、その場で支払ってもらえます。",
                "Yes. A sticker needs no power: take it along and be paid in person.",
            ),
            Words(
                "決済事業者の画面に残るのは金額、日付、時刻だけです。だれの支払いかは、別に記録する必要があります。",
                "Operators' screens keep amount, date and time only, so whose payment it was must be recorded "
                "elsewhere.",
            ),
        ),
        here=Words(
            "窓口で注文を作るときに、だれの分かを書き留められます。見られるのは、その自治体の担当者だけです。",
            "The order holds whom it was for. Only the town's own staff can see it.",
        ),
    ),
    Question(
        "base-fee",
        "towns",
        ("J-20",),
        Words("決済事業者ごとの基本料は必要ですか", "Does each operator charge a base fee?"),
        (
            Words(
                "基本料はかかりません。利用された金額に応じて、手数料がかかります。",
                "No base fee; a usage fee by the amounts that are paid.",
            ),
        ),
        here=Words("各社の手数料を、日付つきの表で比べられます。", "Fees are compared in a dated table."),
        path="/join/plans/",
    ),
    Question(
        "zero-fee-only",
        "towns",
        ("J-21",),
        Words("手数料0％の事業者だけを選べますか", "May we choose only operators with a fee of 0%?"),
        (
            Words(
                "選べます。あとから決済サービスを追加するときも、基本的に情報を入れ直す必要はありません。",
                "Yes. When services are added later, basically nothing has to be entered again.",
            ),
        ),
        here=Words(
            "前の申込みを引き継いで、追加のサービスだけを申し込めます。",
            "A further application takes over the earlier one and asks for the new services alone.",
        ),
        path="/join/",
    ),
    Question(
        "divisions",
        "towns",
        ("J-22",),
        Words("課ごとに別々に申し込めますか", "May each division apply by itself?"),
        (
            Words(
                "同じ市からの申込みは1件だけです。市を事業者、課を店舗として申し込みます。売上は課ごとに見られます。",
                "One city applies once: the city is the organisation, its divisions are places. Sales are seen by "
                "division.",
            ),
            Words(
                "入金先の口座を課ごとに分けたいときは、申込みのあとで、できるかどうかを各決済事業者に確かめます。",
                "Whether divisions can have accounts of their own is asked of each operator after applying.",
            ),
        ),
        here=Words(
            "1件の申込みに、すべての課と施設を入れられます。売上も仕訳も課ごとに分かれ、合計は入金額と一致します。",
            "One application holds all divisions and facilities. Sales and journals are split by division, and the "
            "parts sum to "
            "what was paid out.",
        ),
        path="/join/town/",
    ),
    Question(
        "already-using",
        "towns",
        ("J-23",),
        Words("すでにQRコード決済を使っています", "We already take a QR payment service"),
        (
            Words(
                "申込みでは「既に利用中」を選びます。今の条件が続くか、新しい契約になるかは、"
                "契約と事業者によって違います。前もって確かめてください。",
                'Choose "already in use" when applying. Whether the old terms stay or a new contract is made '
                "depends on the operator; ask beforehand.",
            ),
        ),
        here=Words(
            "申込みで「利用中」と印を付けると、決済事業者が、今の条件が続くかどうかを答えます。",
            "Mark it as in use in the application, and the provider answers whether the old terms stay.",
        ),
    ),
    Question(
        "sales-screen-operators",
        "towns",
        ("J-24",),
        Words("売上管理画面に対応する決済サービスはどれですか", "Which operators appear in the JPQR sales screen?"),
        (
            Words(
                "最新の一覧が公開されていました。対応は事業者により変わります。",
                "A current list was published; it changed with the operators.",
            ),
        ),
        here=Words(
            "つながっている決済サービスと、最後に通知が届いた時刻を、最初のページに表示します。",
            "The first page shows which services are connected and when each was last heard from.",
        ),
        path="/",
    ),
    Question(
        "how-to-apply",
        "towns",
        ("J-02", "J-11"),
        Words("自治体はどのように申し込みますか", "How does a town apply?"),
        (
            Words(
                "JPQRのウェブ受付から、「法人」として申し込みます。電話では受け付けていません。",
                "By JPQR's web reception, as a corporation; never by telephone.",
            ),
            Words(
                "登記簿謄本の代わりは「ない」と書いたメモの写真、資本金は0、年間売上は一般会計の決算額です。"
                "決済事業者があとで確認することがあります。",
                "Instead of a register extract, a photograph of a note that there is none; capital 0; annual sales, "
                "the general "
                "account's settlement. Operators may check later.",
            ),
        ),
        here=Words(
            "自治体向けの申込みは、資本金を尋ねず、決算額を尋ねます。",
            "The application for towns asks for the settlement, and not for capital.",
        ),
        path="/join/town/",
    ),
    Question(
        "five-steps",
        "towns",
        ("J-08",),
        Words("導入の「5つのステップ」とは何ですか", 'What are the "five steps" of introduction?'),
        (
            Words(
                "庁内の合意をまず作る、という手順です。元のページでは各ステップの名前が画像だったため、"
                "ここには載せていません。",
                "A way that begins with consensus inside the town hall. The steps' names were a picture on the "
                "original page, so "
                "they are not given here.",
            ),
        ),
    ),
)
