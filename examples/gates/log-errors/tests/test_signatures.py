"""What is the same error, however its numbers, ids and names differ; and hostile lines."""

import json
import time
import unittest

from signatures import LONGEST_SIGNATURE, LONGEST_TEXT, key, message, signature

FIELDS = ["message", "msg", "error", "Log", "properties.Log"]


def of(text):
    return signature(text, ["shop--v2", "shop--v1"])


class Signatures(unittest.TestCase):
    def test_what_differs_each_time_is_taken_out(self):
        for text, expected in [
            ("2026-11-27T13:00:00.123Z ERROR order 4711 failed", "<time> ERROR order <n> failed"),
            ("2026-11-27 13:00:00,1+01:00 x", "<time> x"),
            ("trace 0f8fad5b-d9cb-469f-a165-70867728950e lost", "trace <id> lost"),
            ("at 0x7ffee and deadbeef01 and deadbeef", "at <n> and <n> and <n>"),
            ('cannot read "shop.db":  no such file', "cannot read <text>: no such file"),
            ("user 'ann' can't see `x` and won't", "user <text> can't see <text> and won't"),
            ("10.0.0.7:5432 refused", "<n> refused"),
            ("shop--v2 cannot reach shop--v1", "<revision> cannot reach <revision>"),
            ("\x1b[31mERROR\x1b[0m x\t y", "ERROR x y"),
            ("a cafe faded", "a cafe faded"),
            ("  \t ", ""),
        ]:
            self.assertEqual(of(text), expected)

    def test_durations_are_one_signature_in_any_unit(self):
        texts = ["150ms", "1.503s", "1m3.2s", "2", "2.5", "900µs"]
        self.assertEqual({of(f"timed out after {text}") for text in texts}, {"timed out after <n>"})

    def test_different_errors_stay_different(self):
        texts = ["connection refused", "connection reset", "no such table: orders", "no such table: baskets"]
        self.assertEqual(len({key(of(text)) for text in texts}), len(texts))


class Messages(unittest.TestCase):
    def said(self, line):
        return message(line if isinstance(line, str) else json.dumps(line), FIELDS)

    def test_json_says_what_its_fields_say(self):
        self.assertEqual(self.said({"level": "error", "msg": "payment failed", "id": "a"}), "payment failed")
        self.assertEqual(self.said({"error": {"message": "x"}, "msg": "payment"}), "payment x")
        self.assertEqual(self.said({"properties": {"Log": "boom"}, "time": "t"}), "boom")
        self.assertEqual(self.said({"Log": json.dumps({"msg": "inner"})}), "inner")
        self.assertEqual(self.said({"Log": "level=error msg=\"inner one\""}), "inner one")

    def test_two_json_lines_with_unknown_fields_differ_by_what_they_say(self):
        first, second = ({"severity": "ERROR", "reason": reason} for reason in ("disk full", "no such host"))
        self.assertEqual(self.said(first), "ERROR disk full")
        self.assertNotEqual(self.said(first), self.said(second))

    def test_logfmt_says_what_its_fields_say(self):
        line = 'ts=2026 level=error msg="cannot \\"pay\\"" error=timeout'
        self.assertEqual(self.said(line), 'cannot "pay" timeout')
        self.assertEqual(self.said("level=error a=b"), "level=error a=b")
        self.assertEqual(self.said("failed: error=timeout"), "failed: error=timeout")

    def test_of_a_stack_the_line_that_names_the_error(self):
        python = 'Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: price\n'
        self.assertEqual(self.said(python), "KeyError: price")
        self.assertEqual(self.said("\njava.lang.X: boom\n\tat a.b(C.java:1)"), "java.lang.X: boom")
        self.assertEqual(self.said({"msg": python}), "KeyError: price")

    def test_what_is_no_json_and_no_object_is_the_line(self):
        for line in ['{"a": ', "[1]", '"x"', "{}", '{"a": 1}', "", "=", "a ="]:
            self.assertEqual(self.said(line), line.strip())


class Hostile(unittest.TestCase):
    def test_no_line_takes_long_or_grows(self):
        units = ['"', "'", "`", "0", "a", "a1", "a=", 'a="', 'a="\\', "\\", "-", "<n>", "<n>.", "1.", "\x1b[", "\x1b[0;",
                 "2026-11-27T13:00:0", "12345678-", "{", '{"a":', "a" * 39 + "=", "@", "\n", " ", "é", "\ud800"]
        began = time.monotonic()
        for unit in units:
            for line in (unit * (1_000_000 // len(unit)), "msg=" + unit * 100_000, "level=x " + unit * 100_000):
                said = message(line, FIELDS)
                self.assertLessEqual(len(said), LONGEST_TEXT)
                self.assertLessEqual(len(of(said)), LONGEST_SIGNATURE)
        self.assertLess(time.monotonic() - began, 20)

    def test_time_grows_with_the_length_and_no_faster(self):
        def seconds(line):
            began = time.perf_counter()
            for _ in range(30):
                signature(line, [])
            return time.perf_counter() - began

        for unit in ['"', "'a", 'a="', "a", "1.", "<n>.", "\x1b[0;", "a-1:"]:
            half, whole = (unit * (length // len(unit)) for length in (LONGEST_TEXT // 4, LONGEST_TEXT))
            fastest = [min(seconds(line) for _ in range(3)) for line in (half, whole)]
            self.assertLess(fastest[1], 12 * fastest[0] + 0.01, unit)

    def test_nested_json_is_a_text(self):
        for line in ["{" * 100_000, '{"msg":' * 100_000, '{"msg":' + "[" * 100_000]:
            self.assertEqual(message(line, FIELDS), line[:LONGEST_TEXT])
        nested = "deep"
        for _ in range(10):
            nested = json.dumps({"msg": nested})
        self.assertTrue(message(nested, FIELDS))

    def test_any_text_has_a_key(self):
        self.assertEqual(of("half \ud800 \x00"), "half ? \x00")
        self.assertEqual(len(key(of("\ud800"))), 10)


if __name__ == "__main__":
    unittest.main()
