"""Coverage-guided fuzzing of the JPQR codec: `python tools/fuzz_jpqr.py --seconds 600`.

Each input is read as a payload (as it stands, or sealed with a right checksum, behind which most of the code lies),
as a customer's code, and by everything that looks at codes. An input that makes any of them fail in another way than
with PayloadError, or that is accepted and not written back to the letter, stops the run and is kept in build/.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

with atheris.instrument_imports(include=["madoguchi.jpqr"]):
    from madoguchi.jpqr import PayloadError, decode, decode_cpm, encode, encode_cpm, new_key, sign
    from madoguchi.jpqr.conditions import KeyPair
    from madoguchi.jpqr.inspection import inspect
    from madoguchi.jpqr.payload import encode_tree
    from madoguchi.jpqr.reader import checksum, read_leniently
    from madoguchi.jpqr.report import lenient_report, report

from tests.jpqr.foreign import FOREIGN
from tests.jpqr.test_cpm import EMV, JPQR
from tests.jpqr.vectors import VECTORS

AS_IT_STANDS, SEALED, CUSTOMERS, CUSTOMERS_BYTES = range(4)
KEY = new_key()
AT = datetime(2027, 1, 1, tzinfo=UTC)


def try_one(data: bytes) -> None:
    """Read one input in the way its first byte says."""
    if not data:
        return
    way, rest = data[0] % 4, data[1:]
    text = rest.decode("utf-8", "surrogateescape")
    if way == SEALED:
        try:
            text += "6304" + checksum(text + "6304")
        except UnicodeEncodeError:
            return
    if way in (CUSTOMERS, CUSTOMERS_BYTES):
        _customers(base64.b64encode(rest).decode() if way == CUSTOMERS_BYTES else text)
    else:
        _merchants(text)
    said = report(text)
    json.dumps([said, lenient_report(text)])
    assert said["ok"] or said["error"]["code"]
    inspect(text, trusted={KEY.key_id: KEY.public}, expected=None, at=AT)


def _merchants(text: str) -> None:
    faults = read_leniently(text).faults
    try:
        payload = decode(text)
    except PayloadError as error:
        assert faults and error.args == faults[0].args, (error, faults)
        assert 0 <= error.offset <= len(text)
        return
    assert not faults, faults
    assert encode(payload) == text
    assert encode_tree(payload.tree) == text
    assert read_leniently(text).payload == payload


def _customers(text: str) -> None:
    try:
        code = decode_cpm(text)
    except PayloadError as error:
        assert 0 <= error.offset <= len(text), error
        return
    assert encode_cpm(code) == text


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """The fuzzer's own mutation, or one that keeps lengths right: a value's characters change, its frame stays."""
    rng = random.Random(seed)
    if len(data) < 8 or rng.random() < 0.5:
        return bytes(atheris.Mutate(data, max_size))
    changed = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        changed[rng.randrange(1, len(changed))] = rng.choice(b"0123456789AZaz .=\xe3\x80\x80")
    return bytes(changed[:max_size])


def _seeds(folder: Path) -> None:
    signed = [sign(text, KeyPair(KEY.private, KEY.public)) for text in VECTORS]
    merchants = [*VECTORS, *signed, *(code[0] for code in FOREIGN.values())]
    inputs = [bytes([AS_IT_STANDS]) + text.encode() for text in merchants]
    inputs += [bytes([SEALED]) + text[:-8].encode() for text in merchants]
    inputs += [bytes([CUSTOMERS]) + text.encode() for text in (EMV, JPQR)]
    inputs += [bytes([CUSTOMERS_BYTES]) + base64.b64decode(text) for text in (EMV, JPQR)]
    for number, data in enumerate(inputs):
        (folder / f"seed-{number}").write_bytes(data)


def main() -> None:
    """Run for so many seconds; the fuzzer prints its progress and its closing statistics."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=int, default=600)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    kept = Path("build")
    kept.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _seeds(Path(folder))
        limits = [f"-max_total_time={given.seconds}", f"-seed={given.seed}", f"-artifact_prefix={kept}/fuzz-"]
        limits += ["-max_len=1200", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *limits, folder], try_one, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
