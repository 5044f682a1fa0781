import { AmapError, type Digest, isDigest, LIMITS } from "../base/index.ts";

/** A name for an image in a registry, normalised as Docker and Kubernetes do. */
export interface ImageReference {
  /** Host and optional port, lower case: `docker.io`, `127.0.0.1:5000`. */
  readonly registry: string;
  /** `library/nginx`; never empty, never with a leading slash. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

// The grammar of github.com/distribution/reference, which containerd and Kubernetes read references with. ASCII only:
// a look-alike letter of another script is refused, it never reaches a comparison with an allowed registry.
const REGISTRY =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[1-9][0-9]{0,4})?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const HEX_ID = /^[a-f0-9]{64}$/;
const REPOSITORY_LENGTH = 255;
const DEFAULT_REGISTRY = "docker.io";

/**
 * Parses an image reference and completes it: `nginx` is `docker.io/library/nginx`, `index.docker.io` is `docker.io`, a
 * registry is lower case. A missing tag stays missing (what runs it takes `latest`); with a digest, the digest decides
 * and the tag is only a note. At most LIMITS.referenceLength characters, the repository at most 255.
 *
 * Refused: upper case in a repository, empty parts, white space and control characters, anything that is not ASCII, a
 * port outside 1 to 65535, and 64 hex digits alone (an image's id, not a name).
 * @throws {AmapError} REFERENCE_INVALID
 * @see https://github.com/distribution/reference
 * @example
 * ```ts
 * import { parseImageReference } from "./index.ts";
 * parseImageReference("nginx:1.27"); // { registry: "docker.io", repository: "library/nginx", tag: "1.27" }
 * ```
 */
export function parseImageReference(text: string): ImageReference {
  if (text === "") throw refused(text, "it is empty");
  if (text.length > LIMITS.referenceLength) throw refused(text, `it is longer than ${LIMITS.referenceLength}`);
  if (!/^[\x21-\x7e]+$/.test(text)) throw refused(text, "it holds a character that is not printable ASCII");
  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const tagged = at === -1 ? text : text.slice(0, at);
  // A colon before the last slash belongs to the registry's port.
  const colon = tagged.indexOf(":", tagged.lastIndexOf("/") + 1);
  const tag = colon === -1 ? undefined : tagged.slice(colon + 1);
  const name = colon === -1 ? tagged : tagged.slice(0, colon);
  if (digest !== undefined && !isDigest(digest)) {
    throw refused(text, "after @ it needs sha256: and 64 lower-case hex digits (or sha512: and 128)");
  }
  if (tag !== undefined && !TAG.test(tag)) {
    throw refused(text, "a tag is 1 to 128 letters, digits, _, . and -, not beginning with . or -");
  }
  return {
    ...splitName(text, name),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * Writes a reference in full: `docker.io/library/nginx:1.27@sha256:…`. Parsing the text gives an equal reference.
 * @example
 * ```ts
 * import { formatImageReference } from "./index.ts";
 * formatImageReference({ registry: "docker.io", repository: "library/nginx", tag: "1.27" });
 * // "docker.io/library/nginx:1.27"
 * ```
 */
export function formatImageReference(reference: ImageReference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}

function splitName(text: string, name: string): { readonly registry: string; readonly repository: string } {
  const slash = name.indexOf("/");
  const first = slash === -1 ? "" : name.slice(0, slash);
  const hasRegistry = first === "localhost" || first.includes(".") || first.includes(":");
  const registry = hasRegistry ? normaliseRegistry(text, first) : DEFAULT_REGISTRY;
  const path = hasRegistry ? name.slice(slash + 1) : name;
  if (!hasRegistry && HEX_ID.test(path)) throw refused(text, "64 hex digits are an image's id, not a name");
  const repository = registry === DEFAULT_REGISTRY && !path.includes("/") ? `library/${path}` : path;
  if (repository.length > REPOSITORY_LENGTH) throw refused(text, `its repository is longer than ${REPOSITORY_LENGTH}`);
  for (const component of path.split("/")) {
    if (component === "") throw refused(text, "a part of its repository is empty");
    if (/[A-Z]/.test(component)) throw refused(text, "its repository must be lower case");
    if (!COMPONENT.test(component)) {
      throw refused(text, "parts of a repository are lower-case letters and digits, with . _ __ or - between them");
    }
  }
  return { registry, repository };
}

function normaliseRegistry(text: string, written: string): string {
  if (!REGISTRY.test(written))
    throw refused(text, "its registry is not a host name with an optional port (without leading zeros)");
  const port = /:([0-9]+)$/.exec(written.slice(written.indexOf("]") + 1))?.[1];
  if (port !== undefined && Number(port) > 65_535) {
    throw refused(text, "its port is not between 1 and 65535");
  }
  const registry = written.toLowerCase();
  return registry === "index.docker.io" ? DEFAULT_REGISTRY : registry;
}

function refused(text: string, why: string): AmapError {
  // The text may hold terminal control characters; JSON's escapes keep them out of the message.
  const shown = JSON.stringify(text.slice(0, 200)).replace(/[^\x20-\x7e]/g, "?");
  return new AmapError("REFERENCE_INVALID", `${shown} is not an image reference: ${why}`);
}
