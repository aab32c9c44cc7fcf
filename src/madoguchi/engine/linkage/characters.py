"""Japanese characters that are written in several ways, brought to one: widths, variant kanji, kana, numerals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

# Each word: the character kept, then those written for it in names and addresses. Old forms (旧字体), forms of family
# registers and those that NFKC leaves apart. What two people would take for two names (藤/籐) is not here.
_VARIANTS = """
高髙 崎﨑嵜 斉齊齋斎 辺邊邉 沢澤 浜濱濵 島嶋嶌㠀 国國圀 広廣 真眞 桜櫻 竜龍 滝瀧 峰峯 恵惠 黒黑 栄榮
寿壽 徳德 青靑 郎郞 富冨 蔵藏 浅淺 関關 鉄鐵鐡銕 円圓 会會 学學斈 実實 宝寶寳 来來 湾灣 県縣 将將
為爲 豊豐 弥彌 礼禮 万萬 桧檜 桑桒 昇曻 台臺䑓 館舘 吉𠮷 橋𣘺槗 穂穗 瀬瀨 頼賴 禄祿 剣劍劔劒 巌巖
応應 奥奧 楽樂 気氣 経經 芸藝 仮假 画畫 挙擧 続續 団團 図圖 当當 灯燈 発發 変變 写寫 弁辯辨瓣 仏佛
芦蘆 蛍螢 観觀 帰歸 旧舊 駅驛 塩鹽 讃讚 顔顏 鶏鷄 麺麵 翠翆 凛凜 亘亙 尭堯 遥遙 槙槇 瑶瑤 晋晉
桝枡 莱萊 薮藪籔 鯵鰺 曽曾 篭籠 鴎鷗 郷鄕 清淸 静靜 浄淨 条條 嬢孃 壌壤 譲讓 醸釀 乗乘 剰剩 畳疊
状狀 荘莊 粋粹 酔醉 穏穩 温溫 禅禪 単單 弾彈 戦戰 総總 聡聰 捜搜 窓窗 争爭 双雙 騒騷 装裝 臓臟
増增 属屬 対對 体體 帯帶 滞滯 択擇 担擔 胆膽 断斷 遅遲 昼晝 虫蟲 鋳鑄 庁廳 聴聽 勅敕 鎮鎭 逓遞
伝傳 転轉 点點 党黨 闘鬪 独獨 読讀 届屆 縄繩 弐貳 脳腦 覇霸 拝拜 廃廢 売賣 麦麥 髪髮 抜拔 秘祕
浜濱 払拂 併倂 並竝 褒襃 翻飜 毎每 満滿 黙默 訳譯 薬藥 与與 予豫 余餘 誉譽 揺搖 様樣 謡謠 欲慾
乱亂 覧覽 略畧 両兩 猟獵 緑綠 塁壘 涙淚 励勵 霊靈 齢齡 暦曆 歴歷 恋戀 錬鍊 炉爐 労勞 楼樓 録錄
亜亞 悪惡 圧壓 囲圍 医醫 壱壹 稲稻 飲飮 隠隱 営營 衛衞 鋭銳 縁緣 艶艷 価價 壊壞 懐懷 絵繪 拡擴
覚覺 岳嶽 缶罐 巻卷 陥陷 勧勸 寛寬 歓歡 偽僞 戯戲 犠犧 却卻 虚虛 峡峽 挟挾 狭狹 暁曉 区區 駆驅
勲勳 薫薰 径徑 茎莖 渓溪 掲揭 継繼 軽輕 撃擊 欠缺 倹儉 険險 圏圈 検檢 権權 献獻 研硏 顕顯 験驗
厳嚴 効效 恒恆 鉱鑛 号號 済濟 砕碎 剤劑 雑雜 参參 桟棧 蚕蠶 惨慘 賛贊 残殘 糸絲 歯齒 児兒 辞辭
湿濕 舎舍 釈釋 収收 従從 渋澁 獣獸 縦縱 粛肅 処處 緒緖 叙敍敘 尽盡 奨奬 焼燒 称稱 証證 触觸 嘱囑
慎愼 寝寢 枢樞 数數 声聲 摂攝 窃竊 専專 潜潛 繊纖 践踐 銭錢 蝉蟬 草艸 鬱欝 諌諫 蛎蠣 淵渊渕 釜竈
靴鞾 柳栁 柏栢 杉椙 苺莓 鮨鮓 倶俱 侠俠 掴摑 填塡 頬頰 剥剝 叱𠮟 痩瘦 繋繫 噛嚙 祷禱 涛濤 蒋蔣
醤醬 賎賤 掻搔 騨驒 箪簞 砺礪 祢禰 鹸鹼 屡屢
"""


def _variant_table() -> dict[int, str | None]:
    table: dict[int, str | None] = {}
    for word in _VARIANTS.split():
        table.update((ord(variant), word[0]) for variant in word[1:])
    # Selectors of glyph variants (葛󠄀) are invisible and change nothing that is read.
    table.update(dict.fromkeys([*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x200B, 0x200C, 0x200D, 0xFEFF]))
    return table


_TABLE = _variant_table()
# Looking first is several times as fast as translating a text in which nothing is to be translated.
_VARIED = frozenset(map(chr, _TABLE))
_ONE_KANA = str.maketrans("ァィゥェォッャュョヮヵヶヲヅヂヰヱ", "アイウエオツヤユヨワカケオズジイエ")
_HIRAGANA = {code: _ONE_KANA.get(code + 0x60, code + 0x60) for code in range(0x3041, 0x3097)}
_KANA = _HIRAGANA | _ONE_KANA
_TO_CHANGE = frozenset(map(chr, _KANA))
KANJI = "々〇\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# 霞ヶ関, 霞ケ関, 霞が関: between kanji these are one letter, read "ga".
# つつじヶ丘: after kana only before a word for a kind of ground, for が is a common letter elsewhere.
_JOINT_BEFORE_GROUND = re.compile("(?<=[ぁ-んァ-ヺ])[ヶケヵがガ](?=[丘谷台原浜崎岡関沢峰岳島])")
_V = re.compile("ヴ([アイエオ]?)")
_B = {"": "ブ", "ア": "バ", "イ": "ビ", "エ": "ベ", "オ": "ボ"}
_JOINTS = str.maketrans("ヶヵカがガノ之ッっつ", "ケケケケケののツツツ")
_JOINT = re.compile(rf"(?<=[{KANJI}])[ヶヵカがガノ之ッっつ](?=[{KANJI}])")
_DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")}
_TENS = {"十": 10, "百": 100, "千": 1000}
NUMERALS = "〇一二三四五六七八九十百千"
FEW_ROUNDS = 4


def fold(text: str | None) -> str:
    """One width, one form of each kanji, capitals, single spaces, none at the ends; "" for None. Idempotent."""
    if not text:
        return ""
    return " ".join(text.upper().split()) if text.isascii() else settled(_folded, text)


def _folded(text: str) -> str:
    one_width = unicodedata.normalize("NFKC", text)
    if not _VARIED.isdisjoint(one_width):
        one_width = one_width.translate(_TABLE)
    return " ".join(one_width.upper().split())


def settled(change: Callable[[str], str], text: str) -> str:
    """`change` applied until nothing changes any more, so that a form brought to one stays as it is.

    Real names and addresses settle in the first round; the limit is for texts made to contain one form inside another.
    """
    for _ in range(FEW_ROUNDS):
        changed = change(text)
        if changed == text:
            return text
        text = changed
    return text


def joined_kana(text: str) -> str:
    """ヶ ケ が → ケ, ノ 之 → の, ッ っ → ツ where they stand between kanji, as place names have them."""
    return _JOINT_BEFORE_GROUND.sub("ケ", _JOINT.sub(lambda found: found.group().translate(_JOINTS), text))


def katakana(text: str) -> str:
    """Hiragana as katakana, small letters as large ones, ヲ ヅ ヂ and ヴァ as they are heard: オ ズ ジ バ."""
    if not _TO_CHANGE.isdisjoint(text):
        text = text.translate(_KANA)
    return _V.sub(lambda found: _B[found.group(1)], text) if "ヴ" in text else text


def number_of(numeral: str) -> str:
    """A run of kanji numerals in figures: 二十三 → 23, 一〇五 → 105."""
    if not any(sign in _TENS for sign in numeral):
        return "".join(str(_DIGITS[sign]) for sign in numeral)
    total, digit = 0, 0
    for sign in numeral:
        if sign in _TENS:
            total += (digit or 1) * _TENS[sign]
            digit = 0
        else:
            digit = digit * 10 + _DIGITS[sign]
    return str(total + digit)
