import { AmapError, concatBytes, encodeUtf8, startHash } from "../../base/index.ts";
import type { BorrowedRepository } from "./borrowed-repository.ts";
import { runGit } from "./run-git.ts";

/** An object of git that is what its id says. */
export interface GitObject {
  readonly id: string;
  readonly kind: string;
  readonly bytes: Uint8Array;
}

const MAX_HEADER_BYTES = 4_096;

/**
 * Reads objects by their names (ids, `id:path`), in the names' order; undefined for one that is not there. The hash of
 * each is computed: a damaged or made-up object store cannot pass another content for an id.
 * @throws {AmapError} GIT_FAILED, LIMIT_EXCEEDED for more than `maxBytes` in all, TIMEOUT
 */
export async function readObjects(
  { git, inside }: BorrowedRepository,
  names: readonly string[],
  maxBytes: number,
): Promise<readonly (GitObject | undefined)[]> {
  const found: (GitObject | undefined)[] = [];
  const reader = new BatchReader(names, maxBytes, git.what, (object) => found.push(object));
  await runGit(git, [...inside, "cat-file", "--batch"], {
    input: names.map((name) => `${name}\n`).join(""),
    read: (chunk) => reader.take(chunk),
  });
  if (found.length !== names.length)
    throw new AmapError("GIT_FAILED", `${git.what}: git gave ${found.length} of ${names.length} objects`);
  return found;
}

/** Takes the output of `git cat-file --batch` apart: `ID KIND SIZE`, the bytes and a line end; or `NAME missing`. */
class BatchReader {
  readonly #names: readonly string[];
  readonly #maxBytes: number;
  readonly #what: string;
  readonly #found: (object: GitObject | undefined) => void;
  #pieces: Uint8Array[] = [];
  #held = 0;
  /** Bytes that are needed before anything can be done. */
  #wanted = 1;
  #total = 0;
  #count = 0;

  constructor(
    names: readonly string[],
    maxBytes: number,
    what: string,
    found: (object: GitObject | undefined) => void,
  ) {
    [this.#names, this.#maxBytes, this.#what, this.#found] = [names, maxBytes, what, found];
  }

  take(chunk: Uint8Array): AmapError | undefined {
    this.#pieces.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#wanted) return undefined;
    let rest = concatBytes(this.#pieces);
    for (;;) {
      const step = this.#step(rest);
      if (step instanceof AmapError) return step;
      if (step === 0) break;
      rest = rest.subarray(step);
      this.#wanted = 1;
    }
    this.#pieces = [rest];
    this.#held = rest.length;
    return undefined;
  }

  /** Bytes of the object at the begin, when it is there as a whole. */
  #step(rest: Uint8Array): number | AmapError {
    const end = rest.indexOf(0x0a);
    if (end < 0) {
      this.#wanted = rest.length + 1;
      return rest.length > MAX_HEADER_BYTES * 2 ? this.#fail("an answer of git that is not understood") : 0;
    }
    const header = Buffer.from(rest.subarray(0, end)).toString("utf8");
    const name = this.#names[this.#count];
    if (header === `${name} missing`) {
      this.#count++;
      this.#found(undefined);
      return end + 1;
    }
    const match = /^([0-9a-f]{40}|[0-9a-f]{64}) (commit|tree|blob|tag) (\d{1,15})$/.exec(header);
    if (match === null) return this.#fail(`git does not give ${name ?? "anything more"}`);
    const [, id = "", kind = "", length = ""] = match;
    const size = Number(length);
    if (this.#total + size > this.#maxBytes)
      return new AmapError("LIMIT_EXCEEDED", `${this.#what}: more than ${this.#maxBytes} bytes`);
    if (rest.length < end + 1 + size + 1) {
      this.#wanted = end + 1 + size + 1;
      return 0;
    }
    const bytes = rest.slice(end + 1, end + 1 + size);
    if (hashOfObject(id, kind, bytes) !== id) return this.#fail(`the object ${id} is not what its id says`);
    this.#total += size;
    this.#count++;
    this.#found({ id, kind, bytes });
    return end + 1 + size + 1;
  }

  #fail(what: string): AmapError {
    return new AmapError("GIT_FAILED", `${this.#what}: ${what}`);
  }
}

function hashOfObject(id: string, kind: string, bytes: Uint8Array): string {
  const hash = startHash(id.length === 64 ? "sha256" : "sha1");
  hash.update(encodeUtf8(`${kind} ${bytes.length}\0`));
  hash.update(bytes);
  return hash.digestHex();
}

/** The id and mode of an entry of a tree's bytes, or undefined: `MODE NAME`, a zero byte, and the id's bytes. */
export function entryOfTree(tree: GitObject, name: string): { readonly mode: string; readonly id: string } | undefined {
  const { bytes } = tree;
  const idBytes = tree.id.length / 2;
  for (let at = 0; at < bytes.length; ) {
    const zero = bytes.indexOf(0, at);
    if (zero < 0 || zero + 1 + idBytes > bytes.length) return undefined;
    const [mode = "", ...rest] = Buffer.from(bytes.subarray(at, zero)).toString("utf8").split(" ");
    if (rest.join(" ") === name)
      return { mode, id: Buffer.from(bytes.subarray(zero + 1, zero + 1 + idBytes)).toString("hex") };
    at = zero + 1 + idBytes;
  }
  return undefined;
}
