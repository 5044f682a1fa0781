import assert from "node:assert/strict";
import { test } from "node:test";
import { imageName, shellWord, shortDigest } from "./names.ts";
import { printable, printableLines } from "./printable.ts";
import { countsInWords } from "./severity.ts";
import { relativeTime } from "./time.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const TIMES: readonly (readonly [at: string, words: string | undefined])[] = [
  ["2026-11-22T12:00:02Z", "just now"],
  ["2026-11-22T11:59:30Z", "seconds ago"],
  ["2026-11-22T12:00:30Z", "in seconds"],
  ["2026-11-22T11:58:59Z", "1 minute ago"],
  ["2026-11-22T09:00:00Z", "3 hours ago"],
  ["2026-11-20T12:00:00Z", "2 days ago"],
  ["2026-11-24T12:00:00Z", "in 2 days"],
  ["2026-09-01T12:00:00Z", "2 months ago"],
  ["2024-11-01T12:00:00Z", "2 years ago"],
  ["yesterday", undefined],
  ["", undefined],
];
for (const [at, words] of TIMES) {
  test(`${at} is ${String(words)}`, () => {
    assert.equal(relativeTime(at, NOW), words);
  });
}

test("control, direction-changing and invisible characters and lone surrogates are shown", () => {
  assert.equal(printable("a\u202eb\u0000c\nd\ud800e\u200bf"), "a\\u{202e}b\\u{0}c\\u{a}d\\u{d800}e\\u{200b}f");
  assert.equal(printable("Grüße, 世界 <b>"), "Grüße, 世界 <b>");
});

test("in a block of its own, lines and tabs stay", () => {
  assert.equal(printableLines("a\r\n\tb\u202ec\nd"), "a\n\tb\\u{202e}c\nd");
});

test("digests are cut, short ones are not", () => {
  assert.equal(shortDigest(`sha256:${"ab".repeat(32)}`), "sha256:abababababab…");
  assert.equal(shortDigest("sha256:abcdef"), "sha256:abcdef");
  assert.equal(shortDigest("ab".repeat(32)), "abababababab…");
});

test("an image is named by repository and digest", () => {
  assert.equal(imageName({ repository: "r/a", digest: "sha256:00" }), "r/a@sha256:00");
});

const WORDS: readonly (readonly [text: string, word: string])[] = [
  ["registry.local:5000/a/b@sha256:00", "registry.local:5000/a/b@sha256:00"],
  ["a b", "'a b'"],
  ["$(rm -rf /)", "'$(rm -rf /)'"],
  ["it's", "'it'\\''s'"],
  ["", "''"],
  ["a\nb", "'a\nb'"],
];
for (const [text, word] of WORDS) {
  test(`the shell reads ${JSON.stringify(word)} as ${JSON.stringify(text)}`, () => {
    assert.equal(shellWord(text), word);
  });
}

test("counts are told worst first, zeros are left out", () => {
  assert.equal(countsInWords({ low: 2, critical: 1, high: 0 }), "1 critical, 2 low");
  assert.equal(countsInWords({}), "none");
});
