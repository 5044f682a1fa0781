import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isAmapError } from "../errors/amap-error.ts";
import { readYamlPlaces } from "./yaml-places.ts";
import { readYaml } from "./yaml-reader.ts";

const STREAM = `# a comment
kind: Pod
metadata:
  labels: {app.kubernetes.io/name: web, "a b": 1}
  "quoted": yes
spec:
  containers:
  - image: nginx
    name: web
  - {image: redis}
---
---
base: &base
  one: 1
other:
  <<: *base
  two: 2
empty:
list: [
  a,
]
`;

describe("places in YAML", () => {
  const table: readonly (readonly [document: number, path: string, place: string | undefined])[] = [
    [0, "", "2:1"],
    [0, "kind", "2:1"],
    [0, "metadata.labels", "4:3"],
    [0, 'metadata.labels["app.kubernetes.io/name"]', "4:12"],
    [0, "metadata.labels.app.kubernetes.io/name", "4:12"],
    [0, 'metadata.labels["a b"]', "4:41"],
    [0, "metadata.quoted", "5:3"],
    [0, "spec.containers[0]", "8:5"],
    [0, "spec.containers[0].name", "9:5"],
    [0, "spec.containers[1].image", "10:6"],
    // What is not there: the innermost part around it that is.
    [0, "spec.containers[1].imagePullPolicy", "10:5"],
    [0, "spec.containers[7].image", "7:3"],
    [0, "spec.volumes[0]", "6:1"],
    [0, "status", "2:1"],
    [0, "constructor.name", "2:1"],
    // A document with nothing in it is none.
    [1, "base.one", "14:3"],
    [1, "other.one", "14:3"],
    [1, "other.two", "17:3"],
    [1, "empty", "18:1"],
    [1, "list[0]", "20:3"],
    [2, "", undefined],
  ];
  const places = readYamlPlaces(STREAM);
  for (const [document, path, expected] of table) {
    test(`${document} ${path}`, () => {
      const found = places.locate(document, path);
      assert.equal(found && `${found.line}:${found.column}`, expected);
    });
  }
  test("a stream that cannot be read is refused as readYaml refuses it", () => {
    assert.throws(
      () => readYamlPlaces("a: [1"),
      (error) => isAmapError(error, "YAML_INVALID"),
    );
  });
  test("JSON is YAML", () => {
    assert.deepEqual(readYamlPlaces('{"a":\n  {"b": 1}}').locate(0, "a.b"), { line: 2, column: 4 });
  });
  test("a line that Kubernetes' reader lets stand has the column of the original", () => {
    assert.deepEqual(readYamlPlaces("a:\n  b: {\n c: 1\n}\nd: 2\n").locate(0, "a.b.c"), { line: 3, column: 2 });
  });
});

test("each member of what is read has a place, which is that of its key", () => {
  const key = fc.stringMatching(/^[a-z]{1,6}$/);
  const object = fc.dictionary(key, fc.dictionary(key, fc.integer(), { maxKeys: 4 }), { minKeys: 1, maxKeys: 4 });
  fc.assert(
    fc.property(object, (written) => {
      const text = JSON.stringify(written, undefined, 2);
      const places = readYamlPlaces(text);
      const lines = text.split("\n");
      const [read] = readYaml(text) as [typeof written];
      for (const [outer, members] of Object.entries(read)) {
        for (const inner of Object.keys(members)) {
          const place = places.locate(0, `${outer}.${inner}`);
          assert.ok(place !== undefined);
          assert.ok(lines[place.line - 1]?.slice(place.column - 1).startsWith(`"${inner}"`));
        }
      }
    }),
    { numRuns: 60 },
  );
});
