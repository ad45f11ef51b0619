"""The kit for gates of lockgate in Python: settings, requests, probes, state and verdicts.

A gate is two or three functions and one declaration::

    from dataclasses import dataclass
    from lockgate_gate import Context, Report, gate, healthy, unhealthy

    @dataclass
    class Settings:
        path: str

    def check(ctx: Context[Settings]) -> Report:
        answer = ctx.canary.get(ctx.settings.path)
        return healthy("it answers") if answer.ok else unhealthy(f"it answered {answer.status}")

    About, HealthChecking = gate(
        name="my-gate", version="0.1.0", summary="Asks the canary for its health.",
        schema=SCHEMA, settings=Settings, check=check,
    )

An exception means "could not answer": never a pass and never a "no". It is logged with its traceback. ``wit/plugin.wit`` is
the contract, and the manual of everything that a gate gets and answers.
"""

from __future__ import annotations

import dataclasses
import json
import os
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from componentize_py_types import Err
from wit_world.imports import clock as _clock
from wit_world.imports import log as _log
from wit_world.imports import traffic as _traffic
from wit_world.imports import types as _types
from wit_world.imports.traffic import Slice
from wit_world.imports.types import Health, Measurement, NamedReport, Stage

from ._http import Answer, CannotAnswer, NoAnswer, Probe, Request, Revision, measurement, send, send_all

__all__ = [
    "Answer", "CannotAnswer", "Context", "Decision", "Health", "Measurement", "NamedReport", "NoAnswer", "Probe", "Report",
    "Request", "Revision", "Rollout", "Slice", "Stage", "gate", "healthy", "hold", "log", "measurement", "now_ms", "promote",
    "roll_back", "send", "send_all", "sleep_ms", "slices", "unhealthy", "unknown",
]

S = TypeVar("S")


@dataclasses.dataclass
class Rollout:
    """The rollout that the gate is called for: the id of the run, and the name of the app."""

    id: str
    app: str


@dataclasses.dataclass
class Context(Generic[S]):
    """Everything that a gate receives, and what it remembers.

    ``settings`` are the operator's settings, which lockgate has checked and completed: the dataclass that ``gate`` was given,
    else a dictionary. ``state`` is the value that the gate remembered in its last call of this rollout, ``None`` at the
    first. ``facts`` is what the pipeline hands over, by name.
    """

    rollout: Rollout
    stable: Revision
    canary: Revision
    stage: Stage
    settings: S
    facts: Mapping[str, str]
    state: Any
    _kept: bytes

    def remember(self, state: Any) -> None:
        """Sets what the next call gets as its state: at most 64 KiB of JSON. Without it the state stays as it is.

        :raises TypeError: when the value is not one that JSON has.
        """
        self._kept = json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()


@dataclasses.dataclass
class Report:
    """What a health check answers. ``healthy``, ``unhealthy`` and ``unknown`` make one."""

    health: Health
    summary: str
    measurements: Sequence[Measurement]


def healthy(summary: str, measurements: Sequence[Measurement] = ()) -> Report:
    """Returns a pass: the canary is fit to serve."""
    return Report(Health.HEALTHY, summary, measurements)


def unhealthy(summary: str, measurements: Sequence[Measurement] = ()) -> Report:
    """Returns a fail: the canary is not fit to serve, and lockgate rolls back at once."""
    return Report(Health.UNHEALTHY, summary, measurements)


def unknown(summary: str, measurements: Sequence[Measurement] = ()) -> Report:
    """Returns that the gate cannot tell yet: lockgate asks again until the gate deadline."""
    return Report(Health.UNKNOWN, summary, measurements)


@dataclasses.dataclass
class Decision:
    """What a promotion gate answers. ``promote``, ``hold`` and ``roll_back`` make one."""

    decision: _types.Decision
    reason: str
    ask_again_ms: int | None
    measurements: Sequence[Measurement]


def promote(reason: str, measurements: Sequence[Measurement] = ()) -> Decision:
    """Returns a pass: the canary may take the next weight."""
    return Decision(_types.Decision.PROMOTE, reason, None, measurements)


def hold(reason: str, measurements: Sequence[Measurement] = (), *, ask_again_ms: int | None = None) -> Decision:
    """Returns "not yet": lockgate asks again after this time, else after its check interval, until the gate deadline."""
    return Decision(_types.Decision.HOLD, reason, ask_again_ms, measurements)


def roll_back(reason: str, measurements: Sequence[Measurement] = ()) -> Decision:
    """Returns a fail: the canary must get no more traffic, and lockgate rolls back at once."""
    return Decision(_types.Decision.ROLL_BACK, reason, None, measurements)


def slices(newest: int) -> list[Slice]:
    """Returns the newest slices of the platform's own request counts, oldest first: 1 to 1,440.

    :raises CannotAnswer: when the platform gives none.
    """
    try:
        return _traffic.slices(newest)
    except Err as error:
        raise CannotAnswer(f"no request counts: {error.value}") from None


def now_ms() -> float:
    """Returns milliseconds on a clock that never goes back, and that is virtual in a replay."""
    return _clock.now_ms()


def sleep_ms(ms: int) -> None:
    """Waits. The time counts against the call's wall-clock budget."""
    _clock.sleep_ms(ms)


class log:  # noqa: N801: it reads as a module
    """Lines for the operator, with fields beside them: ``log.warn("slow", path="/a")``."""

    @staticmethod
    def debug(message: str, **fields: object) -> None:
        """For the author of the gate; shown with ``--verbose``."""
        _write(_log.Level.DEBUG, message, fields)

    @staticmethod
    def info(message: str, **fields: object) -> None:
        """For the operator; shown with ``--verbose``."""
        _write(_log.Level.INFO, message, fields)

    @staticmethod
    def warn(message: str, **fields: object) -> None:
        """For the operator; always shown."""
        _write(_log.Level.WARN, message, fields)

    @staticmethod
    def error(message: str, **fields: object) -> None:
        """For the operator; always shown."""
        _write(_log.Level.ERROR, message, fields)


def _write(level: _log.Level, message: str, fields: Mapping[str, object]) -> None:
    _log.write(level, message, [(name, str(value)) for name, value in fields.items()])


def gate(
    *,
    name: str,
    version: str,
    summary: str,
    schema: str,
    check: Callable[[Context[Any]], Report] | None = None,
    decide: Callable[[Context[Any], Sequence[NamedReport]], Decision] | None = None,
    settings: type | None = None,
    origins: Sequence[str] = (),
) -> tuple[type, ...]:
    """Declares the gate, and returns the classes of the contract: ``About``, then ``HealthChecking`` where there is ``check``,
    then ``Promotion`` where there is ``decide``. They must be names of the module that is built.

    :param schema: the JSON Schema of the settings, as its text.
    :param settings: a dataclass; a setting ``max-ratio`` becomes its field ``max_ratio``.
    :param origins: what the gate reaches beside the two revisions, for the operator to see.
    """
    description = json.dumps({
        "name": name, "version": version, "summary": summary, "settings": json.loads(schema), "origins": list(origins),
    })

    class About:
        def describe(self) -> str:
            return description

    class HealthChecking:
        def check(self, context: _types.Context) -> _types.HealthReport:
            ctx, report = _called(context, settings, check, Report)
            return _types.HealthReport(report.health, report.summary, list(report.measurements), ctx._kept)

    class Promotion:
        def decide(self, context: _types.Context, reports: list[NamedReport]) -> _types.Answer:
            ctx, made = _called(context, settings, decide, Decision, reports)
            return _types.Answer(made.decision, made.reason, made.ask_again_ms, list(made.measurements), ctx._kept)

    kinds = [HealthChecking] * (check is not None) + [Promotion] * (decide is not None)
    if not kinds:
        raise TypeError("a gate has `check`, `decide` or both")
    return (About, *kinds)


def _called(context: _types.Context, settings: type | None, function: Any, wanted: type, *more: Any) -> tuple[Context[Any], Any]:
    """Calls the gate's function. Whatever it raises becomes ``Err``: "could not answer"."""
    try:
        ctx = _context(context, settings)
        answer = function(ctx, *more)
        if not isinstance(answer, wanted):
            given = type(answer).__name__
            raise CannotAnswer(f"{function.__name__} returned {given}, not a {wanted.__name__.lower()}: is a `return` missing?")
        return ctx, answer
    except CannotAnswer as error:
        raise Err(str(error)) from None
    except BaseException as error:
        for line in "".join(traceback.format_exception(error)).splitlines():
            log.error(line)
        raise Err(f"{type(error).__name__}: {error}{_place(error)}") from None


def _context(context: _types.Context, settings: type | None) -> Context[Any]:
    rollout = context.rollout
    try:
        state = json.loads(context.state) if context.state else None
    except ValueError as error:
        raise CannotAnswer(f"the state is not JSON: {error}") from None
    given = json.loads(context.settings)
    return Context(
        rollout=Rollout(rollout.id, rollout.app),
        stable=Revision(rollout.stable.name, rollout.stable.url, rollout.stable.image),
        canary=Revision(rollout.canary.name, rollout.canary.url, rollout.canary.image),
        stage=context.stage,
        settings=given if settings is None else _typed(settings, given),
        facts=dict(context.facts),
        state=state,
        _kept=bytes(context.state),
    )


def _typed(settings: type, given: Mapping[str, Any]) -> Any:
    fields = {field.name for field in dataclasses.fields(settings)}
    named = {key.replace("-", "_"): value for key, value in given.items()}
    try:
        return settings(**{name: value for name, value in named.items() if name in fields})
    except TypeError as error:
        raise CannotAnswer(f"the settings are not what the gate reads: {error}") from None


def _place(error: BaseException) -> str:
    """Returns file and line of the innermost frame that is neither the kit's nor Python's own."""
    # Python's own modules lie in /python of a component, whatever they say of themselves.
    kit, own = os.path.dirname(__file__), os.path.dirname(os.__file__)
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((kit + "/", own + "/", "/python/", "<"))
    ]
    return f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
