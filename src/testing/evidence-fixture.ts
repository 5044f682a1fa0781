import assert from "node:assert/strict";
import {
  attestImage,
  createEvidenceLoader,
  type OpenImage,
  openImage,
  parseImageTarget,
  type StorageForm,
} from "../app/index.ts";
import { encodeIndex, MEDIA_TYPES } from "../artifact/index.ts";
import { memberOf, type Value } from "../base/index.ts";
import {
  encodeCosignVuln,
  encodeOpenVex,
  encodeProvenance,
  type Finding,
  type Scan,
  type VexDocument,
  type VexStatement,
} from "../metadata/index.ts";
import type { EvidenceKind } from "../policy/index.ts";
import { testSigner } from "./fake-signer.ts";
import { createFakeWorld, type FakeWorld } from "./fake-world.ts";

export const REPOSITORY = "registry.example/shop";
export const IMAGE = `${REPOSITORY}:v1`;
export const SIGNERS = { builder: testSigner("builder"), other: testSigner("other") };
export const VEX_TYPE = "https://openvex.dev/ns";
export const PROVENANCE_TYPE = "https://slsa.dev/provenance/v1";
export const SBOM_TYPE = "https://cyclonedx.org/bom";
export const EARLIER = "2026-11-22T10:00:00Z";
export const RECENT = "2026-11-22T11:00:00Z";
/** The check is at 12:00:00. */
export const SKEWED = "2026-11-22T12:05:00Z";
export const FUTURE = "2026-11-22T12:05:01Z";

export type Members = { readonly [key: string]: Value };
/** One attestation: predicate type, predicate, and who signs it. */
export type Attached = readonly [predicateType: string, predicate: Value, signer?: keyof typeof SIGNERS];

export const finding = (more: Partial<Finding> = {}): Finding => ({
  vulnerability: "CVE-2026-0001",
  aliases: [],
  advisory: "CVE-2026-0001",
  purl: "pkg:npm/a@1.0.0",
  component: "a",
  version: "1.0.0",
  severity: "high",
  fixedVersions: [],
  ...more,
});
export const scan = (more: Partial<Scan> & { readonly name?: string } = {}): Value => {
  const { name = "amap", ...members } = more;
  return encodeCosignVuln({
    scanner: { name, version: "1", uri: `pkg:generic/${name}@1` },
    database: { uri: "file:db", version: "1", updatedAt: EARLIER },
    startedAt: EARLIER,
    finishedAt: RECENT,
    findings: [],
    matchedComponents: 1,
    notLookedAt: [],
    ...members,
  });
};
export const statement = (more: Partial<VexStatement> = {}): VexStatement => ({
  vulnerability: "CVE-2026-0001",
  aliases: [],
  products: [],
  status: "not_affected",
  justification: "component_not_present",
  timestamp: RECENT,
  ...more,
});
export const vex = (statements: readonly VexStatement[], more: Partial<VexDocument> = {}): Value =>
  encodeOpenVex({ id: "urn:vex:1", author: "shop", timestamp: EARLIER, version: 1, statements, ...more });
export const sbom = (timestamp: string): Value => ({
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  metadata: { timestamp, component: { type: "container", name: "shop" } },
  components: [],
});
export const provenance = (finishedOn: string): Value =>
  encodeProvenance({
    buildType: "urn:build",
    externalParameters: {},
    resolvedDependencies: [],
    builderId: "urn:builder",
    finishedOn,
    byproducts: [],
  });
export const product = (id: string): VexStatement["products"][number] => ({
  id,
  identifiers: {},
  hashes: {},
  subcomponents: [],
});

export async function emptyImage(world: FakeWorld): Promise<OpenImage> {
  const index = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [] });
  await world.storageOf(REPOSITORY).writeManifest(index, { mediaType: MEDIA_TYPES.index, tag: "v1" });
  return openImage(world, parseImageTarget(IMAGE));
}

/** Whom a request trusts, and for what; without kinds for everything. */
type Trusted = Partial<Record<keyof typeof SIGNERS, readonly EvidenceKind[] | undefined>>;

/** The fact `imageEvidence` about an image with these attestations, trusting both signers. */
export async function evidenceOf(
  attached: readonly Attached[],
  forms: readonly StorageForm[] = ["bundle"],
  trusted: Trusted = { builder: undefined, other: undefined },
): Promise<Members> {
  const world = createFakeWorld();
  const image = await emptyImage(world);
  for (const [predicateType, predicate, signer = "builder"] of attached)
    await attestImage(world, image, SIGNERS[signer], { predicateType, predicate, forms });
  const logs = { ignoresEntries: true, ignoresCertificateTimestamps: false };
  const attestors = (Object.keys(trusted) as (keyof typeof SIGNERS)[]).map((name) => {
    const states = trusted[name];
    const key = { pem: SIGNERS[name].publicKeyPem, hashAlgorithm: "sha256" };
    return { name, key, logs, ...(states === undefined ? {} : { states }) };
  });
  return load(world, "imageEvidence", { image: IMAGE, attestors });
}

export async function load(world: FakeWorld, kind: "imageEvidence" | "imageData", params: Value): Promise<Members> {
  const loader = createEvidenceLoader(world, { sources: [], verifyLayers: false });
  const fact = (await loader.load([{ key: "k", kind, params }])).get("k");
  assert.ok(fact?.ok === true, JSON.stringify(fact));
  return fact.value as Members;
}

export const list = (value: Value, key: string): readonly Value[] => memberOf(value, key) as readonly Value[];
/** Some members of each entry of a list. */
export const pick = (evidence: Value, key: string, ...members: readonly string[]): readonly Value[] =>
  list(evidence, key).map((entry) => members.map((member) => memberOf(entry, member) ?? null));
export const nameOf = (signed: Value): Value => memberOf(memberOf(signed, "signer"), "name") ?? null;
