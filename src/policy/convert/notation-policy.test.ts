import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listOf, memberOf, readYaml, type Value } from "../../base/index.ts";
import { compileImagePolicy } from "../compile/compile-policies.ts";
import { decodePolicy } from "../resource/decode-policies.ts";
import { convertNotationPolicy, isNotationPolicy } from "./notation-policy.ts";

const STORES = new Map([
  ["ca:acme", "CERTIFICATE A\n"],
  ["ca:other", "CERTIFICATE B"],
  ["tsa:time", "CERTIFICATE T"],
]);

const statement = (more: string, name = "a", scopes = "r.example/acme/app"): string =>
  `{name: ${name}, registryScopes: ["${scopes}"], ${more}}`;
const STRICT = 'signatureVerification: {level: strict}, trustStores: ["ca:acme"], trustedIdentities: ["*"]';
const SKIP = "signatureVerification: {level: skip}";

function convert(...statements: readonly string[]): ReturnType<typeof convertNotationPolicy> {
  const [document = null] = readYaml(`{version: "1.0", trustPolicies: [${statements.join(", ")}]}`);
  return convertNotationPolicy(document, STORES);
}

const specsOf = (...statements: readonly string[]): readonly (Value | undefined)[] =>
  convert(...statements).converted.map(({ policy }) => memberOf(policy, "spec"));

const references = (spec: Value | undefined): readonly (Value | undefined)[] =>
  listOf(spec, "matchImageReferences").map((each) => memberOf(each, "expression"));

const REPOSITORY = "image(ref).registry() + '/' + image(ref).repository()";

const REFUSED: readonly (readonly [name: string, statements: readonly string[], paths: readonly string[]])[] = [
  [
    "another level",
    [statement(STRICT.replace("strict", "permissive"))],
    ["trustPolicies[0].signatureVerification.level"],
  ],
  [
    "an exception from the level",
    [statement(STRICT.replace("strict", "strict, override: {revocation: log}"))],
    ["trustPolicies[0].signatureVerification.override"],
  ],
  [
    "another time",
    [statement(STRICT.replace("strict", "strict, verifyTimestamp: afterCertExpiry"))],
    ["trustPolicies[0].signatureVerification.verifyTimestamp"],
  ],
  ["one subject", [statement(STRICT.replace('"*"', '"x509.subject: CN=a"'))], ["trustPolicies[0].trustedIdentities"]],
  ["a store that is not given", [statement(STRICT.replace("ca:acme", "ca:none"))], ["trustPolicies[0].trustStores[0]"]],
  [
    "a signing authority",
    [statement(STRICT.replace("ca:acme", "signingAuthority:acme"))],
    ["trustPolicies[0].trustStores[0]"],
  ],
  ["an unknown level", [statement(STRICT.replace("strict", "loud"))], ["trustPolicies[0].signatureVerification.level"]],
  ["nothing but skips", [statement(SKIP)], ["trustPolicies"]],
  ["one scope twice", [statement(STRICT), statement(STRICT, "b")], ["trustPolicies[1].registryScopes"]],
  ["one name twice", [statement(STRICT), statement(STRICT, "a", "*")], ["trustPolicies[1].name"]],
  ["no statement", [], ["trustPolicies"]],
];

describe("convertNotationPolicy", () => {
  for (const [name, statements, paths] of REFUSED) {
    test(`${name}: nothing is written`, () => {
      const { converted, unconverted } = convert(...statements);
      assert.deepEqual([converted, unconverted.map(({ path }) => path)], [[], paths]);
    });
  }

  test("a scope is a repository", () => {
    const [spec] = specsOf(statement(STRICT));
    assert.deepEqual(references(spec), [`${REPOSITORY} in ['r.example/acme/app']`]);
    assert.deepEqual(memberOf(spec, "attestors"), [
      { name: "notary", notary: { certs: { value: "CERTIFICATE A\n" } } },
    ]);
  });

  test("* is what no other statement names, skipped ones too", () => {
    const specs = specsOf(statement(SKIP), statement(STRICT, "all", "*"), statement(STRICT, "hub", "docker.io/acme/x"));
    assert.deepEqual(specs.map(references), [
      [`!(${REPOSITORY} in ['r.example/acme/app', 'index.docker.io/acme/x'])`],
      [`${REPOSITORY} in ['index.docker.io/acme/x']`],
    ]);
    assert.deepEqual(references(specsOf(statement(STRICT, "all", "*"))[0]), []);
  });

  test("certificates of several stores", () => {
    const stores = STRICT.replace('"ca:acme"', '"ca:acme", "ca:other", "tsa:time"');
    assert.deepEqual(memberOf(specsOf(statement(stores))[0], "attestors"), [
      {
        name: "notary",
        notary: { certs: { value: "CERTIFICATE A\nCERTIFICATE B\n" }, tsaCerts: { value: "CERTIFICATE T\n" } },
      },
    ]);
  });

  test("what is refused leaves the other statements alone", () => {
    const { converted, unconverted } = convert(
      statement(STRICT),
      statement(STRICT.replace("strict", "audit"), "b", "*"),
    );
    assert.deepEqual([converted.length, unconverted.length], [1, 1]);
  });

  test("it is a policy that Kyverno reads", () => {
    const [part] = convert(statement(STRICT, "Acme Inc", "*")).converted;
    const place = { source: "t.json", document: 1 };
    const decoded = decodePolicy(part?.policy ?? null, place, { defersUnanswered: true });
    assert.ok(decoded.ok && decoded.value.kind === "ImageValidatingPolicy", JSON.stringify(decoded));
    assert.equal(decoded.value.name, "acme-inc");
    assert.ok(compileImagePolicy(decoded.value, { asInKyverno: true }).ok);
  });

  test("which documents are such policies", () => {
    const [policy = null, other = null] = ['{version: "1.0", trustPolicies: []}', "{kind: Pod, trustPolicies: []}"].map(
      (text) => readYaml(text)[0] ?? null,
    );
    assert.deepEqual([isNotationPolicy(policy), isNotationPolicy(other), isNotationPolicy([])], [true, false, false]);
  });
});
