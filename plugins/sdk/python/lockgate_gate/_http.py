"""Requests, answers and probes. What lockgate did not send, or could not, becomes "could not answer" here, so that a gate never
takes it for a finding."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from componentize_py_types import Ok
from wit_world.imports import http as _http
from wit_world.imports.types import Measurement

from ._json import parsed

PROBE_TIMEOUT_MS = 2_000
"""The time for each request of a probe: forty to each revision end within the 30 s of a call."""


class CannotAnswer(Exception):
    """Ends the call with "could not answer" and this text, without a traceback."""


@dataclasses.dataclass
class NoAnswer:
    """Why there is no response: evidence about the other side. ``kind`` is ``timeout``, ``unreachable`` or ``too-large``."""

    kind: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclasses.dataclass
class Answer:
    """What came of a request that was sent: a response, or the reason why there is none.

    Without a response ``status`` is 0 and ``ok`` is false, so that a gate that forgets to look never passes by it. Header names
    are in lower case; ``elapsed_ms`` is what lockgate measured.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    elapsed_ms: float
    no_answer: NoAnswer | None = None

    @property
    def ok(self) -> bool:
        """Whether the status is 200 to 299."""
        return 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        """Returns the first header field of this name, which is in lower case."""
        return next((value for field, value in self.headers if field == name), None)

    def text(self) -> str:
        """Returns the body as text; what is not UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Returns the body as JSON; ``None`` where it is none, or is nested too deeply to be read: a finding about the other side,
        and no error."""
        try:
            return parsed(self.body.decode())
        except ValueError:
            return None


@dataclasses.dataclass
class Request:
    """A request to an absolute URL. ``json`` is a body and its ``content-type``; ``timeout_ms`` is for the whole exchange, 10 s
    without it."""

    method: str
    url: str
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    body: bytes | None = None
    timeout_ms: int | None = None
    json: dataclasses.InitVar[Any] = None

    def __post_init__(self, json_body: Any) -> None:
        if json_body is not None:
            self.headers = {"content-type": "application/json", **self.headers}
            self.body = json.dumps(json_body).encode()


def send(request: Request) -> Answer:
    """Sends one request and waits for the answer.

    :raises CannotAnswer: when lockgate did not send it, or could not.
    """
    return send_all([request])[0]


def send_all(requests: Sequence[Request]) -> list[Answer]:
    """Sends requests at the same time, at most 8 of them in flight, and returns the answers in their order.

    :raises CannotAnswer: when lockgate did not send one of them, or could not.
    """
    sent = [
        _http.Request(request.method, request.url, list(request.headers.items()), request.body, request.timeout_ms)
        for request in requests
    ]
    return [_answer(request, result) for request, result in zip(requests, _http.send_all(sent), strict=True)]


def _answer(request: Request, result: Any) -> Answer:
    if isinstance(result, Ok):
        response = result.value
        return Answer(response.status, response.headers, bytes(response.body), response.elapsed_ms)
    error = result.value
    if isinstance(error, _http.Error_Timeout):
        ms = request.timeout_ms or 10_000
        no_answer = NoAnswer("timeout", f"no response within {ms} ms")
    elif isinstance(error, _http.Error_Unreachable):
        no_answer = NoAnswer("unreachable", error.value)
    elif isinstance(error, _http.Error_TooLarge):
        no_answer = NoAnswer("too-large", f"the response exceeded {error.value} bytes")
    else:
        kind = type(error).__name__.removeprefix("Error_").lower()
        unseen = "; this says nothing about the revision" if kind in ("unresolved", "untrusted") else ""
        raise CannotAnswer(f"{request.method} {request.url}: {kind}: {error.value}{unseen}")
    return Answer(0, (), b"", 0.0, no_answer)


@dataclasses.dataclass
class Probe:
    """The outcome of several equal requests: ``failed`` had a response that is not 2xx, ``silent`` had none. Times are
    milliseconds over the responses by nearest rank, 0 without any. ``problem`` is the first failure in a sentence."""

    requests: int
    failed: int
    silent: int
    p50: float
    p95: float
    slowest: float
    problem: str

    def measurements(self, subject: str) -> list[Measurement]:
        """Returns the numbers as measurements of ``subject``, such as ``canary``."""
        return [
            measurement("failed", subject, self.failed, "requests"),
            measurement("silent", subject, self.silent, "requests"),
            measurement("p50", subject, self.p50, "ms"),
            measurement("p95", subject, self.p95, "ms"),
            measurement("slowest", subject, self.slowest, "ms"),
        ]


@dataclasses.dataclass
class Revision:
    """A deployed version of the app. Paths begin with a slash."""

    name: str
    url: str
    image: str

    def request(self, method: str, path: str, **more: Any) -> Request:
        """Returns a request to this revision; ``more`` is as for :class:`Request`."""
        return Request(method, self.url + path, **more)

    def send(self, method: str, path: str, **more: Any) -> Answer:
        """Sends a request to this revision.

        :raises CannotAnswer: when lockgate did not send it, or could not.
        """
        return send(self.request(method, path, **more))

    def get(self, path: str, **more: Any) -> Answer:
        """Sends a GET to this revision, as ``send`` does."""
        return self.send("GET", path, **more)

    def probe(self, path: str, count: int, *, timeout_ms: int = PROBE_TIMEOUT_MS, **more: Any) -> Probe:
        """Sends ``count`` equal GETs at the same time, at most 8 of them in flight, and counts.

        :raises CannotAnswer: when lockgate did not send one of them, or could not.
        """
        if count < 1:
            raise CannotAnswer("a probe sends at least one request")
        answers = send_all([self.request("GET", path, timeout_ms=timeout_ms, **more)] * count)
        times = sorted(answer.elapsed_ms for answer in answers if answer.no_answer is None)
        return Probe(
            requests=count,
            failed=sum(answer.no_answer is None and not answer.ok for answer in answers),
            silent=count - len(times),
            p50=_percentile(times, 50),
            p95=_percentile(times, 95),
            slowest=times[-1] if times else 0.0,
            problem=next((_problem(path, answer) for answer in answers if not answer.ok), ""),
        )


def _percentile(times: Sequence[float], percent: int) -> float:
    rank = max(1, -(-len(times) * percent // 100))
    return times[rank - 1] if times else 0.0


def _problem(path: str, answer: Answer) -> str:
    if answer.no_answer is None:
        return f"GET {path} answered {answer.status}"
    return f"GET {path} had no answer: {answer.no_answer}"


def measurement(name: str, subject: str, value: float, unit: str = "") -> Measurement:
    """Returns a measurement. The subject is such as ``canary``; the unit is such as ``ms``, empty for a bare number."""
    return Measurement(name, subject, float(value), unit)
