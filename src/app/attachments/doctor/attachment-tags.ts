import { type Descriptor, decodeManifest, type Manifest, MEDIA_TYPES } from "../../../artifact/index.ts";
import { type AttachmentKind, attachmentsOf, attachmentTag } from "../../../attestation/index.ts";
import {
  type Digest,
  digestAlgorithm,
  encodeUtf8,
  isAmapError,
  isValueObject,
  LIMITS,
  memberOf,
  readJson,
  type ValueObject,
  writeJson,
} from "../../../base/index.ts";
import { type Finding, findingOf, type Patient } from "./defect.ts";

const KINDS: readonly AttachmentKind[] = ["sig", "att", "sbom"];
/** What the layers of each tag are. */
const LAYERS: Readonly<Record<AttachmentKind, { readonly kind: string; readonly name: string }>> = {
  sig: { kind: "simple-signing", name: "signatures" },
  att: { kind: "envelope", name: "DSSE envelopes" },
  sbom: { kind: "sbom", name: "SBOMs" },
};
/** Configs that list the layers of their manifest. */
const IMAGE_CONFIGS: ReadonlySet<string> = new Set([
  MEDIA_TYPES.config,
  "application/vnd.docker.container.image.v1+json",
]);

/** One attachment tag with its manifest. */
interface ExaminedTag {
  readonly findings: readonly Finding[];
  /** Present where the tag names a manifest with attachments. */
  readonly manifest?: { readonly digest: Digest; readonly tag: string; readonly document: Manifest };
}

/**
 * Examines cosign's tags of one subject: each must name a manifest whose layers are attachments and whose config lists
 * these layers.
 * @throws {AmapError} REGISTRY_…
 */
export async function examineTags(patient: Patient): Promise<readonly ExaminedTag[]> {
  // A tag made of a sha512 digest would be longer than registries accept.
  if (digestAlgorithm(patient.subject) !== "sha256") return [];
  return Promise.all(KINDS.map(async (kind) => examineTag(patient, kind)));
}

async function examineTag(patient: Patient, kind: AttachmentKind): Promise<ExaminedTag> {
  const { storage, subject } = patient;
  const tag = attachmentTag(subject, kind);
  const found = await storage.resolve(tag);
  const stored = found === undefined ? undefined : await storage.readManifest(found.digest);
  if (stored === undefined) return { findings: [] };
  const { name } = LAYERS[kind];
  const remedy = `look at it, then delete the tag or put the ${name} there again; amap does not discard it`;
  const unrelated = (foundThere: string): Finding =>
    findingOf(subject, tag, "tag-unrelated", { problem: `expected ${name}, found ${foundThere}`, remedy });
  const decoded = decodeManifest(stored.bytes);
  if (!decoded.ok) return { findings: [unrelated("a malformed manifest")] };
  if (decoded.value.kind === "index") return { findings: [unrelated("an index")] };
  const document = decoded.value;
  const { digest } = stored.descriptor;
  const findings = [
    ...unrelatedLayers(document, kind).map(unrelated),
    ...(await examineConfig(patient, { tag, digest, document, bytes: stored.bytes })),
  ];
  return { findings, manifest: { digest, tag, document } };
}

function unrelatedLayers(document: Manifest, kind: AttachmentKind): readonly string[] {
  const right = attachmentsOf(document).filter((each) => each.kind === LAYERS[kind].kind);
  if (right.length === document.layers.length && right.length > 0) return [];
  if (document.layers.length === 0) return ["no layer"];
  const known = new Set(right.map(({ descriptor }) => descriptor));
  return [...new Set(document.layers.filter((layer) => !known.has(layer)).map(({ mediaType }) => mediaType))];
}

interface StoredTag {
  readonly tag: string;
  readonly digest: Digest;
  readonly document: Manifest;
  readonly bytes: Uint8Array;
}

async function examineConfig(patient: Patient, stored: StoredTag): Promise<readonly Finding[]> {
  const { config, layers } = stored.document;
  if (!IMAGE_CONFIGS.has(config.mediaType) || layers.length === 0) return [];
  const { fault, value } = await readConfig(patient, config, layers);
  if (fault === undefined) return [];
  const texts = { problem: fault, remedy: "write a config that lists the layers as they are; each layer stays" };
  const mend = async (): Promise<void> => rewriteConfig(patient, stored, value);
  return [findingOf(patient.subject, stored.tag, "tag-config", texts, mend)];
}

async function readConfig(
  { storage }: Patient,
  config: Descriptor,
  layers: readonly Descriptor[],
): Promise<{ readonly fault?: string; readonly value: ValueObject }> {
  let value: ValueObject;
  try {
    const read = readJson(await storage.readBlob(config, LIMITS.manifestBytes));
    if (!isValueObject(read)) return { fault: "expected an image config, found other JSON", value: {} };
    value = read;
  } catch (error) {
    if (!isAmapError(error) || !/^(?:BLOB_|JSON_|LIMIT_)/.test(error.code)) throw error;
    return { fault: `expected an image config, found none that can be read: ${error.message}`, value: {} };
  }
  const ids = memberOf(memberOf(value, "rootfs"), "diff_ids");
  const stated = Array.isArray(ids) ? ids : [];
  if (stated.length !== layers.length) {
    return { fault: `expected a config of ${layers.length} layers, found one of ${stated.length}`, value };
  }
  // Attachments are stored uncompressed, so that a layer's diff id is its digest.
  const other = layers.find((layer, at) => stated[at] !== layer.digest);
  if (other !== undefined) return { fault: `expected a config that lists ${other.digest}, found another layer`, value };
  const history = memberOf(value, "history");
  if (Array.isArray(history) && history.length === layers.length) return { value };
  return { fault: `expected a config with a history of ${layers.length} entries, found another`, value };
}

const NO_TIME = "0001-01-01T00:00:00Z";

async function rewriteConfig({ storage }: Patient, stored: StoredTag, before: ValueObject): Promise<void> {
  const { document, tag, digest } = stored;
  const config = await storage.writeBlob(
    encodeUtf8(
      writeJson({
        architecture: "",
        created: NO_TIME,
        os: "",
        config: {},
        ...before,
        history: document.layers.map(() => ({ created: NO_TIME })),
        rootfs: { type: "layers", diff_ids: document.layers.map((layer) => layer.digest) },
      }),
    ),
  );
  const raw = readJson(stored.bytes) as ValueObject;
  const old = memberOf(raw, "config");
  const manifest = { ...raw, config: { ...(isValueObject(old) ? old : {}), digest: config.digest, size: config.size } };
  const bytes = encodeUtf8(writeJson(manifest));
  await storage.writeManifest(bytes, { mediaType: document.mediaType, tag, expected: digest });
}
