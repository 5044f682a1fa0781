import { AmapError, decodeLatin1, decodeUtf8, isAmapError, LIMITS } from "../../base/index.ts";
import { decodeCommit } from "../../metadata/index.ts";
import type { BlobRequest, History, HistoryCommit, HistoryRequest } from "../../ports/index.ts";
import type { BorrowedRepository } from "./borrowed-repository.ts";
import { entryOfTree, type GitObject, readObjects } from "./git-objects.ts";
import { runGit } from "./run-git.ts";

/** Reads commits of a repository whose objects are borrowed. */
export async function readHistory(repository: BorrowedRepository, request: HistoryRequest): Promise<History> {
  const limit = Math.min(request.limit ?? LIMITS.gitCommits, LIMITS.gitCommits);
  const head = await repository.commitOf(request.revision);
  const base = request.since === undefined ? undefined : await repository.commitOf(request.since);
  const paths = request.paths ?? [];
  const ids = await listCommits(repository, { head, base, paths, limit });
  const objects = await readObjects(repository, ids, LIMITS.gitHistoryBytes);
  const changes = await listChanges(repository, ids);
  const commits = objects
    .map((object, index) => toCommit(repository, object, changes[index] ?? []))
    // git also names merges that take a path from one of their parents.
    .filter(
      ({ changedPaths, parents }) =>
        paths.length === 0 ||
        (request.withMerges === true && parents.length > 1) ||
        changedPaths.some((path) => isBelow(path, paths)),
    );
  return { head, ...(base === undefined ? {} : { base }), commits };
}

/** The file beside the objects that tells of parents, too, is not used: nothing proves it. */
const WALK = ["-c", "core.commitGraph=false"];

async function listCommits(
  repository: BorrowedRepository,
  range: {
    readonly head: string;
    readonly base: string | undefined;
    readonly paths: readonly string[];
    readonly limit: number;
  },
): Promise<readonly string[]> {
  const { head, base, paths, limit } = range;
  const ends = base === undefined ? [head] : [head, `^${base}`];
  const words = ["rev-list", "--topo-order", "--full-history", `--max-count=${limit + 1}`, ...ends, "--", ...paths];
  const ids: string[] = [];
  const lines = new Splitter(0x0a, (line) => void ids.push(decodeLatin1(line)));
  await orShallow(repository, () =>
    runGit(repository.git, [...WALK, ...repository.inside, ...words], { read: (chunk) => lines.take(chunk) }),
  );
  if (ids.length > limit)
    throw new AmapError("LIMIT_EXCEEDED", `${repository.git.what}: more than ${limit} commits`, {
      hint: "Name a later commit or tag to begin at (--since).",
    });
  return ids;
}

function isBelow(path: string, places: readonly string[]): boolean {
  return places.some((place) => path === place || path.startsWith(`${place}/`));
}

/** For each commit the paths in which it differs from every parent. */
async function listChanges(
  repository: BorrowedRepository,
  ids: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const changes: string[][] = [];
  let [status, count] = [undefined as string | undefined, 0];
  const tokens = new Splitter(0, (token) => {
    if (status !== undefined) {
      changes.at(-1)?.push(decodeUtf8(token) ?? decodeLatin1(token));
      status = undefined;
      if (++count > LIMITS.gitHistoryPaths)
        return new AmapError("LIMIT_EXCEEDED", `${repository.git.what}: more than ${LIMITS.gitHistoryPaths} paths`);
    } else {
      const text = decodeLatin1(token);
      // Ids are in lower case, the letters of a change's status in upper case.
      if (/^[A-Z]/.test(text)) status = text;
      else if (text === ids[changes.length]) changes.push([]);
      else return new AmapError("GIT_FAILED", `${repository.git.what}: git lists changes of other commits than asked`);
    }
    return undefined;
  });
  const words = ["diff-tree", "--stdin", "-z", "-r", "-c", "--root", "--always", "--name-status", "--no-renames"];
  await orShallow(repository, () =>
    runGit(repository.git, [...WALK, ...repository.inside, ...words, "--no-ext-diff", "--no-textconv"], {
      input: ids.map((id) => `${id}\n`).join(""),
      read: (chunk) => tokens.take(chunk),
    }),
  );
  if (changes.length !== ids.length || status !== undefined)
    throw new AmapError("GIT_FAILED", `${repository.git.what}: git lists the changes of too few commits`);
  return changes.map((paths) => paths.sort());
}

function toCommit(
  { git }: BorrowedRepository,
  object: GitObject | undefined,
  changedPaths: readonly string[],
): HistoryCommit {
  if (object?.kind !== "commit") throw new AmapError("GIT_FAILED", `${git.what}: a commit of its history is missing`);
  const commit = decodeCommit(object.id, object.bytes);
  if (commit.ok) return { ...commit.value, changedPaths };
  const [issue] = commit.issues;
  throw new AmapError("GIT_FAILED", `${git.what}: the commit ${object.id}: ${issue?.path}: ${issue?.message}`);
}

/** The file's mode in a tree of git: an ordinary one, or one that is a program. */
const FILE_MODES: ReadonlySet<string> = new Set(["100644", "100755", "100664"]);
const FOLDER_MODE = "40000";

/** Reads a file of a commit: every object from the commit down to it is held against its id. */
export async function readCommittedFile(
  repository: BorrowedRepository,
  request: BlobRequest,
): Promise<Uint8Array | undefined> {
  const segments = request.path.split("/");
  if (request.path.length > LIMITS.pathBytes || segments.some((each) => /^\.{0,2}$|[\n\0]/.test(each))) {
    throw new AmapError(
      "USAGE",
      `${repository.git.what}: expected a path from the repository's root, such as a/b.yaml`,
    );
  }
  const commit = await repository.commitOf(request.revision);
  const folders = segments.slice(0, -1).map((_, index) => `${commit}:${segments.slice(0, index + 1).join("/")}`);
  const names = [commit, `${commit}^{tree}`, ...folders, `${commit}:${request.path}`];
  const [first, ...rest] = await readObjects(repository, names, LIMITS.gitBlobBytes);
  const root = /^tree ([0-9a-f]+)\n/.exec(decodeLatin1((first?.bytes ?? new Uint8Array()).subarray(0, 80)))?.[1];
  let expected = { mode: FOLDER_MODE, id: root ?? "" };
  for (const [index, object] of rest.entries()) {
    if (object === undefined && index > 0) return undefined;
    if (object?.id !== expected.id)
      throw new AmapError("GIT_FAILED", `${repository.git.what}: a folder of the commit is missing or another one`);
    const segment = segments[index];
    if (segment === undefined) return FILE_MODES.has(expected.mode) ? object.bytes : undefined;
    const entry = object.kind === "tree" ? entryOfTree(object, segment) : undefined;
    if (entry === undefined) return undefined;
    expected = entry;
  }
  return undefined;
}

/** A shallow clone ends where its history does not: git fails on the commits that are missing. */
async function orShallow(repository: BorrowedRepository, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!repository.isShallow || !isAmapError(error, "GIT_FAILED")) throw error;
    throw new AmapError("GIT_FAILED", `${repository.git.what}: a shallow clone does not hold the history asked for`, {
      hint: "Fetch all of it: `git fetch --unshallow`, or fetch-depth: 0 in a workflow.",
      cause: error,
    });
  }
}

/** Takes bytes apart at a separator. */
class Splitter {
  readonly #separator: number;
  readonly #part: (part: Uint8Array) => AmapError | undefined;
  #rest = Buffer.alloc(0);

  constructor(separator: number, part: (part: Uint8Array) => AmapError | undefined) {
    [this.#separator, this.#part] = [separator, part];
  }

  take(chunk: Uint8Array): AmapError | undefined {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = this.#rest.indexOf(this.#separator); end >= 0; end = this.#rest.indexOf(this.#separator, start)) {
      const failure = this.#part(this.#rest.subarray(start, end));
      if (failure !== undefined) return failure;
      start = end + 1;
    }
    this.#rest = this.#rest.subarray(start);
    if (this.#rest.length <= LIMITS.pathBytes * 4) return undefined;
    return new AmapError("LIMIT_EXCEEDED", `a path of a commit is longer than ${LIMITS.pathBytes * 4} bytes`);
  }
}
