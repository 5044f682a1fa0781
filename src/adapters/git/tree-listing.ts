import { AmapError, decodeUtf8, LIMITS } from "../../base/index.ts";
import { type GitRunner, runGit } from "./run-git.ts";

/** How much a commit may hold. */
export interface TreeLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly refuse: (what: string) => AmapError;
}

/** The mode of a symbolic link in a tree of git. */
const LINK_MODE = "120000";

/**
 * Goes through the output of `git ls-tree -r -l -z`, counting: a small repository can name the same folder a million
 * times. Returns the paths of symbolic links.
 * @throws {AmapError} what `refuse` makes, and those of `runGit`
 */
export async function readTree(
  git: GitRunner,
  words: readonly string[],
  limits: TreeLimits,
): Promise<readonly string[]> {
  const links: string[] = [];
  let rest = Buffer.alloc(0);
  let [files, bytes] = [0, 0];
  const take = (entry: Buffer): AmapError | undefined => {
    const tab = entry.indexOf("\t");
    const [mode = "", , , size = ""] = entry.subarray(0, tab).toString("latin1").split(/ +/);
    if (++files > limits.maxFiles) return limits.refuse(`${limits.maxFiles} files`);
    bytes += Number(size) || 0;
    if (bytes > limits.maxBytes) return limits.refuse(`${limits.maxBytes} bytes in files`);
    const path = decodeUtf8(entry.subarray(tab + 1));
    if (mode === LINK_MODE && path !== undefined) links.push(path);
    return undefined;
  };
  await runGit(git, words, {
    read: (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        const refusal = take(rest.subarray(0, end));
        if (refusal !== undefined) return refusal;
        rest = rest.subarray(end + 1);
      }
      return rest.length > LIMITS.pathBytes * 4 ? limits.refuse(`${LIMITS.pathBytes} bytes in a path`) : undefined;
    },
  });
  return links;
}
