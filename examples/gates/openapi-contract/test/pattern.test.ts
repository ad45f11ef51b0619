import assert from "node:assert/strict";
import { test } from "node:test";

import { Pattern } from "../contract/pattern.js";

const PATTERNS = [
  "a", "^a", "a$", "^a$", "^$", "", "a|b", "^(a|bc)d$", "ab*c", "ab+c", "ab?c", "^a{3}$", "^a{2,}$", "^a{1,3}$", "^a{0}$", "a{", "^(?:ab)+$",
  "^(?<name>a+)b$", "^[a-c]+$", "^[^a-c]+$", "^[\\]a\\\\]+$", "^[]$", "^[^]$", "^\\d+\\.\\d{2}$", "^\\w+\\s\\W$", "^.$", "^..$", "\\bcat\\b", "\\Bcat", "^a.*?c$",
  "^(a*)*$", "^(a|a)*b$", "^((a|)b?)*$", "^\\p{L}+$", "^\\u0061\\x62$", "^\\u{1f600}$", "^\\/$", "^[\\w.-]+@[\\w-]+\\.\\w{2,}$", "^\\-$", "x|", "^(a)(b)?$", "(^a|b$)",
  "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "^\\t\\n$", "^\\cJ$", "^\\$\\(\\)$",
];

const TEXTS = [
  "", "a", "b", "aa", "aaa", "aaaa", "ab", "abc", "ac", "abbc", "ad", "bcd", "abab", "aab", "cab", "xyz", "]a\\", "12.50", "12.5", "a1 !", "é", "éß", "😀",
  "😀😀", "the cat sat", "concat", "a{", "/", "-", "x", "user.name@mail-host.example", "\t\n", "\n", "$()", "aaaaab", "123e4567-e89b-12d3-a456-426614174000",
];

test("a pattern matches the texts that RegExp matches", () => {
  for (const source of PATTERNS) {
    const pattern = Pattern.of(source);
    assert.ok(pattern, source);
    for (const text of TEXTS) {
      assert.equal(pattern.matches(text).found, native(source).test(text), `/${source}/ on ${JSON.stringify(text)}`);
    }
  }
});

function native(source: string): RegExp {
  try {
    return new RegExp(source, "u");
  } catch {
    return new RegExp(source);
  }
}

test("patterns at which RegExp would hang are matched in bounded steps", () => {
  for (const source of ["(a+)+$", "^(a|aa)+$", "(.*)*x", "^(([a-z])+.)+[A-Z]$", "^(a?){50}a{50}$", "^(\\w+\\s?)*$"]) {
    const match = Pattern.of(source)?.matches(`${"a".repeat(1_000)}!`);
    assert.equal(match?.found, false, source);
  }
});

test("a match that takes too long is given up", () => {
  const match = Pattern.of("(a?){500}b")?.matches("a".repeat(100_000));
  assert.equal(match?.found, undefined);
  assert.ok(match!.steps < 400_000, `${match?.steps} steps`);
  assert.equal(Pattern.of("a")?.matches("b".repeat(4 << 20)).found, undefined);
});

test("what has no bounded form, is not valid or is too large is not compiled", () => {
  const refused = ["(a)\\1", "(?<n>a)\\k<n>", "a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b", "(", "a**", "[b-a]", "(?i)a", "a{9999}", "(?:a{100}){100}"];
  const large = ["a".repeat(2_000), "(".repeat(400) + ")".repeat(400), "(".repeat(20) + ")".repeat(20), "((((){1000}){1000}){1000}){1000}"];
  for (const source of [...refused, ...large]) assert.equal(Pattern.of(source), undefined, source.slice(0, 40));
});
