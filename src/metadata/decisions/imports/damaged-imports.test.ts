/** Other tools' files that are none, and laws of what every reader gives. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeUtf8, LIMITS } from "../../../base/index.ts";
import type { Decision } from "../decision.ts";
import { decodeDecisions } from "../decode-decisions.ts";
import { encodeDecisions } from "../encode-decisions.ts";
import { DECISION_IMPORTS } from "./import-formats.ts";
import type { ImportContext } from "./imported-entry.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");
const CONTEXT: ImportContext = { author: "ann@shop.example", products: ["pkg:oci/shop"], owner: "bob", now: NOW };

describe("what is no such file is refused, whole", () => {
  const long = "\n".repeat(LIMITS.importedEntries);
  const rows: readonly (readonly [id: string, text: string | Uint8Array, code: string])[] = [
    ["trivyignore", Uint8Array.of(0xff), "DOCUMENT_INVALID"],
    ["trivyignore", long, "LIMIT_EXCEEDED"],
    ["trivyignore-yaml", "- a", "DOCUMENT_INVALID"],
    ["trivyignore-yaml", "a: [", "YAML_INVALID"],
    ["grype", "ignore: a", "DOCUMENT_INVALID"],
    ["grype", "a: 1\n---\nb: 1", "DOCUMENT_INVALID"],
    ["osv-scanner", "a = ", "TOML_INVALID"],
    ["osv-scanner", "IgnoredVulns = 1", "DOCUMENT_INVALID"],
    ["dependency-track", "{", "JSON_INVALID"],
    ["dependency-track", "{}", "DOCUMENT_INVALID"],
    ["dependency-track", '{"version":"2.0","project":{},"findings":[]}', "NOT_SUPPORTED"],
    ["dependency-track", '{"bomFormat":"CycloneDX","specVersion":"1.5"}', "NOT_SUPPORTED"],
  ];
  for (const [id, text, code] of rows) {
    test(`${id}: ${JSON.stringify(String(text).slice(0, 30))}`, () => {
      const bytes = typeof text === "string" ? encodeUtf8(text) : text;
      const decoded = DECISION_IMPORTS.find((form) => form.id === id)?.read(bytes, CONTEXT);
      assert.ok(decoded?.ok === false);
      assert.equal(decoded.issues[0]?.code, code, JSON.stringify(decoded.issues));
    });
  }
});

describe("laws", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "CVE-2026-1",
      "GHSA-aaaa-bbbb-cccc",
      "pkg:npm/left",
      "pkg:npm/a b",
      "left",
      "deb",
      "npm",
      "2027-01-01",
    ),
    fc.string({ maxLength: 12 }),
  );
  const value = fc.oneof(word, fc.array(word, { maxLength: 2 }), fc.integer(), fc.boolean(), fc.constant(null));
  const object = (...keys: readonly string[]): fc.Arbitrary<object> =>
    fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string({ maxLength: 5 })), value, { maxKeys: 5 });
  const rule = object("id", "vulnerability", "package", "name", "purls", "expired_at", "statement", "reason", "type");
  const nested = fc.record({
    vulnerability: object("vulnId"),
    component: object("purl", "name"),
    analysis: object("state"),
  });
  const list = fc.array(fc.oneof(rule, nested, value), { maxLength: 4 });
  const documents = fc.record({
    version: fc.constant("1.1"),
    project: object("purl"),
    findings: list,
    ignore: list,
    vulnerabilities: list,
  });

  test("every decision that is made can be written and read, and no entry goes missing", () => {
    fc.assert(
      fc.property(documents, (document) => {
        for (const form of DECISION_IMPORTS) {
          const decoded = form.read(encodeUtf8(JSON.stringify(document)), CONTEXT);
          if (!decoded.ok) continue;
          const decisions = decoded.value.flatMap(({ outcome }): readonly Decision[] =>
            outcome.kind === "decision" ? [outcome.decision] : [],
          );
          const again = decodeDecisions(encodeUtf8(encodeDecisions(decisions)));
          assert.deepEqual(again, { ok: true, value: decisions });
          const key = { grype: "ignore", "dependency-track": "findings", "trivyignore-yaml": "vulnerabilities" }[
            form.id
          ];
          const stated = key === undefined ? 0 : (document as unknown as Record<string, readonly unknown[]>)[key];
          assert.ok(typeof stated === "number" || decoded.value.length >= (stated?.length ?? 0));
        }
      }),
      { numRuns: 80 },
    );
  });

  test("junk gives entries or issues, and never an exception", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 60 }), fc.uint8Array({ maxLength: 60 })), (junk) => {
        const bytes = typeof junk === "string" ? encodeUtf8(junk.toWellFormed()) : junk;
        for (const form of DECISION_IMPORTS) form.read(bytes, CONTEXT);
      }),
    );
  });
});
