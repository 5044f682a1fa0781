/** A repository as provenance names it, with the reference that was built. */
export interface SourceReference {
  /** `https://github.com/acme/shop`: no `git+`, no `.git`, no user and password. */
  readonly repository: string;
  /** `refs/tags/v1`, or whatever stood behind `@` or `#`. */
  readonly ref?: string;
}

const SCHEME = /^([a-z][a-z0-9+.-]{0,30}):\/\//i;

/**
 * The repository and reference of `git+https://github.com/acme/shop@refs/heads/main`, of BuildKit's
 * `https://github.com/acme/shop.git#refs/heads/main`, or of `github.com/acme/shop` as slsa-verifier's users write it.
 * Undefined for what is no address of a repository. Case counts: nothing says that a forge ignores it.
 * @example
 * ```ts
 * import { parseSourceUri } from "../index.ts";
 * parseSourceUri("git+https://github.com/acme/shop@refs/tags/v1")?.ref; // "refs/tags/v1"
 * ```
 */
export function parseSourceUri(uri: string): SourceReference | undefined {
  const plain = uri.startsWith("git+") ? uri.slice("git+".length) : uri;
  const scheme = SCHEME.exec(plain)?.[1];
  const rest = scheme === undefined ? plain : plain.slice(scheme.length + "://".length);
  const slash = rest.indexOf("/");
  if (slash <= 0 || /[\p{Cc}\s\\]/u.test(rest)) return undefined;
  const authority = rest.slice(0, slash);
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (host === "") return undefined;
  const path = rest.slice(slash);
  const end = path.search(/[@#]/);
  const ref = end === -1 ? "" : path.slice(end + 1);
  const named = (end === -1 ? path : path.slice(0, end)).replace(/\.git$/, "");
  if (named === "/" || named === "") return undefined;
  const repository = `${scheme ?? "https"}://${host}${named}`;
  return ref === "" ? { repository } : { repository, ref };
}
