import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { memberOf, type Value } from "../../base/index.ts";
import { compilePolicies } from "../compile/compile-policies.ts";
import { decodePolicies } from "../resource/decode-policies.ts";
import { type Conversion, convertPolicy } from "./convert-policy.ts";

const KEY = JSON.stringify(
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }),
);
const ENTRY = `{keys: {publicKeys: ${KEY}, rekor: {ignoreTlog: true}}}`;
const KEYLESS =
  '{keyless: {issuer: "https://issuer.example", subject: "https://git.example/*", rekor: {url: "https://log.example"}}}';

function convert(entries: string): Conversion {
  const text = `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\nspec:\n  rules:\n  - {name: r, match: {any: [{resources: {kinds: [Pod]}}]}, verifyImages: [${entries}]}\n`;
  const decoded = decodePolicies(text, "p.yaml");
  const [policy] = decoded.ok ? decoded.value : [];
  assert.ok(policy?.kind === "ClusterPolicy", JSON.stringify(decoded));
  return convertPolicy(policy);
}

const entry = (more: string): string => `{imageReferences: ["ghcr.io/acme/*"], failureAction: Enforce, ${more}}`;

function specOf(entries: string): Value | undefined {
  const { converted, unconverted } = convert(entries);
  assert.deepEqual(unconverted, []);
  return memberOf(converted[0]?.policy, "spec");
}

function expressionsOf(spec: Value | undefined): readonly Value[] {
  const list = memberOf(spec, "validations");
  return Array.isArray(list) ? (list as readonly Value[]).map((each) => memberOf(each, "expression") ?? null) : [];
}

const RULES: readonly (readonly [name: string, entries: string, expressions: readonly string[]])[] = [
  [
    "a key",
    entry(`attestors: [{entries: [${ENTRY}]}]`),
    ["variables.images.all(image, verifyImageSignatures(image, [attestors.key]) > 0)"],
  ],
  [
    "all of a set",
    entry(`attestors: [{entries: [${ENTRY}, ${KEYLESS}]}]`),
    ["variables.images.all(image, verifyImageSignatures(image, [attestors.key, attestors.keyless]) >= 2)"],
  ],
  [
    "some of a set",
    entry(`attestors: [{count: 1, entries: [${ENTRY}, ${KEYLESS}]}]`),
    ["variables.images.all(image, verifyImageSignatures(image, [attestors.key, attestors.keyless]) > 0)"],
  ],
  [
    "a set in a set",
    entry(`attestors: [{count: 1, entries: [${ENTRY}, {attestor: {entries: [${KEYLESS}]}}]}]`),
    [
      "variables.images.all(image, verifyImageSignatures(image, [attestors.key]) + (verifyImageSignatures(image, [attestors.keyless]) > 0 ? 1 : 0) > 0)",
    ],
  ],
  ["only digests", entry("required: false"), ["true"]],
  [
    "statements and what they say",
    entry(
      `attestations: [{type: "https://slsa.dev/provenance/v1", attestors: [{entries: [${KEYLESS}]}], conditions: [{all: [{key: "{{ builder.id }}", operator: Equals, value: "https://build.example"}, {key: "{{ level }}", operator: GreaterThan, value: 2}]}]}]`,
    ),
    [
      "variables.images.all(image, verifyAttestationSignatures(image, attestations.provenance, [attestors.keyless]) > 0)",
      "variables.images.all(image, extractPayload(image, attestations.provenance).predicate.?builder.?id.hasValue() && extractPayload(image, attestations.provenance).predicate.builder.id == 'https://build.example' && has(extractPayload(image, attestations.provenance).predicate.level) && extractPayload(image, attestations.provenance).predicate.level > 2)",
    ],
  ],
  [
    "a function of what they say",
    entry(
      `attestations: [{type: vuln, attestors: [{entries: [${KEYLESS}]}], conditions: [{all: [{key: "{{ regex_match('^a$', '{{ scanner.uri }}') }}", operator: Equals, value: true}]}]}]`,
    ),
    [
      "variables.images.all(image, verifyAttestationSignatures(image, attestations.vuln, [attestors.keyless]) > 0)",
      "variables.images.all(image, extractPayload(image, attestations.vuln).predicate.?scanner.?uri.hasValue() && extractPayload(image, attestations.vuln).predicate.scanner.uri.matches('^a$'))",
    ],
  ],
];

const REFUSED: readonly (readonly [name: string, entries: string, path: string])[] = [
  [
    "a key in a file",
    entry("attestors: [{entries: [{keys: {publicKeys: cosign.pub}}]}]"),
    "attestors[0].entries[0].keys.publicKeys",
  ],
  [
    "anybody",
    entry('attestors: [{entries: [{keyless: {rekor: {url: "https://log.example"}}}]}]'),
    "attestors[0].entries[0].keyless",
  ],
  ["the same twice", entry(`attestors: [{count: 2, entries: [${ENTRY}, ${ENTRY}]}]`), "attestors[0]"],
  ["nobody", entry("attestations: [{type: vuln}]"), "attestations[0]"],
  ["an older form", entry(`cosignOCI11: true, attestors: [{entries: [${ENTRY}]}]`), "cosignOCI11"],
  [
    "a way to a predicate that is none",
    entry(
      `attestations: [{type: vuln, attestors: [{entries: [${ENTRY}]}], conditions: [{all: [{key: "{{ a[?b].c }}", operator: Equals, value: x}]}]}]`,
    ),
    "attestations[0].conditions[0].all[0]",
  ],
];

describe("verifyImages rules", () => {
  for (const [name, entries, expressions] of RULES) {
    test(name, () => assert.deepEqual(expressionsOf(specOf(entries)), expressions));
  }
  for (const [name, entries, path] of REFUSED) {
    test(`${name}: nothing is written`, () => {
      const { converted, unconverted } = convert(entries);
      const paths = unconverted.map((note) => note.path);
      assert.deepEqual([converted, paths], [[], [`spec.rules[0].verifyImages[0].${path}`]]);
    });
  }

  test("each entry is a policy", () => {
    const { converted } = convert(`${entry("mutateDigest: false")}, ${entry("verifyDigest: false")}`);
    const names = converted.map(({ policy }) => memberOf(memberOf(policy, "metadata"), "name"));
    assert.deepEqual(names, ["p-1", "p-2"]);
    assert.deepEqual(memberOf(memberOf(converted[1]?.policy, "spec"), "validationConfigurations"), {
      verifyDigest: false,
    });
  });

  test("who is trusted", () => {
    const identity =
      '{keyless: {issuer: "https://i.example", subject: "https://g.example/*", roots: "PEM", additionalExtensions: {a: b}, rekor: {url: "https://log.example", pubkey: K}, ctlog: {ignoreSCT: true}}, repository: "r.example/signatures", annotations: {env: prod}}';
    const spec = specOf(entry(`attestors: [{entries: [${identity}]}]`));
    assert.deepEqual(memberOf(spec, "attestors"), [
      {
        name: "keyless",
        cosign: {
          keyless: {
            identities: [{ issuer: "https://i.example", subjectRegExp: "^https://g\\.example/.*$" }],
            roots: "PEM",
            additionalExtensions: { a: "b" },
          },
          ctlog: { url: "https://log.example", rekorPubKey: "K", insecureIgnoreSCT: true },
          source: { repository: "r.example/signatures" },
          annotations: { env: "prod" },
        },
      },
    ]);
  });

  for (const [name, attestor, expected] of [
    [
      "a subject alone",
      '{keyless: {subject: "dev@acme.example", roots: PEM}}',
      { keyless: { identities: [{ subject: "dev@acme.example", issuerRegExp: ".*" }], roots: "PEM" } },
    ],
    [
      "an issuer alone",
      '{keyless: {issuerRegExp: "^https://i[.]example$", roots: PEM}}',
      { keyless: { identities: [{ issuerRegExp: "^https://i[.]example$", subjectRegExp: ".*" }], roots: "PEM" } },
    ],
    [
      "a log that is not named",
      '{keyless: {issuer: "https://i.example", subject: s, roots: PEM, ctlog: {ignoreSCT: true}}}',
      {
        keyless: { identities: [{ issuer: "https://i.example", subject: "s" }], roots: "PEM" },
        ctlog: { url: "https://rekor.sigstore.dev", insecureIgnoreSCT: true },
      },
    ],
  ] as const) {
    test(`who is trusted: ${name}`, () => {
      const spec = specOf(entry(`attestors: [{entries: [${attestor}]}]`));
      assert.deepEqual(memberOf(spec, "attestors"), [{ name: "keyless", cosign: expected }]);
    });
  }

  test("a bundle's signer has both names, or is nobody", () => {
    const { unconverted } = convert(
      entry("type: SigstoreBundle, attestors: [{entries: [{keyless: {subject: s, roots: PEM}}]}]"),
    );
    assert.match(JSON.stringify(unconverted), /it names no issuer/);
  });

  for (const attestor of [
    ENTRY,
    KEYLESS,
    '{keyless: {subject: "dev@acme.example", roots: PEM}}',
    "{keys: {secret: {name: a, namespace: b}}}",
    '{certificates: {certChain: "-----BEGIN CERTIFICATE-----"}}',
  ]) {
    test(`what is converted can be asked: ${attestor.slice(0, 40)}`, () => {
      const { converted } = convert(entry(`attestors: [{entries: [${attestor}]}]`));
      const decoded = decodePolicies(JSON.stringify(converted[0]?.policy), "p.json");
      assert.ok(decoded.ok, JSON.stringify(decoded));
      const compiled = compilePolicies(decoded.value);
      assert.ok(compiled.ok, JSON.stringify(compiled));
    });
  }

  test("a key in a Secret is read from there", () => {
    const spec = specOf(entry("attestors: [{entries: [{keys: {secret: {name: a, namespace: b}}}]}]"));
    assert.deepEqual(memberOf(spec, "attestors"), [
      {
        name: "key",
        cosign: { key: { expression: "string(base64.decode(variables.signingKey.data['cosign.pub']))" } },
      },
    ]);
    assert.deepEqual(memberOf(spec, "variables"), [
      { name: "signingKey", expression: "resource.Get('v1', 'secrets', 'b', 'a')" },
      { name: "images", expression: "images.containers + images.initContainers + images.ephemeralContainers" },
    ]);
  });

  test("Notary's certificates", () => {
    const spec = specOf(entry("type: Notary, attestors: [{entries: [{certificates: {cert: A, certChain: B}}]}]"));
    assert.deepEqual(memberOf(spec, "attestors"), [{ name: "notary", notary: { certs: { value: "A\nB\n" } } }]);
  });

  test("images that are left out", () => {
    const spec = specOf(
      `{imageReferences: ["ghcr.io/*"], skipImageReferences: ["ghcr.io/acme/*"], failureAction: Enforce}`,
    );
    assert.deepEqual(memberOf(spec, "matchImageReferences"), [
      { expression: "ref.startsWith('ghcr.io/') && !ref.startsWith('ghcr.io/acme/')" },
    ]);
  });

  test("the old fields are the new ones", () => {
    const spec = specOf(`{image: "ghcr.io/acme/*", key: ${KEY}, failureAction: Enforce}`);
    assert.deepEqual(memberOf(spec, "matchImageReferences"), [{ glob: "ghcr.io/acme/*" }]);
    assert.match(JSON.stringify(memberOf(spec, "attestors")), /"key":\{"data":"-----BEGIN/);
  });
});
