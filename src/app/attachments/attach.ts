import type { Descriptor } from "../../artifact/index.ts";
import {
  ATTACHMENT_ANNOTATIONS,
  ATTACHMENT_MEDIA_TYPES,
  type AttachmentKind,
  type AttachmentLayer,
  appendAttachmentLayer,
  attachmentTag,
  createSignatureStatement,
  createStatement,
  EMPTY_CONFIG,
  type Envelope,
  encodeBundle,
  encodeBundleManifest,
  encodeEnvelope,
  encodeSimpleSigning,
  encodeStatement,
  findSameLayer,
  IMAGE_SIGNATURE_PREDICATE_TYPE,
  preAuthEncoding,
  type SigningConfig,
  STATEMENT_PAYLOAD_TYPE,
  type Statement,
} from "../../attestation/index.ts";
import {
  AmapError,
  digestAlgorithm,
  digestHex,
  encodeBase64,
  formatTime,
  isAmapError,
  LIMITS,
  type Value,
} from "../../base/index.ts";
import type { Signer } from "../../ports/index.ts";
import { decodeOrThrow, type OpenImage } from "../open-image.ts";
import { type SignatureWitnesses, witnessSignature } from "../signing/witness-signature.ts";
import type { World } from "../world.ts";

/** How cosign stores a signature or attestation: as a bundle that refers to the image, or under a tag beside it. */
export type StorageForm = "bundle" | "tag";

/** How something is signed and stored. */
export interface SigningOptions {
  readonly forms: readonly StorageForm[];
  /** Services that witness the signatures in bundles; none when left out. */
  readonly signingConfig?: SigningConfig;
}

/** What was stored, for messages. */
export interface Attached {
  readonly form: StorageForm;
  readonly digest: string;
}

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
  const attached: Attached[] = [];
  for (const form of options.forms) {
    if (form === "bundle") {
      const statement = createSignatureStatement(image.descriptor.digest, options.annotations);
      attached.push(
        await attachBundle(
          world,
          image,
          await signStatement(statement, signer),
          IMAGE_SIGNATURE_PREDICATE_TYPE,
          signer,
          options,
        ),
      );
    } else {
      const payload = encodeSimpleSigning({
        dockerReference: image.storage.repository,
        digest: image.descriptor.digest,
        ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
      });
      const signature = encodeBase64(await signer.sign(payload));
      const layer = {
        mediaType: ATTACHMENT_MEDIA_TYPES.simpleSigning,
        bytes: payload,
        annotations: { [ATTACHMENT_ANNOTATIONS.signature]: signature },
      };
      attached.push(await attachToTag(world, image, "sig", layer));
    }
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
  options: SigningOptions,
): Promise<readonly Attached[]> {
  const envelope = await signStatement(statement, signer);
  const attached: Attached[] = [];
  for (const form of options.forms) {
    if (form === "bundle") {
      attached.push(await attachBundle(world, image, envelope, statement.predicateType, signer, options));
    } else {
      attached.push(
        await attachToTag(world, image, "att", {
          mediaType: ATTACHMENT_MEDIA_TYPES.envelope,
          bytes: encodeEnvelope(envelope),
          annotations: {
            [ATTACHMENT_ANNOTATIONS.signature]: "",
            [ATTACHMENT_ANNOTATIONS.predicateType]: statement.predicateType,
          },
        }),
      );
    }
  }
  return attached;
}

/** A statement in a signed DSSE envelope. */
export async function signStatement(statement: Statement, signer: Signer): Promise<Envelope> {
  const payload = encodeStatement(statement);
  const sig = await signer.sign(preAuthEncoding(STATEMENT_PAYLOAD_TYPE, payload));
  return { payload, payloadType: STATEMENT_PAYLOAD_TYPE, signatures: [{ sig }] };
}

/** A signed envelope as a Sigstore bundle that names its key. */
export function bundleOf(envelope: Envelope, signer: Signer, witnesses?: SignatureWitnesses): Uint8Array {
  return encodeBundle({ envelope, keyHint: encodeBase64(signer.publicKey.keyId), ...witnesses });
}

/**
 * What the services of a signing configuration say about an envelope's signature; undefined without a configuration.
 * @throws {AmapError} SIGNING_CONFIG_INVALID, SIGNING_SERVICE_FAILED, TIMEOUT, OFFLINE
 */
export async function witnessEnvelope(
  world: World,
  envelope: Envelope,
  signer: Signer,
  config: SigningConfig | undefined,
): Promise<SignatureWitnesses | undefined> {
  const [first] = envelope.signatures;
  if (config === undefined || first === undefined) return undefined;
  const { spki, defaultScheme } = signer.publicKey;
  const signed = { kind: "envelope", envelope, signature: first.sig, key: spki, isCertificate: false } as const;
  return witnessSignature(world, config, signed, defaultScheme);
}

async function attachBundle(
  world: World,
  image: OpenImage,
  envelope: Envelope,
  predicateType: string,
  signer: Signer,
  { signingConfig }: SigningOptions,
): Promise<Attached> {
  const { attachments: storage, descriptor } = image;
  const witnesses = await witnessEnvelope(world, envelope, signer, signingConfig);
  const bundle = await storage.writeBlob(bundleOf(envelope, signer, witnesses));
  await storage.writeBlob(EMPTY_CONFIG.bytes);
  const createdAt = formatTime(Math.floor(world.clock.now() / 1000) * 1000);
  const manifest = encodeBundleManifest({ subject: descriptor, bundle, predicateType, createdAt });
  const written = await storage.writeManifest(manifest, { mediaType: "application/vnd.oci.image.manifest.v1+json" });
  return { form: "bundle", digest: written.digest };
}

async function attachToTag(
  world: World,
  image: OpenImage,
  kind: AttachmentKind,
  layer: AttachmentLayer,
): Promise<Attached> {
  const place = { storage: image.attachments, name: image.name };
  return attachLayer(world, place, attachmentTag(image.descriptor.digest, kind), layer);
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
): Promise<Attached> {
  const { storage } = place;
  for (let attempt = 1; ; attempt += 1) {
    const current = await storage.resolve(tag);
    const existing = current === undefined ? undefined : await readExisting(place, current.digest);
    // After a conflict the layer may be there all the same: somebody else wrote behind it before it was read back.
    if (current !== undefined && existing?.manifest.layers.some((stored) => isSameLayer(stored, layer)) === true) {
      return { form: "tag", digest: current.digest };
    }
    const next = appendAttachmentLayer(existing, layer);
    await storage.writeBlob(next.layer.bytes);
    await storage.writeBlob(next.config.bytes);
    try {
      const options = { mediaType: next.mediaType, tag, expected: current?.digest ?? null };
      await storage.writeManifest(next.manifest.bytes, options);
      return { form: "tag", digest: next.manifest.digest };
    } catch (error) {
      if (!isAmapError(error, "STORAGE_CONFLICT") || attempt === TAG_ATTEMPTS) throw error;
      await world.clock.wait(backOffMs(world, attempt));
    }
  }
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
