import { formatImageReference, type ImageReference, parseImageReference } from "../artifact/index.ts";
import { AmapError, isDigest } from "../base/index.ts";

/** Where an image is: a folder on disk in OCI layout, or a repository in a registry. */
export type ImageTarget =
  | {
      readonly kind: "layout";
      readonly directory: string;
      /** Tag or digest; absent: the only image in the layout. */
      readonly reference?: string;
      /** The name under which the image is known, for signatures and policies; absent: the layout's own. */
      readonly name?: ImageReference;
    }
  | { readonly kind: "registry"; readonly image: ImageReference };

/** Says that images of one repository are read from a layout: `registry.example/shop=oci:./image`. */
export interface ImageSource {
  /** `registry.example/shop`, without tag or digest. */
  readonly repository: string;
  readonly directory: string;
}

/**
 * Parses an image argument of the command line: `oci:DIRECTORY[:tag|@digest]` or a registry reference.
 * @throws {AmapError} REFERENCE_INVALID
 * @example
 * ```ts
 * import { parseImageTarget } from "./index.ts";
 * parseImageTarget("oci:./image:v1"); // { kind: "layout", directory: "./image", reference: "v1" }
 * ```
 */
export function parseImageTarget(text: string, sources: readonly ImageSource[] = []): ImageTarget {
  if (text.startsWith("oci:")) return parseLayoutTarget(text.slice("oci:".length), text);
  return locateImage(text, sources);
}

/**
 * Where an image is that a Kubernetes object names: always a reference as the container runtime reads it, so that no
 * object can point at this machine's disk; `oci:` has no meaning there. Only `sources` says what is in a layout.
 * @throws {AmapError} REFERENCE_INVALID
 */
export function locateImage(text: string, sources: readonly ImageSource[]): ImageTarget {
  const image = parseImageReference(text);
  const source = sources.find((each) => each.repository === `${image.registry}/${image.repository}`);
  if (source === undefined) return { kind: "registry", image };
  return { kind: "layout", directory: source.directory, reference: image.digest ?? image.tag ?? "latest", name: image };
}

/** Words that can only be meant as a file: never an image, even when no such file exists. */
export function looksLikeFile(text: string): boolean {
  return /^(?:\.{0,2}\/|~\/|\.{1,2}$)|\.(?:ya?ml|json)$/i.test(text);
}

/** Parses `REPOSITORY=oci:DIRECTORY`. */
export function parseImageSource(text: string): ImageSource {
  const at = text.indexOf("=oci:");
  if (at <= 0) throw new AmapError("USAGE", `expected REPOSITORY=oci:DIRECTORY, found "${text}"`);
  const image = parseImageReference(text.slice(0, at));
  return { repository: `${image.registry}/${image.repository}`, directory: text.slice(at + "=oci:".length) };
}

/** The target as a person writes it. */
export function formatImageTarget(target: ImageTarget): string {
  if (target.kind === "registry") return formatImageReference(target.image);
  if (target.name !== undefined) return formatImageReference(target.name);
  const { directory, reference } = target;
  if (reference === undefined) return `oci:${directory}`;
  return isDigest(reference) ? `oci:${directory}@${reference}` : `oci:${directory}:${reference}`;
}

function parseLayoutTarget(rest: string, whole: string): ImageTarget {
  const digestAt = rest.lastIndexOf("@");
  if (digestAt > 0 && rest.slice(digestAt + 1).includes(":")) {
    const reference = rest.slice(digestAt + 1);
    if (!isDigest(reference)) throw new AmapError("REFERENCE_INVALID", `"${whole}": "${reference}" is not a digest`);
    return { kind: "layout", directory: rest.slice(0, digestAt), reference };
  }
  const tagAt = rest.lastIndexOf(":");
  if (tagAt > 0 && tagAt > rest.lastIndexOf("/")) {
    const reference = rest.slice(tagAt + 1);
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(reference)) {
      throw new AmapError("REFERENCE_INVALID", `"${whole}": "${reference}" is not a tag`);
    }
    return { kind: "layout", directory: rest.slice(0, tagAt), reference };
  }
  if (rest === "") throw new AmapError("REFERENCE_INVALID", `"${whole}" names no folder`);
  return { kind: "layout", directory: rest };
}

/**
 * Parses the name of a registry: its host and port, as image references have it, or its address. Docker Hub is
 * `docker.io` by any of its names.
 * @throws {AmapError} REFERENCE_INVALID
 * @example
 * ```ts
 * import { parseRegistry } from "./index.ts";
 * parseRegistry("https://index.docker.io/v1/"); // "docker.io"
 * ```
 */
export function parseRegistry(text: string): string {
  const [, host = ""] = /^(?:https?:\/\/)?([^/]+)(?:\/(?:v[12]\/?)?)?$/i.exec(text) ?? [];
  const isHost = host === "localhost" || /[.:]/.test(host);
  if (isHost && !/[@]/.test(host)) return parseImageReference(`${host}/image`).registry;
  throw new AmapError("REFERENCE_INVALID", `expected a registry, found "${text.slice(0, 100)}"`, {
    hint: "Name its host, with the port where it has one: registry.example, 127.0.0.1:5000.",
  });
}
