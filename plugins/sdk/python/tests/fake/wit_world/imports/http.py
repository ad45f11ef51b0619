"""The network of a test: `respond` answers each request."""

from dataclasses import dataclass


@dataclass
class Request:
    method: str
    url: str
    headers: list
    body: object
    timeout_ms: object


@dataclass
class Response:
    status: int
    headers: list
    body: bytes
    elapsed_ms: float


@dataclass
class _WithText:
    value: object


class Error_Denied(_WithText): ...


class Error_Invalid(_WithText): ...


class Error_Timeout: ...


class Error_Unreachable(_WithText): ...


class Error_TooLarge(_WithText): ...


class Error_Budget(_WithText): ...


class Error_Unresolved(_WithText): ...


class Error_Untrusted(_WithText): ...


respond = None


def send_all(requests):
    return [respond(request) for request in requests]
