import { AmapError } from "../base/index.ts";

/** One predicate type: its URI, the short names for `--type`, and other URIs that mean exactly the same. */
export interface PredicateTypeRow {
  /** The URI that amap writes. */
  readonly uri: string;
  /** Short names: cosign's first, then amap's own. */
  readonly names: readonly string[];
  /** URIs in use for the same document. Versions of another shape have their own row: a rule for one never meets the other. */
  readonly aliases: readonly string[];
  /** What the predicate is, for reference pages. */
  readonly note: string;
}

/** The predicate type of an image signature in bundle form. Everything else is an attestation. */
export const IMAGE_SIGNATURE_PREDICATE_TYPE = "https://sigstore.dev/cosign/sign/v1";

/** The predicate type of cosign's `custom`, whose predicate is `{Data, Timestamp}`. */
export const COSIGN_CUSTOM_PREDICATE_TYPE = "https://cosign.sigstore.dev/attestation/v1";

/** Predicate types by name, as cosign 3.1.3 names them (`cosign attest --type`), and those of in-toto/attestation. */
export const PREDICATE_TYPES: readonly PredicateTypeRow[] = [
  { uri: COSIGN_CUSTOM_PREDICATE_TYPE, names: ["custom"], aliases: [], note: "Anything, as {Data, Timestamp}" },
  {
    uri: "https://slsa.dev/provenance/v0.2",
    names: ["slsaprovenance", "slsaprovenance02"],
    aliases: [],
    note: "SLSA provenance 0.2; another shape than 1.0",
  },
  { uri: "https://slsa.dev/provenance/v1", names: ["slsaprovenance1"], aliases: [], note: "SLSA provenance 1" },
  {
    uri: "https://spdx.dev/Document",
    names: ["spdx", "spdxjson"],
    aliases: ["https://spdx.dev/Document/v2.3"],
    note: "SPDX 2; with the name spdx cosign writes the document as one string",
  },
  { uri: "https://spdx.dev/Document/v3", names: ["spdx3"], aliases: [], note: "SPDX 3; another shape than 2" },
  {
    uri: "https://cyclonedx.org/bom",
    names: ["cyclonedx"],
    aliases: ["https://cyclonedx.org/bom/v1.4"],
    note: "CycloneDX; policies match on the URI without a version",
  },
  { uri: "https://in-toto.io/Link/v1", names: ["link"], aliases: [], note: "in-toto Link" },
  {
    uri: "https://in-toto.io/attestation/link/v0.3",
    names: ["link03"],
    aliases: [],
    note: "in-toto Link as predicate",
  },
  {
    uri: "https://cosign.sigstore.dev/attestation/vuln/v1",
    names: ["vuln"],
    aliases: [],
    note: "Vulnerability scan, cosign's shape",
  },
  {
    uri: "https://in-toto.io/attestation/vulns/v0.2",
    names: ["vulns"],
    aliases: ["https://in-toto.io/attestation/vulns/v0.1"],
    note: "Vulnerability scan, in-toto's shape",
  },
  {
    uri: "https://openvex.dev/ns",
    names: ["openvex"],
    aliases: ["https://openvex.dev/ns/v0.2.0"],
    note: "OpenVEX document",
  },
  {
    uri: "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json",
    names: ["csaf"],
    aliases: ["https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json"],
    note: "CSAF VEX document; no vetted predicate type exists, the URIs are those of its schemas",
  },
  {
    uri: "https://slsa.dev/verification_summary/v1",
    names: ["vsa"],
    aliases: [],
    note: "SLSA verification summary",
  },
  {
    uri: "https://in-toto.io/attestation/svr/v0.2",
    names: ["svr"],
    aliases: [],
    note: "Simple verification result",
  },
  { uri: "https://in-toto.io/attestation/test-result/v0.1", names: ["testresult"], aliases: [], note: "Test result" },
  { uri: "urn:amap:predicate:sast:v1", names: ["sast"], aliases: [], note: "Static analysis: SARIF, amap's own" },
  {
    uri: "urn:amap:predicate:risk-acceptance:v1",
    names: ["riskacceptance"],
    aliases: [],
    note: "Risks that somebody takes, amap's own",
  },
  { uri: "urn:amap:predicate:code-review:v1", names: ["review"], aliases: [], note: "Code review, amap's own" },
  { uri: "https://in-toto.io/attestation/scai/v0.3", names: ["scai"], aliases: [], note: "SCAI report" },
  { uri: "https://in-toto.io/attestation/release/v0.1", names: ["release"], aliases: [], note: "Release" },
  {
    uri: "https://in-toto.io/attestation/reference/v0.1",
    names: ["reference"],
    aliases: [],
    note: "Points to a document stored elsewhere",
  },
  {
    uri: "https://in-toto.io/attestation/runtime-trace/v0.1",
    names: ["runtimetrace"],
    aliases: [],
    note: "Runtime trace of a build",
  },
];

const { byName, byUri } = indexRows(PREDICATE_TYPES);

/**
 * The predicate type URI for a short name (`cyclonedx`), or the URI itself when one is given.
 *
 * @throws {AmapError} USAGE when text is neither a known name nor a URI
 * @see cosign 3.1.3, `attest --type`
 * @example
 * ```ts
 * import { resolvePredicateType } from "./index.ts";
 * resolvePredicateType("openvex"); // "https://openvex.dev/ns"
 * ```
 */
export function resolvePredicateType(nameOrUri: string): string {
  const row = byName.get(nameOrUri);
  if (row !== undefined) return row.uri;
  if (/^[a-z][a-z0-9+.-]*:[^\s]+$/i.test(nameOrUri)) return nameOrUri;
  throw new AmapError("USAGE", `unknown predicate type ${JSON.stringify(nameOrUri.slice(0, 100))}`, {
    hint: `Pass a URI or one of ${[...byName.keys()].join(", ")}.`,
  });
}

/**
 * Whether two URIs name the same predicate type: equal, or aliases in one row of {@link PREDICATE_TYPES}. Unknown URIs
 * equal only themselves, byte for byte.
 *
 * @example
 * ```ts
 * import { isSamePredicateType } from "./index.ts";
 * isSamePredicateType("https://openvex.dev/ns", "https://openvex.dev/ns/v0.2.0"); // true
 * isSamePredicateType("https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v0.2"); // false
 * ```
 */
export function isSamePredicateType(a: string, b: string): boolean {
  if (a === b) return true;
  const row = byUri.get(a);
  return row !== undefined && row === byUri.get(b);
}

/**
 * All URIs in use for a predicate type that a user names, the one that amap writes first. A URI that is not in the table
 * stands for itself.
 *
 * @throws {AmapError} USAGE when text is neither a known name nor a URI
 * @example
 * ```ts
 * import { predicateTypeUris } from "./index.ts";
 * predicateTypeUris("openvex"); // ["https://openvex.dev/ns", "https://openvex.dev/ns/v0.2.0"]
 * ```
 */
export function predicateTypeUris(nameOrUri: string): readonly string[] {
  return predicateTypeAliases(resolvePredicateType(nameOrUri));
}

/**
 * All URIs that mean the same as a statement's predicate type, the one that amap writes first. Anything that is not a
 * URI of the table stands for itself alone, byte for byte: a statement cannot pass for another type by a short name.
 *
 * @example
 * ```ts
 * import { predicateTypeAliases } from "./index.ts";
 * predicateTypeAliases("https://openvex.dev/ns/v0.2.0"); // ["https://openvex.dev/ns", "https://openvex.dev/ns/v0.2.0"]
 * predicateTypeAliases("openvex"); // ["openvex"]
 * ```
 */
export function predicateTypeAliases(uri: string): readonly string[] {
  const row = byUri.get(uri);
  return row === undefined ? [uri] : [row.uri, ...row.aliases];
}

/**
 * Indexes rows by name and by URI. A name or URI that stands twice would join different predicate types, so it stops
 * the start with a plain Error (a bug in the table).
 */
export function indexRows(rows: readonly PredicateTypeRow[]): {
  readonly byName: ReadonlyMap<string, PredicateTypeRow>;
  readonly byUri: ReadonlyMap<string, PredicateTypeRow>;
} {
  const names = new Map<string, PredicateTypeRow>();
  const uris = new Map<string, PredicateTypeRow>();
  for (const row of rows) {
    for (const name of row.names) addOnce(names, name, row);
    for (const uri of [row.uri, ...row.aliases]) addOnce(uris, uri, row);
  }
  return { byName: names, byUri: uris };
}

function addOnce(map: Map<string, PredicateTypeRow>, key: string, row: PredicateTypeRow): void {
  if (map.has(key)) throw new Error(`predicate type table: ${key} stands twice`);
  map.set(key, row);
}
