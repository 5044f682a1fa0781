import { AmapError, digestHex, digestOf, encodeUtf8 } from "../base/index.ts";
import type { Checkout, Files, Git, GitCredentials } from "../ports/index.ts";

/** Repositories in memory. */
export interface FakeGit extends Git {
  /** Puts files on a branch of a repository in the place of what was there; a repository may want credentials. */
  publish(url: string, branch: string, files: Readonly<Record<string, string>>, credentials?: GitCredentials): void;
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
  return {
    counts,
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
