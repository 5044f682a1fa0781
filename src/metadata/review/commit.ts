import { type Decoded, decodeLatin1, decodeUtf8, formatTime, type Issue } from "../../base/index.ts";

/** Who wrote or committed, as git has it: nothing of it is proven. */
export interface CommitPerson {
  /** Empty where the commit has none. */
  readonly name: string;
  /** As written; empty where the commit has none. */
  readonly email: string;
  /** RFC 3339, UTC; left out where the commit states none that could be read. Whoever commits sets it as he likes. */
  readonly at?: string;
}

/** A line `Key: value` at the end of a message: what somebody states. */
export interface CommitTrailer {
  /** `Reviewed-by`, as written. */
  readonly key: string;
  readonly value: string;
}

/** A commit of git. */
export interface Commit {
  /** In hex: 40 digits (SHA-1), or 64 (SHA-256). */
  readonly id: string;
  readonly parents: readonly string[];
  readonly author: CommitPerson;
  readonly committer: CommitPerson;
  /** The whole message, with its trailers. */
  readonly message: string;
  readonly trailers: readonly CommitTrailer[];
  /** The armoured signature (`gpgsig`): SSH, OpenPGP or X.509. Left out: the commit is not signed. */
  readonly signature?: string;
  /** What a signature is over: the commit's bytes without its signatures. */
  readonly signedPayload: Uint8Array;
}

const PERSON = /^([^<>\n]*?) ?<([^<>\n]*)> (-?\d{1,15}) [+-]\d{4,7}$/;
const LF = 0x0a;
const SPACE = 0x20;
const encoderOfHeader = /^encoding (.+)$/;

/**
 * Reads the bytes of a commit object, without git's `commit LENGTH` before them. Whether they have the id is the caller's
 * to prove. A message that is not UTF-8 is read as ISO-8859-1. Times that no RFC 3339 text can say are left out.
 * @see https://git-scm.com/docs/gitformat-signature
 * @example
 * ```ts
 * import { encodeUtf8 } from "../../base/index.ts";
 * import { decodeCommit } from "../index.ts";
 * const text = `tree ${"0".repeat(40)}\nauthor A <a@example.com> 0 +0000\ncommitter A <a@example.com> 0 +0000\n\nAdd\n`;
 * const commit = decodeCommit("1".repeat(40), encodeUtf8(text));
 * commit.ok && commit.value.author.at; // "1970-01-01T00:00:00Z"
 * ```
 */
export function decodeCommit(id: string, bytes: Uint8Array): Decoded<Commit> {
  const { headers, messageAt, signedPayload, signature } = splitCommit(bytes, id.length === 64);
  const issues: Issue[] = [];
  const refuse = (path: string, message: string): void => void issues.push({ code: "DOCUMENT_INVALID", path, message });
  if (!/^tree [0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(headers[0] ?? "")) refuse("tree", "expected the id of a tree first");
  let at = 1;
  const parents: string[] = [];
  for (; headers[at]?.startsWith("parent ") === true; at++) parents.push((headers[at] ?? "").slice(7));
  if (parents.some((parent) => !/^[0-9a-f]+$/.test(parent) || parent.length !== id.length))
    refuse("parent", "expected ids of commits");
  const author = readPerson(headers[at], "author ");
  const committer = readPerson(headers[at + 1], "committer ");
  if (author === undefined) refuse("author", "expected NAME <EMAIL> SECONDS ZONE");
  if (committer === undefined) refuse("committer", "expected NAME <EMAIL> SECONDS ZONE");
  if (messageAt === undefined) refuse("", "expected an empty line before the message");
  if (author === undefined || committer === undefined || issues.length > 0) return { ok: false, issues };
  const isLatin = headers.some((line) => /latin|8859/i.test(encoderOfHeader.exec(line)?.[1] ?? ""));
  const rest = bytes.subarray(messageAt);
  const message = (isLatin ? undefined : decodeUtf8(rest)) ?? decodeLatin1(rest);
  const signed = signature === undefined ? {} : { signature };
  const trailers = trailersOf(message);
  return { ok: true, value: { id, parents, author, committer, message, trailers, ...signed, signedPayload } };
}

/** What git takes out, and nothing whose name only begins so: that is a part of what was signed. */
const SIGNATURES = ["gpgsig ", "gpgsig-sha256 "];

interface CommitParts {
  /** Header lines without the signatures', their continuations joined by line feeds. */
  readonly headers: readonly string[];
  readonly messageAt: number | undefined;
  readonly signedPayload: Uint8Array;
  readonly signature?: string;
}

/**
 * Takes the signatures out of a commit as git does: `gpgsig` for SHA-1, `gpgsig-sha256` for SHA-256, and what is signed is
 * without either of them.
 */
function splitCommit(bytes: Uint8Array, isSha256: boolean): CommitParts {
  const name = isSha256 ? "gpgsig-sha256 " : "gpgsig ";
  const headers: string[] = [];
  const kept: Uint8Array[] = [];
  const signature: string[] = [];
  let [at, target, messageAt] = [0, "header" as "header" | "signature" | "other", undefined as number | undefined];
  while (at < bytes.length) {
    const end = bytes.indexOf(LF, at);
    const next = end < 0 ? bytes.length : end + 1;
    const line = decodeText(bytes.subarray(at, end < 0 ? next : end));
    if (line === "") {
      messageAt = next;
      kept.push(bytes.subarray(at));
      break;
    }
    const isContinued = bytes[at] === SPACE;
    if (!isContinued)
      target = line.startsWith(name)
        ? "signature"
        : SIGNATURES.some((each) => line.startsWith(each))
          ? "other"
          : "header";
    if (target === "signature") signature.push(isContinued ? line.slice(1) : line.slice(name.length));
    if (target === "header") {
      kept.push(bytes.subarray(at, next));
      if (isContinued) headers.push(`${headers.pop() ?? ""}\n${line.slice(1)}`);
      else headers.push(line);
    }
    at = next;
  }
  const signedPayload = new Uint8Array(kept.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of kept) {
    signedPayload.set(part, offset);
    offset += part.length;
  }
  return {
    headers,
    messageAt,
    signedPayload,
    ...(signature.length === 0 ? {} : { signature: `${signature.join("\n")}\n` }),
  };
}

function decodeText(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? decodeLatin1(bytes);
}

function readPerson(line: string | undefined, label: string): CommitPerson | undefined {
  const match = line?.startsWith(label) === true ? PERSON.exec(line.slice(label.length)) : null;
  if (match === null) return undefined;
  const [, name = "", email = "", seconds = ""] = match;
  const ms = Number(seconds) * 1000;
  const isSayable = ms >= -62_167_219_200_000 && ms <= 253_402_300_799_000;
  return { name: name.trim(), email: email.trim(), ...(isSayable ? { at: formatTime(ms) } : {}) };
}

const TRAILER = /^([A-Za-z0-9][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)$/;

/**
 * The trailers of a message: the lines `Key: value` of its last paragraph, where all lines of it are trailers or
 * continue one, or at least one of them is git's own and a quarter are trailers (git-interpret-trailers(1)). The first
 * paragraph is the subject and has none.
 */
export function trailersOf(message: string): readonly CommitTrailer[] {
  const paragraphs = message
    .replace(/\r\n/g, "\n")
    .trimEnd()
    .split(/\n[ \t]*\n/);
  const last = paragraphs.length < 2 ? undefined : paragraphs.at(-1);
  if (last === undefined) return [];
  const trailers: { key: string; value: string }[] = [];
  let others = 0;
  for (const line of last.split("\n")) {
    const match = TRAILER.exec(line);
    const previous = trailers.at(-1);
    if (match !== null) trailers.push({ key: match[1] ?? "", value: (match[2] ?? "").trim() });
    else if (/^[ \t]/.test(line) && previous !== undefined) previous.value = `${previous.value} ${line.trim()}`.trim();
    else others++;
  }
  const hasOwn = trailers.some(({ key }) => key === "Signed-off-by") || /^\(cherry picked from commit /m.test(last);
  return others === 0 || (hasOwn && trailers.length * 3 >= others) ? trailers : [];
}
