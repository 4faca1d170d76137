"""Forms sent one after the other without looking at a page must not fill the session cookie."""


def test_only_the_latest_is_said(web):
    number = web.town.report()
    web.login("agnes")
    for turn in range(60):
        answer = web.post(f"/tickets/{number}/note", {"body": f"note {turn}"})
        assert answer.status_int == 303
    page = web.get(f"/tickets/{number}").text
    assert page.count("Note saved") == 1
    assert "Note saved" not in web.get(f"/tickets/{number}").text
