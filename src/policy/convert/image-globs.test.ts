import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseImageReference } from "../../artifact/index.ts";
import { matchesWildcard, textOf } from "../../base/index.ts";
import { policyEnvironments } from "../compile/policy-environment.ts";
import { NO_FACTS } from "../evaluate/fact-reader.ts";
import { compileExpression } from "../language/cel/compile/compile.ts";
import { convertImageGlob } from "./image-globs.ts";
import { NotConvertible } from "./not-convertible.ts";

const GLOBS: readonly (readonly [glob: string, expected: string | undefined])[] = [
  ["**", undefined],
  ["ghcr.io/acme/**", "ghcr.io/acme/*"],
  ["ghcr.io/acme/app**", "ghcr.io/acme/app*"],
  ["**demo**", "*demo*"],
  ["localhost:5000/**", "localhost:5000/*"],
];

/** Those whose meaning needs the full name, or where a star ends at a slash. */
const EXPRESSIONS = [
  "*",
  "*/*",
  "index.docker.io/library/*",
  "docker.io/acme/**",
  "ghcr.io/acme/*",
  "ghcr.io/*/app:**",
  "ghcr.io/acme/app:latest",
  "**library**",
  "**:latest",
  "image*",
  "ghcr.io/acme/**:1.*",
];

const IMAGES = [
  "nginx",
  "nginx:1.25",
  "acme/app",
  "docker.io/acme/app:2",
  "index.docker.io/acme/app:2",
  "ghcr.io/acme/app",
  "ghcr.io/acme/app:latest",
  "ghcr.io/acme/app:1.0",
  "ghcr.io/acme/team/app:1.0",
  "ghcr.io/other/app:1",
  "localhost:5000/demo",
  "image1",
  "quay.io/my-demo/x",
  `ghcr.io/acme/app:1.0@sha256:${"a".repeat(64)}`,
  `nginx@sha256:${"b".repeat(64)}`,
];

/** What policy-controller says: the full name counts, or the name as it is written. */
function matchesGlob(glob: string, image: string): boolean {
  const whole = glob === "*" ? "index.docker.io/library/*" : glob === "*/*" ? "index.docker.io/*/*" : glob;
  const source = whole.replaceAll(".", "\\.").replaceAll("**", "#").replaceAll("*", "[^/]*").replaceAll("#", ".*");
  const { registry, repository, tag, digest } = parseImageReference(image);
  const host = registry === "docker.io" ? "index.docker.io" : registry;
  const name = `${host}/${repository}${digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`}`;
  return [name, image].some((each) => new RegExp(`^${source}$`, "s").test(each));
}

function covers(glob: string, image: string): boolean {
  const made = convertImageGlob(glob, "glob");
  if (made === undefined) return true;
  if (typeof made["glob"] === "string") return matchesWildcard(made["glob"], image);
  const { reference } = policyEnvironments();
  const program = compileExpression(textOf(made, "expression"), reference);
  const variables = reference.bind({ ref: image });
  return program.evaluate({ variables, now: 0, facts: NO_FACTS, budget: { steps: 100_000 } }) === true;
}

describe("globs of policy-controller", () => {
  for (const [glob, expected] of GLOBS) {
    test(`${glob} reads the same`, () => assert.equal(convertImageGlob(glob, "glob")?.["glob"], expected));
  }
  for (const glob of EXPRESSIONS) {
    test(`${glob} is an expression`, () => assert.ok(convertImageGlob(glob, "glob")?.["expression"] !== undefined));
  }
  for (const glob of [...GLOBS.map(([each]) => each), ...EXPRESSIONS]) {
    test(`${glob} covers the same images`, () => {
      for (const image of IMAGES) assert.equal(covers(glob, image), matchesGlob(glob, image), `${glob} ${image}`);
    });
  }
  test("what is no glob is refused", () => {
    for (const glob of ["[", "a b", "a?b"]) assert.throws(() => convertImageGlob(glob, "glob"), NotConvertible);
  });
});
