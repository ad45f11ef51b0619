"""Reads JSON of others. Pure.

Python's own reader goes one call deeper for each level, and a component's stack has room for some 500: more would end the call with
a trap in the place of an exception.
"""

from __future__ import annotations

import json
import re
from typing import Any

MOST_PASSES = 40
"""A pass takes away one level of brackets or two, so that what is read has at most 80 levels."""

_NO_BRACKETS = re.compile(r"[^\[\]{}]+")


def parsed(text: str) -> Any:
    """Returns the value of a JSON text.

    :raises ValueError: when it is none, or nested too deeply.
    """
    if not _is_shallow(text):
        raise ValueError("it is nested too deeply, or its brackets do not match")
    return json.loads(text)


def _is_shallow(text: str) -> bool:
    """Takes away the innermost brackets again and again: what is left then is deeper, or has no counterpart."""
    outside_of_strings = "".join(text.replace("\\\\", "").replace('\\"', "").split('"')[::2])
    brackets = _NO_BRACKETS.sub("", outside_of_strings)
    for _ in range(MOST_PASSES):
        if not brackets:
            return True
        brackets = brackets.replace("[]", "").replace("{}", "")
    return not brackets
