import { type Descriptor, MEDIA_TYPES } from "../../artifact/index.ts";
import {
  ATTACHMENT_ANNOTATIONS,
  type AttachmentLayer,
  appendAttachmentLayer,
  attachmentTag,
  createSignatureReferrer,
  createStatement,
  EMPTY_CONFIG,
  encodeBundleManifest,
  encodeStatement,
  findSameLayer,
  type Statement,
} from "../../attestation/index.ts";
import {
  AmapError,
  type Digest,
  digestAlgorithm,
  digestHex,
  formatTime,
  isAmapError,
  LIMITS,
  type Value,
} from "../../base/index.ts";
import type { Signer } from "../../ports/index.ts";
import { decodeOrThrow, type OpenImage } from "../open-image.ts";
import type { StorageForm } from "../signing/signature-form.ts";
import type { WitnessRequest } from "../signing/witness-signature.ts";
import type { World } from "../world.ts";
import { type MadeAttachment, makeAttestation, makeImageSignature } from "./make-attachment.ts";

export type { StorageForm } from "../signing/signature-form.ts";

/** How something is signed and stored. */
export interface SigningOptions {
  readonly forms: readonly StorageForm[];
  /** Services that witness the signatures; none when left out. */
  readonly witnesses?: WitnessRequest;
}

/** What was stored, for messages. */
export interface Attached {
  readonly form: StorageForm;
  readonly digest: Digest;
}

/** How a made attachment is stored. */
export interface StoreOptions {
  /** Signatures for a tag as a manifest that refers to the image instead. */
  readonly asReferrer?: boolean;
  /** RFC 3339: what the config under the tag says of when it was made; nothing when left out. */
  readonly createdAt?: string;
  /** Asked with what stands under a tag now, as often as another writer changes it. */
  readonly findSuperseded?: FindSuperseded;
}

/** The positions of layers under a tag that a new layer takes the place of; or that it says nothing new. */
export type FindSuperseded = (
  layers: readonly Descriptor[],
  layer: AttachmentLayer,
) => Promise<{ readonly without: ReadonlySet<number>; readonly isKnown?: boolean }>;

/** How often a writer tries again when another one changed the same tag. */
const TAG_ATTEMPTS = 40;
const BACK_OFF_MS = 50;

/**
 * Signs an image: an image signature in each of the forms.
 * @throws {AmapError} STORAGE_CONFLICT, LIMIT_EXCEEDED, REGISTRY_…
 */
export async function signImage(
  world: World,
  image: OpenImage,
  signer: Signer,
  options: SigningOptions & { readonly annotations?: Readonly<Record<string, string>> },
): Promise<readonly Attached[]> {
  const { forms, ...rest } = options;
  const attached: Attached[] = [];
  for (const form of forms) {
    attached.push(
      await storeAttachment(world, image, await makeImageSignature(world, image, signer, { ...rest, form })),
    );
  }
  return attached;
}

/**
 * Attests a predicate about an image: one signed statement, stored in each of the forms.
 * @throws {AmapError} STORAGE_CONFLICT, LIMIT_EXCEEDED, REGISTRY_…
 */
export async function attestImage(
  world: World,
  image: OpenImage,
  signer: Signer,
  options: SigningOptions & { readonly predicateType: string; readonly predicate: Value },
): Promise<readonly Attached[]> {
  const { digest } = image.descriptor;
  const statement = createStatement({
    subjects: [{ name: image.storage.repository, digest: { [digestAlgorithm(digest)]: digestHex(digest) } }],
    predicateType: options.predicateType,
    predicate: options.predicate,
  });
  return attachStatement(world, image, signer, statement, options);
}

/** Signs a statement as it stands and stores it beside an image; what it speaks about is not looked at. */
export async function attachStatement(
  world: World,
  image: OpenImage,
  signer: Signer,
  statement: Statement,
  { forms, witnesses }: SigningOptions,
): Promise<readonly Attached[]> {
  const attached: Attached[] = [];
  const payload = encodeStatement(statement);
  const { predicateType } = statement;
  for (const form of forms) {
    const options = { form, predicateType, ...(witnesses === undefined ? {} : { witnesses }) };
    attached.push(await storeAttachment(world, image, await makeAttestation(world, signer, payload, options)));
  }
  return attached;
}

/**
 * Stores a signature or attestation beside its image.
 * @throws {AmapError} STORAGE_CONFLICT, LIMIT_EXCEEDED, MANIFEST_INVALID, REGISTRY_…
 */
export async function storeAttachment(
  world: World,
  image: OpenImage,
  made: MadeAttachment,
  options: StoreOptions = {},
): Promise<Attached> {
  if (made.form === "bundle") return storeBundle(world, image, made.bundle, made.predicateType);
  if (options.asReferrer === true) return storeReferrer(image, made.layers, options);
  const place = { storage: image.attachments, name: image.name };
  const tag = attachmentTag(image.descriptor.digest, made.kind);
  let attached: Attached | undefined;
  for (const layer of made.layers) {
    const others = made.layers.filter((each) => each !== layer);
    attached = await attachLayer(world, place, tag, layer, keeping(options, others));
  }
  if (attached === undefined) throw new Error("an attachment for a tag has a layer");
  return attached;
}

/** The options with which no layer of `kept` is superseded: what is stored together must not remove itself. */
function keeping(options: StoreOptions, kept: readonly AttachmentLayer[]): StoreOptions {
  const { findSuperseded } = options;
  if (findSuperseded === undefined || kept.length === 0) return options;
  return {
    ...options,
    findSuperseded: async (layers, layer) => {
      const found = await findSuperseded(layers, layer);
      const isKept = (stored: Descriptor | undefined): boolean =>
        stored !== undefined && kept.some((each) => isSameLayer(stored, each));
      return { ...found, without: new Set([...found.without].filter((position) => !isKept(layers[position]))) };
    },
  };
}

/** Stores a bundle as a manifest that refers to the image. */
export async function storeBundle(
  world: World,
  { attachments: storage, descriptor }: OpenImage,
  bytes: Uint8Array,
  predicateType: string,
): Promise<Attached> {
  const bundle = await storage.writeBlob(bytes);
  await storage.writeBlob(EMPTY_CONFIG.bytes);
  const createdAt = formatTime(Math.floor(world.clock.now() / 1000) * 1000);
  const manifest = encodeBundleManifest({ subject: descriptor, bundle, predicateType, createdAt });
  const written = await storage.writeManifest(manifest, { mediaType: MEDIA_TYPES.manifest });
  return { form: "bundle", digest: written.digest };
}

async function storeReferrer(
  { attachments: storage, descriptor }: OpenImage,
  layers: readonly AttachmentLayer[],
  options: StoreOptions,
): Promise<Attached> {
  const referrer = createSignatureReferrer(layers, descriptor, createdOf(options));
  for (const layer of layers) await storage.writeBlob(layer.bytes);
  await storage.writeBlob(referrer.config.bytes);
  const written = await storage.writeManifest(referrer.manifest.bytes, { mediaType: referrer.mediaType });
  return { form: "tag", digest: written.digest };
}

function createdOf({ createdAt }: StoreOptions): { readonly createdAt?: string } {
  return createdAt === undefined ? {} : { createdAt };
}

/**
 * Adds a layer to an attachment tag, unless it is there; another writer's layer is never lost: the tag must still name
 * what was read.
 * @throws {AmapError} STORAGE_CONFLICT, LIMIT_EXCEEDED, MANIFEST_INVALID, REGISTRY_…
 */
export async function attachLayer(
  world: World,
  place: Pick<OpenImage, "storage" | "name">,
  tag: string,
  layer: AttachmentLayer,
  options: StoreOptions = {},
): Promise<Attached> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { form: "tag", digest: await attachOnce(place, tag, layer, options) };
    } catch (error) {
      if (!isAmapError(error, "STORAGE_CONFLICT") || attempt === TAG_ATTEMPTS) throw error;
      await world.clock.wait(backOffMs(world, attempt));
    }
  }
}

/** The digest that the tag names with the layer; STORAGE_CONFLICT when another writer changed the tag meanwhile. */
async function attachOnce(
  place: Pick<OpenImage, "storage" | "name">,
  tag: string,
  layer: AttachmentLayer,
  options: StoreOptions,
): Promise<Digest> {
  const { storage } = place;
  const current = await storage.resolve(tag);
  const existing = current === undefined ? undefined : await readExisting(place, current.digest);
  const layers = existing?.manifest.layers ?? [];
  const superseded = await options.findSuperseded?.(layers, layer);
  if (current !== undefined && (superseded?.isKnown === true || isStored(layers, layer, superseded?.without))) {
    return current.digest;
  }
  const without = superseded === undefined ? {} : { without: superseded.without };
  const next = appendAttachmentLayer(existing, layer, { ...createdOf(options), ...without });
  await storage.writeBlob(next.layer.bytes);
  await storage.writeBlob(next.config.bytes);
  const written = { mediaType: next.mediaType, tag, expected: current?.digest ?? null };
  await storage.writeManifest(next.manifest.bytes, written);
  return next.manifest.digest;
}

/**
 * Whether the layer is there and takes no other's place. After a conflict it may be there all the same: somebody else wrote
 * behind it before it was read back.
 */
function isStored(
  layers: readonly Descriptor[],
  layer: AttachmentLayer,
  without: ReadonlySet<number> = new Set(),
): boolean {
  const same = layers.map((stored) => isSameLayer(stored, layer));
  return same.includes(true) && [...without].every((position) => same[position] === true);
}

/** Doubling, with chance in it: writers that met once must not meet again at the same moment. */
function backOffMs(world: World, attempt: number): number {
  const [chance = 0] = world.entropy.bytes(1);
  return (BACK_OFF_MS * 2 ** Math.min(attempt, 5) * (1 + chance)) / 256;
}

/** With all annotations: one of them may be the log entry or the certificate without which the signature is worth less. */
function isSameLayer(stored: Descriptor, layer: AttachmentLayer): boolean {
  const { signature } = ATTACHMENT_ANNOTATIONS;
  const isSameSignature = stored.annotations?.[signature] === layer.annotations?.[signature];
  return isSameSignature && findSameLayer([stored], layer) !== undefined;
}

async function readExisting(
  image: Pick<OpenImage, "storage" | "name">,
  digest: OpenImage["descriptor"]["digest"],
): Promise<{ manifest: Extract<OpenImage["document"], { kind: "manifest" }>; config: Uint8Array }> {
  const read = await image.storage.readManifest(digest);
  if (read === undefined) throw new AmapError("STORAGE_CONFLICT", `${image.name}: the attachments ${digest} are gone`);
  const manifest = decodeOrThrow(read.bytes, `${image.name}: attachments ${digest}`);
  if (manifest.kind === "index")
    throw new AmapError("MANIFEST_INVALID", `${image.name}: an index stands where attachments are expected`);
  return { manifest, config: await image.storage.readBlob(manifest.config, LIMITS.manifestBytes) };
}
