"""A sheet that is too large, locked, armed or no sheet at all is refused before anything of it is used."""

import io
import re
import struct
import zipfile

import pytest
from openpyxl import Workbook

from madoguchi.onboarding import sheet_files
from madoguchi.onboarding.sheets import TEMPLATE_COLUMNS, read_sheet
from tests.conftest import refused

HEADS = [column.ja for column in TEMPLATE_COLUMNS]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MIB = 1 << 20


def read(data, filename="places.xlsx"):
    return read_sheet(data, filename, services={}, purposes={})


def workbook(rows=(), head=HEADS):
    book = Workbook()
    book.active.append(head)
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def row(name="市民課"):
    return [name, "", "", "課", "", "370-2316"]


def with_parts(data, **changed):
    """The workbook with parts replaced or added, by their last name; a function gets the part as it was."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.infolist():
            change = changed.pop(part.filename.rsplit("/", 1)[-1].split(".")[0], None)
            content = before.read(part)
            after.writestr(part.filename, change(content) if change else content)
        for name, content in changed.items():
            after.writestr(f"xl/{name}", content)
    return out.getvalue()


def as_excel_writes(data, change=lambda xml: xml):
    """The workbook with its texts in one shared part, which `change` may alter."""
    texts = []

    def shared(found):
        texts.append(found[1])
        return b't="s"><v>%d</v></c>' % (len(texts) - 1)

    cell = re.compile(rb't="inlineStr"><is>(.*?)</is></c>', re.DOTALL)
    moved = with_parts(data, sheet1=lambda xml: cell.sub(shared, xml))
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind
    name = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    strings = name + b"".join(b"<si>%s</si>" % text for text in texts) + b"</sst>"
    named = {"[Content_Types]": lambda xml: xml.replace(b"</Types>", override), "sharedStrings.xml": change(strings)}
    return with_parts(moved, **named)


# No sheet, or one that holds nothing


@pytest.mark.parametrize("data", [b"", b"  \r\n", "\ufeff".encode(), b",,,\r\n"])
def test_an_empty_file_is_empty(data):
    with refused("sheet_empty", filename="places.csv"):
        read(data, "places.csv")


@pytest.mark.parametrize(("data", "filename"), [(workbook(), "x.xlsx"), (",".join(HEADS).encode(), "x.csv")])
def test_a_head_alone_holds_no_place(data, filename):
    with refused("sheet_empty"):
        read(data, filename)


@pytest.mark.parametrize(
    ("data", "filename"),
    [
        (b"%PDF-1.7\n%\x00\x01", "places.pdf"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "places.csv"),
        (b"PK\x03\x04 no archive", "places.xlsx"),
        (b"name,kind", "places.xls"),
        (b"name,kind\n\x00", "places.csv"),
        (b"\x81\xff\xfe", "places.csv"),
        (OLE + b"an old workbook", "places.xls"),
        (workbook([row()])[:900], "places.xlsx"),
        (b'"' + b"x" * 200_000, "places.csv"),
    ],
)
def test_what_is_no_sheet_cannot_be_read(data, filename):
    with refused("sheet_unreadable", filename=filename):
        read(data, filename)


def test_an_archive_of_something_else_is_no_sheet():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("letter.txt", "市民課")
    with refused("sheet_unreadable"):
        read(out.getvalue())


# The head


def test_columns_that_are_missing_are_named():
    with refused("sheet_head_missing", columns="種別 (Kind), 郵便番号 (Postal code)", filename="places.csv"):
        read("店舗名,電話番号\n市民課,0274-63-1111\n".encode(), "places.csv")


def test_a_sheet_without_any_of_our_heads_is_told_all_that_it_needs():
    with refused(
        "sheet_head_missing", columns="店舗・課・施設の名称 (Name of the place), 種別 (Kind), 郵便番号 (Postal code)"
    ):
        read("りんご,みかん\n1,2\n".encode(), "places.csv")


def test_a_column_that_stands_twice_is_named():
    with refused("sheet_head_repeated", columns="電話番号 (Phone)"):
        read("名称,種別,住所,電話,電話番号\n".encode(), "places.csv")


def test_the_sheet_with_our_head_is_read_wherever_it_is_in_the_workbook():
    book = Workbook()
    book.active.append(["表紙"])
    second = book.create_sheet("一覧")
    second.append(HEADS)
    second.append(row())
    out = io.BytesIO()
    book.save(out)

    assert [one.place.name for one in read(out.getvalue()).rows] == ["市民課"]


# Armed or locked


@pytest.mark.parametrize("part", ["vbaProject.bin", "VBAPROJECT.BIN", "macrosheets/sheet1.xml", "activeX/activeX1.bin"])
def test_a_workbook_with_macros_is_refused_whatever_it_is_called(part):
    with refused("sheet_has_macro", filename="places.xlsx"):
        read(with_parts(workbook([row()]), **{part: b"Sub AutoOpen()"}))


def test_a_workbook_named_as_one_with_macros_is_refused():
    with refused("sheet_has_macro", filename="places.xlsm"):
        read(workbook([row()]), "places.xlsm")


def test_an_old_workbook_with_macros_is_refused():
    with refused("sheet_has_macro"):
        read(OLE + "_VBA_PROJECT".encode("utf-16-le"), "places.xls")


def test_a_workbook_behind_a_password_is_locked():
    with refused("sheet_locked", filename="places.xlsx"):
        read(OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le"))


def test_an_archive_behind_a_password_is_locked():
    data = bytearray(workbook([row()]))
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    with refused("sheet_locked"):
        read(bytes(data))


def test_a_link_to_another_file_is_not_followed():
    link = b"<externalLink><ddeLink ddeService='cmd' ddeTopic='/c calc'/></externalLink>"
    linked = with_parts(workbook([row()]), **{"externalLinks/externalLink1.xml": link})
    assert [one.place.name for one in read(linked).rows] == ["市民課"]


EVIL = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname"><!ENTITY b "&a;&a;&a;&a;">]>'


def test_an_entity_that_would_grow_or_read_a_file_is_not_resolved():
    with refused("sheet_unreadable"):
        read(with_parts(workbook([row()]), sheet1=lambda xml: EVIL + xml.replace("市民課".encode(), b"&b;")))


def test_an_entity_among_the_shared_texts_is_not_resolved():
    assert [one.place.name for one in read(as_excel_writes(workbook([row()]))).rows] == ["市民課"]
    with refused("sheet_unreadable"):
        read(as_excel_writes(workbook([row()]), change=lambda xml: EVIL + xml.replace("市民課".encode(), b"&b;")))


# Too large


def test_a_file_over_5_mib_is_refused_unread():
    with refused("sheet_too_large", limit_mib=5, filename="places.csv"):
        read(bytes(5 * MIB + 1), "places.csv")


def test_ten_thousand_places_are_read_and_one_more_is_refused():
    lines = [",".join(row(f"出張所{number}")) for number in range(10_001)]
    head = ",".join(HEADS)

    assert len(read("\n".join([head, *lines[:-1]]).encode(), "places.csv").rows) == 10_000
    with refused("sheet_too_large", limit_rows=10_000):
        read("\n".join([head, *lines]).encode(), "places.csv")


def test_rows_far_below_are_refused_and_not_searched_for():
    book = Workbook()
    book.active.append(HEADS)
    book.active.cell(20_001, 1, "市民課")
    out = io.BytesIO()
    book.save(out)
    with refused("sheet_too_large", limit_rows=10_000):
        read(out.getvalue())


def test_more_than_a_hundred_columns_are_refused():
    with refused("sheet_too_large", limit_columns=100):
        read(workbook([row()], head=[*HEADS, *["x"] * 90]))


def test_a_sheet_that_claims_the_largest_size_is_read_as_large_as_it_is():
    claimed = with_parts(
        workbook([row()]), sheet1=lambda xml: xml.replace(b'<dimension ref="A1:N2"', b'<dimension ref="A1:XFD1048576"')
    )
    assert [one.place.name for one in read(claimed).rows] == ["市民課"]


def test_a_zip_bomb_is_refused_by_what_it_says_of_itself():
    with refused("sheet_too_large", limit_mib=100):
        read(with_parts(workbook([row()]), bomb=bytes(101 * MIB)))


def test_parts_that_shrink_more_than_honest_ones_are_refused():
    with refused("sheet_too_large", limit_mib=100):
        read(with_parts(workbook([row()]), bomb=bytes(20 * MIB)))


def test_a_zip_bomb_that_understates_its_size_is_refused():
    data = bytearray(with_parts(workbook([row()]), bomb=bytes(200 * MIB)))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 100)
    with refused("sheet_unreadable"):
        read(bytes(data))


def test_unpacking_stops_at_the_limit_whatever_was_said():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one", bytes(3 * MIB))
    with refused("sheet_too_large"):
        sheet_files._unpack(zipfile.ZipFile(out), 2 * MIB)


def test_a_workbook_that_needs_more_time_or_memory_than_any_honest_one_is_too_large(monkeypatch):
    """The reader's process is stopped; what it had read is not used."""
    monkeypatch.setattr("madoguchi.onboarding.confinement.WALL_SECONDS", 0.01)
    with refused("sheet_too_large"):
        read(workbook([row()]))
