import { isValueObject, type Value } from "../../../base/index.ts";

/**
 * Forms of tokens and keys that are known by their look: makers give them prefixes so that they are found in leaks. They
 * count wherever they stand; only the prefixes that end common words must begin one.
 */
const SECRETS: readonly RegExp[] = [
  /gh[pousr]_[A-Za-z0-9]{20,}/,
  /github_pat_[A-Za-z0-9_]{20,}/,
  /gl(?:pat|ptt|dt|rt|cbt|ft|soat|agent|oas|imt)-[A-Za-z0-9_-]{16,}/,
  /(?:AKIA|ASIA)[A-Z0-9]{16}/,
  /xox[abeoprs]-[A-Za-z0-9-]{10,}/,
  /npm_[A-Za-z0-9]{30,}/,
  /pypi-[A-Za-z0-9_-]{16,}/,
  /bk(?:ua|aj|ct)_[A-Za-z0-9]{16,}/,
  /CCIP[A-Z]+_[A-Za-z0-9_]{16,}/,
  /dckr_pat_[A-Za-z0-9_-]{16,}/,
  /\bhv[bs]\.[A-Za-z0-9_-]{20,}/,
  /\bsk-[A-Za-z0-9_-]{20,}/,
  /AIza[A-Za-z0-9_-]{30,}/,
  /eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\./,
  /-----BEGIN /,
  /[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/@]*:[^\s/@]+@(?!sha\d{3}:)/i,
  // A token as the user of an address; `docker://image@sha256:…` and `ssh://git@…` have none.
  /:\/\/(?!git@)[^\s/@:?#]+@(?!sha\d{3}:|refs\/)/i,
  /[?&](?:sig|X-Amz-Signature|X-Goog-Signature)=[^\s&]{16,}/i,
  // `PASSWORD=hunter2`, `--api-key=…` and `"token": "…"` in a longer text, but not `PASSWORD=$PASSWORD`.
  /(?:passw(?:or)?d|passphrase|secret|token|credential|(?:api|access|private|signing)[-_]?key)[\w-]{0,40}(?:=|["']\s{0,5}:)\s{0,5}["']?[^\s"'$*{<,;&]/i,
];

/** Whether a text holds what looks like a token, a key, or an address with a password. */
export function looksSecret(text: string): boolean {
  return SECRETS.some((pattern) => pattern.test(text));
}

const SECRET_NAME =
  /passw|passphrase|passcode|pwd|secret|token|credential|private|(?:api|access|signing|ssh|gpg|encryption)[-_]?key|auth|cookie|kubeconfig|dockerconfig|conn(?:ection)?[-_]?str/i;
/** Names that count only as a word of their own: `db-pass`, `dbPass`, `GH_PAT`, but not `compass` or `pattern`. */
const SECRET_WORD =
  /(?:^|[^a-z])(?:pass|pat|key|pin|otp|dsn|sas|jwt)(?![a-z])|[a-z](?:Pass|Pat|Key|Pin|Otp|Dsn|Jwt)(?![a-z])/;

/** What stands in the place of a value that is not told. */
export const REDACTED = "***";

/** Whether a parameter's name says that its value is not for others. */
export function namesSecret(name: string): boolean {
  return SECRET_NAME.test(name) || SECRET_WORD.test(name) || SECRET_WORD.test(name.toLowerCase());
}

/** Forges whose repositories have the same path over SSH and over HTTPS. */
const FORGES: ReadonlySet<string> = new Set(["github.com", "gitlab.com", "bitbucket.org"]);

/**
 * A repository's address as provenance names it: `git+https://host/path`, without user, password, query and fragment.
 * `git@host:path` of a well-known forge is its HTTPS address, of another host `git+ssh://host/path`. Undefined for what is
 * no address, or names a folder of this machine.
 */
export function toSourceUri(address: string): string | undefined {
  const text = address.trim();
  if (/[\p{Cc}\s\\]/u.test(text)) return undefined;
  const scp = /^(?:[^@/:]+@)?([^@/:]+):(?!\/\/)(.+)$/.exec(text);
  const url = /^(https?|ssh|git):\/\/(?:[^/@]*@)*([^/@]+)\/(.+)$/i.exec(text);
  if (url === null && scp === null) return undefined;
  const scheme = url === null ? "ssh" : (url[1] ?? "").toLowerCase();
  const host = ((url ?? scp)?.[url === null ? 1 : 2] ?? "").toLowerCase();
  const path = plainPath((url ?? scp)?.[url === null ? 2 : 3] ?? "");
  if (path === "" || path.includes("@")) return undefined;
  const bare = host.replace(/:\d+$/, "");
  if (scheme === "ssh" && FORGES.has(bare)) return `git+https://${bare}/${path}`;
  return `git+${scheme}://${host}/${path}`;
}

function plainPath(path: string): string {
  return path
    .replace(/[?#].*$/, "")
    .replace(/^\/+|\/+$/g, "")
    .replace(/\.git$/, "");
}

/** An address of the web without user, password, query and fragment; undefined for what is none. */
export function toPlainUrl(address: string): string | undefined {
  const url = /^(https?):\/\/(?:[^/@?#]*@)*([^/@?#\s\\]+)((?:\/[^?#\s\\]*)?)/i.exec(address.trim());
  if (url === null) return undefined;
  const path = (url[3] ?? "").replace(/\/+$/, "");
  return path.includes("@") ? undefined : `${(url[1] ?? "").toLowerCase()}://${url[2]}${path}`;
}

/**
 * Places in a document whose texts look like secrets, or hold control characters; never the texts. Depth is bounded by
 * whoever read or built the document.
 * @example
 * ```ts
 * import { findUntellable } from "../../index.ts";
 * findUntellable({ a: ["fine", "AKIA0123456789ABCDEF"] }); // ["a[1]"]
 * ```
 */
export function findUntellable(value: Value, path = ""): readonly string[] {
  if (typeof value === "string") return looksSecret(value) || /(?![\t\n])\p{Cc}/u.test(value) ? [path] : [];
  if (Array.isArray(value)) {
    return (value as readonly Value[]).flatMap((item, index) => findUntellable(item, `${path}[${index}]`));
  }
  if (!isValueObject(value)) return [];
  return Object.entries(value).flatMap(([name, item]) => {
    const at = path === "" ? name : `${path}.${name}`;
    // A name that is a secret is named by its place alone.
    return looksSecret(name) ? [`a member of ${path === "" ? "the document" : path}`] : findUntellable(item, at);
  });
}
