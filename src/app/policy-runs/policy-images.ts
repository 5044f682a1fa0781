import { type Descriptor, encodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import {
  AmapError,
  decodeUtf8,
  encodeUtf8,
  type Issue,
  isDigest,
  LIMITS,
  readYaml,
  textOf,
  type Value,
  writeYaml,
} from "../../base/index.ts";
import { compileClusterPolicy, decodePolicy } from "../../policy/index.ts";
import { formatImageTarget, type ImageTarget } from "../image-target.ts";
import { openImage } from "../open-image.ts";
import { expandList } from "../resources.ts";
import type { World } from "../world.ts";
import { readYamlFile } from "../yaml-file.ts";
import { listYamlFiles } from "./read-files.ts";

/** What Kyverno calls the parts of an image of policies (kyverno 1.19.1, `oci push`). */
const POLICY_IMAGE = {
  config: "application/vnd.cncf.kyverno.config.v1+json",
  layer: "application/vnd.cncf.kyverno.policy.layer.v1+yaml",
  kind: "io.kyverno.image.kind",
  name: "io.kyverno.image.name",
  apiVersion: "io.kyverno.image.apiVersion",
} as const;

/** The configuration of every image of policies, byte for byte: it says nothing about them. */
const CONFIG = encodeUtf8(
  '{"architecture":"","created":"0001-01-01T00:00:00Z","os":"","rootfs":{"type":"layers","diff_ids":null},"config":{}}',
);

/** Names of Kubernetes objects (RFC 1123 subdomains): no such name leads out of a folder. */
const OBJECT_NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** A policy as a layer holds it. */
export interface ImagePolicy {
  readonly kind: "ClusterPolicy" | "Policy";
  readonly name: string;
  /** One YAML document. */
  readonly yaml: string;
}

/** Policies of files or of an image. */
export interface PolicyBundle {
  readonly policies: readonly ImagePolicy[];
  /** Documents that images of policies do not hold, as `Kind name`. */
  readonly leftOut: readonly string[];
}

/**
 * The policies of a file or folder that `pushPolicyImage` takes, each of them valid: one that is not ends it.
 * @throws {AmapError} FILE_NOT_FOUND, YAML_INVALID, POLICY_INVALID with the file, also when there is none
 */
export async function readPolicyBundle(world: World, path: string): Promise<PolicyBundle> {
  const bundle = new Bundle();
  for (const file of await listYamlFiles(world, path)) bundle.add(await readYamlFile(world, file), file);
  if (bundle.policies.length > 0) return bundle;
  const found = bundle.leftOut.length === 0 ? "none" : `only ${bundle.leftOut.join(", ").slice(0, 200)}`;
  throw new AmapError("POLICY_INVALID", `${path}: expected a ClusterPolicy or Policy to push, found ${found}`, {
    hint: "Name a file or folder with policies of kyverno.io.",
  });
}

/**
 * Writes policies as an image, a layer each, as Kyverno does, and moves the tag to it.
 * @throws {AmapError} REFERENCE_INVALID (a digest), LIMIT_EXCEEDED, REGISTRY_…
 */
export async function pushPolicyImage(
  world: World,
  policies: readonly ImagePolicy[],
  target: ImageTarget,
): Promise<Descriptor> {
  const reference = target.kind === "registry" ? (target.image.digest ?? target.image.tag) : target.reference;
  const tag = reference ?? "latest";
  if (isDigest(tag)) {
    throw new AmapError("REFERENCE_INVALID", `${formatImageTarget(target)}: expected a tag to push to, found a digest`);
  }
  requireAtMost(policies.length, LIMITS.layers, "policies in an image");
  const blobs = policies.map(({ yaml }) => encodeUtf8(yaml));
  requireSizes(blobs.map((bytes) => bytes.length));
  const storage = await world.openStorage(target, { create: true });
  const layers: Descriptor[] = [];
  for (const [index, { kind, name }] of policies.entries()) {
    const stored = await storage.writeBlob(blobs[index] as Uint8Array);
    const annotations = {
      [POLICY_IMAGE.apiVersion]: "kyverno.io/v1",
      [POLICY_IMAGE.kind]: kind,
      [POLICY_IMAGE.name]: name,
    };
    layers.push({ mediaType: POLICY_IMAGE.layer, ...stored, annotations });
  }
  const config = { mediaType: POLICY_IMAGE.config, ...(await storage.writeBlob(CONFIG)) };
  const manifest = encodeManifest({ kind: "manifest", mediaType: MEDIA_TYPES.manifest, config, layers });
  return storage.writeManifest(manifest, { mediaType: MEDIA_TYPES.manifest, tag });
}

/**
 * The policies of an image, each of them valid; layers of other media types are not looked at.
 * @throws {AmapError} MANIFEST_NOT_FOUND, MANIFEST_INVALID (not an image of policies), BLOB_DIGEST_MISMATCH,
 * BLOB_SIZE_MISMATCH, YAML_INVALID, POLICY_INVALID, LIMIT_EXCEEDED, REGISTRY_…
 */
export async function pullPolicyImage(world: World, target: ImageTarget): Promise<PolicyBundle> {
  const { name, storage, document } = await openImage(world, target);
  const layers = document.kind === "manifest" ? document.layers : [];
  const wanted = layers.filter(({ mediaType }) => mediaType === POLICY_IMAGE.layer);
  if (wanted.length === 0) {
    throw new AmapError("MANIFEST_INVALID", `${name}: expected an image of policies, found one without a policy`, {
      hint: "Check the reference; images of policies are made with `amap oci push` or `kyverno oci push`.",
    });
  }
  requireSizes(wanted.map(({ size }) => size));
  const bundle = new Bundle();
  for (const layer of wanted) {
    const bytes = await storage.readBlob(layer, LIMITS.policyLayerBytes);
    bundle.add(readLayer(bytes, `${name}: layer ${layer.digest}`), `${name}: layer ${layer.digest}`);
  }
  return bundle;
}

/**
 * Writes each policy to `NAME.yaml` in a folder, which is made when it is not there, and returns the paths. A file of
 * that name is replaced; policies of one name share their file. No name leads out of the folder: all are looked at before
 * the first is written.
 * @throws {AmapError} POLICY_INVALID (a name that objects cannot have), FILE_UNREADABLE
 */
export async function savePolicies(
  world: World,
  policies: readonly ImagePolicy[],
  folder: string,
): Promise<readonly string[]> {
  for (const { name } of policies) {
    if (OBJECT_NAME.test(name)) continue;
    throw new AmapError("POLICY_INVALID", `expected the name of a Kubernetes object, found "${name.slice(0, 300)}"`, {
      hint: "Nothing was written. Do not use this image: no cluster would take a policy of that name.",
    });
  }
  const kind = await world.files.kindOf(folder, { followLinks: true });
  if (kind === undefined) await world.files.makeDirectory(folder);
  else if (kind !== "directory") throw new AmapError("FILE_UNREADABLE", `${folder}: expected a folder, found a file`);
  const files = Map.groupBy(policies, ({ name }) => `${folder}/${name}.yaml`);
  for (const [path, ofFile] of files) {
    const text = ofFile.map(({ yaml }) => yaml).join("---\n");
    await world.files.write(path, encodeUtf8(text), { mode: 0o600 });
  }
  return [...files.keys()];
}

/** Policies that are found to be valid one after the other. */
class Bundle implements PolicyBundle {
  readonly policies: ImagePolicy[] = [];
  readonly leftOut: string[] = [];

  /** @throws {AmapError} POLICY_INVALID, NOT_SUPPORTED and VALUE_INVALID, with the place */
  add(documents: readonly Value[], source: string): void {
    const values = documents.filter((value) => value !== null).flatMap((value) => expandList(value, source));
    for (const [index, value] of values.entries()) {
      const kind = textOf(value, "kind");
      if (!textOf(value, "apiVersion").startsWith("kyverno.io/") || (kind !== "ClusterPolicy" && kind !== "Policy")) {
        this.leftOut.push(describe(value));
        continue;
      }
      const decoded = decodePolicy(value, { source, document: index + 1 });
      if (!decoded.ok) throw invalid(source, decoded.issues);
      const resource = decoded.value;
      if (resource.kind !== "ClusterPolicy" && resource.kind !== "Policy") continue;
      const compiled = compileClusterPolicy(resource);
      if (!compiled.ok) throw invalid(source, compiled.issues);
      this.policies.push({ kind: resource.kind, name: resource.name, yaml: writeYaml(value) });
    }
  }
}

function describe(value: Value): string {
  const metadata = (value as { readonly metadata?: Value }).metadata;
  return `${textOf(value, "kind") || "a document without a kind"} ${textOf(metadata, "name")}`.trim();
}

function readLayer(bytes: Uint8Array, source: string): readonly Value[] {
  if (decodeUtf8(bytes) === undefined) throw new AmapError("YAML_INVALID", `${source}: expected YAML in UTF-8`);
  try {
    return readYaml(bytes);
  } catch (cause) {
    if (!(cause instanceof AmapError)) throw cause;
    throw new AmapError(cause.code, `${source}: ${cause.message}`, { cause });
  }
}

function requireSizes(sizes: readonly number[]): void {
  for (const size of sizes) requireAtMost(size, LIMITS.policyLayerBytes, "bytes in a layer of policies");
  const total = sizes.reduce((sum, size) => sum + size, 0);
  requireAtMost(total, LIMITS.policyImageBytes, "bytes of policies in an image");
}

function requireAtMost(found: number, limit: number, what: string): void {
  if (found > limit) throw new AmapError("LIMIT_EXCEEDED", `expected at most ${limit} ${what}, found ${found}`);
}

function invalid(source: string, issues: readonly Issue[]): AmapError {
  const lines = issues.map(({ path, message }) => `${source}: ${path === "" ? "" : `${path}: `}${message}`);
  return new AmapError(issues[0]?.code ?? "POLICY_INVALID", lines.join("\n"), { details: { issues } });
}
