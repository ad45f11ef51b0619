"""The types of the contract, as componentize-py generates them."""

from dataclasses import dataclass
from enum import Enum


@dataclass
class Revision:
    name: str
    url: str
    image: str


@dataclass
class Rollout:
    id: str
    app: str
    stable: Revision
    canary: Revision


@dataclass
class Stage:
    index: int
    total: int
    weight: int
    next_weight: int
    asked: int
    weight_since_s: float
    now_s: float


@dataclass
class Context:
    rollout: Rollout
    stage: Stage
    settings: str
    facts: list
    state: bytes


@dataclass
class Measurement:
    name: str
    subject: str
    value: float
    unit: str


class Health(Enum):
    UNKNOWN = 0
    HEALTHY = 1
    UNHEALTHY = 2


class Decision(Enum):
    HOLD = 0
    PROMOTE = 1
    ROLL_BACK = 2


@dataclass
class HealthReport:
    health: Health
    summary: str
    measurements: list
    state: bytes


@dataclass
class NamedReport:
    gate: str
    report: HealthReport


@dataclass
class Answer:
    decision: Decision
    reason: str
    ask_again_ms: object
    measurements: list
    state: bytes
