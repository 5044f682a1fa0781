import { AmapError, concatBytes, digestHex, digestOf, encodeUtf8, hashHex } from "../base/index.ts";
import { decodeCommit } from "../metadata/index.ts";
import type { Checkout, Files, Git, GitCredentials, HistoryCommit, WorkTree } from "../ports/index.ts";
import type { WrittenCommit } from "./git-repository.ts";

/** Repositories in memory. */
export interface FakeGit extends Git {
  /** Puts files on a branch of a repository in the place of what was there; a repository may want credentials. */
  publish(url: string, branch: string, files: Readonly<Record<string, string>>, credentials?: GitCredentials): void;
  /** Adds a commit to a branch of the repository of a folder, as `createGitRepository` does, and gives its id. */
  write(directory: string, branch: string, commit: WrittenCommit): string;
  /** Makes a folder a working tree. */
  setWorkTree(directory: string, tree: WorkTree): void;
  /** How many checkouts were made and how many of them are not closed. */
  readonly counts: { readonly made: number; readonly open: number };
}

interface Published {
  readonly branches: Map<string, Readonly<Record<string, string>>>;
  readonly credentials: GitCredentials | undefined;
}

/** Repositories whose checkouts are written to `files`, below `/checkouts`. */
export function createFakeGit(files: Files): FakeGit {
  const repositories = new Map<string, Published>();
  const counts = { made: 0, open: 0 };
  const open = async (content: Readonly<Record<string, string>>): Promise<Checkout> => {
    const path = `/checkouts/${(counts.made += 1)}`;
    await files.makeDirectory(path);
    for (const [name, text] of Object.entries(content)) {
      await files.makeDirectory(`${path}/${name}/..`);
      await files.write(`${path}/${name}`, encodeUtf8(text));
    }
    counts.open += 1;
    let isOpen = true;
    return {
      path,
      commit: digestHex(digestOf(encodeUtf8(JSON.stringify(content)))).slice(0, 40),
      close: async () => {
        if (!isOpen) return;
        isOpen = false;
        counts.open -= 1;
        await files.remove(path);
      },
    };
  };
  const histories = createHistories();
  const workTrees = new Map<string, WorkTree>();
  return {
    counts,
    setWorkTree: (directory, tree) => void workTrees.set(directory, tree),
    workTree: async (directory) => {
      const tree = workTrees.get(directory);
      if (tree === undefined) throw new AmapError("GIT_NOT_FOUND", `${directory}: there is no commit of git here`);
      return tree;
    },
    ...histories,
    publish(url, branch, content, credentials) {
      const branches = repositories.get(url)?.branches ?? new Map();
      branches.set(branch, content);
      repositories.set(url, { branches, credentials });
    },
    async checkOut({ url, branch, credentials }) {
      if (!/^(?:https?|file):\/\/[^@\s]+$/.test(url) || /^$|^-|[\s:]|\.\./.test(branch)) {
        throw new AmapError("USAGE", "not a repository or not a branch");
      }
      const repository = repositories.get(url);
      if (repository === undefined) throw new AmapError("GIT_NOT_FOUND", `${url}: there is no such repository`);
      const wanted = repository.credentials;
      if (
        wanted !== undefined &&
        (wanted.username !== credentials?.username || wanted.password !== credentials.password)
      )
        throw new AmapError("GIT_UNAUTHORIZED", `${url}: the server wants other credentials`);
      const content = repository.branches.get(branch);
      if (content === undefined) throw new AmapError("GIT_NOT_FOUND", `${url}: there is no such branch`);
      return open(content);
    },
    async checkOutRevision({ directory, revision }) {
      if (/^$|^-|[\s:]|\.\./.test(revision)) throw new AmapError("USAGE", "not a revision");
      const branches = repositories.get(`file://${directory}`)?.branches;
      const content = branches?.get(revision) ?? (revision === "HEAD" ? [...(branches?.values() ?? [])][0] : undefined);
      if (content === undefined) throw new AmapError("GIT_NOT_FOUND", `${directory}: there is no such revision`);
      return open(content);
    },
  };
}

type FileTexts = Readonly<Record<string, string>>;

/** Histories in memory: commits have git's own bytes, trees a made-up id. */
function createHistories(): Pick<FakeGit, "write" | "history" | "readBlob"> {
  const commits = new Map<string, { readonly commit: HistoryCommit; readonly files: FileTexts }>();
  const branches = new Map<string, string>();
  const idOf = (directory: string, revision: string): string => {
    if (/^$|^-|[\s:]|\.\./.test(revision)) throw new AmapError("USAGE", "not a revision");
    const head = revision === "HEAD" ? "main" : revision;
    const id = branches.get(`${directory} ${head}`) ?? (commits.has(revision) ? revision : undefined);
    if (id === undefined) throw new AmapError("GIT_NOT_FOUND", `${directory}: there is no such revision`);
    return id;
  };
  const filesOf = (id: string): FileTexts => commits.get(id)?.files ?? {};
  return {
    write(
      directory,
      branch,
      { files, author, committer = author, message, parents, at = "2026-01-01T00:00:00Z", sign },
    ) {
      const before = branches.get(`${directory} ${branch}`);
      const from = parents ?? (before === undefined ? [] : [before]);
      const time = `${Date.parse(at) / 1000} +0000`;
      const tree = hashHex("sha1", encodeUtf8(JSON.stringify(files)));
      const people = [`author ${author} ${time}`, `committer ${committer} ${time}`];
      const head = [`tree ${tree}`, ...from.map((parent) => `parent ${parent}`), ...people].join("\n");
      const signature = sign?.(`${head}\n\n${message}`).trimEnd().replaceAll("\n", "\n ");
      const bytes = encodeUtf8(`${head}${signature === undefined ? "" : `\ngpgsig ${signature}`}\n\n${message}`);
      const id = hashHex("sha1", concatBytes([encodeUtf8(`commit ${bytes.length}\0`), bytes]));
      const decoded = decodeCommit(id, bytes);
      if (!decoded.ok) throw new Error(`not a commit: ${JSON.stringify(decoded.issues)}`);
      const olds = from.length === 0 ? [{}] : from.map(filesOf);
      const paths = new Set([files, ...olds].flatMap((each) => Object.keys(each)));
      const textOf = (texts: FileTexts, path: string): string | undefined => texts[path];
      const changedPaths = [...paths].filter((path) => olds.every((old) => textOf(old, path) !== files[path])).sort();
      commits.set(id, { commit: { ...decoded.value, changedPaths }, files });
      branches.set(`${directory} ${branch}`, id);
      return id;
    },
    async history({ directory, revision, since, paths = [], limit = Number.POSITIVE_INFINITY }) {
      const head = idOf(directory, revision);
      const base = since === undefined ? undefined : idOf(directory, since);
      const left = reachableFrom(base);
      const found = [...reachableFrom(head)]
        .filter((id) => !left.has(id))
        .flatMap((id) => commits.get(id)?.commit ?? [])
        .filter(({ changedPaths }) => paths.length === 0 || changedPaths.some((path) => isBelow(path, paths)))
        .reverse();
      if (found.length > limit) throw new AmapError("LIMIT_EXCEEDED", `${directory}: more than ${limit} commits`);
      return { head, ...(base === undefined ? {} : { base }), commits: found };
    },
    async readBlob({ directory, revision, path }) {
      if (path.split("/").some((each) => /^\.{0,2}$/.test(each))) throw new AmapError("USAGE", "not a path");
      const text = filesOf(idOf(directory, revision))[path];
      return text === undefined ? undefined : encodeUtf8(text);
    },
  };

  /** Parents before children. */
  function reachableFrom(id: string | undefined, seen: Set<string> = new Set()): Set<string> {
    if (id === undefined || seen.has(id)) return seen;
    for (const parent of commits.get(id)?.commit.parents ?? []) reachableFrom(parent, seen);
    return seen.add(id);
  }
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}
