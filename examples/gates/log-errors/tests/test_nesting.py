"""JSON that is read as Python reads it, unless it is too deep."""

import json
import random
import time
import unittest

from nesting import parsed


class Nesting(unittest.TestCase):
    def test_reads_what_json_reads(self):
        values = ["[{}]", '"]["', "\\", '\\"{[', "a\\\\", {"a[": [{"}": "{"}, []]}, [[[]]], None, 1.5, {}, "\u2028\ud800", ["\\", "[", "\\\\\""]]
        for value in values:
            for given in (value, [value], {"k": value}, json.dumps(value)):
                self.assertEqual(parsed(json.dumps(given)), given)

    def test_refuses_what_json_refuses(self):
        for text in ["", "[", "]", "[}", '{"a":', '["]', "[1]]", "nul", '["\\"]', "\\", '"\\', "[\\]", "{]"]:
            with self.assertRaises(ValueError, msg=text):
                parsed(text)

    def test_random_texts_are_read_as_json_reads_them_or_refused(self):
        rng = random.Random(7)
        for _ in range(20_000):
            text = "".join(rng.choices('[]{}"\\,:1 ', k=rng.randrange(1, 14)))
            try:
                expected = json.loads(text)
            except ValueError:
                with self.assertRaises(ValueError, msg=text):
                    parsed(text)
            else:
                self.assertEqual(parsed(text), expected)

    def test_depth_is_bounded_before_python_reads(self):
        self.assertTrue(parsed("[" * 40 + "]" * 40))
        for open_, close, levels in [("[", "]", 41), ('{"a":', "}", 41), ('{"a":[', "]}", 41), ("[", "]", 100_000), ("[", "", 4_000_000)]:
            with self.assertRaises(ValueError):
                parsed(open_ * levels + "1" + close * levels)

    def test_no_text_takes_long(self):
        began = time.monotonic()
        for unit in ["[", "[]", "]", '"', "\\", '\\"', "{[", "]}", "[[]", "[]]"]:
            with self.assertRaises(ValueError):
                parsed(unit * (4_000_000 // len(unit)))
        self.assertLess(time.monotonic() - began, 20)


if __name__ == "__main__":
    unittest.main()
