import { parseImageReference } from "../../artifact/index.ts";
import { AmapError, isAmapError, isDigest } from "../../base/index.ts";
import type { AttestorRequest } from "../../policy/index.ts";
import type { OciStorage } from "../../ports/index.ts";
import { type ImageSource, locateImage } from "../image-target.ts";
import type { OpenImage } from "../open-image.ts";
import type { World } from "../world.ts";

/** Letters that a tag may begin with. */
const TAG_PREFIX = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,55}$/;

/**
 * The image with what stands beside it taken from where an attestor says: another repository, tags with a prefix.
 * @throws {AmapError} POLICY_INVALID for what is no repository or prefix; LAYOUT_INVALID, REGISTRY_…
 */
export async function openAttestorSource(
  world: World,
  image: OpenImage,
  { repository, tagPrefix }: NonNullable<AttestorRequest["source"]>,
  sources: readonly ImageSource[],
): Promise<OpenImage> {
  if (repository === undefined && tagPrefix === undefined) return image;
  const attachments = repository === undefined ? image.attachments : await openRepository(world, repository, sources);
  if (tagPrefix === undefined) return { ...image, attachments };
  if (!TAG_PREFIX.test(tagPrefix)) {
    throw new AmapError("POLICY_INVALID", `source.tagPrefix: expected the beginning of a tag, found "${tagPrefix}"`);
  }
  return { ...image, attachments: new PrefixedTags(attachments, tagPrefix) };
}

async function openRepository(world: World, named: string, sources: readonly ImageSource[]): Promise<OciStorage> {
  try {
    const { tag, digest } = parseImageReference(named);
    if (tag === undefined && digest === undefined) return await world.openStorage(locateImage(named, sources));
  } catch (error) {
    if (!isAmapError(error, "REFERENCE_INVALID")) throw error;
  }
  const expected = "expected a repository without tag or digest, such as registry.example/signatures";
  throw new AmapError("POLICY_INVALID", `source.repository: ${expected}, found "${named.slice(0, 200)}"`);
}

/** A storage for reading, in which tags have a prefix that nobody who reads them knows of. */
class PrefixedTags implements OciStorage {
  readonly #storage: OciStorage;
  readonly #prefix: string;
  readonly location: string;
  readonly repository: string;

  constructor(storage: OciStorage, prefix: string) {
    this.#storage = storage;
    this.#prefix = prefix;
    this.location = storage.location;
    this.repository = storage.repository;
  }

  resolve: OciStorage["resolve"] = (reference) =>
    this.#storage.resolve(isDigest(reference) ? reference : `${this.#prefix}${reference}`);
  listTags: OciStorage["listTags"] = () => this.#storage.listTags();
  readManifest: OciStorage["readManifest"] = (digest) => this.#storage.readManifest(digest);
  readBlob: OciStorage["readBlob"] = (descriptor, maxBytes) => this.#storage.readBlob(descriptor, maxBytes);
  openBlob: OciStorage["openBlob"] = (descriptor) => this.#storage.openBlob(descriptor);
  listReferrers: OciStorage["listReferrers"] = (subject) => this.#storage.listReferrers(subject);
  hasBlob: OciStorage["hasBlob"] = (digest) => this.#storage.hasBlob(digest);
  writeBlob: OciStorage["writeBlob"] = async () => refuseWriting();
  copyBlob: OciStorage["copyBlob"] = async () => refuseWriting();
  writeManifest: OciStorage["writeManifest"] = async () => refuseWriting();
  deleteManifest: OciStorage["deleteManifest"] = async () => refuseWriting();
}

function refuseWriting(): never {
  throw new AmapError("BUG", "signatures whose tags have a prefix are only read");
}
