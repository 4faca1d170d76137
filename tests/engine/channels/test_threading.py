"""Ticket numbers in subjects, in the formats that companies bring with them."""

import pytest

from engine.channels.threading import (
    build_subject,
    clean_subject,
    number_in_reference,
    reference_id,
    ticket_number_in,
    ticket_numbers_in,
)

N = "2016010110000019"


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        (f"Re: [Ticket#{N}] printer", N),
        (f"AW: printer [ticket#{N}]", N),
        (f"Ticket#: {N} x", N),
        ("[Ticket#1000001] counter", "1000001"),
        ("[Ticket#20160101101] date", "20160101101"),
        ("[Ticket#101234567890] random", "101234567890"),
        ("[Ticket#2016010199000019] other desk", None),
        ("[Ticket#9900001]", None),
        (f"{N} without hook", None),
        ("", None),
        ("[Ticket#" + "1" * 5000, None),
    ],
)
def test_number_in_subject(subject, number):
    assert ticket_number_in(subject) == number


def test_one_generator_and_other_hooks():
    assert ticket_number_in(f"[Ticket#{N}]", generator="counter") is None
    assert ticket_number_in(f"[Fall (a+)+#-{N}]", "Fall (a+)+#", divider="-") == N
    assert ticket_number_in(f"[VORGANG№{N}]", "Vorgang№") == N
    assert ticket_numbers_in(f"Ticket#{N} Ticket#1000001 Ticket#{N}") == [N, "1000001"]


@pytest.mark.parametrize(
    ("form", "wanted"),
    [("left", f"Re: [Ticket#{N}] x"), ("right", f"Re: x [Ticket#{N}]"), ("none", "Re: x")],
)
def test_build_subject_and_back(form, wanted):
    built = build_subject(N, f"Re: Re[5]: [Ticket#{N}] x", form=form)
    assert built == wanted
    assert build_subject(N, built, form=form) == wanted


def test_clean_keeps_foreign_marks_unless_told():
    assert clean_subject("AW: x") == "AW: x"
    assert clean_subject("AW: WG: x", prefixes=("AW", "WG")) == "x"
    assert clean_subject("a" * 200, size=10) == "a" * 10 + "[...]"
    assert build_subject(N, "x", prefix="") == f"[Ticket#{N}] x"


def test_build_refuses_an_unknown_format():
    with pytest.raises(ValueError, match="unknown"):
        build_subject(N, "x", form="middle")


def test_m8_sealed_references():
    ref = reference_id(N, "article-7", "Desk.example.org", b"secret")
    assert ref == reference_id(N, "article-7", "desk.example.org", b"secret")
    assert number_in_reference(ref, "desk.example.org", b"secret") == N
    assert number_in_reference(ref, "desk.example.org", b"other") is None
    assert number_in_reference(ref.replace(N, "1000001"), "desk.example.org", b"secret") is None
    assert number_in_reference(ref, "evil.example.org", b"secret") is None
    assert number_in_reference("<x@desk.example.org>", "desk.example.org") is None
