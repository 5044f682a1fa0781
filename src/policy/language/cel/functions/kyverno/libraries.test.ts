import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memberOf, textOf, type Value } from "../../../../../base/index.ts";
import {
  type Answer,
  AnsweringReader,
  evaluateInPasses,
  evaluateKyverno,
} from "../../../../../testing/kyverno-functions.ts";
import { certificatePem } from "../../../../../testing/rsa-certificate.ts";
import { formatSignature } from "../../function.ts";
import { kyvernoLibraries } from "./libraries.ts";

const NAMESPACE = "default";
const deployment = (name: string): Value => ({ metadata: { name, labels: { app: name } }, spec: { replicas: 2 } });

/** A small world in which every row's example is true. */
const world: Answer = (kind, params) => {
  const found = answerOf(kind, params);
  return found === undefined ? { ok: false, code: "FACT_FAILED", message: kind } : { ok: true, value: found };
};

function answerOf(kind: string, params: Value): Value | undefined {
  switch (kind) {
    case "resource":
      return textOf(params, "name") === "registries" ? { data: { allowed: "ghcr.io" } } : null;
    case "resourceList":
      return { items: itemsOf(params) };
    case "resourceType":
      return textOf(params, "kind") === "Deployment"
        ? { group: "apps", version: "v1", resource: "deployments" }
        : { group: "", version: "v1", resource: "configmaps" };
    case "resourcePost":
      return { ...(memberOf(params, "object") as object), status: { allowed: false } };
    case "http":
      return { status: 200, body: { status: "ok" } };
    case "httpPost":
      return { status: 201, body: { logged: true } };
    case "globalContext":
      return textOf(params, "projection") === "count" ? 2 : { tier: "gold" };
    case "imageData":
      return { config: { architecture: "amd64" } };
    default:
      return undefined;
  }
}

function itemsOf(params: Value): readonly Value[] {
  const labels = Object.entries((memberOf(params, "labels") ?? {}) as { readonly [key: string]: Value });
  const items =
    textOf(params, "resource") === "deployments" ? [deployment("web"), deployment("db")] : [deployment("settings")];
  return items.filter((item) =>
    labels.every(([key, value]) => memberOf(memberOf(memberOf(item, "metadata"), "labels"), key) === value),
  );
}

for (const namespace of [undefined, NAMESPACE]) {
  const libraries = kyvernoLibraries(namespace === undefined ? {} : { namespace });
  describe(`Kyverno's libraries of ${namespace === undefined ? "the cluster" : "a namespaced policy"}`, () => {
    for (const row of libraries.flatMap((library) => library.functions)) {
      it(`${formatSignature(row)}: its example is true, with every fact withheld at first too`, () => {
        const run = {
          variables: { object: { spec: { caBundle: certificatePem() } } },
          effects: [],
          ...(namespace === undefined ? {} : { namespace }),
        };
        assert.equal(evaluateKyverno(row.example, { ...run, facts: new AnsweringReader(world) }), true);
        assert.equal(evaluateInPasses(row.example, world, run), true);
        assert.ok(row.example.includes(row.name), "the example shows another function");
        assert.match(row.note, /^[^a-z].*\.$/);
        assert.match(row.since, /^[0-9]+\.[0-9]+\.[0-9]+$/);
      });
    }
  });
}

describe("the libraries", () => {
  it("have names of their own, and every method that Kyverno spells in two ways in both", () => {
    const libraries = kyvernoLibraries();
    const names = libraries.map((library) => library.name);
    assert.equal(new Set(names).size, names.length);
    const rows = new Set(libraries.flatMap((library) => library.functions).map((row) => row.name));
    for (const name of [...rows].filter((each) => /(^|\.)[A-Z]/.test(each))) {
      const camel = name.replace(/(^|\.)([A-Z])/, (_, dot: string, letter: string) => dot + letter.toLowerCase());
      assert.ok(rows.has(camel), `${camel} is missing`);
    }
  });
});
