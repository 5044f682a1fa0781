import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Candidate } from "../../src/attestation/index.ts";
import {
  type Digest,
  digestOf,
  isDigest,
  listOf,
  memberOf,
  readJson,
  textOf,
  type Value,
} from "../../src/base/index.ts";

/** One thing that a builder signed, and what it is about. */
export interface Provenance {
  /** Its path inside the suite. */
  readonly path: string;
  /** `bundle`: a Sigstore bundle. `envelope`: DSSE alone, its log entry can only be had from Rekor. */
  readonly form: "bundle" | "envelope";
  readonly bytes: Uint8Array;
  /** The artifact's digest; undefined where the suite left artifact and digest out. */
  readonly artifact?: Digest;
}

const SUFFIXES = /\.(?:intoto\.build\.slsa|intoto\.sigstore|intoto\.jsonl|build\.slsa)$/;

/** The provenance files of the builders, in order of their paths; npm's are read by {@link readPackage}. */
export function readProvenance(directory: string): readonly Provenance[] {
  const known = readBigArtifacts(directory);
  return globSync(["gha_*/*/*", "bcr/*", "*.jsonl"], { cwd: directory, exclude: ["expected.jsonl"] })
    .filter((path) => SUFFIXES.test(path))
    .sort()
    .map((path) => {
      const bytes = read(directory, path);
      const form = memberOf(readJson(bytes), "mediaType") === undefined ? "envelope" : "bundle";
      const name = path.replace(SUFFIXES, "");
      const file = join(directory, name);
      const artifact = existsSync(file) ? digestOf(new Uint8Array(readFileSync(file))) : known.get(name);
      return { path, form, bytes, ...(artifact === undefined ? {} : { artifact }) };
    });
}

function readBigArtifacts(directory: string): ReadonlyMap<string, Digest> {
  const lines = readFileSync(join(directory, "big-artifacts.tsv"), "utf8").split("\n").slice(1);
  return new Map(
    lines.flatMap((line): readonly [string, Digest][] => {
      const [path = "", , hex = ""] = line.split("\t");
      const digest = `sha256:${hex}`;
      return isDigest(digest) ? [[path, digest]] : [];
    }),
  );
}

/** What npm's registry answers about a package: two bundles, by the registry's key and by the publisher. */
export interface PackageAttestations {
  readonly publish: Uint8Array;
  readonly provenance: Uint8Array;
  readonly artifact: Digest;
}

/** The attestations of a package file that the suite holds the digests of; undefined where it does not. */
export function readPackage(directory: string, artifact: string): PackageAttestations | undefined {
  const path = join("npm", "gha", artifact);
  if (!existsSync(join(directory, `${path}.json`))) return undefined;
  const attestations = listOf(readJson(read(directory, `${path}.json`)), "attestations");
  const bundleOf = (isPublish: boolean): Uint8Array => {
    const found = attestations.find((each) => textOf(each, "predicateType").includes("/publish/") === isPublish);
    return new TextEncoder().encode(JSON.stringify(memberOf(found, "bundle") ?? null));
  };
  const sha512 = textOf(readJson(read(directory, `${path}.digests.json`)), "sha512");
  return { publish: bundleOf(true), provenance: bundleOf(false), artifact: `sha512:${sha512}` };
}

/** An image in a layout with the attestations that cosign saved beside it. */
export interface SavedImage {
  readonly path: string;
  readonly digest: Digest;
  readonly candidates: readonly Candidate[];
}

/** The images of one builder's versions. */
export function readImages(directory: string): readonly SavedImage[] {
  return globSync("gha_generic_container/*/*/index.json", { cwd: directory })
    .sort()
    .map((path) => readImage(directory, dirname(path)));
}

function readImage(directory: string, path: string): SavedImage {
  const blob = (digest: string): Uint8Array => read(directory, join(path, "blobs", "sha256", digest.slice(7)));
  const manifests = listOf(readJson(read(directory, join(path, "index.json"))), "manifests");
  const ofKind = (kind: string): Value[] =>
    manifests.filter((each) => textOf(memberOf(each, "annotations"), "kind").endsWith(kind));
  const image = [...ofKind("/imageIndex"), ...ofKind("/image")][0];
  const candidates = ofKind("/atts").flatMap((manifest) => {
    const digest = textOf(manifest, "digest") as Digest;
    return listOf(readJson(blob(digest)), "layers").map((layer): Candidate => {
      const layerDigest = textOf(layer, "digest") as Digest;
      const annotations = (memberOf(layer, "annotations") ?? {}) as Readonly<Record<string, string>>;
      const foundAt = { form: "tag", manifest: digest, blob: layerDigest } as const;
      return { kind: "envelope", foundAt, bytes: blob(layerDigest), annotations };
    });
  });
  return { path, digest: textOf(image, "digest") as Digest, candidates };
}

function read(directory: string, path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(directory, path)));
}

/** Whether the suite is there. */
export function hasSuite(directory: string): boolean {
  return existsSync(directory) && readdirSync(directory).includes("expected.jsonl");
}
