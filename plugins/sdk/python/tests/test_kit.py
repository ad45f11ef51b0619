"""The kit as a gate uses it, with a lockgate made for the test in the place of the generated bindings."""

import json
import pathlib
import sys
import unittest
from dataclasses import dataclass

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE / "fake"), str(HERE.parent)]

from componentize_py_types import Err, Ok  # noqa: E402
from wit_world.imports import clock, http, log, traffic, types  # noqa: E402

import lockgate_gate as kit  # noqa: E402


@dataclass
class Settings:
    max_ratio: float = 2.0


def call(settings="{}", state=b""):
    stable, canary = (types.Revision(f"shop--{name}", f"https://{name}.example", "") for name in ("stable", "canary"))
    rollout = types.Rollout("run-1", "shop", stable, canary)
    return types.Context(rollout, types.Stage(0, 4, 0, 10, 1, 0.0, 60.0), settings, [("commit", "abc")], state)


def classes(**more):
    return kit.gate(name="a", version="1.0.0", summary='says "hi"', schema='{"type":"object"}', **more)


def checked(check, given="{}", state=b"", **more):
    _, health = classes(check=check, **more)
    return health().check(call(given, state))


def answer_of(result, timeout_ms=None):
    http.respond = lambda request: result
    return kit.send(kit.Request("GET", "https://canary.example/a", timeout_ms=timeout_ms))


class TheKit(unittest.TestCase):
    def test_description_is_one_json_object(self):
        about, _, _ = classes(check=print, decide=print, origins=["https://x.example"])
        self.assertEqual(json.loads(about().describe()), {
            "name": "a", "version": "1.0.0", "summary": 'says "hi"', "settings": {"type": "object"},
            "origins": ["https://x.example"],
        })
        with self.assertRaises(TypeError):
            classes()

    def test_gate_gets_the_call_and_its_settings(self):
        def check(ctx):
            self.assertEqual((ctx.rollout.id, ctx.stage.next_weight, ctx.facts["commit"]), ("run-1", 10, "abc"))
            return kit.healthy(f"{ctx.settings.max_ratio}", [kit.measurement("n", "canary", 1)])

        report = checked(check, '{"max-ratio":1.5,"other":1}', settings=Settings)
        self.assertEqual((report.health, report.summary), (types.Health.HEALTHY, "1.5"))
        self.assertEqual(report.measurements, [types.Measurement("n", "canary", 1.0, "")])
        plain = checked(lambda ctx: kit.unknown(str(ctx.settings["max-ratio"])), '{"max-ratio":3}')
        self.assertEqual(plain.summary, "3")

    def test_state_goes_from_call_to_call_and_stays_without_remember(self):
        def counts(ctx):
            ctx.remember({"seen": (ctx.state or {"seen": 0})["seen"] + 1})
            return kit.unknown("counting")

        first = checked(counts)
        second = checked(counts, state=first.state)
        self.assertEqual(second.state, b'{"seen":2}')
        self.assertEqual(checked(lambda ctx: kit.unhealthy("no"), state=second.state).state, second.state)
        with self.assertRaisesRegex(Err, "the state is not JSON: "):
            checked(counts, state=b'{"seen":')

    def test_what_lockgate_did_not_send_ends_the_call(self):
        unseen = "; this says nothing about the revision"
        for kind, more in {"Denied": "", "Invalid": "", "Budget": "", "Unresolved": unseen, "Untrusted": unseen}.items():
            http.respond = lambda request, kind=kind: Err(getattr(http, f"Error_{kind}")("why"))
            with self.assertRaises(Err) as raised:
                checked(lambda ctx: ctx.canary.get("/a") and kit.healthy("never"))
            self.assertEqual(raised.exception.value, f"GET https://canary.example/a: {kind.lower()}: why{more}")

    def test_no_response_is_an_answer_that_is_not_ok(self):
        for error, kind, text in [
            (http.Error_Timeout(), "timeout", "no response within 250 ms"),
            (http.Error_Unreachable("refused"), "unreachable", "refused"),
            (http.Error_TooLarge(10), "too-large", "the response exceeded 10 bytes"),
        ]:
            answer = answer_of(Err(error), 250)
            self.assertEqual((answer.status, answer.ok, answer.no_answer.kind, str(answer.no_answer)), (0, False, kind, text))

    def test_request_and_answer_have_what_was_written(self):
        seen = []
        http.respond = lambda request: seen.append(request) or Ok(http.Response(201, [("a", "b")], b'{"x":1}', 4.5))
        revision = kit.Revision("shop--v2", "https://canary.example", "")
        answer = revision.send("POST", "/x", json={"ä": 1}, headers={"x-a": "1"}, timeout_ms=5)
        self.assertEqual((answer.ok, answer.header("a"), answer.header("b"), answer.json()), (True, "b", None, {"x": 1}))
        self.assertEqual((seen[0].method, seen[0].url, seen[0].timeout_ms), ("POST", "https://canary.example/x", 5))
        self.assertEqual(seen[0].headers, [("content-type", "application/json"), ("x-a", "1")])
        self.assertEqual(json.loads(seen[0].body), {"ä": 1})
        odd = answer_of(Ok(http.Response(200, [], b"\xff<", 1.0)))
        self.assertEqual((odd.text(), odd.json()), ("\ufffd<", None))
        deep = answer_of(Ok(http.Response(200, [], b"[" * 100_000, 1.0)))
        self.assertIsNone(deep.json())
        objects = answer_of(Ok(http.Response(200, [], b'{"a":[' * 300 + b"]}" * 300, 1.0)))
        self.assertIsNone(objects.json())
        brackets = answer_of(Ok(http.Response(200, [], b'["[[[[", "\\"]]", {"a":[[1]]}]', 1.0)))
        self.assertEqual(brackets.json(), ["[[[[", '"]]', {"a": [[1]]}])

    def test_probe_counts_and_ranks(self):
        results = iter([
            Ok(http.Response(200, [], b"", 30.0)), Ok(http.Response(503, [], b"", 20.0)),
            Ok(http.Response(200, [], b"", 10.0)), Err(http.Error_Timeout()),
        ])
        http.respond = lambda request: next(results)
        probe = kit.Revision("a", "https://canary.example", "").probe("/health", 4)
        self.assertEqual((probe.requests, probe.failed, probe.silent), (4, 1, 1))
        self.assertEqual((probe.p50, probe.p95, probe.slowest), (20.0, 30.0, 30.0))
        self.assertEqual(probe.problem, "GET /health answered 503")
        self.assertEqual(probe.measurements("canary")[3], types.Measurement("p95", "canary", 30.0, "ms"))
        with self.assertRaisesRegex(kit.CannotAnswer, "at least one"):
            kit.Revision("a", "https://canary.example", "").probe("/health", 0)
        http.respond = lambda request: Err(http.Error_Timeout())
        silent = kit.Revision("a", "https://canary.example", "").probe("/health", 2)
        self.assertEqual((silent.silent, silent.p50, silent.slowest), (2, 0.0, 0.0))
        self.assertEqual(silent.problem, "GET /health had no answer: no response within 2000 ms")

    def test_exception_arrives_with_message_and_place_and_its_traceback_is_logged(self):
        log.lines.clear()
        with self.assertRaises(Err) as raised:
            checked(lambda ctx: 1 / 0)
        self.assertRegex(raised.exception.value, r"^ZeroDivisionError: division by zero \(test_kit\.py:\d+\)$")
        self.assertIn("Traceback (most recent call last):", [message for _, message, _ in log.lines])

    def test_forgotten_return_and_forgotten_settings_are_no_verdict(self):
        with self.assertRaisesRegex(Err, "check returned NoneType, not a report"):
            def check(ctx):
                kit.healthy("fine")
            checked(check)

        @dataclass
        class Needs:
            path: str

        with self.assertRaisesRegex(Err, "the settings are not what the gate reads"):
            checked(lambda ctx: kit.healthy("fine"), settings=Needs)

    def test_decisions_arrive_as_they_were_made(self):
        for made, decision, again in [
            (kit.promote("x"), types.Decision.PROMOTE, None),
            (kit.hold("x", ask_again_ms=5), types.Decision.HOLD, 5),
            (kit.roll_back("x"), types.Decision.ROLL_BACK, None),
        ]:
            _, promotion = classes(decide=lambda ctx, reports, made=made: made)
            answer = promotion().decide(call(state=b"1"), [])
            self.assertEqual((answer.decision, answer.reason, answer.ask_again_ms, answer.state), (decision, "x", again, b"1"))

    def test_counts_the_clock_and_the_log_are_lockgates(self):
        traffic.answer = [traffic.Slice(0.0, 60.0, []), traffic.Slice(60.0, 120.0, [])]
        self.assertEqual(kit.slices(1)[0].end_s, 120.0)
        traffic.answer = Err("forbidden")
        with self.assertRaisesRegex(kit.CannotAnswer, "^no request counts: forbidden$"):
            kit.slices(1)
        before = kit.now_ms()
        kit.sleep_ms(20)
        self.assertEqual(clock.now_ms() - before, 20)
        log.lines.clear()
        kit.log.warn("slow", path="/a")
        self.assertEqual(log.lines, [("WARN", "slow", [("path", "/a")])])


if __name__ == "__main__":
    unittest.main()
