"""Which shop a code stands for: read from a JPQR payload or a photograph of it, or known from Madoguchi's notices."""

from __future__ import annotations

import json
from dataclasses import dataclass

from madoguchi.core.errors import Refusal
from madoguchi.gateways.sandbox.state import Sandbox
from madoguchi.gateways.sandbox.store import Store
from madoguchi.jpqr import StoreId, conditions_of, decode, read_symbols, signature_state
from madoguchi.jpqr.conditions import SignatureState
from madoguchi.jpqr.profile import code_of


@dataclass(frozen=True)
class Shop:
    """Where a payment goes. `amount_yen` is set if the code itself asks for an amount; names may be empty.

    `signature` says who vouches for the code, `signer` whose key that is, if it is a trusted one.
    """

    store_id: str
    name: str
    latin_name: str = ""
    amount_yen: int | None = None
    signature: SignatureState = "unsigned"
    signer: str = ""


def read_shop(payload: str, sandbox: Sandbox) -> Shop:
    """The shop a JPQR payload stands for, if our own conditions in it hold too.

    Raises Refusal `code_unreadable` with the reason, `code_forged`, `code_expired`. A code that is not signed, or by a
    key that is not known here, is as good as every code is to a wallet that knows no signatures.
    """
    try:
        decoded = decode(payload.strip())
        code = code_of(decoded)
        said = conditions_of(decoded)
        signature = signature_state(decoded, sandbox.config.public_keys)
    except ValueError as error:
        raise Refusal("code_unreadable", field="payload", reason=str(error)) from error
    if signature == "forged":
        raise Refusal("code_forged", field="payload")
    if said.expires_at is not None and said.has_expired(sandbox.clock()):
        raise Refusal("code_expired", field="payload", expired_at=said.expires_at.isoformat())
    return Shop(
        store_id=code.store_id.text,
        name=code.local_name or code.merchant_name,
        latin_name=code.merchant_name if code.local_name else "",
        amount_yen=code.amount_yen,
        signature=signature,
        signer=sandbox.config.signer(said.key_id),
    )


def read_picture(picture: bytes, sandbox: Sandbox) -> str:
    """The payload of the first JPQR code in a picture.

    Raises Refusal `picture_unreadable`, `picture_without_code`, or what `read_shop` has against the first code if
    none of them will do.
    """
    try:
        payloads = read_symbols(picture)
    except ValueError as error:
        raise Refusal("picture_unreadable", field="code", reason=str(error)) from error
    if not payloads:
        raise Refusal("picture_without_code", field="code")
    first_refusal: Refusal | None = None
    for payload in payloads:
        try:
            read_shop(payload, sandbox)
        except Refusal as refusal:
            first_refusal = first_refusal or refusal
        else:
            return payload
    assert first_refusal is not None  # noqa: S101  # every payload refused, and there was one
    raise first_refusal


def shop_of_store(store: Store, store_id: str) -> Shop:
    """The shop with a store identifier, named as Madoguchi last told us. Raises Refusal `store_id_malformed`."""
    try:
        store_id = StoreId.parse(store_id).text
    except ValueError as error:
        raise Refusal("store_id_malformed", field="store_id", reason=str(error)) from error
    row = store.row(
        "SELECT data FROM place WHERE json_extract(data, '$.store_id') = ? ORDER BY changed_at DESC LIMIT 1", store_id
    )
    place = json.loads(row["data"]) if row else {}
    return Shop(store_id=store_id, name=place.get("name") or "", latin_name=place.get("name_en") or "")
