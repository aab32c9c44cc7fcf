"""Codes of other schemes, made up after what their public implementations write; nobody's real account."""

# name: (payload, scheme, initiation, currency, amount, details)
FOREIGN = {
    "KHQR of a shop": (
        "00020101021230390009shop@bank01061234560212Example Bank520459995303116540440005802KH5914Riverside Cafe"
        "6010PHNOM PENH62190105INV-70706Till 164190002km0109ហាងកាហ្វេ99340013176411520000001131764115500000630479E4",
        "khqr", "dynamic", "116", "4000",
        {"bakong_account": "shop@bank", "merchant_id": "123456", "bank": "Example Bank",
         "created_ms": "1764115200000", "expires_ms": "1764115500000"},
    ),
    "KHQR of a person": (
        "00020101021129170013somebody@bank5204599953038405802KH5908Somebody6009SIEM REAP6304CFAB",
        "khqr", "static", "840", None, {"bakong_account": "somebody@bank"},
    ),
    "QRIS": (
        "00020101021126630017ID.CO.EXAMPLE.WWW01189360000000000000000209MERCHANT10303UMI51440014ID.CO.QRIS.WWW0215"
        "ID10000000000010303UMI5204581253033605802ID5913WARUNG CONTOH6007JAKARTA61051011062070703A016304A185",
        "qris", "static", "360", None,
        {"merchant_pan": "936000000000000000", "merchant_id": "MERCHANT1", "merchant_criteria": "UMI",
         "national_merchant_id": "ID1000000000001"},
    ),
    "PromptPay to a person": (
        "00020101021129370016A000000677010111011300668000000005802TH53037646304BAFB",
        "promptpay", "static", "764", None, {"mobile_number": "0066800000000"},
    ),
    "PromptPay for a bill": (
        "00020101021230550016A00000067701011201150000000000000000204REF10304REF253037645406100.005802TH6304C6F6",
        "promptpay", "dynamic", "764", "100.00",
        {"biller_id": "000000000000000", "first_reference": "REF1", "second_reference": "REF2"},
    ),
    "PayNow": (
        "00020101021226490009SG.PAYNOW010120210200000000A03010040820271231520400005303702540512.505802SG5915"
        "EXAMPLE PTE LTD6009Singapore62080104INV763044FA7",
        "paynow", "dynamic", "702", "12.50",
        {"proxy_type": "uen", "proxy": "200000000A", "amount_editable": "0", "expires_on": "20271231"},
    ),
    "SGQR with PayNow": (
        "00020101021126370009SG.PAYNOW010120210200000000A0301151740007SG.SGQR0112000000000001020701.0001030600000004"
        "0201050400010708202701015204581253037025802SG5913EXAMPLE STALL6009Singapore63046435",
        "paynow", "static", "702", None,
        {"proxy_type": "uen", "proxy": "200000000A", "amount_editable": "1", "sgqr_id": "000000000001",
         "sgqr_version": "01.0001", "outlet_postal_code": "000000", "outlet_level": "01", "outlet_unit": "0001",
         "sgqr_version_date": "20270101"},
    ),
    "Pix": (
        "00020126580014br.gov.bcb.pix013600000000-0000-4000-8000-00000000000052040000530398654041.005802BR5912"
        "LOJA EXEMPLO6008BRASILIA62070503***63041B2B",
        "pix", "static", "986", "1.00",
        {"key": "00000000-0000-4000-8000-000000000000", "transaction_id": "***"},
    ),
    "Pix by address": (
        "00020126490014br.gov.bcb.pix2527pix.example.com/v2/000000005204000053039865802BR5912LOJA EXEMPLO6008BRASILIA"
        "62070503***63048259",
        "pix", "dynamic", "986", None, {"url": "pix.example.com/v2/00000000", "transaction_id": "***"},
    ),
    "VietQR": (
        "00020101021138540010A00000072701240006970400011000000000000208QRIBFTTA53037045802VN63045382",
        "vietqr", "static", "704", None, {"bank_bin": "970400", "account": "0000000000", "service": "QRIBFTTA"},
    ),
}  # fmt: skip
