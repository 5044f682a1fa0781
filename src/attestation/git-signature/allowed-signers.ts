import { type Decoded, decodeBase64, type Issue, LIMITS, matchesWildcard, parseTime } from "../../base/index.ts";
import { fingerprintOf, readSshPublicKey } from "./ssh-key.ts";

/** A line of an allowed signers file: whose key it is, and for what and when it counts. */
export interface AllowedSigner {
  /** Patterns of names, most often addresses; one that begins with `!` takes names away again. */
  readonly principals: readonly string[];
  /** `SHA256:…` of the key. */
  readonly fingerprint: string;
  /** Patterns of namespaces; undefined: any. */
  readonly namespaces?: readonly string[];
  /** Milliseconds since 1970, both ends included. */
  readonly validAfter?: number;
  readonly validBefore?: number;
  readonly line: number;
}

/** An allowed signers file. */
export interface AllowedSigners {
  readonly signers: readonly AllowedSigner[];
  /** Lines that do not count since their kind of key is not supported, in sentences for people. */
  readonly notes: readonly string[];
}

const KEY_TYPE = /^(?:sk-)?(?:ssh-|ecdsa-)[A-Za-z0-9@.-]+$/;
const OPTION = /^([A-Za-z-]+)(?:="([^"]*)")?(,|[ \t]+)/;
const HOUR_MS = 3_600_000;

/**
 * Reads an allowed signers file (`gpg.ssh.allowedSignersFile`), as ssh-keygen(1) describes it: principals, options
 * `namespaces`, `valid-after` and `valid-before`, a key. A time without Z is of whatever time zone a machine has: it counts
 * where it holds in all of them. Keys of kinds that are not supported, and lines with `cert-authority`, are noted and do
 * not count. At most LIMITS.allowedSigners lines.
 * @see https://man.openbsd.org/ssh-keygen.1#ALLOWED_SIGNERS
 * @example
 * ```ts
 * import { decodeAllowedSigners } from "../index.ts";
 * const key = "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
 * const file = decodeAllowedSigners(`alice@example.com namespaces="git" ssh-ed25519 ${key}\n`);
 * file.ok && file.value.signers[0]?.principals; // ["alice@example.com"]
 * ```
 */
export function decodeAllowedSigners(text: string): Decoded<AllowedSigners> {
  const issues: Issue[] = [];
  const signers: AllowedSigner[] = [];
  const notes: string[] = [];
  const lines = text.split("\n");
  if (lines.length > LIMITS.allowedSigners) {
    const message = `expected at most ${LIMITS.allowedSigners} lines, found ${lines.length}`;
    return { ok: false, issues: [{ code: "LIMIT_EXCEEDED", path: "", message }] };
  }
  lines.forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    const read = readLine(line, index + 1);
    if (typeof read === "string") {
      if (issues.length < LIMITS.reportedIssues)
        issues.push({ code: "DOCUMENT_INVALID", path: `line ${index + 1}`, message: read });
    } else if ("note" in read) notes.push(`line ${index + 1}: ${read.note}`);
    else signers.push(read);
  });
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: { signers, notes } };
}

/**
 * Whether a name is among the principals of a line: some pattern matches it, and none with `!` does. `*` and `?` are
 * wildcards; upper and lower case differ, as for ssh-keygen.
 */
export function isPrincipal(principals: readonly string[], name: string): boolean {
  const isTakenAway = principals.some((each) => each.startsWith("!") && matchesWildcard(each.slice(1), name));
  return !isTakenAway && principals.some((each) => !each.startsWith("!") && matchesWildcard(each, name));
}

/** A line's signer, what is to be noted of it, or what is wrong with it. */
function readLine(line: string, number: number): AllowedSigner | { readonly note: string } | string {
  const quoted = /^"([^"]*)"[ \t]+(.*)$/.exec(line) ?? /^([^" \t]+)[ \t]+(.*)$/.exec(line);
  if (quoted === null) return "expected principals, options and a key";
  const principals = (quoted[1] ?? "").split(",");
  if (principals.some((each) => each === "" || each === "!")) return "expected principals with commas between them";
  const { options, rest } = takeOptions(quoted[2] ?? "");
  if (options === undefined) return "expected a key, or options before it";
  const [type = "", base64 = ""] = rest.split(/[ \t]+/);
  const blob = decodeBase64(base64);
  if (!KEY_TYPE.test(type) || blob === undefined || blob.length > LIMITS.publicKeyBytes) {
    return "expected a key: its type, and base64";
  }
  if (options.has("cert-authority")) return { note: "certificate authorities (cert-authority) are not supported" };
  const terms = readTerms(options);
  if (typeof terms === "string") return terms;
  const key = readSshPublicKey(blob);
  if (!key.ok) return key.isSupported ? key.message : { note: `not supported: ${key.message}` };
  if (key.value.type !== type) return `expected a key of type ${type}, found one of type ${key.value.type}`;
  return { principals, fingerprint: fingerprintOf(blob), ...terms, line: number };
}

/** The options before a key; no options where the key comes first. Undefined: neither. */
function takeOptions(text: string): {
  readonly options: ReadonlyMap<string, string> | undefined;
  readonly rest: string;
} {
  const options = new Map<string, string>();
  let rest = text;
  if (KEY_TYPE.test(rest.split(/[ \t]/)[0] ?? "")) return { options, rest };
  for (;;) {
    const match = OPTION.exec(rest);
    if (match === null) return { options: undefined, rest };
    const name = (match[1] ?? "").toLowerCase();
    if (options.has(name)) return { options: undefined, rest };
    options.set(name, match[2] ?? "");
    rest = rest.slice(match[0].length);
    if (match[3] !== ",") return { options, rest };
  }
}

type Terms = Pick<AllowedSigner, "namespaces" | "validAfter" | "validBefore">;

function readTerms(options: ReadonlyMap<string, string>): Terms | string {
  for (const name of options.keys()) {
    if (!["namespaces", "valid-after", "valid-before"].includes(name)) return `unknown option ${name.slice(0, 60)}`;
  }
  const [namespaces, after, before] = ["namespaces", "valid-after", "valid-before"].map((name) => options.get(name));
  // The time zones that exist reach from 12 hours behind UTC to 14 hours before it.
  const validAfter = after === undefined ? undefined : readLocalTime(after, 12 * HOUR_MS);
  const validBefore = before === undefined ? undefined : readLocalTime(before, -14 * HOUR_MS);
  if ((after !== undefined && validAfter === undefined) || (before !== undefined && validBefore === undefined)) {
    return "expected times as YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with Z behind them for UTC";
  }
  return {
    ...(namespaces === undefined ? {} : { namespaces: namespaces.split(",") }),
    ...(validAfter === undefined ? {} : { validAfter }),
    ...(validBefore === undefined ? {} : { validBefore }),
  };
}

const TIME = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?(Z?)$/;

/** Milliseconds since 1970; a time without Z is moved to where it has come in every time zone, or in none. */
function readLocalTime(text: string, widestMs: number): number | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00", zone] = match;
  const time = parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return time === undefined ? undefined : time + (zone === "Z" ? 0 : widestMs);
}
