"""What a line of a log says, without what differs each time: its signature. Pure.

A log line may be hostile. So the time of each pattern grows with the length of the text and no faster: what repeats cannot match what
follows it, and a match begins only where a word, a quote or an escape does. An operator gives no patterns, only texts to look for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from nesting import parsed

LONGEST_LINE = 2_000
"""So many characters of a line of logfmt are read, and ten times as many of a stack."""
LONGEST_TEXT = 500
"""So many characters of what a line says are read. The time of a call hangs on it."""
LONGEST_SIGNATURE = 300
DEEPEST = 3
"""So many objects, or JSON texts, in one another are looked into."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_QUOTED = re.compile(r"""(?<!\w)(?:"[^"]*"|'[^']*'|`[^`]*`)(?!\w)""")
_WORD = re.compile(r"\w+")
_NUMBERS = re.compile(r"<n>(?:[.,:]<n>)+")
_LOGFMT = re.compile(r'(?<![\w.@-])([\w.@-]{1,40})=("(?:[^"\\]|\\.)*"|[^\s"]*)')
_IS_LOGFMT = re.compile(r"[\w.@-]{1,40}=")
_HEX = frozenset("0123456789abcdefABCDEF")
_TRACEBACK = "Traceback (most recent call last):"


def message(line: str, fields: Sequence[str]) -> str:
    """Returns what a line says: of JSON and of logfmt the values of ``fields``, of another line the whole.

    Of several lines in one, such as an exception with its stack, that is the line that names the error.
    """
    values = _values(line, fields, 0) or [line]
    return " ".join(naming for naming in map(_naming_line, values) if naming)[:LONGEST_TEXT]


def _values(line: str, fields: Sequence[str], depth: int) -> list[str]:
    text = line.strip()
    if text.startswith("{"):
        try:
            return _of_object(parsed(text), fields, depth)
        except ValueError:
            return []
    if _IS_LOGFMT.match(text):
        pairs = [(key, _unquoted(value)) for key, value in _LOGFMT.findall(text[:LONGEST_LINE])]
        return _chosen(dict(reversed(pairs)), fields, depth)
    return []


def _of_object(value: Any, fields: Sequence[str], depth: int) -> list[str]:
    if not isinstance(value, dict) or depth >= DEEPEST:
        return []
    # An object without any of the fields says what its texts say: never nothing, which would be the same in every line.
    return _chosen(value, fields, depth) or [text for text in value.values() if isinstance(text, str)]


def _chosen(value: dict[str, Any], fields: Sequence[str], depth: int) -> list[str]:
    texts: list[str] = []
    for field in fields:
        found = _at(value, field)
        if isinstance(found, str) and found.strip():
            texts += (_values(found, fields, depth + 1) if depth < DEEPEST else []) or [found]
        elif isinstance(found, dict):
            texts += _of_object(found, fields, depth + 1)
    return list(dict.fromkeys(texts))


def _at(value: dict[str, Any], field: str) -> Any:
    """Returns the value of a key, or at a path of keys with dots between them."""
    if field in value:
        return value[field]
    found: Any = value
    for key in field.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _unquoted(value: str) -> str:
    return value[1:-1].replace('\\"', '"') if value.startswith('"') else value


def _naming_line(text: str) -> str:
    lines = [line.strip() for line in text[:LONGEST_LINE * 10].splitlines() if line.strip()]
    if not lines:
        return ""
    return lines[-1] if _TRACEBACK in lines else lines[0]


def signature(text: str, names: Sequence[str]) -> str:
    """Returns the text without times, ids, numbers, quoted texts and the ``names`` of the revisions."""
    # JSON may hold half of a character, which is no text outside of it.
    text = text[:LONGEST_TEXT].encode("utf-8", "replace").decode()
    text = _COLOURS.sub("", text)
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, "<revision>")
    text = _UUID.sub("<id>", _TIME.sub("<time>", text))
    text = _NUMBERS.sub("<n>", _WORD.sub(_word, _QUOTED.sub("<text>", text)))
    return " ".join(text.split())[:LONGEST_SIGNATURE]


def _word(found: re.Match[str]) -> str:
    """A word with a digit is a number, a part of one or an id; so are eight characters and more that are all hexadecimal."""
    word = found.group()
    if any(character.isdigit() for character in word) or len(word) >= 8 and _HEX.issuperset(word):
        return "<n>"
    return word


def key(of_signature: str) -> str:
    """Returns a short key of a signature, to remember it by."""
    return hashlib.blake2b(of_signature.encode(), digest_size=5).hexdigest()
