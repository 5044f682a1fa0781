import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkArchitecture } from "./cruise.ts";
import { PLANTED_VIOLATIONS } from "./planted.ts";
import { ALLOWED_IMPORTS } from "./rules.ts";

const root = join(import.meta.dirname, "..", "..");
const tsconfig = join(root, "tsconfig.json");

test("every planted violation is caught in its file by its rule", async () => {
  const { modules, violations } = await checkArchitecture(join(import.meta.dirname, "fixtures"), tsconfig);
  assert.ok(modules >= 30, `saw ${modules} modules of the fixtures`);
  const caught = new Set(violations.map(({ rule, from }) => `${rule} | ${from}`));
  const missed = PLANTED_VIOLATIONS.filter(({ rule, from }) => !caught.has(`${rule} | ${from}`));
  assert.deepEqual(missed, []);
});

test("the source keeps to the rules, and the check saw it", async () => {
  const { modules, violations } = await checkArchitecture(root, tsconfig);
  assert.ok(modules > 30, `saw ${modules} modules; a check that sees nothing proves nothing`);
  assert.deepEqual(violations, []);
});

test("the room table of docs/ARCHITECTURE.md is the table of the rules", () => {
  const text = readFileSync(join(root, "docs", "ARCHITECTURE.md"), "utf8");
  const rows = [...text.matchAll(/^\| `([a-z]+)` \| ([^|]*) \|/gm)].map(([, room, imports]) => [
    room,
    imports?.trim() === "nothing" ? [] : (imports ?? "").split(",").map((name) => name.trim()),
  ]);
  assert.deepEqual(Object.fromEntries(rows), ALLOWED_IMPORTS);
});

test("every folder of src is a room of the table, or testing", () => {
  const folders = readdirSync(join(root, "src"));
  assert.deepEqual(
    folders.filter((name) => name !== "testing" && !(name in ALLOWED_IMPORTS)),
    [],
  );
});

for (const page of ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/ARCHITECTURE.md"]) {
  test(`the paths that ${page} names exist`, () => {
    const text = readFileSync(join(root, page), "utf8");
    const paths = [...text.matchAll(/`((?:src|tools|docs|examples|conformance|e2e|bench|bin)\/[\w./-]*)`/g)].map(
      ([, path = ""]) => path,
    );
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });
}
