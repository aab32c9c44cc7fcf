"""`madoguchi jpqr`: an object a code for programs, a table for people, exit status 2 if any code failed (J-01)."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys

import pypdfium2
import pytest
from PIL import Image
from typer.testing import CliRunner

from madoguchi.cli.main import standalone
from madoguchi.core.errors import Refusal
from madoguchi.jpqr import decode, encode_cpm, jpqr_cpm, qr_png
from madoguchi.jpqr.conditions import conditions_of
from tests.jpqr.foreign import FOREIGN
from tests.jpqr.vectors import EMVCO_FOREIGN, JPQR_OUT_OF_ORDER, JPQR_STATIC, VECTORS

STORE = "0000000000001-0001-000001-000001"
FACTS = ("--store-id", STORE, "--name", "xxx", "--city", "xxx", "--postal-code", "1066143", "--mcc", "5812")


def run(*words, given=None, status=0):
    result = CliRunner().invoke(standalone(), ["jpqr", *map(str, words)], input=given)
    assert result.exit_code == status, (result.output, result.exception)
    return result


def objects(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def refused(code, *words, given=None):
    """A refusal leaves the command for `main.app`, which makes it one line and exit status 2."""
    result = CliRunner().invoke(standalone(), ["jpqr", *map(str, words)], input=given)
    assert isinstance(result.exception, Refusal), result.output
    assert result.exception.code == code


def test_a_code_is_one_object_with_everything_it_says():
    (found,) = objects(run("decode", JPQR_STATIC, "--json"))

    assert found == {
        "ok": True,
        "scheme": "jpqr",
        "initiation": "static",
        "store_id": {"level1": "0000000000001", "level2": "0001", "level3": "000001", "level4": "000001"},
        "merchant_name": "xxx",
        "merchant_name_local": "メルペイ カフェ",
        "city": "xxx",
        "postal_code": "1066143",
        "mcc": "5812",
        "currency": "392",
        "country": "JP",
        "amount": None,
        "fields": {
            "00": "01", "01": "11",
            "26": {"00": "jp.or.paymentsjapan", "01": "0000000000001", "02": "0001", "03": "000001", "04": "000001"},
            "52": "5812", "53": "392", "58": "JP", "59": "xxx", "60": "xxx", "61": "1066143",
            "64": {"00": "JA", "01": "メルペイ カフェ"}, "63": "01DA",
        },
        "details": {},
        "conditions": None,
    }  # fmt: skip


def test_a_code_that_cannot_be_taken_is_an_object_too_and_status_2():
    (found,) = objects(run("decode", JPQR_STATIC[:-1] + "B", "--json", status=2))

    assert found["ok"] is False
    assert {name: found["error"][name] for name in ("code", "path", "offset")} == {
        "code": "crc_mismatch", "path": "63", "offset": 156,
    }  # fmt: skip


def test_people_see_a_table_or_one_clear_line():
    shown = run("decode", EMVCO_FOREIGN)
    assert "BEST TRANSPORT" in shown.stdout
    assert "23.72" in shown.stdout

    wrong = run("decode", JPQR_STATIC[:-1], status=2)
    assert wrong.stdout == ""
    assert wrong.stderr == "madoguchi: past_end at 63, character 154: says 4 characters, only 3 are left\n"


def test_lines_on_standard_input_give_a_line_each_and_one_fault_makes_status_2():
    customers = encode_cpm(jpqr_cpm(operator_code="90000002", payment_id="12"))
    lines = "\r\n".join([JPQR_STATIC, "", "no code", customers, EMVCO_FOREIGN])
    found = objects(run("decode", "-", "--json", given=lines, status=2))

    assert [one.get("scheme") for one in found] == ["jpqr", None, "jpqr-cpm", "emvco"]


@pytest.mark.parametrize("name", FOREIGN)
def test_every_scheme_is_named(name):
    payload, scheme, initiation, *_ = FOREIGN[name]
    (found,) = objects(run("decode", payload, "--json"))

    assert (found["scheme"], found["initiation"]) == (scheme, initiation)


def test_bytes_that_are_no_text_are_a_fault_with_its_place():
    (found,) = objects(run("decode", "-", "--json", given=b"000201\xff\n", status=2))

    assert (found["error"]["code"], found["error"]["offset"]) == ("bad_character", 6)


def test_nothing_on_standard_input_is_said_so():
    (found,) = objects(run("decode", "-", "--json", given="\n", status=2))

    assert found["error"]["code"] == "nothing_given"


def test_lenient_shows_every_fault_and_what_can_be_read():
    broken = JPQR_STATIC.replace("5802JP", "5802jp")
    (found,) = objects(run("decode", broken, "--json", "--lenient", status=2))
    assert [one["code"] for one in found["faults"]] == ["crc_mismatch", "bad_value"]
    assert found["fields"]["64"]["01"] == "メルペイ カフェ"

    shown = run("decode", broken, "--lenient", status=2)
    assert "also bad_value at 58" in shown.stderr
    assert "メルペイ カフェ" in shown.stdout


@pytest.fixture
def picture(tmp_path):
    """A photograph of two codes."""
    counter = Image.new("L", (760, 1400), 190)
    for at, payload in enumerate((JPQR_STATIC, EMVCO_FOREIGN)):
        with Image.open(io.BytesIO(qr_png(payload))) as code:
            counter.paste(code.convert("L"), (40, 40 + 580 * at))
    path = tmp_path / "counter.jpg"
    counter.save(path, quality=80)
    return path


def test_a_picture_gives_its_codes_from_top_to_bottom(picture):
    assert [one["scheme"] for one in objects(run("decode", picture, "--json"))] == ["jpqr", "emvco"]
    assert len(objects(run("decode", "-", "--json", given=picture.read_bytes()))) == 2


def test_a_pages_codes_are_read_and_one_page_can_be_chosen(tmp_path):
    path = tmp_path / "stickers.pdf"
    with pypdfium2.PdfDocument.new() as document:
        for payload in (JPQR_STATIC, JPQR_OUT_OF_ORDER):
            image = pypdfium2.PdfImage.new(document)
            with Image.open(io.BytesIO(qr_png(payload))) as code:
                file = io.BytesIO()
                code.convert("RGB").save(file, "JPEG", quality=95)
            image.load_jpeg(file, inline=True)
            image.set_matrix(pypdfium2.PdfMatrix().scale(300, 300).translate(100, 400))
            page = document.new_page(595, 842)
            page.insert_obj(image)
            page.gen_content()
        document.save(path)

    assert [one["mcc"] for one in objects(run("decode", path, "--json"))] == ["5812", "4111"]
    assert [one["mcc"] for one in objects(run("decode", path, "--json", "--page", 2))] == ["4111"]
    (found,) = objects(run("decode", path, "--json", "--page", 3, status=2))
    assert found["error"]["code"] == "no_such_page"


def test_a_picture_without_a_code_and_a_file_that_is_not_there_are_told_apart(tmp_path):
    blank = tmp_path / "blank.png"
    Image.new("L", (200, 200), 255).save(blank)

    assert objects(run("decode", blank, "--json", status=2))[0]["error"]["code"] == "no_code"
    assert objects(run("decode", tmp_path / "no.png", "--json", status=2))[0]["error"]["code"] == "no_such_file"


def test_a_file_of_payloads_is_read_line_by_line(tmp_path):
    path = tmp_path / "codes.txt"
    path.write_text("\n".join(VECTORS))

    assert len(objects(run("decode", path, "--json"))) == 3


def test_a_static_code_is_written_from_its_facts():
    assert run("encode", *FACTS, "--local-name", "メルペイ カフェ").stdout == JPQR_STATIC + "\n"


def test_a_code_for_one_payment_carries_its_labels_and_conditions():
    text = run("encode", *FACTS, "--amount", 500, "--bill", "B1", "--reference", "R1", "--terminal", "T1",
               "--purpose", "fee", "--expires", "2027-01-01", "--lock-amount").stdout.strip()  # fmt: skip
    payload = decode(text)

    assert payload.tree["62"] == {"01": "B1", "05": "R1", "07": "T1", "08": "fee"}
    assert (payload.value("01"), payload.value("54")) == ("12", "500")
    said = conditions_of(payload)
    assert (said.expires_at.isoformat(), said.is_amount_locked) == ("2026-12-31T15:00:00+00:00", True)


def test_a_customers_code_is_written_and_read():
    text = run("encode", "--operator", "90000002", "--payment-id", "1234567890123456").stdout.strip()

    assert objects(run("decode", text, "--json"))[0]["details"] == {
        "operator_code": "90000002", "payment_id": "1234567890123456",
    }  # fmt: skip


@pytest.mark.parametrize("payload", [*VECTORS, *(code[0] for code in FOREIGN.values())])
def test_what_decode_prints_encode_writes_again(payload):
    printed = run("decode", payload, "--json").stdout

    assert run("encode", "-", given=printed).stdout == payload + "\n"


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_a_code_is_drawn_if_asked(tmp_path, ending):
    path = tmp_path / f"code{ending}"
    run("encode", *FACTS, "-o", path)

    if ending == ".png":
        assert objects(run("decode", path, "--json"))[0]["store_id"]["level1"] == "0000000000001"
    else:
        assert path.read_text().startswith("<svg ")
    assert "█" in run("encode", *FACTS, "--draw").stdout


@pytest.mark.parametrize(
    ("words", "code", "path"),
    [
        ((*FACTS, "--local-name", "字" * 26), "too_long", "64.01"),
        ((*FACTS[:2], "--name", "富岡", *FACTS[4:]), "bad_value", "59"),
        (("--store-id", "1", *FACTS[2:]), "bad_store_id", ""),
        (("--operator", "x", "--payment-id", "1"), "bad_value", "61.4F"),
        ((*FACTS, "--lock-amount"), "unexpected_tag", "80.02"),
    ],
)
def test_facts_that_make_no_code_are_refused_with_their_tag(words, code, path):
    (found,) = objects(run("encode", *words, "--json", status=2))
    assert (found["error"]["code"], found["error"]["path"]) == (code, path)

    people = run("encode", *words, status=2)
    assert people.stdout == ""
    assert people.stderr.startswith(f"madoguchi: {code}")


def test_options_that_do_not_go_together_are_refused(tmp_path):
    refused("option_missing", "encode", "--name", "x")
    refused("option_needs_amount", "encode", *FACTS, "--bill", "1")
    refused("format_unknown", "encode", *FACTS, "-o", tmp_path / "code.gif")
    refused("json_malformed", "encode", "-", given="no json\n")
    refused("key_file_unreadable", "encode", *FACTS, "--key", tmp_path / "none.json")


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "key.json"
    run("new-key", "-o", path)
    return path


def test_a_key_is_for_its_owner_alone_and_never_overwritten(key):
    before = key.read_bytes()

    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    refused("file_unwritable", "new-key", "-o", key)
    assert key.read_bytes() == before


def test_a_signed_sticker_is_genuine_and_one_pasted_over_it_is_noticed(key, tmp_path):
    """P-33: by its signature, its store number, and in a photograph too."""
    signed = run("encode", *FACTS, "--key", key).stdout.strip()
    (good,) = objects(run("inspect", signed, "--key", key, "--store-id", STORE, "--json"))
    assert (good["ok"], good["verdict"], good["is_test"]) == (True, "genuine", True)

    pasted = tmp_path / "pasted.png"
    other = "0000000000001-0001-000002-000001"
    run("encode", "--store-id", other, *FACTS[2:], "-o", pasted)
    (found,) = objects(run("inspect", pasted, "--key", key, "--store-id", STORE, "--json", status=2))
    assert (found["ok"], found["verdict"], found["store_id"]) == (False, "unsigned", other)
    assert "another_store" in [one["code"] for one in found["findings"]]
    assert "UNSIGNED" in run("inspect", pasted, "--key", key, status=2).stdout


def test_a_signature_by_a_key_nobody_named_proves_nothing(key):
    signed = run("encode", *FACTS, "--key", key).stdout.strip()

    assert objects(run("inspect", signed, "--json", status=2))[0]["verdict"] == "unknown_key"
    assert objects(run("inspect", signed[:-4] + "0000", "--json", status=2))[0]["verdict"] == "unreadable"


def test_a_code_whose_time_is_over_is_not_genuine(key):
    old = run("encode", *FACTS, "--expires", "2020-01-01", "--key", key).stdout.strip()

    assert objects(run("inspect", old, "--key", key, "--json", status=2))[0]["verdict"] == "expired"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("sheet", "--town", "10210", "-o", "x.pdf", "--format", "a3"), "format_unknown"),
        (("sheet", "--town", "10210", "-o", "x.pdf"), "database_not_set_up"),
        (("inspect", JPQR_STATIC, "--town", "10210"), "database_not_set_up"),
    ],
)
def test_without_a_platform_a_towns_commands_say_what_to_do(words, code, tmp_path):
    """As a process of its own: the tests' own database would hide it."""
    environment = {**os.environ, "MADOGUCHI_VAR": str(tmp_path / "var")}
    environment.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-m", "madoguchi.cli", "jpqr", *words], env=environment, capture_output=True, text=True,
        check=False, cwd=tmp_path,
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.startswith(f"madoguchi: {code} (")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "x.pdf").exists()
