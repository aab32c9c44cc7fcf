"""What swindlers ask, what nobody ever asks, and what to do (P-33, P-40)."""

from __future__ import annotations

from madoguchi.opendata.guide_words import Words

NEVER_ASKED = (
    Words("銀行の口座番号", "Your bank account number"),
    Words("暗証番号（PIN）とパスワード", "PINs and passwords"),
    Words("ログイン用のID、届いた認証番号", "Log-in IDs, and codes that were sent to you"),
    Words("本人確認書類（免許証、マイナンバーカードなど）の写真", "Photographs of identity papers"),
    Words("キャッシュカードやスマートフォンそのもの", "Your cash card or your phone itself"),
)
TRICKS = (
    Words(
        "「還元金を振り込むので、口座番号を教えてください」と電話で言う。",
        'A caller wants your account number "to pay out a reward".',
    ),
    Words(
        "「カードが不正に使われています」と言い、暗証番号を聞いたり、カードを取りに来たりする。",
        "A caller says your card is being misused, and asks for the PIN or sends somebody for the card.",
    ),
    Words(
        "「アカウントを停止します」というメールを送り、偽のページへ誘ってパスワードを入れさせる。",
        "An e-mail says that your account will be closed and leads to a false page that asks for the password.",
    ),
    Words(
        "「加盟店の登録に必要です」と、お店に手数料の前払いや口座の情報を求める。",
        "A shop is told that registering needs a fee in advance, or the details of its account.",
    ),
    Words("お店のコードの上に、別のコードのシールを貼る。", "Another code is pasted over a shop's."),
)
ASKED_FOR_DATA = (
    Words(
        "答えずに、電話を切ります。メールやメッセージのリンクは開きません。",
        "Do not answer. Hang up; open no link of the message.",
    ),
    Words(
        "相手の言う番号にはかけません。カードの裏や公式のアプリにある番号に、自分からかけて確かめます。",
        "Do not call the number they give. Call the one on your card or in the official app yourself.",
    ),
    Words(
        "家族か、警察の相談専用電話 #9110 に相談します。",
        "Talk to your family, or to the police's consultation line #9110.",
    ),
)
STRANGE_PAYMENT = (
    Words(
        "ただちに発行会社の窓口に連絡します。履歴は発行会社が持っています。",
        "Call the issuer's desk at once; it holds the records.",
    ),
    Words("カードやアプリを止めてもらいます。", "Have the card or app stopped."),
    Words("いつ、どこで、いくらの支払いかを書き留めます。", "Write down when, where and how much."),
)
LOST = (
    Words("発行会社に連絡して、利用を止めてもらいます。", "Call the issuer and have it stopped."),
    Words("警察に遺失届を出します。", "Report the loss to the police."),
    Words(
        "再発行の手続きをします。補償は会社ごとに違うので、規約を確かめます。",
        "Have it issued again. Relief differs by company; see its terms.",
    ),
)
STICKER_PAYERS = (
    Words(
        "コードが重ね貼りされていないか、端がめくれていないかを見ます。",
        "See whether one code lies over another, or an edge lifts.",
    ),
    Words(
        "読み取ったあと、アプリに出る店名が、目の前のお店や窓口の名前と同じか確かめます。違うときは支払いません。",
        "After scanning, compare the name in the app with the shop or counter before you. If they differ, do not pay.",
    ),
    Words(
        "読み取るとウェブのページが開いたら、閉じて係員に知らせます。",
        "If a web page opens instead, close it and tell the staff.",
    ),
)
STICKER_SHOPS = (
    Words(
        "毎日、開ける前に、コードの上に何も貼られていないか確かめます。",
        "Every day before opening, see that nothing covers the code.",
    ),
    Words(
        "この窓口で作ったコードには電子署名が入れられます。窓口や役所の「コードを確かめる」画面で写真を読ませると、"
        "本物かどうか、"
        "だれの口座に入るのかが分かります。",
        'Codes made here can carry a digital signature. "Check this sticker" at the till and in the town\'s pages '
        "reads a "
        "photograph and tells whether the code is genuine and whom it pays.",
    ),
    Words(
        "偽物を見つけたら、外して保管し、見つけた場所と時刻を書き留め、担当部署と警察（#9110）に知らせます。",
        "Take a false one down and keep it, note where and when you found it, and tell your section in charge and "
        "the police "
        "(#9110).",
    ),
)
CALLS = (
    (
        Words("カードやアプリの発行会社", "The issuer of your card or app"),
        Words("カードの裏面、公式アプリの「問い合わせ」の番号", "The number on the card's back or in the official app"),
    ),
    (
        Words("警察の相談専用電話", "The police's consultation line"),
        Words("#9110（急ぐときは110）", "#9110 (in an emergency 110)"),
    ),
    (
        Words("消費者ホットライン", "Consumer hotline"),
        Words(
            "188（お住まいの地域の消費生活センターにつながります）", "188 (leads to the consumer centre of your area)"
        ),
    ),
)
