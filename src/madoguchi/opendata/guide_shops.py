"""What shops ask: who may take part, several card companies, papers, the map, the kit, fraud (P-03 to P-33, P-48)."""

from __future__ import annotations

from madoguchi.opendata.guide_words import Question, Words

_CLOSED = Words(
    "この事業の登録は2020年4月末に締め切られました。", "Registration for the programme closed at the end of April 2020."
)

SHOPS = (
    Question(
        "automatic",
        "shops",
        ("P-03", "P-21"),
        Words("キャッシュレスを入れていれば、自動で対象になりますか", "If I already take cashless payment, am I in?"),
        (
            Words(
                "なりません。決済事業者を通じて加盟店登録をした店舗だけが対象でした。",
                "No. Only shops registered through a payment provider took part.",
            ),
        ),
        here=Words(
            "対象になるか、どの還元率か、その理由を、申込みの前に確かめられます。",
            "Whether you are eligible, at which rate and why can be checked before applying.",
        ),
        path="/join/shop/eligibility/",
        ended=_CLOSED,
    ),
    Question(
        "support",
        "shops",
        ("P-04", "P-05"),
        Words("お店にはどんな支援がありましたか", "What support did shops get?"),
        (
            Words(
                "中小・小規模事業者は、期間中の手数料が実質2.17％以下、端末の負担は0円、お客さまへの還元は5％でした。",
                "Small and medium-sized businesses paid an effective fee of at most 2.17% and ¥0 for the terminal; "
                "their customers "
                "got 5% back.",
            ),
            Words(
                "フランチャイズとガソリンスタンドは、還元2％だけの支援でした。フランチャイズは、"
                "加盟店が中小・小規模事業者の場合に限られました。",
                "Franchises and petrol stations had the reward alone, at 2%; of franchises only those shops that are "
                "small or "
                "medium-sized businesses themselves.",
            ),
        ),
        path="/join/plans/",
        ended=Words("還元は2020年6月30日に終わりました。", "Rewards ended on 30 June 2020."),
    ),
    Question(
        "size",
        "shops",
        ("P-06", "P-07", "P-08", "P-09"),
        Words("どのくらいの規模までが対象でしたか", "Up to which size is a business eligible?"),
        (
            Words(
                "資本金か常時使う従業員の数のどちらかが、業種ごとの基準以下であることが条件でした。"
                "小売業は5,000万円以下か50人以下、"
                "サービス業は5,000万円以下か100人以下、卸売業は1億円以下か100人以下、"
                "製造業その他は3億円以下か300人以下です。",
                "Capital or regular employees within its industry's limit: retail ¥50m or 50 people, services ¥50m "
                "or 100, "
                "wholesale ¥100m or 100, manufacturing and others ¥300m or 300.",
            ),
            Words(
                "旅館業は5,000万円以下か200人以下、ソフトウェア・情報処理業は3億円以下か300人以下です。",
                "Inns: ¥50m or 200 people. Software and information processing: ¥300m or 300.",
            ),
            Words(
                "直近3年の課税所得の平均が15億円を超える会社と、"
                "資本金5億円以上の法人に直接・間接に100％保有される会社は対象外でした。",
                "Out were companies whose taxable income averaged more than ¥1.5bn over the last three years, and "
                "those owned "
                "wholly, directly or not, by a corporation with a capital of ¥500m or more.",
            ),
        ),
        path="/join/shop/eligibility/",
        ended=_CLOSED,
    ),
    Question(
        "unsure-eligible",
        "shops",
        ("P-48",),
        Words("対象になるか、どうしても分からないときは", "What if it cannot be told whether I am eligible?"),
        (
            Words(
                "申込みの前に、中小・小規模事業者向けの窓口へお問い合わせください。",
                "Before applying, ask the desk for small and medium-sized businesses.",
            ),
        ),
        here=Words(
            "確認のページは、「対象」「対象外」のほかに「窓口に確認」と答えることがあります。",
            'The check may answer "ask the desk" beside yes and no.',
        ),
        path="/guide/contacts/",
    ),
    Question(
        "several-providers",
        "shops",
        ("P-21",),
        Words(
            "決済事業者が複数あります。どう申し込めばよいですか", "I have several payment providers. How do I apply?"
        ),
        (
            Words(
                "それぞれの決済事業者から申し込みます。最初に発行された加盟店IDを、ほかの事業者にも伝えてください。"
                "伝えないと、同じ店舗としてまとめられません。",
                "Apply through each. Tell the others the first merchant ID you were given; without it the "
                "registrations cannot "
                "be joined to one shop.",
            ),
        ),
        here=Words(
            "一つの申込みから、選んだすべての決済サービスへ申し込みます。番号も引き継がれます。",
            "One application goes to every service you choose, and the number goes with it.",
        ),
        path="/join/",
    ),
    Question(
        "same-brand",
        "shops",
        ("P-22",),
        Words(
            "VisaとMastercardをA社とC社の2社で扱い、A社だけで登録しました。C社のカードも対象ですか",
            "I take Visa and Mastercard through companies A and C but registered only with A. Do C's cards count?",
        ),
        (
            Words(
                "いいえ。同じブランドでも、登録していない会社が扱うカードには還元がありません。"
                "すぐにC社に登録を頼んでください。",
                "No. Even of the same brand, cards handled by a company you did not register with earn nothing. Ask "
                "C to register "
                "you at once.",
            ),
            Words(
                "契約が2つ以上ある、または月に2回以上の入金があるときは、複数の会社と契約している目安になります。",
                "Two or more contracts, or two or more payouts a month, are signs that you have several companies.",
            ),
        ),
    ),
    Question(
        "two-companies",
        "shops",
        ("P-22",),
        Words(
            "契約している2社の両方に登録すれば、全部のカードが対象ですか",
            "If I registered with both my card companies, are all cards in?",
        ),
        (
            Words(
                "その2社のほかに契約がなければ、対象のカードはすべて還元されます。",
                "If you have no contract beside those two, every card that takes part is rewarded.",
            ),
        ),
    ),
    Question(
        "one-agent",
        "shops",
        ("P-22",),
        Words("全ブランドを1社の決済代行業者に任せています", "One agent handles all brands for me"),
        (
            Words(
                "契約がその1社だけなら、その登録で、対象のカードはすべて還元されます。",
                "If that is your only contract, its registration covers every card that takes part.",
            ),
        ),
    ),
    Question(
        "late-company",
        "shops",
        ("P-22", "P-26"),
        Words("登録が開始日に間に合わないと言われました", "I was told that registration will be late"),
        (
            Words(
                "できるだけ早く申請してもらってください。サービスはあとから追加されます。それまでは、"
                "そのカードで探した人にお店は表示されません。",
                "Have it applied for as soon as possible; services are added later. Until then the shop is not shown "
                "to those "
                "who filter by that card.",
            ),
            Words(
                "2019年9月6日までに手続きが済んだ店舗が、10月1日の開始に間に合う予定でした。",
                "What was complete by 6 September 2019 was to begin on 1 October.",
            ),
        ),
        here=Words(
            "サービスごとに開始日を持ち、地図にもその日から表示します。",
            "Each service has its own first day and is shown on the map from then.",
        ),
    ),
    Question(
        "papers",
        "shops",
        ("P-23", "P-24", "P-25"),
        Words("どんな書類が必要ですか", "Which papers are needed?"),
        (
            Words(
                "事業を営んでいることの証明です。個人事業主は必ず必要です。開業届、確定申告書（税務署の受付印、"
                "またはe-Taxの受信通知があるもの）、"
                "納税証明書、業種ごとの許可証のいずれかです。",
                "Proof of business, always for sole proprietors: a notice of opening, a tax return (with the tax "
                "office's stamp or "
                "e-Tax's receipt), a certificate of tax payment, or the trade's licence.",
            ),
            Words(
                "あわせて、登録内容を第三者に開示することへの同意が必要です。",
                "Consent that the registration is disclosed to third parties is needed as well.",
            ),
        ),
        here=Words(
            "申込みの画面が、業種に合う書類の例を示します。書類は暗号化して保管し、決まった日に消去します。",
            "The application lists what suits your trade. Papers are kept sealed and are deleted on their day.",
        ),
        path="/join/",
    ),
    Question(
        "on-the-map",
        "shops",
        ("P-27",),
        Words("地図には何が載りますか。載せないこともできますか", "What does the map show, and can I stay off it?"),
        (
            Words(
                "店名または個人事業主名、住所、電話番号、還元率、支払い方法が載りました。"
                "この公開への同意が登録の条件で、"
                "望まない場合は、決済事業者を通じて登録を取り消すことになっていました。",
                "Name of the shop or proprietor, address, telephone, rate and methods. Consent was a condition; who "
                "refused had to "
                "cancel the registration through the provider.",
            ),
        ),
        here=Words(
            "同意していない店舗は、地図にも公開データにも出しません。",
            "Places that have not consented appear neither on the map nor in the open data.",
        ),
        path="/map/",
    ),
    Question(
        "map-wrong",
        "shops",
        ("P-28",),
        Words("地図の内容が間違っている、または載っていません", "The map is wrong, or I am not on it"),
        (
            Words(
                "登録した決済事業者に訂正を頼みます。"
                "「移動」「EC」「その他」の区分で登録された店舗は地図に載りません。区分の変更も決済事業者に頼みます。",
                "Have your provider correct it. Shops registered as mobile, online or other are not on the map; the "
                "provider "
                "changes the class, too.",
            ),
        ),
        here=Words(
            "店舗のページに、訂正を知らせるリンクがあります。", "Each place's page has a link to tell of a mistake."
        ),
        path="/map/",
    ),
    Question(
        "two-pins",
        "shops",
        ("P-29",),
        Words("地図に、同じ店のピンが2つ立っています", "My shop has two pins on the map"),
        (
            Words(
                "違うIDで登録されると、別の店舗として扱われます。2019年11月中旬から、"
                "決済事業者への依頼により順にまとめられました。",
                "Different IDs count as different shops. From mid-November 2019 pins were merged when the provider "
                "was asked to.",
            ),
        ),
        here=Words(
            "申込みを受けたときに重なりを見つけ、事務局が確かめて一つにまとめます。",
            "Duplicates are found when an application comes in, and the office merges them after a look.",
        ),
    ),
    Question(
        "two-posters",
        "shops",
        ("P-30",),
        Words("ポスターが何枚も届きました", "I got several posters"),
        (
            Words(
                "違うIDで登録されたためです。一つにまとめたいときは、中小・小規模事業者向けの窓口に連絡すると、"
                "貼り足すロゴのシールが届きました。"
                "ピンは決済事業者、ポスターは窓口と、連絡先が違います。",
                "That is because of different IDs. The desk for small and medium-sized businesses merged them and "
                "sent logo "
                "stickers to add. Pins are the provider's matter, posters the desk's.",
            ),
        ),
        path="/guide/contacts/",
    ),
    Question(
        "kit",
        "shops",
        ("P-31", "P-32"),
        Words("店頭には何を掲示しますか", "What do I put up in my shop?"),
        (
            Words(
                "審査のあとに届くポスター（使える支払い方法）とステッカー（還元率）を、見えるところに掲示します。"
                "英語の注意書きのポスターもありました。",
                "The poster with the methods and the sticker with the rate, which come after screening, where "
                "customers see them. "
                "There was an English notice, too.",
            ),
        ),
        here=Words(
            "どのお店でも使えるポスターを、日本語と英語でダウンロードできます。",
            "Posters that suit every shop can be downloaded in Japanese and English.",
        ),
        path="/guide/posters/",
    ),
    Question(
        "shop-phone-call",
        "shops",
        ("P-33",),
        Words(
            "事務局を名乗る電話で、口座番号を聞かれました", 'A caller from "the programme" asked for my account number'
        ),
        (
            Words(
                "詐欺のおそれがあります。事務局も決済事業者も、お店や消費者の口座番号を電話で聞くことはありません。"
                "答えずに切り、警察に相談してください。",
                "It may be a fraud: neither the programme nor a provider asks shops or consumers for account numbers "
                "by "
                "telephone. Do not answer, hang up, and tell the police.",
            ),
        ),
        path="/guide/fraud/",
    ),
)
