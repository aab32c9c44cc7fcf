"""Payloads from public JPQR and EMVCo implementations, and the means to break them."""

JPQR_OUT_OF_ORDER = (
    "0002016003xxx01021129300012D156000000000510A93FO3230Q31280012D1560000000103081234567826680019"
    "jp.or.paymentsjapan01130000000000001020400010306000001040600000153033925903xxx64180002JA0108メルペイ カフェ"
    "520441115802JP610710661436304DEE9"
)
JPQR_STATIC = (
    "00020101021126680019jp.or.paymentsjapan0113000000000000102040001030600000104060000015204581253033925802JP"
    "5903xxx6003xxx6107106614364180002JA0108メルペイ カフェ630401DA"
)
EMVCO_FOREIGN = (
    "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115303156540523.72"
    "5502015802CN5914BEST TRANSPORT6007BEIJING6233030412340603***0708A60086670902ME64200002ZH0104最佳运输0202北京"
    "8036003239401ff0c21a4543a8ed5fbaa30ab02e81360032c2fbf6dd646f4f36b617f10747c0b96163046F32"
)
VECTORS = (JPQR_OUT_OF_ORDER, JPQR_STATIC, EMVCO_FOREIGN)

# JPQR_STATIC's tags in order; they begin at characters 0, 6, 12, 84, 92, 99, 105, 112, 119, 130 and 152.
STATIC_TAGS = {
    "00": "01",
    "01": "11",
    "26": "0019jp.or.paymentsjapan011300000000000010204000103060000010406000001",
    "52": "5812",
    "53": "392",
    "58": "JP",
    "59": "xxx",
    "60": "xxx",
    "61": "1066143",
    "64": "0002JA0108メルペイ カフェ",
}


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE bit by bit, so that the tests do not lean on what they test."""
    register = 0xFFFF
    for byte in text.encode():
        register ^= byte << 8
        for _ in range(8):
            register = register << 1 ^ (0x1021 if register & 0x8000 else 0)
            register &= 0xFFFF
    return f"{register:04X}"


def sealed(body: str) -> str:
    """`body` with a right checksum."""
    return body + "6304" + crc(body + "6304")


def static_with(tail: str = "", **changes: str | None) -> str:
    """JPQR_STATIC with tags set (`t59="café"`) or left out (`t59=None`), then `tail`, and a right checksum."""
    tags = STATIC_TAGS | {name[1:]: value for name, value in changes.items()}
    body = "".join(f"{tag}{len(value):02}{value}" for tag, value in tags.items() if value is not None)
    return sealed(body + tail)
