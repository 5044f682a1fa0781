import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkedApiPath } from "./api-path.ts";

const asked: readonly (readonly [name: string, namespace: string, path: string, expected?: string])[] = [
  ["the namespace itself", "own", "/api/v1/namespaces/own"],
  ["what is in it", "own", "/api/v1/namespaces/own/pods/web"],
  ["what is in it of a group", "own", "/apis/apps/v1/namespaces/own/deployments"],
  ["its query", "own", "/api/v1/namespaces/own/pods?labelSelector=a.b%2Fc%3Dd&x=/../?"],
  ["escapes that need not be", "own", "/%61pi/v1/namespaces/%6fwn/pods", "/api/v1/namespaces/own/pods"],
  ["escapes that must be", "own", "/api/v1/namespaces/own/a%20b%3fc%23", "/api/v1/namespaces/own/a%20b%3Fc%23"],
  ["names that need escapes", "own", "/api/v1/namespaces/own/é b", "/api/v1/namespaces/own/%C3%A9%20b"],
  ["names with punctuation", "", "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:a,b@c"],
  ["anything of a ClusterPolicy", "", "/api/v1/secrets"],
  ["the version", "", "/version"],
  ["no path: a service is asked", "", ""],
];

describe("what is asked for", () => {
  for (const [name, namespace, path, expected = path] of asked) {
    test(name, () => assert.equal(checkedApiPath(path, namespace), expected));
  }
});

const NO_NAMESPACE = /does not contain a namespace segment/;

const outside: readonly (readonly [name: string, path: string, message: RegExp])[] = [
  ["another namespace", "/api/v1/namespaces/other/pods", /refers to namespace other/],
  ["a name that begins as its own", "/api/v1/namespaces/owner/pods", /refers to namespace owner/],
  ["its own in the query only", "/api/v1/secrets?x=/namespaces/own/", NO_NAMESPACE],
  ["another one, its own in the query", "/api/v1/namespaces/other/a?x=/api/v1/namespaces/own/", /namespace other/],
  ["an escaped question mark behind it", "/api/v1/namespaces/own%3Fx/secrets", /namespace own\?x/],
  ["its own behind a node's proxy", "/api/v1/nodes/n/proxy/namespaces/own/x", NO_NAMESPACE],
  ["all namespaces", "/api/v1/pods", NO_NAMESPACE],
  ["a group without a version", "/apis/apps/namespaces/own/x", NO_NAMESPACE],
  ["a service", "", /path \. does not contain a namespace segment/],
];

describe("a Policy does not ask for", () => {
  for (const [name, path, message] of outside) {
    test(name, () => assert.throws(() => checkedApiPath(path, "own"), { code: "EXPRESSION_FAILED", message }));
  }
});

const refused: readonly (readonly [name: string, path: string])[] = [
  ["a climb", "/api/v1/namespaces/own/../other/secrets"],
  ["a climb in escapes", "/api/v1/namespaces/own/%2e%2E/other/secrets"],
  ["a climb in escapes, a broken query behind it", "/api/v1/namespaces/own/%2e%2e/other/secrets?q=%zz"],
  ["a climb in escapes of escapes", "/api/v1/namespaces/own/%252e%252e/other/secrets"],
  ["a climb with a backslash", "/api/v1/namespaces/own/..\\other/secrets"],
  ["a climb with an escaped backslash", "/api/v1/namespaces/own/..%5Cother/secrets"],
  ["a climb with a tab", "/api/v1/namespaces/own/.\t./other/secrets"],
  ["a climb with an escaped tab", "/api/v1/namespaces/own/.%09./other/secrets"],
  ["a line break", "/api/v1/namespaces/own/pods\n"],
  ["a line break in the query", "/api/v1/namespaces/own/pods?a\nb"],
  ["a segment that stays", "/api/v1/./namespaces/own/pods"],
  ["an empty segment", "/api/v1/namespaces//secrets"],
  ["an empty segment at the end", "/api/v1/namespaces/"],
  ["another host", "//example.com/api/v1/namespaces/own"],
  ["no slash at its beginning", ".example.com/api/v1/namespaces/own"],
  ["an escaped slash", "/api/v1/namespaces/own%2Fpods"],
  ["an escaped percent sign", "/api/v1/namespaces/own/a%25b"],
  ["an escape that is none", "/api/v1/namespaces/own/%zz"],
  ["an escape of half a character", "/api/v1/namespaces/own/%c3"],
  ["half a character", "/api/v1/namespaces/own/\ud800"],
  ["a fragment", "/api/v1/secrets#/namespaces/own/x"],
  ["a fragment behind the query", "/api/v1/namespaces/own?a#b"],
  ["nothing but a query", "?a"],
];

describe("nobody asks for", () => {
  for (const [name, path] of refused) {
    for (const namespace of ["", "own"]) {
      test(`${name}, ${namespace === "" ? "a ClusterPolicy" : "a Policy"}`, () =>
        assert.throws(() => checkedApiPath(path, namespace), {
          code: "EXPRESSION_FAILED",
          message: /^the path .* is not asked for: /,
        }));
    }
  }
});
