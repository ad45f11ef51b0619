"""Loki's HTTP API, as far as the gate asks it: log queries over a range of time, newest lines first, page by page. Pure.

See https://grafana.com/docs/loki/latest/reference/loki-http-api/ (query_range).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Malformed(Exception):
    """An answer is not what Loki answers."""


def origin(url: str) -> str:
    """Returns the scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def filled_in(selector: str, app: str, revision: str) -> str:
    """Returns a selector with names in the place of ``$app`` and ``$revision``.

    :raises ValueError: when a name could end the quotes that it stands in.
    """
    for name in (app, revision):
        if not _NAME.fullmatch(name):
            raise ValueError(f"the name {name!r} cannot stand in a selector")
    return selector.replace("$revision", revision).replace("$app", app)


@dataclass
class Reading:
    """Reads the lines of one query, newest first, by at most ``pages`` requests of ``limit`` lines."""

    what: str
    query: str
    start_ns: int
    end_ns: int
    limit: int
    pages: int = 1
    lines: list[str] = field(default_factory=list)
    newest_ns: int | None = None
    incomplete: str = ""
    """Why there may be more lines than were read; empty when all were."""
    warnings: list[str] = field(default_factory=list)
    _next_ns: int | None = None
    _on_the_edge: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._next_ns = self.end_ns if self.start_ns < self.end_ns else None

    @property
    def is_done(self) -> bool:
        """Whether there is no page left to ask for."""
        return self._next_ns is None

    def url(self, base: str) -> str:
        """Returns the URL of the next page. Loki's ``start`` belongs to the range, its ``end`` does not."""
        given = {"query": self.query, "start": self.start_ns, "end": self._next_ns, "limit": self.limit, "direction": "backward"}
        return f"{base}/loki/api/v1/query_range?{urlencode(given)}"

    def take(self, answer: Any) -> None:
        """Takes the next page, which is JSON.

        :raises Malformed: when the answer is not one of log lines.
        """
        entries = _entries(answer)
        if not all(self.start_ns <= ns < (self._next_ns or 0) for ns, _, _ in entries):
            raise Malformed("it has a line from outside of the range")
        warnings = answer.get("warnings")
        if warnings:
            self.warnings += [ascii(warning)[:200] for warning in (warnings if isinstance(warnings, list) else [warnings])]
            self.incomplete = "Loki warned that its answer may lack lines"
        self.pages -= 1
        if entries and self.newest_ns is None:
            self.newest_ns = max(ns for ns, _, _ in entries)
        for entry in entries:
            self._keep(*entry)
        self._turn(entries)

    def _keep(self, ns: int, stream: str, line: str) -> None:
        """Keeps a line, unless the page before ended with it."""
        if ns + 1 == self._next_ns and self._on_the_edge[stream, line] > 0:
            self._on_the_edge[stream, line] -= 1
        else:
            self.lines.append(line)

    def _turn(self, entries: list[tuple[int, str, str]]) -> None:
        """Sets where the next page ends: after the oldest line of this one, since others may have the same time."""
        end_ns, self._next_ns = self._next_ns, None
        if len(entries) < self.limit:
            return
        oldest = min(ns for ns, _, _ in entries)
        if self.pages <= 0 or oldest + 1 == end_ns:
            self.incomplete = f"there are more than the newest {len(self.lines)}"
            return
        self._next_ns = oldest + 1
        self._on_the_edge = Counter((stream, line) for ns, stream, line in entries if ns == oldest)


def _entries(answer: Any) -> list[tuple[int, str, str]]:
    """Returns time, stream and line of each entry."""
    if not isinstance(answer, dict) or answer.get("status") != "success":
        raise Malformed("it is not the JSON of a query that succeeded")
    data = answer.get("data")
    if not isinstance(data, dict) or data.get("resultType") != "streams":
        kind = data.get("resultType") if isinstance(data, dict) else None
        raise Malformed(f"its result is {kind!r} and not streams of lines; is the query one of metrics?")
    entries = []
    try:
        for stream in data["result"]:
            labels = repr(sorted(stream["stream"].items()))
            for entry in stream["values"]:
                ns, line = entry[:2]
                if not isinstance(line, str) or not isinstance(ns, str):
                    raise TypeError("an entry is two strings")
                entries.append((int(ns), labels, line))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"its streams are not what Loki answers: {type(error).__name__}: {error}") from None
    return entries
