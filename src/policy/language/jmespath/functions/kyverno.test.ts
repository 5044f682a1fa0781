import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CountingContext, callJmes } from "../../../../testing/jmes-call.ts";
import { compileJmesPath } from "../compile.ts";
import { formatJmesSignature } from "../function.ts";
import { KYVERNO_JMES_FUNCTIONS } from "./kyverno.ts";

/** Kyverno 1.19's own listing (`kyverno jp function`), names and types. */
const SIGNATURES = [
  "compare(string, string) number",
  "equal_fold(string, string) bool",
  "replace(string, string, string, number) string",
  "replace_all(string, string, string) string",
  "to_upper(string) string",
  "to_lower(string) string",
  "trim(string, string) string",
  "trim_prefix(string, string) string",
  "split(string, string) array[string]",
  "regex_replace_all(string, string|number, string|number) string",
  "regex_replace_all_literal(string, string|number, string|number) string",
  "regex_match(string, string|number) bool",
  "pattern_match(string, string|number) bool",
  "label_match(object, object) bool",
  "to_boolean(string) bool",
  "add(any, any) any",
  "sum(array) any",
  "subtract(any, any) any",
  "multiply(any, any) any",
  "divide(any, any) any",
  "modulo(any, any) any",
  "round(number, number) number",
  "base64_decode(string) string",
  "base64_encode(string) string",
  "time_since(string, string, string) string",
  "time_now() string",
  "time_now_utc() string",
  "path_canonicalize(string) string",
  "truncate(string, number) string",
  "semver_compare(string, string) bool",
  "parse_json(string) any",
  "parse_yaml(string) any",
  "lookup(object|array, string|number) any",
  "items(object|array, string, string) array",
  "object_from_lists(array, array) object",
  "random(string) string",
  "x509_decode(string) object",
  "time_to_cron(string) string",
  "time_add(string, string) string",
  "time_parse(string, string) string",
  "time_utc(string) string",
  "time_diff(string, string) string",
  "time_before(string, string) bool",
  "time_after(string, string) bool",
  "time_between(string, string, string) bool",
  "time_truncate(string, string) string",
  "image_normalize(string) string",
  "is_external_url(string) bool",
  "sha256(string) string",
  "sha1(string) string",
  "md5(string) string",
];

describe("Kyverno's functions", () => {
  test("are the 51 of its listing, with their types", () => {
    assert.deepEqual(KYVERNO_JMES_FUNCTIONS.map(formatJmesSignature).sort(), SIGNATURES.toSorted());
  });

  for (const row of KYVERNO_JMES_FUNCTIONS) {
    test(`${row.name}: its example is true, its note a sentence`, () => {
      assert.equal(compileJmesPath(row.example).evaluate({}, new CountingContext()), true);
      assert.ok(row.example.includes(`${row.name}(`));
      assert.match(row.note, /^(?:[A-Z`]|-1).*\.$/);
      assert.equal(row.since, "0.2.0");
    });

    test(`${row.name}: another type is a failure, not a crash`, () => {
      for (const wrong of [null, true, 1, "\u0000", [], {}, ["x"]]) {
        try {
          callJmes(
            row.name,
            row.args.map(() => wrong),
          );
        } catch (error) {
          assert.equal((error as { code?: string }).code, "EXPRESSION_FAILED", String(error));
        }
      }
    });
  }
});
