import { AmapError, LIMITS } from "../../base/index.ts";

/** Which registry stands for none. */
export interface RegistryDefaults {
  readonly defaultRegistry: string;
  /** Whether images without a registry show the default one. */
  readonly showsDefaultRegistry: boolean;
}

/** Kyverno's own defaults. */
export const REGISTRY_DEFAULTS: RegistryDefaults = { defaultRegistry: "docker.io", showsDefaultRegistry: true };

/** An image reference taken apart as Kyverno's `images` variable shows it. Nothing is put between registry and name. */
export interface ImageInfo {
  /** Empty when there is none. */
  readonly registry: string;
  /** With all that stands before the name: `library/nginx`. */
  readonly path: string;
  readonly name: string;
  /** `latest` when there is neither tag nor digest, else possibly empty. */
  readonly tag: string;
  readonly digest: string;
  /** With the digest where there is one, else with the tag. */
  readonly reference: string;
  readonly referenceWithTag: string;
}

/** The distribution project's grammar of references, without its ambiguities: host, path, tag, digest. */
const REFERENCE =
  /^(?:((?:[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?)\/)?([a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)(?::([\w][\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$/;

const MAX_PATH_LENGTH = 255;
const DIGEST_LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/**
 * Takes an image reference apart.
 * @throws {AmapError} EXPRESSION_FAILED with Kyverno's message
 */
export function readImageInfo(image: string, defaults: RegistryDefaults = REGISTRY_DEFAULTS): ImageInfo {
  const full = hasRegistry(image) ? image : `${defaults.defaultRegistry}/${image}`;
  const match = full.length <= LIMITS.referenceLength ? REFERENCE.exec(full) : null;
  if (match === null) throw badImage(full, defaults, reasonOf(full));
  const [, host = "", path = "", statedTag = "", digest = ""] = match;
  if (path.length > MAX_PATH_LENGTH) {
    throw badImage(full, defaults, `repository name must not be more than ${MAX_PATH_LENGTH} characters`);
  }
  checkDigest(digest, full, defaults);
  const registry = full !== image && !defaults.showsDefaultRegistry ? "" : host;
  const tag = statedTag === "" && digest === "" ? "latest" : statedTag;
  const prefix = registry === "" ? path : `${registry}/${path}`;
  const info: ImageInfo = {
    registry,
    path,
    name: path.slice(path.lastIndexOf("/") + 1),
    tag,
    digest,
    reference: digest === "" ? `${prefix}:${tag}` : `${prefix}@${digest}`,
    referenceWithTag: `${prefix}:${tag}`,
  };
  const slash = path.indexOf("/");
  // A registry alias, as clusters of CI write them; the references above are made before it is seen.
  if (registry !== "" || slash < 0 || !path.slice(0, slash).includes("_")) return info;
  return { ...info, registry: path.slice(0, slash), path: path.slice(slash + 1) };
}

/** Whether the first part is a host: it has a point or a port, is localhost, or has upper case. */
function hasRegistry(image: string): boolean {
  const slash = image.indexOf("/");
  if (slash < 0) return false;
  const first = image.slice(0, slash);
  return /[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first;
}

function reasonOf(full: string): string {
  const isUpperCase = full.length <= LIMITS.referenceLength && REFERENCE.test(full.toLowerCase());
  return isUpperCase ? "repository name must be lowercase" : "invalid reference format";
}

function checkDigest(digest: string, full: string, defaults: RegistryDefaults): void {
  if (digest === "") return;
  const colon = digest.indexOf(":");
  const algorithm = digest.slice(0, colon);
  const length = Object.hasOwn(DIGEST_LENGTHS, algorithm) ? DIGEST_LENGTHS[algorithm] : undefined;
  if (length === undefined) throw badImage(full, defaults, "unsupported digest algorithm");
  if (digest.length - colon - 1 !== length) throw badImage(full, defaults, "invalid checksum digest length");
  if (/[A-F]/.test(digest.slice(colon))) throw badImage(full, defaults, "invalid checksum digest format");
}

function badImage(full: string, defaults: RegistryDefaults, reason: string): AmapError {
  const { defaultRegistry, showsDefaultRegistry } = defaults;
  const message = `bad image: ${full}, defaultRegistry: ${defaultRegistry}, enableDefaultRegistryMutation: ${showsDefaultRegistry}: ${reason}`;
  return new AmapError("EXPRESSION_FAILED", message);
}
