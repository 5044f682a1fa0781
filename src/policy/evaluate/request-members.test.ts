import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValueObject } from "../../base/index.ts";
import { membersOfRequest, type RequestMembers } from "./request-members.ts";

const ROWS: readonly [name: string, request: RequestMembers, expected: ValueObject][] = [
  [
    "what is not known is not there",
    { object: { a: 1 }, operation: "CREATE", namespace: "" },
    { request: { object: { a: 1 }, operation: "CREATE", namespace: "" } },
  ],
  [
    "an admission request's members stay",
    {
      oldObject: {},
      operation: "DELETE",
      namespace: "a",
      admission: { name: "x", dryRun: true, operation: "" },
      roles: [],
    },
    { request: { oldObject: {}, operation: "DELETE", namespace: "a", name: "x", dryRun: true } },
  ],
  [
    "a service account",
    {
      operation: "CREATE",
      namespace: "",
      userInfo: { username: "system:serviceaccount:shop:web" },
      roles: ["a"],
      clusterRoles: ["b"],
    },
    {
      request: {
        operation: "CREATE",
        namespace: "",
        userInfo: { username: "system:serviceaccount:shop:web" },
        roles: ["a"],
        clusterRoles: ["b"],
      },
      serviceAccountName: "web",
      serviceAccountNamespace: "shop",
    },
  ],
  [
    "a person is no service account",
    { operation: "CREATE", namespace: "", userInfo: { username: "jane" } },
    {
      request: { operation: "CREATE", namespace: "", userInfo: { username: "jane" } },
      serviceAccountName: "",
      serviceAccountNamespace: "",
    },
  ],
];

for (const [name, request, expected] of ROWS) {
  test(name, () => assert.deepEqual(membersOfRequest(request), expected));
}
