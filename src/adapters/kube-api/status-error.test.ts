import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ErrorCode, LIMITS } from "../../base/index.ts";
import { toRefusal } from "./status-error.ts";

// The sentences are the ones that kube-apiserver 1.36.3 was seen to write.
const DENIED = 'admission webhook "pods.amap.test" denied the request: ';
const rows: readonly [what: string, status: number, message: string, code: ErrorCode][] = [
  ["no credentials", 401, "Unauthorized", "CLUSTER_UNAUTHORIZED"],
  [
    "missing rights",
    403,
    'configmaps "a" is forbidden: User "system:serviceaccount:x:sa" cannot get resource "configmaps" in API group ""',
    "CLUSTER_FORBIDDEN",
  ],
  ["missing rights on a path", 403, 'forbidden: User "a\\"b" cannot get path "/metrics"', "CLUSTER_FORBIDDEN"],
  ["no words", 403, "", "CLUSTER_FORBIDDEN"],
  [
    "Pod Security",
    403,
    'pods "p" is forbidden: violates PodSecurity "restricted:latest": privileged (container "c")',
    "CLUSTER_REFUSED",
  ],
  [
    "ValidatingAdmissionPolicy",
    403,
    "configmaps \"b\" is forbidden: ValidatingAdmissionPolicy 'vap' with binding 'vapb' denied request: no",
    "CLUSTER_REFUSED",
  ],
  ["a webhook's 403", 403, `${DENIED}no`, "CLUSTER_REFUSED"],
  ["a webhook that speaks as RBAC does", 403, `${DENIED}is forbidden: User "x" cannot get pods`, "CLUSTER_REFUSED"],
  ["a webhook's 401", 401, `${DENIED}no`, "CLUSTER_REFUSED"],
  ["a webhook's 404", 404, `${DENIED}no`, "CLUSTER_REFUSED"],
  ["a webhook's 409", 409, `${DENIED}no`, "CLUSTER_REFUSED"],
  ["a webhook's 429", 429, `${DENIED}no`, "CLUSTER_REFUSED"],
  ["a webhook's 500", 500, `${DENIED}no`, "CLUSTER_REFUSED"],
  ["a webhook that is away", 500, 'failed calling webhook "pods.amap.test": connection refused', "CLUSTER_UNAVAILABLE"],
  ["an object named as a denial", 404, `pods "${DENIED}" not found`, "CLUSTER_NOT_FOUND"],
  ["an invalid object", 422, 'ConfigMap "A" is invalid', "CLUSTER_REFUSED"],
  ["a bad request", 400, "unable to parse requirement", "CLUSTER_REFUSED"],
  ["a wrong method", 405, "the server does not allow this method", "CLUSTER_REFUSED"],
  ["an old version", 409, "the object has been modified", "CLUSTER_CONFLICT"],
  ["a forgotten moment", 410, "too old resource version", "CLUSTER_UNAVAILABLE"],
  ["too many requests", 429, "too many requests", "CLUSTER_UNAVAILABLE"],
  ["a broken server", 503, "", "CLUSTER_UNAVAILABLE"],
];

describe("what a refused request means", () => {
  for (const [what, status, message, code] of rows) {
    it(`${what}: ${code}`, () => {
      const error = toRefusal({ what: "get x", status, body: { kind: "Status", message, reason: "Some" } });
      assert.equal(error.code, code);
      assert.ok(error.message.endsWith(message) && error.message.startsWith("get x: "));
      assert.deepEqual([error.details["status"], error.details["message"]], [status, message]);
    });
  }

  it("only a Status is the API server's word", () => {
    for (const body of [undefined, null, "admission", [], { message: `${DENIED}no` }, { kind: "Status", message: 3 }]) {
      const error = toRefusal({ what: "get x", status: 404, body });
      assert.equal(error.code, "CLUSTER_NOT_FOUND");
      assert.equal(error.message, "get x: the server answered 404");
    }
  });

  it("a message without an end is cut", () => {
    const message = "é".repeat(1_000_000);
    const error = toRefusal({ what: "get x", status: 400, body: { kind: "Status", message } });
    assert.equal(error.message.length, "get x: ".length + LIMITS.clusterMessageLength + 1);
  });

  it("Retry-After is the header's, else the Status'", () => {
    const body = { kind: "Status", details: { retryAfterSeconds: 3 } };
    const after = (retryAfter?: string): unknown =>
      toRefusal({ what: "x", status: 429, body, ...(retryAfter === undefined ? {} : { retryAfter }) }).details[
        "retryAfterMs"
      ];
    assert.deepEqual([after("7"), after(), after("soon")], [7_000, 3_000, 3_000]);
  });
});
