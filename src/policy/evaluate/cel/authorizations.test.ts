import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import type { Value, ValueObject } from "../../../base/index.ts";
import type { CelPolicyResource } from "../../compile/cel-plan.ts";
import { compileCelPolicy } from "../../compile/cel-policy.ts";
import { decodePolicy } from "../../resource/decode-policies.ts";
import { evaluateCelPolicy } from "../evaluate-cel-policy.ts";

const NOW = Date.UTC(2026, 0, 1);

function answer(mode: "HTTP" | "Envoy", spec: ValueObject, payload: Value): readonly string[] {
  const document = {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ValidatingPolicy",
    metadata: { name: "p" },
    spec: { evaluation: { mode }, ...spec },
  };
  const decoded = decodePolicy(document, { source: "policy.yaml", document: 1 });
  assert.ok(decoded.ok, JSON.stringify(decoded));
  const compiled = compileCelPolicy(decoded.value as CelPolicyResource);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  const options = { facts: new Map(), now: NOW, seed: "", payload };
  const { responses } = evaluateCelPolicy(compiled.value, { object: null, operation: "CREATE" }, options);
  return responses.map(({ rule, status, message }) => `${rule} | ${status} | ${message}`);
}

const each = (...expressions: readonly string[]): ValueObject => ({
  validations: expressions.map((expression) => ({ expression })),
});

const HTTP: ValueObject = {
  attributes: {
    method: "GET",
    path: "/admin",
    host: "example.com",
    header: { "X-Team": ["base", "core"] },
    query: { page: ["2"] },
    contentLength: 3,
    body: "YWJj",
  },
  other: 1,
};

const HTTP_CASES: readonly (readonly [name: string, spec: ValueObject, expected: string])[] = [
  ["denies", each('http.Denied("not allowed").Response()'), "p | fail | request denied, reason: not allowed"],
  ["allows", each("http.Allowed().Response()"), "p | pass | request allowed"],
  ["asks the next after null", each("null", "http.Allowed().Response()"), "p | pass | request allowed"],
  [
    "the first answer decides",
    each("http.Allowed().Response()", 'http.Denied("x").Response()'),
    "p | pass | request allowed",
  ],
  ["no answer", each("null"), "p | skip | request does not match"],
  [
    "a condition",
    each('object.attributes.path == "/admin" ? http.Denied("no").Response() : null'),
    "p | fail | request denied, reason: no",
  ],
  [
    "its twin",
    each('object.attributes.path == "/other" ? http.Denied("no").Response() : null'),
    "p | skip | request does not match",
  ],
  [
    "headers in any case",
    each('object.attributes.Header("x-team") == ["base", "core"] ? http.Allowed().Response() : null'),
    "p | pass | request allowed",
  ],
  [
    "no such header",
    each('object.attributes.Header("x-other") == [] ? http.Allowed().Response() : null'),
    "p | pass | request allowed",
  ],
  [
    "parameters",
    each('object.attributes.QueryParam("page")[0] == "2" ? http.Allowed().Response() : null'),
    "p | pass | request allowed",
  ],
  [
    "the body",
    each('object.attributes.body == b"abc" ? http.Allowed().Response() : null'),
    "p | pass | request allowed",
  ],
  [
    "an optional header",
    each('object.attributes.header[?"x-team"].orValue(["none"])[0] == "none" ? http.Allowed().Response() : null'),
    "p | pass | request allowed",
  ],
  [
    "what is not there is empty",
    each(
      'object.attributes.scheme == "" && !has(object.attributes.scheme) && has(object.attributes.path) ? http.Allowed().Response() : null',
    ),
    "p | pass | request allowed",
  ],
  ["a failure", each('object.attributes.header["x"][0] == "" ? null : null'), "p | error | no such key: x"],
  [
    "a failure under Ignore",
    { failurePolicy: "Ignore", ...each('object.attributes.header["x"][0] == "" ? null : null') },
    "p | skip | request does not match",
  ],
  [
    "a condition that does not hold",
    {
      matchConditions: [{ name: "c", expression: 'object.attributes.method == "POST"' }],
      ...each('http.Denied("x").Response()'),
    },
    "p | skip | request does not match",
  ],
  [
    "variables",
    {
      variables: [{ name: "path", expression: "object.attributes.path" }],
      ...each("http.Denied(variables.path).Response()"),
    },
    "p | fail | request denied, reason: /admin",
  ],
];

for (const [name, spec, expected] of HTTP_CASES) {
  test(`mode HTTP: ${name}`, () => assert.deepEqual(answer("HTTP", spec, HTTP), [expected]));
}

const ENVOY: ValueObject = {
  attributes: {
    source: { address: { socketAddress: { address: "10.0.0.1", portValue: 80 } } },
    request: { http: { method: "GET", path: "/", headers: { "x-team": "base" }, size: "12", rawBody: "YWJj" } },
    contextExtensions: { a: "b" },
  },
};

const holds = (condition: string): ValueObject => each(`${condition} ? envoy.Allowed().Response() : null`);
const ALLOWED = "p | pass | request allowed";

const ENVOY_CASES: readonly (readonly [name: string, spec: ValueObject, expected: string])[] = [
  ["allows", each("envoy.Allowed().Response()"), ALLOWED],
  ["denies", each("envoy.Denied(403).Response()"), "p | fail | request denied with status code 403"],
  [
    "whatever else the answer says",
    each(
      'envoy.Denied(401).WithBody("no").WithHeader("a", "b").WithHeader(envoy.Header("c", "d").KeepEmptyValue()).Response()' +
        '.WithMessage("m").WithMetadata({"k": "v"})',
    ),
    "p | fail | request denied with status code 401",
  ],
  [
    "also one that allows",
    each(
      'envoy.Allowed().WithHeader("a", "b").WithoutHeader("c").WithResponseHeader("d", "e")' +
        '.WithQueryParam(envoy.QueryParam("f", "g")).WithoutQueryParam("h").Response()',
    ),
    ALLOWED,
  ],
  ["headers", holds('object.attributes.request.http.headers["x-team"] == "base"'), ALLOWED],
  ["a missing one", holds('object.attributes.request.http.headers[?"x"].orValue("none") == "none"'), ALLOWED],
  [
    "names as protobuf's JSON has them",
    holds("object.attributes.source.address.socket_address.port_value == 80"),
    ALLOWED,
  ],
  ["numbers as texts", holds("object.attributes.request.http.size == 12"), ALLOWED],
  ["bytes", holds('object.attributes.request.http.raw_body == b"abc"'), ALLOWED],
  ["maps", holds('object.attributes.context_extensions.a == "b"'), ALLOWED],
  [
    "messages that are not there are empty",
    holds('object.attributes.destination.address.pipe.path == "" && !has(object.attributes.destination)'),
    ALLOWED,
  ],
];

for (const [name, spec, expected] of ENVOY_CASES) {
  test(`mode Envoy: ${name}`, () => assert.deepEqual(answer("Envoy", spec, ENVOY), [expected]));
}

test("mode Envoy: answers with metadata are compared whatever it holds, and within the budget", () => {
  const made = (metadata: string): string => `envoy.Allowed().Response().WithMetadata({"a": ${metadata}})`;
  const same = (one: string, other: string, variables: Value = []): readonly string[] =>
    answer(
      "Envoy",
      { variables, ...each(`${made(one)} == ${made(other)} ? envoy.Denied(403).Response() : null`) },
      ENVOY,
    );
  assert.deepEqual(same("9223372036854775807", "9223372036854775807"), [
    "p | fail | request denied with status code 403",
  ]);
  assert.deepEqual(same("9223372036854775807", "9223372036854775806"), ["p | skip | request does not match"]);
  assert.deepEqual(same("[[1], [2]]", "[[1], [3]]"), ["p | skip | request does not match"]);
  const doubled = ["v", "w"].flatMap((letter) =>
    Array.from({ length: 40 }, (_, level) => ({
      name: `${letter}${level}`,
      expression:
        level === 0 ? "['x']" : `[dyn(variables.${letter}${level - 1}), dyn(variables.${letter}${level - 1})]`,
    })),
  );
  assert.match(same("variables.v39", "variables.w39", doubled).join(), /^p \| error \| .* more than \d+ steps$/);
});

const INVALID: readonly (readonly [name: string, mode: "HTTP" | "Envoy", payload: Value, message: string])[] = [
  ["no object", "HTTP", [], 'object: expected an object, found "object"'],
  ["a number for a text", "HTTP", { attributes: { path: 1 } }, 'object.attributes.path: expected a text, found "1"'],
  [
    "a field that protobuf does not know",
    "Envoy",
    { attribute: {} },
    'object: expected fields of envoy.service.auth.v3.CheckRequest, found "attribute"',
  ],
  [
    "bytes that are none",
    "Envoy",
    { attributes: { request: { http: { raw_body: "*" } } } },
    'object.attributes.request.http.raw_body: expected base64, found "*"',
  ],
];

for (const [name, mode, payload, message] of INVALID) {
  test(`a payload that is no request: ${name}`, () => {
    const spec = each(mode === "HTTP" ? "http.Allowed().Response()" : "envoy.Allowed().Response()");
    assert.deepEqual(answer(mode, spec, payload), [`p | error | ${message}`]);
  });
}

/** Claims may be JSON as it is to be written. */
function tokenOf(
  claims: ValueObject | string,
  secret: string,
  [alg, hash]: readonly [string, string] = ["HS256", "sha256"],
): string {
  const encode = (value: Value): string =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  const content = `${encode({ alg, typ: "JWT" })}.${encode(claims)}`;
  return `${content}.${createHmac(hash, secret).update(content).digest("base64url")}`;
}

const seconds = NOW / 1000;
const TOKENS: readonly (readonly [name: string, token: string, expected: string])[] = [
  ["of the secret", tokenOf({ role: "admin" }, "secret"), "p | fail | request denied, reason: admin true"],
  [
    "by SHA-512",
    tokenOf({ role: "admin" }, "secret", ["HS512", "sha512"]),
    "p | fail | request denied, reason: admin true",
  ],
  [
    "that has expired",
    tokenOf({ role: "admin", exp: seconds - 1 }, "secret"),
    "p | fail | request denied, reason: admin false",
  ],
  [
    "that has expired by a number with a point",
    tokenOf(`{"role": "admin", "exp": ${seconds - 1}.0}`, "secret"),
    "p | fail | request denied, reason: admin false",
  ],
  [
    "that has expired by a text",
    tokenOf({ role: "admin", exp: String(seconds - 1) }, "secret"),
    "p | fail | request denied, reason: admin false",
  ],
  [
    "that expires nobody knows when",
    tokenOf({ role: "admin", exp: "soon" }, "secret"),
    "p | error | jwt.Decode: the claim exp is no time in seconds",
  ],
  [
    "that is still to come",
    tokenOf({ role: "admin", nbf: seconds + 1 }, "secret"),
    "p | fail | request denied, reason: admin false",
  ],
  [
    "in its time",
    tokenOf({ role: "admin", exp: seconds + 1, nbf: seconds - 1 }, "secret"),
    "p | fail | request denied, reason: admin true",
  ],
  [
    "of another secret",
    tokenOf({ role: "admin" }, "other"),
    "p | error | jwt.Decode: the signature is not the secret's",
  ],
  [
    "without a signature",
    tokenOf({ role: "admin" }, "secret").replace(/[^.]*$/, ""),
    "p | error | jwt.Decode: the signature is not the secret's",
  ],
  ["of two parts", "a.b", "p | error | jwt.Decode: expected three parts with . between them"],
  [
    "that nobody signed",
    tokenOf({ role: "admin" }, "secret", ["none", "sha256"]),
    'p | error | jwt.Decode: expected one of the algorithms HS256, HS384, HS512 for a secret, found "none"',
  ],
];

for (const [name, token, expected] of TOKENS) {
  test(`jwt.Decode: a token ${name}`, () => {
    const spec = {
      variables: [{ name: "token", expression: 'jwt.Decode(object.attributes.Header("authorization")[0], "secret")' }],
      ...each('http.Denied(string(variables.token.Claims.role) + " " + string(variables.token.Valid)).Response()'),
    };
    assert.deepEqual(answer("HTTP", spec, { attributes: { header: { Authorization: [token] } } }), [expected]);
  });
}
