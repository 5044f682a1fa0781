import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Decoded,
  decodeToml,
  decodeXml,
  encodeUtf8,
  equalValues,
  isAmapError,
  readJson,
  readJsonFast,
  readJsonItems,
  readYaml,
  readYamlPlaces,
  type Value,
  writeJson,
  writeYaml,
} from "../base/index.ts";
import {
  COSIGN_VULN_PREDICATE_TYPE,
  decodeAdvisory,
  decodeDecisions,
  decodeOpenVex,
  decodeProvenance,
  decodeRiskAcceptances,
  decodeScan,
  decodeVerificationSummary,
  ecosystemsOfAdvisory,
  encodeCosignVuln,
  encodeDecisions,
  encodeInTotoVulns,
  encodeOpenVex,
  encodeProvenance,
  encodeRiskAcceptances,
  encodeVerificationSummary,
  explainVex,
  IN_TOTO_VULNS_PREDICATE_TYPE,
  keysOfAdvisory,
  matchAdvisories,
  mergeVex,
  readAdvisoryDocument,
  readEnrichRules,
  readVexDocument,
  type VexSource,
} from "../metadata/index.ts";
import {
  changeText,
  changeValue,
  encodeAs,
  textChanges,
  textEncodings,
  valueChanges,
} from "./fuzzing/changed-values.ts";
import {
  ACCEPTANCES,
  ADVISORY,
  DECISIONS,
  ENRICH_RULES,
  GRYPE,
  PROVENANCE,
  SUMMARY,
  TIME,
  TRIVY,
  VEX,
} from "./fuzzing/document-samples.ts";

/** A law of the readers of documents, for the tests and for `npm run fuzz -- documents`. */
interface DocumentLaw {
  readonly name: string;
  /** Runs in the tests, about half a second. */
  readonly runs: number;
  readonly property: fc.IRawProperty<unknown>;
}

/** What something makes of its input, or the message of an error that amap means. */
function attempt<T>(action: () => T): { readonly value: T } | { readonly error: string } {
  try {
    return { value: action() };
  } catch (error) {
    if (!isAmapError(error) || error.code === "BUG") throw error;
    return { error: `${error.code}: ${error.message}` };
  }
}

/** A scan of amap's own, in one of both forms. */
function scanOf(encode: typeof encodeCosignVuln): Value {
  const read = decodeScan(COSIGN_VULN_PREDICATE_TYPE, TRIVY);
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  return encode({ ...read.value, matchedComponents: 1, notLookedAt: [{ path: "/a", reason: "r" }] });
}

interface Codec {
  readonly name: string;
  readonly sample: Value;
  readonly decode: (value: Value) => Decoded<unknown>;
  /** What was decoded, written again, where it can be. */
  readonly encode?: (decoded: never) => Value;
}

const CODECS: readonly Codec[] = [
  { name: "OpenVEX", sample: VEX, decode: decodeOpenVex, encode: encodeOpenVex },
  { name: "an advisory", sample: ADVISORY, decode: decodeAdvisory },
  ...[TRIVY, GRYPE, scanOf(encodeCosignVuln)].map((sample, index) => ({
    name: ["Trivy's scan", "Grype's scan", "cosign's form of a scan"][index] ?? "",
    sample,
    decode: (value: Value) => decodeScan(COSIGN_VULN_PREDICATE_TYPE, value),
    encode: encodeCosignVuln,
  })),
  {
    name: "in-toto's form of a scan",
    sample: scanOf(encodeInTotoVulns),
    decode: (value) => decodeScan(IN_TOTO_VULNS_PREDICATE_TYPE, value),
    encode: encodeInTotoVulns,
  },
  { name: "provenance", sample: PROVENANCE, decode: decodeProvenance, encode: encodeProvenance },
  { name: "a summary", sample: SUMMARY, decode: decodeVerificationSummary, encode: encodeVerificationSummary },
  {
    name: "decisions",
    sample: DECISIONS,
    decode: (value) => decodeDecisions(encodeUtf8(writeJson(value))),
    encode: (decisions) => readYaml(encodeDecisions(decisions))[0] ?? null,
  },
  {
    name: "accepted risks",
    sample: ACCEPTANCES,
    decode: decodeRiskAcceptances,
    encode: encodeRiskAcceptances,
  },
  { name: "rules to enrich", sample: ENRICH_RULES, decode: (value) => readEnrichRules(value, "rules.yaml") },
];

/** Whatever a document says: all that is wrong is listed with words, and what was read is written and read as the same. */
function judgeCodec({ decode, encode }: Codec, value: Value): void {
  const decoded = decode(value);
  if (!decoded.ok) {
    assert.ok(decoded.issues.length > 0);
    for (const { path, message } of decoded.issues) assert.ok(typeof path === "string" && message !== "");
    return;
  }
  if (encode === undefined) return;
  const written = attempt(() => encode(decoded.value as never));
  if ("error" in written) return;
  const again = decode(written.value);
  if (!again.ok) assert.fail(`written and not read: ${JSON.stringify(again.issues)}`);
  assert.deepEqual(again.value, decoded.value);
}

const CODEC_LAWS: readonly DocumentLaw[] = CODECS.map((codec) => ({
  name: `${codec.name}, changed`,
  runs: 300,
  property: fc.property(valueChanges, (changes) => judgeCodec(codec, changeValue(codec.sample, changes))),
}));

const COMPONENT = { ref: "a", kind: "library", name: "lodash", licenses: [], hashes: [], locations: [] } as const;

const ADVISORY_LAWS: readonly DocumentLaw[] = [
  {
    name: "a changed advisory, held against a component",
    runs: 300,
    property: fc.property(
      valueChanges,
      fc.constantFrom("4.17.20", "1:2~3-4", "", "x", "9".repeat(400)),
      (changes, version) => {
        const decoded = decodeAdvisory(changeValue(ADVISORY, changes));
        if (!decoded.ok) return;
        const keys = keysOfAdvisory(decoded.value);
        ecosystemsOfAdvisory(decoded.value);
        const component = { ...COMPONENT, version, purl: `pkg:npm/lodash@${version}`, scope: "production" as const };
        const result = matchAdvisories({
          components: [component],
          advisoriesByKey: new Map([...keys, "npm/lodash"].map((key) => [key, [decoded.value]])),
          coverage: { npm: 1 },
          complete: ["npm"],
        });
        assert.ok(result.findings.length <= 1);
      },
    ),
  },
  {
    name: "a changed file of vulnerability data",
    runs: 300,
    property: fc.property(
      fc.constantFrom(
        writeJson([ADVISORY]),
        "#model_version:v2026.01.01,score_date:2026-02-24T00:00:00+0000\ncve,epss,percentile\nCVE-2022-38178,0.00947,0.75986\n",
        '"cveID","vendorProject","product","vulnerabilityName","dateAdded"\n"CVE-2026-1","a","b","c ""d""","2026-01-01"\n',
        '{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2026-1","dateAdded":"2026-01-01","dueDate":"2026-02-01"}]}',
        '{"dataType":"CVE_RECORD","dataVersion":"5.1","cveMetadata":{"cveId":"CVE-2026-1","state":"PUBLISHED"},"containers":{"cna":{"metrics":[{"cvssV3_1":{"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}]}}}',
        '{"vulnerabilities":[{"cve":{"id":"CVE-2026-1","metrics":{"cvssMetricV31":[{"cvssData":{"baseScore":9.8}}]}}}]}',
      ),
      textChanges,
      textEncodings,
      (text, changes, encoding) => {
        const read = attempt(() => readAdvisoryDocument(encodeAs(changeText(text, changes), encoding)));
        if ("value" in read && !read.value.ok) assert.ok(read.value.issues.length > 0);
      },
    ),
  },
];

const FOUND = { advisory: "a", component: "x", version: "1", severity: "high", fixedVersions: [] } as const;

/** A changed VEX document beside the one it came from. */
function judgeVex(document: Value): void {
  const read = attempt(() => readVexDocument(document));
  if (!("value" in read)) return;
  if (!read.value.ok) {
    assert.ok(read.value.issues.length > 0);
    return;
  }
  const sources = [document, VEX].flatMap((value, index): readonly VexSource[] => {
    const decoded = readVexDocument(value);
    return decoded.ok ? [{ ...decoded.value, value, source: `${index}.json` }] : [];
  });
  const products = ["pkg:npm/lodash@4.17.20", "pkg:npm/a@1"];
  const explained = explainVex({
    findings: ["CVE-2026-1", "CVE-2026-2"].flatMap((vulnerability) =>
      products.map((purl) => ({ ...FOUND, vulnerability, aliases: [], purl })),
    ),
    product: { purls: ["pkg:oci/shop"], digests: [] },
    documents: sources.map(({ document: each, source }) => ({ document: each, source })),
    now: Date.parse(TIME),
  });
  assert.equal(
    explained.statements.length,
    sources.reduce((sum, source) => sum + source.document.statements.length, 0),
  );
  for (const { outcome, miss, supersededBy } of explained.statements) {
    if (outcome === "unmatched") assert.ok(miss !== undefined && miss.message !== "");
    if (outcome === "superseded") assert.ok(supersededBy !== undefined && supersededBy.reason !== "");
  }
  const { value } = mergeVex(sources, { id: "urn:merged", author: "me", timestamp: TIME, now: Date.parse(TIME) });
  const again = readVexDocument(value);
  assert.ok(again.ok, again.ok ? "" : JSON.stringify(again.issues));
}

const CYCLONEDX_VEX: Value = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
  metadata: {
    timestamp: TIME,
    authors: [{ name: "Zoe" }],
    component: { type: "application", name: "s", "bom-ref": "s", purl: "pkg:oci/shop" },
  },
  components: [{ type: "library", name: "lodash", "bom-ref": "a", purl: "pkg:npm/lodash@4.17.20" }],
  vulnerabilities: [{ id: "CVE-2026-1", analysis: { state: "exploitable" }, affects: [{ ref: "a" }] }],
};
const CSAF_VEX: Value = {
  document: {
    category: "csaf_vex",
    csaf_version: "2.0",
    publisher: { name: "Zoe" },
    tracking: { id: "1", version: "1", current_release_date: TIME },
  },
  product_tree: {
    full_product_names: [{ product_id: "a", product_identification_helper: { purl: "pkg:npm/lodash@4.17.20" } }],
  },
  vulnerabilities: [{ cve: "CVE-2026-1", product_status: { known_not_affected: ["a"], under_investigation: [] } }],
};

const VEX_LAWS: readonly DocumentLaw[] = [
  {
    name: "changed VEX of any format: read or refused, each statement explained, and merged into what is read",
    runs: 300,
    property: fc.property(fc.constantFrom(VEX, CYCLONEDX_VEX, CSAF_VEX), valueChanges, (sample, changes) =>
      judgeVex(changeValue(sample, changes)),
    ),
  },
];

const JSON_TEXT = writeJson([
  VEX,
  ADVISORY,
  TRIVY,
  { a: [1, 1.5, -0, 1e300, 2n ** 70n, true, null, "é\u0000\ud83d\ude00"] },
]);
const YAML_TEXT = `${writeYaml(VEX)}---\n${writeYaml(ADVISORY)}---\na: &x [1, 0o7, .inf, 1_0, ~, yes, 2026-01-01]\nb: *x\nc: |-\n  text\n  more\nd: >\n  folded\n...\n`;
const TOML_TEXT =
  '# c\na = 1\nb.c = [1, 2.5, "x", \'y\']\n[t]\nd = 2026-01-01T00:00:00Z\ne = """\nmany\n"""\nf = { g = 0x1f, h = inf }\n[[l]]\ni = true\n[[l]]\n"j k" = -0\n';
const XML_TEXT =
  '<?xml version="1.0" encoding="UTF-8"?><!-- c --><a xmlns="urn:a" xmlns:b="urn:b" b:c="d"><b:e f="&lt;&#65;">g<![CDATA[<h>]]></b:e><?i j?><k/></a>';

const changed = (text: string): fc.Arbitrary<Uint8Array> =>
  fc.tuple(textChanges, textEncodings).map(([changes, encoding]) => encodeAs(changeText(text, changes), encoding));

const SYNTAX_LAWS: readonly DocumentLaw[] = [
  {
    name: "JSON: all readers say the same, and what is read is written",
    runs: 400,
    property: fc.property(changed(JSON_TEXT), (bytes) => {
      const read = attempt(() => readJson(bytes));
      assert.deepEqual(
        attempt(() => readJsonFast(bytes)),
        read,
      );
      const items = attempt(() => readJsonItems(bytes, { longListBytes: 1 }));
      assert.equal("value" in items, "value" in read);
      if (!("value" in read)) return;
      if ("value" in items) assert.ok(equalValues(items.value, read.value));
      assert.deepEqual(readJson(encodeUtf8(writeJson(read.value))), read.value);
      JSON.parse(Buffer.from(bytes).toString("utf8"));
    }),
  },
  {
    name: "YAML: read or refused, and what is read is written",
    runs: 200,
    property: fc.property(changed(YAML_TEXT), (bytes) => {
      const read = attempt(() => readYaml(bytes));
      attempt(() => readYamlPlaces(bytes));
      if (!("value" in read)) return;
      for (const document of read.value) {
        const written = attempt(() => writeYaml(document));
        if ("value" in written) assert.deepEqual(readYaml(written.value), [document]);
      }
    }),
  },
  {
    name: "TOML: read or refused",
    runs: 400,
    property: fc.property(changed(TOML_TEXT), (bytes) => {
      const read = attempt(() => decodeToml(bytes));
      if ("value" in read && read.value.ok) writeJson(read.value.value);
    }),
  },
  {
    name: "XML: read or refused",
    runs: 400,
    property: fc.property(changed(XML_TEXT), (bytes) => void attempt(() => decodeXml(bytes))),
  },
];

/** Texts that grow with a size, in shapes that careless readers take long for. */
const BOMBS: readonly (readonly [
  name: string,
  build: (size: number) => string,
  read: (bytes: Uint8Array) => unknown,
])[] = [
  ["JSON: lists in lists", (size) => "[".repeat(size), readJson],
  ["JSON: objects in objects", (size) => '{"a":'.repeat(size), readJsonFast],
  ["JSON: members", (size) => `{${Array.from({ length: size }, (_, at) => `"k${at}":1`).join(",")}}`, readJson],
  ["JSON: one member again and again", (size) => `{${'"a":1,'.repeat(size)}"b":1}`, readJson],
  ["JSON: a long number", (size) => "9".repeat(size), readJson],
  ["JSON: escapes", (size) => `"${"\\u0041".repeat(size)}"`, readJson],
  ["JSON: spaces", (size) => `${" ".repeat(size)}[${"\n".repeat(size)}`, readJson],
  ["YAML: lists in lists", (size) => "[".repeat(size), readYaml],
  ["YAML: lists in lists by lines", (size) => `${"- ".repeat(size)}a`, readYaml],
  [
    "YAML: aliases of aliases",
    (size) =>
      Array.from(
        { length: Math.min(size, 40) },
        (_, at) => `a${at}: &a${at} [${at === 0 ? "x" : `*a${at - 1}, *a${at - 1}`}]`,
      ).join("\n"),
    readYaml,
  ],
  ["YAML: members", (size) => Array.from({ length: size }, (_, at) => `k${at}: 1`).join("\n"), readYaml],
  ["YAML: quotes without an end", (size) => `a: "${"\n  b".repeat(size)}`, readYaml],
  ["YAML: documents", (size) => "---\na\n".repeat(size), readYaml],
  ["YAML: colons", (size) => `a: ${"b: ".repeat(size)}`, readYaml],
  ["YAML: question marks", (size) => "? ".repeat(size), readYaml],
  ["YAML: comments", (size) => ` #${"#\n".repeat(size)}`, readYaml],
  ["TOML: lists in lists", (size) => `a = ${"[".repeat(size)}`, decodeToml],
  ["TOML: dotted keys", (size) => `${"a.".repeat(size)}b = 1`, decodeToml],
  ["TOML: tables", (size) => Array.from({ length: size }, (_, at) => `[t${at}]`).join("\n"), decodeToml],
  ["TOML: tables of a list", (size) => "[[a]]\n".repeat(size), decodeToml],
  ["TOML: quotes", (size) => `a = """${'"" '.repeat(size)}`, decodeToml],
  ["XML: elements in elements", (size) => "<a>".repeat(size), decodeXml],
  ["XML: attributes", (size) => `<a ${Array.from({ length: size }, (_, at) => `b${at}="c"`).join(" ")}/>`, decodeXml],
  ["XML: namespaces", (size) => `<a>${'<b xmlns:c="d">'.repeat(200)}${"<c:e/>".repeat(size)}`, decodeXml],
  [
    "XML: entities",
    (size) =>
      `<!DOCTYPE a [${Array.from({ length: size }, (_, at) => `<!ENTITY e${at + 1} "&e${at};&e${at};">`).join("")}]><a>&e9;</a>`,
    decodeXml,
  ],
  ["XML: an unclosed comment", (size) => `<a><!--${"-".repeat(size)}`, decodeXml],
  ["XML: pieces of text", (size) => `<a>${"b<c/>".repeat(size)}</a>`, decodeXml],
  ["XML: references", (size) => `<a>${"&#65;&amp;".repeat(size)}</a>`, decodeXml],
];

const BOMB_LAWS: readonly DocumentLaw[] = [
  {
    name: "a text that is large in one way",
    runs: 60,
    property: fc.property(fc.constantFrom(...BOMBS), fc.nat({ max: 60_000 }), ([, build, read], size) => {
      attempt(() => read(encodeUtf8(build(size))));
    }),
  },
];

/** Laws of what documents are written in, and of documents about vulnerabilities and builds. */
export const DOCUMENT_LAWS: readonly DocumentLaw[] = [
  ...SYNTAX_LAWS,
  ...BOMB_LAWS,
  ...CODEC_LAWS,
  ...ADVISORY_LAWS,
  ...VEX_LAWS,
];
