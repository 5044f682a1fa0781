import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { decodeBase64, encodeUtf8, LIMITS, memberOf, readJson, type Value } from "../base/index.ts";
import { decodeAdmissionReview, encodeAdmissionReview } from "./admission-review.ts";

const REQUEST = {
  uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
  kind: { group: "", version: "v1", kind: "Pod" },
  resource: { group: "", version: "v1", resource: "pods" },
  operation: "CREATE",
  namespace: "shop",
  name: "web",
  userInfo: { username: "someone" },
  object: { apiVersion: "v1", kind: "Pod" },
  oldObject: null,
  dryRun: false,
};
const review = (request: unknown, more: object = {}): string =>
  JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request, ...more });
const without = (key: keyof typeof REQUEST): string => review({ ...REQUEST, [key]: undefined });
const withMember = (key: string, value: unknown): string => review({ ...REQUEST, [key]: value });
const pathsOf = (text: string | Uint8Array): readonly string[] => {
  const decoded = decodeAdmissionReview(typeof text === "string" ? encodeUtf8(text) : text);
  return decoded.ok ? [] : decoded.issues.map(({ path }) => path);
};

describe("decodeAdmissionReview", () => {
  const good: readonly (readonly [name: string, text: string])[] = [
    ["as the API server sends it", review(REQUEST)],
    ["without name and namespace", review({ ...REQUEST, name: undefined, namespace: null })],
    ["unknown members", review({ ...REQUEST, options: { kind: "CreateOptions" }, requestKind: {} }, { more: 1 })],
    ["a deletion", review({ ...REQUEST, operation: "DELETE", object: null, oldObject: REQUEST.object })],
    [
      "a deletion without the old object, for the policies to decide",
      review({ ...REQUEST, operation: "DELETE", object: null }),
    ],
    [
      "numbers as Kubernetes writes them",
      withMember("object", { replicas: 1, ratio: 0.5 }).replace("0.5", "9007199254740993"),
    ],
  ];
  for (const [name, text] of good) test(`reads ${name}`, () => assert.deepEqual(pathsOf(text), []));

  const bad: readonly (readonly [name: string, text: string | Uint8Array, ...paths: readonly string[]])[] = [
    ["nothing", "", ""],
    ["no JSON", "{", ""],
    ["no UTF-8", Uint8Array.from([0x22, 0xff, 0x22]), ""],
    ["a list", "[]", "apiVersion", "kind", "request", "request.operation", "request.uid"],
    ["an unknown version", review(REQUEST, { apiVersion: "admission.k8s.io/v1beta1" }), "apiVersion"],
    ["another kind", review(REQUEST, { kind: "ConversionReview" }), "kind"],
    ["duplicate keys", `{"kind": "AdmissionReview", "kind": "x"}`, ""],
    ["a duplicate deep in the object", review(REQUEST).replace('"kind":"Pod"}', '"kind":"Pod","kind":"Job"}'), ""],
    ["__proto__", review(REQUEST).replace('"dryRun"', '"__proto__"'), ""],
    ["a number beyond all", review(REQUEST).replace('"dryRun":false', '"dryRun":1e400'), ""],
    [
      "too deep",
      withMember("object", JSON.parse("[".repeat(LIMITS.admissionDepth) + "]".repeat(LIMITS.admissionDepth))),
      "",
    ],
    ["too large", " ".repeat(LIMITS.admissionBytes + 1), ""],
    ["no uid", without("uid"), "request.uid"],
    ["an empty uid", withMember("uid", ""), "request.uid"],
    ["a uid that is a number", withMember("uid", 7), "request.uid"],
    ["a uid without end", withMember("uid", "x".repeat(2_000)), "request.uid"],
    ["no kind", without("kind"), "request.kind.version", "request.kind.kind"],
    ["no resource", without("resource"), "request.resource.version", "request.resource.resource"],
    ["a kind that is text", withMember("kind", "Pod"), "request.kind.version", "request.kind.kind"],
    ["no operation", without("operation"), "request.operation"],
    ["an unknown operation", withMember("operation", "constructor"), "request.operation"],
    ["no object to create", without("object"), "request.object"],
    ["an object that is a list", withMember("object", []), "request.object"],
    ["an old object that is text", withMember("oldObject", "x"), "request.oldObject"],
    ["dryRun that is text", withMember("dryRun", "false"), "request.dryRun"],
    ["a user that is text", withMember("userInfo", "admin"), "request.userInfo"],
    ["a user name that is a list", withMember("userInfo", { username: [] }), "request.userInfo.username"],
    ["a namespace that is a number", withMember("namespace", 7), "request.namespace"],
    ["a subresource that is an object", withMember("subResource", {}), "request.subResource"],
    ["two things at once", review({ ...REQUEST, uid: 1, dryRun: 1 }), "request.dryRun", "request.uid"],
  ];
  for (const [name, text, ...paths] of bad) {
    test(`refuses ${name}`, () => {
      const found = pathsOf(text);
      for (const path of paths) assert.ok(found.includes(path), JSON.stringify(found));
      assert.ok(found.length > 0);
    });
  }

  test("nothing that anybody sends makes it throw", () => {
    const member = fc.oneof(
      fc.anything({ withBigInt: false, maxDepth: 2 }),
      fc.constantFrom("CREATE", "admission.k8s.io/v1"),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(REQUEST), "subResource", "toString"), member),
        (more) => {
          decodeAdmissionReview(encodeUtf8(review({ ...REQUEST, ...more })));
        },
      ),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeAdmissionReview(bytes)));
  });
});

describe("encodeAdmissionReview", () => {
  const responseOf = (response: Parameters<typeof encodeAdmissionReview>[0]): Value =>
    memberOf(readJson(encodeAdmissionReview(response)), "response") ?? null;

  test("warnings are printable and bounded", () => {
    const warnings = Array.from({ length: 100 }, () => `\u001b[31m"\r\n${"w".repeat(1_000)}`);
    const shown = memberOf(responseOf({ uid: "u", allowed: true, warnings }), "warnings") as readonly string[];
    assert.equal(shown.length, 16);
    for (const warning of shown) {
      assert.ok(warning.length <= 256);
      assert.match(warning, /^\\u\{1b\}\[31m"\\u\{d\}\\u\{a\}w+…$/);
    }
  });

  test("a message is bounded, and is not cut inside a character", () => {
    for (const text of ["m".repeat(100_000), `m${"😀".repeat(50_000)}`, "😀".repeat(50_000), "\ud800"]) {
      const status = memberOf(responseOf({ uid: "u", allowed: false, status: { code: 403, message: text } }), "status");
      const message = memberOf(status, "message") as string;
      assert.ok(message.length <= 8_000 && message.isWellFormed());
    }
  });

  test("a patch comes out as it went in", () => {
    const patches = fc.array(
      fc.record({ op: fc.constant("replace"), path: fc.string(), value: fc.oneof(fc.string(), fc.integer()) }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(patches, (patch) => {
        const response = responseOf({ uid: "u", allowed: true, patch });
        assert.equal(memberOf(response, "patchType"), "JSONPatch");
        const bytes = decodeBase64(memberOf(response, "patch") as string);
        assert.deepEqual(
          JSON.parse(JSON.stringify(readJson(bytes ?? new Uint8Array()))),
          JSON.parse(JSON.stringify(patch)),
        );
      }),
    );
    assert.equal(memberOf(responseOf({ uid: "u", allowed: true, patch: [] }), "patchType"), undefined);
  });
});
