"""Pages of lines, and answers that are none, against a Loki made for the test."""

import unittest
from urllib.parse import parse_qs, urlsplit

from loki import Malformed, Reading, filled_in, origin

ENTRIES = [(100 + at // 3, f"line {at}") for at in range(40)]  # three lines have one time


def answered(entries, **more):
    values = [[str(ns), line] for ns, line in entries]
    data = {"resultType": "streams", "result": [{"stream": {"app": "shop"}, "values": values}]}
    return {"status": "success", "data": data, **more}


def loki(url, entries):
    """Answers as Loki does: from start, before end, the newest first, at most the limit."""
    given = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    found = [entry for entry in entries if int(given["start"]) <= entry[0] < int(given["end"])]
    return answered(sorted(found, reverse=True)[: int(given["limit"])])


def read(limit, pages, entries=ENTRIES, start=100, end=200):
    reading = Reading("lines", '{a="b"}', start, end, limit, pages)
    asked = 0
    while not reading.is_done:
        reading.take(loki(reading.url("https://logs.example"), entries))
        asked += 1
    return reading, asked


class Pages(unittest.TestCase):
    def test_every_line_is_read_once_whatever_the_limit(self):
        for limit in (4, 5, 7, 13, 39, 40, 41, 1000):
            reading, _ = read(limit, 100)
            self.assertEqual(sorted(reading.lines), sorted(line for _, line in ENTRIES), limit)
            self.assertEqual(reading.incomplete, "")
            self.assertEqual(reading.newest_ns, ENTRIES[-1][0])

    def test_lines_that_are_equal_and_of_one_time_are_all_counted(self):
        reading, _ = read(3, 100, [(101, "a"), (101, "a"), (102, "a"), (100, "b")])
        self.assertEqual(sorted(reading.lines), ["a", "a", "a", "b"])

    def test_what_was_not_read_is_known(self):
        reading, asked = read(5, 2)
        self.assertEqual((asked, reading.incomplete), (2, f"there are more than the newest {len(reading.lines)}"))
        reading, asked = read(2, 100)
        self.assertTrue(reading.incomplete, "more lines have one time than a page has")
        self.assertLess(asked, 100)

    def test_an_empty_range_is_not_asked_for(self):
        self.assertEqual(read(10, 4, start=100, end=100)[1], 0)
        self.assertEqual(read(10, 4, start=100, end=90)[1], 0)

    def test_the_query_is_encoded(self):
        url = Reading("lines", '{a="b&c"} |= `#+ é`', 1, 2, 10).url("https://logs.example/p")
        self.assertTrue(url.startswith("https://logs.example/p/loki/api/v1/query_range?query=%7B"))
        self.assertEqual(parse_qs(urlsplit(url).query)["query"], ['{a="b&c"} |= `#+ é`'])


class Answers(unittest.TestCase):
    def take(self, answer):
        reading = Reading("lines", "{}", 100, 200, 10)
        reading.take(answer)
        return reading

    def test_what_loki_does_not_answer_is_malformed(self):
        def with_data(data):
            return {"status": "success", "data": data}

        def with_values(values):
            return with_data({"resultType": "streams", "result": [{"stream": {}, "values": values}]})

        for answer in [
            None, [], "x", {}, {"status": "error"}, with_data(None), with_data([]), with_data({"resultType": "matrix", "result": []}),
            with_data({"resultType": "streams"}), with_data({"resultType": "streams", "result": {"a": 1}}),
            with_data({"resultType": "streams", "result": [{"stream": {}}]}),
            with_data({"resultType": "streams", "result": [{"stream": [], "values": []}]}),
            with_data({"resultType": "streams", "result": [{"stream": {"a": 1, "b": None}, "values": None}]}),
            with_values([["150"]]), with_values([[150, "a"]]), with_values([["150", 1]]), with_values([["x", "a"]]),
            with_values(["ab"]), with_values([["9" * 5000, "a"]]), with_values([["99", "a"]]), with_values([["200", "a"]]),
            with_values([{}]), with_values([None]),
        ]:
            with self.assertRaises(Malformed, msg=str(answer)[:80]):
                self.take(answer)

    def test_structured_metadata_beside_a_line_is_allowed(self):
        answer = answered([(150, "a")])
        answer["data"]["result"][0]["values"][0].append({"trace": "x"})
        self.assertEqual(self.take(answer).lines, ["a"])

    def test_warnings_make_a_reading_incomplete(self):
        for warnings, expected in (["partial"], ["'partial'"]), ("\ud800", ["'\\ud800'"]):
            reading = self.take(answered([(150, "a")], warnings=warnings))
            self.assertEqual(reading.warnings, expected)
            self.assertTrue(reading.incomplete)
        self.assertEqual(self.take(answered([(150, "a")], warnings=[])).incomplete, "")


class Names(unittest.TestCase):
    def test_names_take_their_places(self):
        self.assertEqual(filled_in('{app="$app", r="$revision"}', "shop", "shop--v2"), '{app="shop", r="shop--v2"}')
        for name in ('a"} or {b="', "", "a`b", "a b", "$app", "a\n"):
            with self.assertRaises(ValueError):
                filled_in('{r="$revision"}', "shop", name)

    def test_origin_of_a_url(self):
        self.assertEqual(origin("https://logs.example:8443/a/b"), "https://logs.example:8443")


if __name__ == "__main__":
    unittest.main()
