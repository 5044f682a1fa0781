import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tests as checking } from "@bufbuild/cel-spec/testdata/checking.js";
import { tests as conformance } from "@bufbuild/cel-spec/testdata/conformance.js";
import { tests as parsing } from "@bufbuild/cel-spec/testdata/parsing.js";
import type { SerializedIncrementalTestSuite as Suite } from "@bufbuild/cel-spec/testdata/tests.js";
import { celTypes } from "../../src/policy/index.ts";
import { type CelCase, fingerprint, readCase } from "./case.ts";
import { messageOfJson } from "./json-message.ts";
import type { MessageSource } from "./message.ts";
import { readTextproto } from "./textproto.ts";

/** The cases of `*.textproto` in a folder; none where there is no such file. */
export function readTextprotoCases(folder: string): readonly CelCase[] {
  return globSync("*.textproto", { cwd: folder })
    .sort()
    .flatMap((path) => {
      const file = readTextproto(readFileSync(join(folder, path), "utf8"));
      return file.messages("section").flatMap((section) => {
        const sources = section.messages("test");
        return sources.map((source) => named(file.text("name"), section.text("name"), source));
      });
    });
}

/** The cases that npm's @bufbuild/cel-spec ships: its conformance suite, of a release of cel-spec. */
export function readPackagedCases(): readonly CelCase[] {
  return (conformance.suites ?? []).flatMap((file) =>
    (file.suites ?? []).flatMap((section) =>
      (section.tests ?? []).map(({ original, type }) => {
        const test = named(file.name, section.name, messageOfJson(original));
        return type === undefined ? test : { ...test, celGoType: amapTypeText(type) };
      }),
    ),
  );
}

/**
 * Expressions of cel-go's own tests with the type that it deduces, as npm's @bufbuild/cel-spec ships them. The package's
 * other expressions say only with which message cel-go refused them in an environment without extensions; it calls
 * that informational, and so they are not run.
 */
export function readTypedCases(): readonly CelCase[] {
  return [checking, parsing].flatMap((suite) =>
    testsOf(suite).flatMap(({ original, type }, index) => {
      if (type === undefined) return [];
      const source = { ...original, typeEnv: [...CEL_GO_VARIABLES, ...listOf(original["typeEnv"])] };
      const expected = { type: celTypes.dyn, text: amapTypeText(type), isProtobuf: false };
      const test = readCase(`cel-go/${suite.name}/${index}`, messageOfJson(source));
      return [{ ...test, expected: { kind: "type" as const, type: expected } }];
    }),
  );
}

function testsOf(suite: Suite): NonNullable<Suite["tests"]> {
  return [...(suite.tests ?? []), ...(suite.suites ?? []).flatMap(testsOf)];
}

const listOf = (json: unknown): readonly unknown[] => (Array.isArray(json) ? json : []);

/** What the environment of cel-go's checker tests declares beside what the package says. */
const CEL_GO_VARIABLES: readonly object[] = [
  ...Object.entries({ is: "STRING", ii: "INT64", iu: "UINT64", iz: "BOOL", id: "DOUBLE", ib: "BYTES" }).map(
    ([name, primitive]) => ({ name, ident: { type: { primitive } } }),
  ),
  { name: "ix", ident: { type: { null: null } } },
  { name: "fg_s", function: { overloads: [{ resultType: { primitive: "STRING" } }] } },
  {
    name: "fi_s_s",
    function: {
      overloads: [{ isInstanceFunction: true, params: [{ primitive: "STRING" }], resultType: { primitive: "STRING" } }],
    },
  },
];

/** cel-go's text of a type in amap's words. */
function amapTypeText(text: string): string {
  return text
    .replace(/\bnull\b/g, "null_type")
    .replace(/\btimestamp\b/g, "google.protobuf.Timestamp")
    .replace(/\bduration\b/g, "google.protobuf.Duration");
}

function named(file: string, section: string, source: MessageSource): CelCase {
  return readCase(`${file}/${section}/${source.text("name")}`, source);
}

/**
 * The cases of all sources, under distinct names. A case that two sources have with equal content counts once, with what
 * either says of its type; with different content both count, the later one as `name (2)`.
 */
export function mergeCases(...sources: readonly (readonly CelCase[])[]): readonly CelCase[] {
  const merged = new Map<string, CelCase>();
  const known = new Map<string, string>();
  for (const cases of sources) {
    // What a source has twice it has twice: only other sources can repeat it.
    const before = new Map(known);
    for (const test of cases) {
      const content = JSON.stringify([test.name, fingerprint(test)]);
      const name = before.get(content) ?? freeName(test.name, merged);
      merged.set(name, { ...test, ...merged.get(name), name });
      known.set(content, name);
    }
  }
  return [...merged.values()];
}

function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name} (${count})`;
  return free;
}
