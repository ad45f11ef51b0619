#!/usr/bin/env python3
"""Makes vectors.json: secrets in every form that lockgate masks, and ordinary text that it leaves as it is.

`make.py > vectors.json` writes the file; `make.py --check` compares it with what the encoders of this machine write, the
compressed bodies by what they hold. It needs Python 3.10 and Node.js 20, and nothing else. What is not made by an encoder of one
of the two is made here by the documented rules of another one, which is named beside it.

A form is one line: `before`, `form` and `after` are what a service sends, and `form` is what becomes [redacted]. A body is
compressed: `packed` is its base64, `encoding` its content-encoding, if it says one, and `holds` what it holds.
"""

import base64
import gzip
import hashlib
import html
import json
import pathlib
import re
import subprocess
import sys
import urllib.parse
import zlib

NON_ASCII = "\u00fc\u00df\u20ac\U0001f511"


def long_secret():
    """2,000 characters like those of a token, with one that encoders care about after every 40."""
    blocks, counter = "", 0
    while len(blocks) < 4_000:
        block = hashlib.sha256(f"lockgate {counter}".encode()).digest()
        blocks += base64.b64encode(block).decode().rstrip("=")
        counter += 1
    specials = "+/=&<>\"'\\ %#?;:" + NON_ASCII
    text = ""
    while len(text) < 2_000:
        text += blocks[len(text) : len(text) + 40] + specials[len(text) // 41 % len(specials)]
    return text[:2_000]


SECRETS = {
    "8": "k+/=&<\"'",
    "16": "T0k/n+=&<>\"'\\ \u00e97",
    # It holds what looks like escapes itself.
    "24": "p%41&lt;q\\n\"\\u0042+y%2&#",
    "40": "Zq7/Rk+e=w&x<y>z\"q'u\\v 4\u00fc\u20ac8h?t#m%p;s:d!L",
    "2000": long_secret(),
}
for length, secret in SECRETS.items():
    assert len(secret) == int(length), (length, len(secret))


def node(expression):
    """Returns a JavaScript expression of `s` for every secret, by the name of the secret."""
    program = f"""
        const secrets = JSON.parse(require('fs').readFileSync(0, 'utf8'));
        const of = (s) => {expression};
        const forms = Object.entries(secrets).map(([name, s]) => [name, of(s)]);
        process.stdout.write(JSON.stringify(Object.fromEntries(forms)));"""
    ran = subprocess.run(["node", "-e", program], input=json.dumps(SECRETS), text=True, capture_output=True, check=True)
    return json.loads(ran.stdout)


def utf16(character):
    encoded = character.encode("utf-16-be")
    return [int.from_bytes(encoded[at : at + 2], "big") for at in range(0, len(encoded), 2)]


def escapes(character, pattern):
    return "".join(pattern % unit for unit in utf16(character))


SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", "\\": "\\\\"}


def dotnet_json(text):
    """System.Text.Json, JavaScriptEncoder.Default: Basic Latin stays but for <>&'+"` and what JSON demands; \\uXXXX upper."""
    return "".join(
        SHORT.get(c) or (escapes(c, "\\u%04X") if c in "<>&'+\"`\x7f" or not " " <= c <= "~" else c) for c in text
    )


def go_json(text):
    """encoding/json with SetEscapeHTML(true), the default: <, > and & as \\uxxxx in lower case, U+2028 and U+2029 too."""
    short = SHORT | {'"': '\\"'}
    return "".join(
        short.get(c) or (escapes(c, "\\u%04x") if c in "<>&\u2028\u2029" or c < " " else c) for c in text
    )


def php_json(text):
    """json_encode without flags: / as \\/, all that is not ASCII as \\uxxxx in lower case."""
    return json.dumps(text)[1:-1].replace("/", "\\/")


def all_json(text):
    """Legal JSON that no encoder writes by default: every character as an escape, in lower and upper case by turns."""
    return "".join(escapes(c, "\\u%04x" if at % 2 else "\\u%04X") for at, c in enumerate(text))


def mixed_json(text):
    """Legal JSON: each third character as \\uXXXX, the others as json.dumps writes them, / as \\/."""
    return "".join(
        escapes(c, "\\u%04X") if at % 3 == 0 else php_json(c) for at, c in enumerate(text)
    )


def javascript(text):
    """A string literal of JavaScript: \\xHH below 256, else \\u{H}; by turns with the characters themselves."""
    def one(at, c):
        if c in "'\"\\":
            return "\\" + c
        if at % 2:
            return c
        return "\\x%02x" % ord(c) if ord(c) < 256 else "\\u{%X}" % ord(c)
    return "".join(one(at, c) for at, c in enumerate(text))


def go_html(text):
    """html.EscapeString: &#34; and &#39; where others have names."""
    return html.escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;")


def dotnet_html(text):
    """WebUtility.HtmlEncode: U+00A0 to U+00FF and what is beyond the BMP in decimal; the apostrophe as &#39;."""
    return "".join(
        "&#%d;" % ord(c) if 0xA0 <= ord(c) <= 0xFF or ord(c) > 0xFFFF else go_html(c).replace("&#34;", "&quot;")
        for c in text
    )


def numeric_html(pattern):
    return lambda text: "".join(c if c.isascii() and c.isalnum() else pattern % ord(c) for c in text)


NAMES = {
    "+": "plus", "/": "sol", "=": "equals", "&": "AMP", "<": "LT", ">": "GT", '"': "QUOT", "'": "apos", "\\": "bsol",
    "%": "percnt", "#": "num", "?": "quest", ";": "semi", ":": "colon", "!": "excl", "\u00fc": "uuml", "\u00df": "szlig",
    "\u00e9": "eacute", "\u20ac": "euro",
}


def named_html(text):
    """HTML's named character references, wherever there is one."""
    return "".join(f"&{NAMES[c]};" if c in NAMES else c for c in text)


def lower_digits(percent):
    return re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), percent)


def some_percent(text):
    """RFC 3986 lets any character be encoded: each second byte of those that need it least."""
    return "".join(
        "".join("%%%02X" % byte for byte in c.encode()) if at % 2 or not c.isalnum() or not c.isascii() else c
        for at, c in enumerate(text)
    )


quote, quote_plus = urllib.parse.quote, urllib.parse.quote_plus


def dumps(text):
    return json.dumps(text)[1:-1]


PLAIN = [("as it is", "plain", "Bearer ", str, "")]
JSON = [
    ("JSON escapes", "Python, ensure_ascii", '{"token": "', dumps, '"}'),
    ("JSON escapes", "Python, ensure_ascii=False", '{"token": "', lambda s: json.dumps(s, ensure_ascii=False)[1:-1], '"}'),
    ("JSON escapes", ".NET, System.Text.Json", '{"token":"', dotnet_json, '"}'),
    ("JSON escapes", "Go, encoding/json", '{"token":"', go_json, '"}\n'),
    ("JSON escapes", "PHP, json_encode", '{"token":"', php_json, '"}'),
    ("JSON escapes", "every character", '["', all_json, '"]'),
    ("JSON escapes", "mixed", '["a\\n', mixed_json, '\\n"]'),
    ("JSON escapes", "JavaScript's string literal", "const token = '", javascript, "';"),
]
HTML = [
    ("HTML entities", "Python, html.escape", "<p>token ", html.escape, "</p>"),
    ("HTML entities", "Go, html.EscapeString", "<p>", go_html, "</p>"),
    ("HTML entities", ".NET, WebUtility.HtmlEncode", "<p>", dotnet_html, "</p>"),
    ("HTML entities", "named", "<p>", named_html, "</p>"),
    ("HTML entities", "decimal", "<p>", numeric_html("&#%d;"), "</p>"),
    ("HTML entities", "decimal with leading zeros", "<p>", numeric_html("&#%05d;"), "</p>"),
    ("HTML entities", "hexadecimal", "<p>", numeric_html("&#x%x;"), "</p>"),
    ("HTML entities", "hexadecimal in upper case", "<p>", numeric_html("&#X%X;"), "</p>"),
    ("HTML entities", "hexadecimal with leading zeros", "<p>", numeric_html("&#x%06X;"), "</p>"),
]
PERCENT = [
    ("percent encoding", "Python, quote", "/?token=", quote, "&x=1"),
    ("percent encoding", "Python, quote without /", "/?token=", lambda s: quote(s, safe=""), "&x=1"),
    ("percent encoding", "Python, quote_plus", "a=1&token=", quote_plus, "&x=1"),
    ("percent encoding", "lower case", "/?token=", lambda s: lower_digits(quote(s, safe="")), "&x=1"),
    ("percent encoding", "lower case with +", "token=", lambda s: lower_digits(quote_plus(s)), "&x=1"),
    ("percent encoding", "any characters", "/?token=", some_percent, "&x=1"),
    ("percent encoding", "every character", "/?token=", lambda s: "".join("%%%02x" % b for b in s.encode()), "&x=1"),
]
NESTED = [
    ("nested", "percent in percent", "/?next=%2F%3Ftoken%3D", lambda s: quote(quote(s, safe=""), safe=""), "%26x"),
    ("nested", "percent with / in percent", "/?next=", lambda s: quote(quote(s)), ""),
    ("nested", "JSON in JSON", '{"body": "{\\"token\\": \\"', lambda s: dumps(dumps(s)), '\\"}"}'),
    ("nested", "JSON of Go in JSON of .NET", '{"body":"', lambda s: dotnet_json(go_json(s)), '"}'),
    ("nested", "JSON in HTML", "<pre>{&quot;token&quot;: &quot;", lambda s: html.escape(dumps(s)), "&quot;}</pre>"),
    ("nested", "HTML in JSON of Go", '{"page":"\\u003cp\\u003e', lambda s: go_json(html.escape(s)), '\\u003c/p\\u003e"}'),
    ("nested", "percent in HTML in JSON", '{"page":"', lambda s: go_json(html.escape(quote(s))), '"}'),
    ("nested", "JSON in JSON in JSON", '{"a":"{\\"b\\":\\"{\\\\\\"c\\\\\\":\\\\\\"', lambda s: dumps(dumps(dumps(s))), '\\\\\\"}\\"}"}'),
    ("nested", "percent three times", "/?next=", lambda s: quote(quote(quote(s, safe=""), safe=""), safe=""), ""),
    ("nested", "JSON of .NET in HTML in JSON of Go", '{"page":"', lambda s: go_json(html.escape(dotnet_json(s))), '"}'),
    ("nested", "JSON in percent", "/?q=%7B%22token%22%3A%22", lambda s: quote(dumps(s), safe=""), "%22%7D"),
]
HEX = [
    ("hex", "lower case", "token ", lambda s: s.encode().hex(), "."),
    ("hex", "upper case", "token ", lambda s: s.encode().hex().upper(), "."),
    ("hex", "with colons", "token ", lambda s: s.encode().hex(":"), "."),
    ("hex", "with dashes, in upper case", "token ", lambda s: s.encode().hex("-").upper(), "."),
    ("hex", "with spaces", "token\t", lambda s: s.encode().hex(" "), "."),
]
OF_NODE = [
    ("JSON escapes", "Node.js, JSON.stringify", '{"token":"', "JSON.stringify(s).slice(1, -1)", '"}'),
    ("percent encoding", "Node.js, encodeURIComponent", "/?token=", "encodeURIComponent(s)", "&x=1"),
    ("percent encoding", "Node.js, URLSearchParams", "token=", "new URLSearchParams({s}).toString().slice(2)", "&x=1"),
    ("percent encoding", "Node.js, encodeURI", "/", "encodeURI(s)", "/x"),
    ("hex", "Node.js, Buffer", "token ", "Buffer.from(s).toString('hex')", "."),
]


def in_base64(kind, secret, before, after, encode, width=0, newline=""):
    """Encodes before + secret + after. The form is every character that holds a bit of the secret."""
    text = encode((before.encode() + secret.encode() + after.encode())).decode()
    first = len(before.encode()) * 8 // 6
    last = -(-(len(before.encode()) + len(secret.encode())) * 8 // 6)

    def lines(begin, end):
        held = ""
        for at in range(begin, end):
            held += newline if width and at and at % width == 0 else ""
            held += text[at]
        return held

    head = lines(0, first)
    form = lines(first, last)
    if newline and form.startswith(newline):
        form, head = form.removeprefix(newline), head + newline
    return {"family": "base64", "kind": kind, "before": head, "form": form, "after": lines(last, len(text))}


def base64_forms(secret):
    standard, url_safe = base64.b64encode, base64.urlsafe_b64encode
    without = lambda encode: lambda raw: encode(raw).rstrip(b"=")
    yield in_base64("alone", secret, "", "", standard)
    yield in_base64("alone, URL-safe", secret, "", "", url_safe)
    yield in_base64("alone, without padding", secret, "", "", without(standard))
    yield in_base64("alone, URL-safe, without padding", secret, "", "", without(url_safe))
    for before in ("u", "us", "usr", "user:"):
        yield in_base64(f"after {len(before)} bytes", secret, before, " and more", standard)
        yield in_base64(f"after {len(before)} bytes, URL-safe", secret, before, "", without(url_safe))
    for width, newline, name in ((76, "\r\n", "\\r\\n"), (76, "\n", "\\n"), (64, "\n", "\\n"), (64, "\r\n", "\\r\\n")):
        lead = "x" * (width * 3 // 4 - 4)
        for shift in range(3):
            kind = f"in lines of {width}, {name}, after {len(lead) + shift} bytes"
            yield in_base64(kind, secret, lead + "y" * shift, " and more text", standard, width, newline)
    for newline in ("\\n", "\\r\\n"):
        kind = f"in lines of 76, in JSON with {newline}"
        yield in_base64(kind, secret, "z" * 54, " and more", standard, 76, newline)
    slashed = in_base64("in JSON of PHP", secret, "u", "", standard)
    yield slashed | {key: slashed[key].replace("/", "\\/") for key in ("before", "form", "after")}
    signed = in_base64("in JSON of .NET", secret, "u", "", standard)
    yield signed | {key: dotnet_json(signed[key]) for key in ("before", "form", "after")}
    quoted = in_base64("in a query", secret, "u", "", standard)
    yield quoted | {key: quote(quoted[key], safe="") for key in ("before", "form", "after")}


def forms():
    of_node = [(family, kind, before, node(code), after) for family, kind, before, code, after in OF_NODE]
    for name, secret in SECRETS.items():
        for family, kind, before, encode, after in PLAIN + JSON + HTML + PERCENT + NESTED + HEX:
            yield {
                "secret": name, "family": family, "kind": kind, "before": before, "form": encode(secret), "after": after,
            }
        for family, kind, before, forms_of, after in of_node:
            yield {
                "secret": name, "family": family, "kind": kind, "before": before, "form": forms_of[name], "after": after,
            }
        for form in base64_forms(secret):
            yield {"secret": name} | form


def raw_deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def two_members(data):
    return gzip.compress(data[: len(data) // 2], mtime=0) + gzip.compress(data[len(data) // 2 :], mtime=0)


PACKERS = [
    ("gzip", "gzip", lambda data: gzip.compress(data, mtime=0)),
    ("gzip of two members", "gzip", two_members),
    ("gzip that no header names", None, lambda data: gzip.compress(data, mtime=0)),
    ("zlib", "deflate", zlib.compress),
    ("raw deflate", "deflate", raw_deflate),
]


def bodies():
    for name, secret in SECRETS.items():
        filler = ", ".join(f"word {number}" for number in range(200))
        holds = {"before": f'{{"filler": "{filler}", "token": "', "form": dotnet_json(secret), "after": '", "more": 1}'}
        for kind, encoding, pack in PACKERS:
            packed = base64.b64encode(pack("".join(holds.values()).encode())).decode()
            yield {
                "secret": name, "family": "gzip and deflate", "kind": kind, "encoding": encoding, "packed": packed,
                "holds": holds,
            }


GERMAN = "Die K\u00fcrbissuppe kostet 4,50 \u20ac & schmeckt \u201egro\u00dfartig\u201c; 100 % Bio, ab 11 Uhr + solange der Vorrat reicht."


def ordinary():
    digest = hashlib.sha256(GERMAN.encode())
    document = {
        "name": GERMAN, "path": "C:\\new\\tables\\u0041", "html": "<b>&amp;</b>", "list": [1, 2.5, None, True], "a/b": "\\\"",
    }
    yield "German", GERMAN
    yield "JSON", json.dumps(document)
    yield "JSON, indented and not escaped", json.dumps(document, ensure_ascii=False, indent=2)
    yield "JSON in JSON", json.dumps({"body": json.dumps(document)})
    yield "JSON of .NET", dotnet_json(GERMAN)
    yield "HTML", f"<!doctype html><title>&lt;{html.escape(GERMAN)}&gt;</title>&nbsp;&copy; &#169; &#xA9; &unknown; & &#; &#x;"
    yield "percent-encoded URL", "https://shop.example/suche?q=" + quote_plus(GERMAN) + "&next=" + quote(quote("/a b?c=d"))
    yield "percent signs", "100% %zz %2 %25 %%41 50%!"
    yield "base64 of other things", base64.b64encode(GERMAN.encode() * 5).decode()
    yield "base64 in lines", base64.encodebytes(GERMAN.encode() * 5).decode()
    yield "hex digests", f"{digest.hexdigest()} {digest.hexdigest().upper()} {digest.digest().hex(':')}"
    yield "backslashes", "\\ \\\\ \\q \\u12 \\ud800 \\udc00\\ud800 \\x4 \\u{110000} \\u{} \\"
    yield "a certificate", "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(digest.digest() * 9).decode()
    yield "a log", "2026-08-20T10:00:00Z INFO [redacted] GET /health 200 12ms trace=4bf92f3577b34da6a3ce929d0e0e4736\r\n" * 3


def lines(name, entries):
    listed = ",\n".join(json.dumps(entry, ensure_ascii=True) for entry in entries)
    return f'{json.dumps(name)}: [\n{listed}\n]'


def document():
    plain = [{"kind": kind, "text": text} for kind, text in ordinary()]
    return "{\n" + ",\n".join((
        f'"secrets": {json.dumps(SECRETS)}', lines("forms", forms()), lines("bodies", bodies()), lines("ordinary", plain),
    )) + "\n}\n"


def without_compression(made):
    """Compressors may write different bytes for one text; whether the texts are the same is seen in what the bodies hold."""
    for body in made["bodies"]:
        packed = base64.b64decode(body.pop("packed"))
        text = b""
        while packed:
            unpacker = zlib.decompressobj(-15 if body["kind"] == "raw deflate" else 47)
            text += unpacker.decompress(packed)
            packed = unpacker.unused_data
        assert text.decode() == "".join(body["holds"].values()), body["kind"]
    return made


if __name__ == "__main__":
    if sys.argv[1:] != ["--check"]:
        sys.stdout.write(document())
        sys.exit()
    committed = pathlib.Path(__file__).with_name("vectors.json").read_text()
    if without_compression(json.loads(committed)) != without_compression(json.loads(document())):
        sys.exit("vectors.json is not what make.py writes; run make.py > vectors.json and read the difference")
