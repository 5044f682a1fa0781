import assert from "node:assert/strict";
import { appendFileSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { compareText, memberOf, readYaml, type Value, type ValueObject, writeJson } from "../../src/base/index.ts";
import { compareCrdFiles, writeCrdFiles } from "./files.ts";
import { CRDS, KYVERNO_CRDS, renderCrdFiles } from "./render.ts";

const deploy = join(import.meta.dirname, "..", "..", "deploy");
const at = (value: Value | undefined, ...path: readonly string[]): Value =>
  path.reduce<Value>((inner, key) => memberOf(inner, key) ?? null, value ?? null);

const nameOf = (crd: Value): string => {
  const name = at(crd, "metadata", "name");
  return typeof name === "string" ? name : "";
};

test("the CRDs below deploy/ are what the source says", () => {
  assert.deepEqual(compareCrdFiles(deploy), { stale: [], left: [] });
});

test("amap's own reader reads each file as the CRD it was made from", () => {
  for (const [folder, crds] of [
    ["crds", CRDS],
    ["crds-kyverno", KYVERNO_CRDS],
  ] as const) {
    for (const crd of crds) {
      const path = join(deploy, folder, `${nameOf(crd)}.yaml`);
      assert.deepEqual(readYaml(readFileSync(path)), [crd]);
    }
  }
});

test("kinds that the controller does not enforce are in a folder that neither the chart nor kustomize takes up", () => {
  assert.equal(KYVERNO_CRDS.length, 16);
  const places = [...renderCrdFiles().keys()].filter((path) => path.endsWith(".kyverno.io.yaml"));
  const others = places.filter((path) => !path.endsWith("/imagevalidatingpolicies.policies.kyverno.io.yaml"));
  assert.equal(others.length, KYVERNO_CRDS.length);
  assert.deepEqual([...new Set(others.map((path) => path.split("/")[0]))], ["crds-kyverno"]);
  const manifests = globSync("{kustomize,chart,crds}/**/*.{yaml,tpl,txt}", { cwd: deploy });
  assert.ok(manifests.length > 10);
  const taking = manifests.filter((path) => readFileSync(join(deploy, path), "utf8").includes("crds-kyverno"));
  assert.deepEqual(taking, []);
});

test("rendering twice gives the same texts", () => assert.deepEqual(renderCrdFiles(), renderCrdFiles()));

test("a changed, a missing and a foreign file are found and put right", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "amap-crds-"));
  context.after(() => rmSync(folder, { recursive: true }));
  writeCrdFiles(folder);
  assert.deepEqual(compareCrdFiles(folder), { stale: [], left: [] });
  appendFileSync(join(folder, "crds/policyreports.wgpolicyk8s.io.yaml"), "# edited\n");
  rmSync(join(folder, "crds/kustomization.yaml"));
  writeFileSync(join(folder, "chart/amap/crds/old.yaml"), "");
  const differences = {
    stale: ["crds/policyreports.wgpolicyk8s.io.yaml", "crds/kustomization.yaml"],
    left: ["chart/amap/crds/old.yaml"],
  };
  assert.deepEqual(compareCrdFiles(folder), differences);
  assert.deepEqual(writeCrdFiles(folder), differences);
  assert.deepEqual(compareCrdFiles(folder), { stale: [], left: [] });
});

test("each CRD fits into the annotation that kubectl apply writes (262,144 bytes)", () => {
  for (const crd of [...CRDS, ...KYVERNO_CRDS]) assert.ok(writeJson(crd).length < 200_000, nameOf(crd));
});

for (const [kind, short, scope] of [
  ["PolicyReport", "polr", "Namespaced"],
  ["ClusterPolicyReport", "cpolr", "Cluster"],
] as const) {
  test(`${kind}: names, columns, fields of wgpolicyk8s.io/v1alpha2`, () => {
    const crd = CRDS.find((each) => at(each, "spec", "names", "kind") === kind);
    assert.deepEqual(at(crd, "spec", "names", "shortNames"), [short]);
    assert.equal(at(crd, "spec", "scope"), scope);
    const [version] = at(crd, "spec", "versions") as unknown as readonly ValueObject[];
    assert.equal(version?.["name"], "v1alpha2");
    const columns = version["additionalPrinterColumns"] as unknown as readonly ValueObject[];
    assert.deepEqual(
      columns.map(({ name }) => name),
      ["Kind", "Name", "Pass", "Fail", "Warn", "Error", "Skip", "Age"],
    );
    const root = at(version, "schema", "openAPIV3Schema");
    const names = (value: Value): readonly string[] =>
      Object.keys(at(value, "properties") as ValueObject).sort(compareText);
    const own = ["apiVersion", "kind", "metadata", "results", "scope", "scopeSelector", "summary"];
    assert.deepEqual(names(root), own);
    assert.deepEqual(names(at(root, "properties", "summary")), ["error", "fail", "pass", "skip", "warn"]);
    const result = at(root, "properties", "results", "items");
    assert.deepEqual(
      names(result),
      (
        "category message policy properties resourceSelector resources result rule scored severity source " +
        "timestamp"
      ).split(" "),
    );
    assert.deepEqual(at(result, "required"), ["policy"]);
    assert.deepEqual(names(at(result, "properties", "timestamp")), ["nanos", "seconds"]);
  });
}

test("reports of other tools pass: no text has a least length, no list a greatest", () => {
  const text = [...renderCrdFiles()].filter(([path]) => path.includes("policyreports")).map(([, each]) => each);
  assert.equal(text.length, 4);
  for (const each of text) assert.doesNotMatch(each, /minLength|maxItems|maxLength|pattern/);
});
