import { type Descriptor, encodeManifest, type Manifest, MEDIA_TYPES } from "../artifact/index.ts";
import { EMPTY_CONFIG } from "../attestation/index.ts";
import { AmapError, concatBytes, type Digest, isDigest, LIMITS, parseTime } from "../base/index.ts";
import type { AdvisoryDatabase, AdvisoryDatabaseStatus, OciStorage, Signer } from "../ports/index.ts";
import { storeAttachment } from "./attachments/attach.ts";
import { type ImageSignatureOptions, makeImageSignature } from "./attachments/make-attachment.ts";
import { earlier } from "./database-age.ts";
import { refuseShrinking } from "./database-losses.ts";
import { formatImageTarget, type ImageTarget } from "./image-target.ts";
import { nameWithDigest, type OpenImage, openImage } from "./open-image.ts";
import { createUuid } from "./sbom.ts";
import { type VerifySignatureOptions, verifyImage } from "./verification/verify.ts";
import type { World } from "./world.ts";

/** An OCI artifact that holds an advisory database: one layer, a SQLite file compressed with zstd. */
const DATABASE_IMAGE = {
  artifactType: "application/vnd.amap.advisory-database.v1",
  layer: "application/vnd.amap.advisory-database.v1.sqlite+zstd",
  created: "org.opencontainers.image.created",
  updatedAt: "amap.dev/database-updated-at",
  ecosystems: "amap.dev/database-ecosystems",
  advisories: "amap.dev/database-advisories",
  version: "amap.dev/database-version",
} as const;

/** Clocks differ a little. */
const CLOCK_SKEW_MS = 5 * 60_000;
const SHOWN = 10;

/** A database that was pushed. */
interface PushedDatabase {
  /** With its digest. */
  readonly name: string;
  readonly digest: Digest;
  readonly size: number;
  readonly status: AdvisoryDatabaseStatus;
}

/** How a pushed database is signed; not at all where this is left out. */
interface PushSignature {
  readonly signer: Signer;
  readonly options: ImageSignatureOptions;
}

/**
 * Pushes a database as an OCI artifact: the file first, then its signature, and last of all the tag is moved, so that nobody
 * finds an unsigned one under it.
 * @param path the database's file, beside which a copy is written for as long as it takes
 * @throws {AmapError} REFERENCE_INVALID (a digest), DATABASE_INVALID (nothing in it), LIMIT_EXCEEDED, of the storage and
 * of signing
 */
export async function pushDatabase(
  world: World,
  { database, path }: { readonly database: AdvisoryDatabase; readonly path: string },
  target: ImageTarget,
  signature?: PushSignature,
): Promise<PushedDatabase> {
  const tag = tagOf(target);
  const copy = `${path}.push-${createUuid(world)}`;
  try {
    await database.export(copy);
    const status = await statusOfFile(world, copy);
    if (Object.keys(status.ecosystems).length === 0) {
      throw new AmapError("DATABASE_INVALID", `${path} holds no advisories: there is nothing to push`);
    }
    const bytes = await compressFile(world, copy);
    const storage = await world.openStorage(target, { create: true });
    const manifest = await writeDatabase(storage, bytes, status);
    const { digest } = await storage.writeManifest(manifest, { mediaType: MEDIA_TYPES.manifest });
    if (signature !== undefined) {
      const image = await openImage(world, withDigest(target, digest));
      const made = await makeImageSignature(world, image, signature.signer, signature.options);
      await storeAttachment(world, image, made);
    }
    await storage.writeManifest(manifest, { mediaType: MEDIA_TYPES.manifest, tag });
    return { name: `${storage.repository}@${digest}`, digest, size: bytes.length, status };
  } finally {
    await world.files.remove(copy);
  }
}

function tagOf(target: ImageTarget): string {
  const reference = target.kind === "registry" ? (target.image.digest ?? target.image.tag) : target.reference;
  const tag = reference ?? "latest";
  if (!isDigest(tag)) return tag;
  throw new AmapError("REFERENCE_INVALID", `${formatImageTarget(target)}: expected a tag to push to, found a digest`);
}

function withDigest(target: ImageTarget, digest: Digest): ImageTarget {
  if (target.kind === "layout") return { ...target, reference: digest };
  const { registry, repository } = target.image;
  return { kind: "registry", image: { registry, repository, digest } };
}

async function statusOfFile(world: World, path: string): Promise<AdvisoryDatabaseStatus> {
  const opened = await world.openAdvisoryDatabase(path);
  try {
    return await opened.status();
  } finally {
    await opened.close();
  }
}

async function compressFile(world: World, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of world.archives.compress(world.files.readChunks(path))) {
    size += chunk.length;
    requireLayerSize(size);
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}

function requireLayerSize(size: number): void {
  if (size <= LIMITS.advisoryLayerBytes) return;
  const message = `expected at most ${LIMITS.advisoryLayerBytes} bytes of a compressed advisory database, found ${size}`;
  throw new AmapError("LIMIT_EXCEEDED", message);
}

async function writeDatabase(
  storage: OciStorage,
  bytes: Uint8Array,
  status: AdvisoryDatabaseStatus,
): Promise<Uint8Array> {
  await storage.writeBlob(EMPTY_CONFIG.bytes);
  const { digest, size } = EMPTY_CONFIG;
  const bases = Object.entries(status.ecosystems).filter(([name]) => !name.includes(":"));
  return encodeManifest({
    kind: "manifest",
    mediaType: MEDIA_TYPES.manifest,
    artifactType: DATABASE_IMAGE.artifactType,
    config: { mediaType: MEDIA_TYPES.emptyConfig, digest, size },
    layers: [{ mediaType: DATABASE_IMAGE.layer, ...(await storage.writeBlob(bytes)) }],
    annotations: {
      [DATABASE_IMAGE.created]: status.updatedAt,
      [DATABASE_IMAGE.updatedAt]: oldestOf(status),
      [DATABASE_IMAGE.ecosystems]: bases.map(([name]) => name).join(","),
      [DATABASE_IMAGE.advisories]: String(bases.reduce((sum, [, count]) => sum + count, 0)),
      [DATABASE_IMAGE.version]: status.version,
    },
  });
}

function oldestOf({ ages, updatedAt }: AdvisoryDatabaseStatus): string {
  return Object.values(ages).reduce((oldest, { importedAt }) => earlier(oldest, importedAt), updatedAt);
}

/** Whom a pulled database is believed, and what it may take away. */
export interface PullOptions {
  /** Whose signature it must have; undefined: it is taken without one. */
  readonly trust: VerifySignatureOptions["trust"] | undefined;
  /** Takes one that is older than what is there. */
  readonly allowsOlder?: boolean;
  /** Takes one that lacks much of what is there. */
  readonly allowsShrinking?: boolean;
  /** Takes one though what was imported here goes with what is there. */
  readonly replacesImports?: boolean;
}

/** What a pull did. */
export interface PulledDatabase {
  /** With its digest. */
  readonly name: string;
  /** It is the one that was pulled the last time. */
  readonly isUnchanged: boolean;
}

/**
 * Pulls a database from a registry or a layout in place of what is there. Its tag is resolved once, its signature verified
 * before anything of it is read, its bytes hashed, its content looked through; what is older than what is there, or lacks
 * much of it, is refused. All or nothing, and who scans meanwhile sees one or the other.
 * @throws {AmapError} NO_SIGNATURES and the codes of verifying; MANIFEST_INVALID (no such artifact), BLOB_DIGEST_MISMATCH,
 * DECOMPRESSION_LIMIT, LIMIT_EXCEEDED, DATABASE_INVALID, EVIDENCE_ROLLED_BACK (older), EVIDENCE_FROM_THE_FUTURE,
 * DOCUMENT_INVALID (much smaller), USAGE (imports would be lost); of the storage
 */
export async function pullDatabase(
  world: World,
  database: AdvisoryDatabase,
  target: ImageTarget,
  options: PullOptions,
): Promise<PulledDatabase> {
  const image = await openImage(world, named(target));
  if (options.trust !== undefined) await verifyImage(image, { trust: options.trust });
  const layer = layerOf(image);
  const name = nameWithDigest(image);
  if ((await database.status()).origin === name) return { name, isUnchanged: true };
  await database.takeOver(world.archives.decompress(image.storage.openBlob(layer)), {
    origin: name,
    approve: (offered, own) => judgeOffer(offered, own, { ...options, name, now: world.clock.now() }),
  });
  return { name, isUnchanged: false };
}

/** With the tag that is meant where none is written, so that the same one can be asked again. */
function named(target: ImageTarget): ImageTarget {
  if (target.kind === "layout" || target.image.digest !== undefined) return target;
  return { kind: "registry", image: { ...target.image, tag: target.image.tag ?? "latest" } };
}

function layerOf({ name, document }: OpenImage): Descriptor {
  const refuse = (found: string): never => {
    throw new AmapError("MANIFEST_INVALID", `${name}: expected an advisory database, found ${found}`, {
      hint: "Check the reference: databases are pushed with `amap db push`.",
    });
  };
  if (document.kind !== "manifest") return refuse("an index");
  const { artifactType, layers }: Manifest = document;
  if (artifactType !== DATABASE_IMAGE.artifactType) return refuse(`the artifact type ${artifactType ?? "of an image"}`);
  const [layer, ...more] = layers;
  if (layer === undefined || more.length > 0) return refuse(`${layers.length} layers in place of one`);
  if (layer.mediaType !== DATABASE_IMAGE.layer) return refuse(`a layer of the media type ${layer.mediaType}`);
  requireLayerSize(layer.size);
  return layer;
}

interface Judging extends PullOptions {
  readonly name: string;
  readonly now: number;
}

function judgeOffer(offered: AdvisoryDatabaseStatus, own: AdvisoryDatabaseStatus, judging: Judging): void {
  const { name } = judging;
  if (Object.keys(offered.ecosystems).length === 0) {
    throw new AmapError("DATABASE_INVALID", `${name} holds no advisories`);
  }
  const times = [offered.updatedAt, ...Object.values(offered.ages).map(({ importedAt }) => importedAt)];
  const late = times.find((time) => (parseTime(time) ?? 0) > judging.now + CLOCK_SKEW_MS);
  if (late !== undefined) {
    throw new AmapError("EVIDENCE_FROM_THE_FUTURE", `${name} says that it was imported at ${late}, which is to come`);
  }
  const imports = own.sources.filter(({ origin }) => origin === undefined).map((source) => source.name);
  if (imports.length > 0 && judging.replacesImports !== true) {
    const told = imports.slice(0, SHOWN).join(", ");
    throw new AmapError("USAGE", `${own.uri} holds what was imported here, which would be lost: ${told}`, {
      hint: "Pull into another file with --database, or pass --replace-imports and import them again afterwards.",
    });
  }
  const older = judging.allowsOlder === true ? [] : olderParts(offered, own);
  if (older.length > 0) {
    const rest = older.length > SHOWN ? `; and ${older.length - SHOWN} more` : "";
    throw new AmapError("EVIDENCE_ROLLED_BACK", `${name} is older: ${older.slice(0, SHOWN).join("; ")}${rest}`, {
      hint: "Somebody may offer an old database again. Pass --allow-older where this one is meant.",
    });
  }
  if (judging.allowsShrinking === true) return;
  const losses = Object.entries(own.ecosystems).map(([ecosystem, before]) => {
    const after = Object.hasOwn(offered.ecosystems, ecosystem) ? (offered.ecosystems[ecosystem] ?? 0) : 0;
    return { ecosystem, before, lost: Math.max(0, before - after) };
  });
  refuseShrinking(name, losses);
}

/** What of the offered database is behind the own one. */
function olderParts(offered: AdvisoryDatabaseStatus, own: AdvisoryDatabaseStatus): readonly string[] {
  const isBefore = (one: string, other: string): boolean => (parseTime(one) ?? 0) < (parseTime(other) ?? 0);
  const parts = Object.entries(own.ages).flatMap(([ecosystem, age]) => {
    const theirs = Object.hasOwn(offered.ages, ecosystem) ? offered.ages[ecosystem] : undefined;
    if (theirs === undefined) return [`it has no advisories for ${ecosystem}`];
    if (!isBefore(theirs.importedAt, age.importedAt)) return [];
    return [`${ecosystem} was imported ${theirs.importedAt}, here ${age.importedAt}`];
  });
  const partial = own.complete.filter((name) => !offered.complete.includes(name)).map((name) => `${name} is partial`);
  const facts = (["epss", "kev"] as const).flatMap((kind) => {
    const [ours, theirs] = [own[kind], offered[kind]];
    if (ours === undefined || (theirs !== undefined && theirs.date >= ours.date)) return [];
    return [
      `its ${kind === "epss" ? "EPSS scores" : "KEV entries"} are of ${theirs?.date ?? "no day"}, here ${ours.date}`,
    ];
  });
  return [...parts, ...partial, ...facts];
}
