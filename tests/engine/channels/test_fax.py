"""Faxes as fax servers hand them over, whole and damaged."""

import io
import struct
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.channels.fax import from_bytes, mail_to_fax, tiff_pages
from engine.channels.inbound import InboundFile
from engine.channels.limits import Limits
from engine.channels.mail_out import build_mail
from engine.errors import Invalid

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type /Catalog /Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type /Pages /Kids[3 0 R 4 0 R]/Count 2>>endobj\n"
    b"3 0 obj<</Type /Page /Parent 2 0 R>>endobj\n4 0 obj<</Type/Page>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def tiff(pages, compression="group4"):
    sheets = [Image.new("1", (1728, 200), 1) for _ in range(pages)]
    file = io.BytesIO()
    sheets[0].save(file, "TIFF", compression=compression, save_all=True, append_images=sheets[1:])
    return file.getvalue()


@pytest.mark.parametrize("compression", ["group3", "group4"])
def test_tiff(compression):
    fax = from_bytes("089 1234567", tiff(3, compression), name="fax 1.tmp", received_at=NOW)
    assert fax.subject == "Fax from +49891234567 (3 pages)"
    assert [(one.name, one.media_type) for one in fax.files] == [("fax 1.tif", "image/tiff")]
    assert (fax.channel, fax.sent_at, fax.problems) == ("fax", NOW, [])


def test_pdf():
    fax = from_bytes("+49891234567", PDF)
    assert fax.subject == "Fax from +49891234567 (2 pages)"
    assert fax.files[0].media_type == "application/pdf"
    assert from_bytes("", PDF).subject == "Fax from unknown number (2 pages)"


@pytest.mark.parametrize("data", [b"", b"II*\x00", b"GIF89a", PDF[:40], tiff(2)[:100], b"MM\x00*"])
def test_damaged_faxes_are_kept(data):
    fax = from_bytes("089 1234567", data)
    assert fax.problems
    assert fax.files[0].data == data


def test_a_tiff_that_bites_its_tail():
    loop = b"II*\x00" + struct.pack("<I", 8) + struct.pack("<HHHIII", 1, 256, 3, 1, 1, 8)
    assert tiff_pages(loop) == (1, False)


def test_pages_are_bounded():
    assert tiff_pages(tiff(4), replace(Limits(), fax_pages=2)) == (2, False)


@given(st.binary(max_size=400), st.sampled_from([b"II*\x00", b"MM\x00*", b"%PDF-", b""]))
def test_any_bytes_are_a_fax(data, magic):
    assert from_bytes("12345", magic + data).raw == magic + data


def test_mail_to_fax():
    given_file = InboundFile("a.pdf", "text/html", PDF)
    mail = mail_to_fax(
        "089 1234567",
        "{number}@fax.example.com",
        sender="desk@example.org",
        message_id="<abc@example.org>",
        date=NOW,
        document=given_file,
    )
    assert mail.envelope == ("49891234567@fax.example.com",)
    assert b"application/pdf" in build_mail(mail)


@pytest.mark.parametrize(
    ("to", "gateway", "document"),
    [
        ("x", "{number}@fax.example.com", "t"),
        ("089 1234567", "fax@example.com", "t"),
        ("089 1234567", "{number}@a.de, {number}@b.de", "t"),
        ("089 1234567", "{number}@a.de, c@d.de", "t"),
        ("089 1234567", "{number}@a.de", InboundFile("a.exe", "application/pdf", b"MZ")),
    ],
)
def test_bad_faxes_are_refused(to, gateway, document):
    with pytest.raises(Invalid):
        mail_to_fax(to, gateway, sender="a@b.de", message_id="<abc@b>", date=NOW, document=document)
