import { AmapError, isAmapError } from "../../base/index.ts";
import type { Checkout, Files, GitCredentials } from "../../ports/index.ts";
import type { World } from "../world.ts";
import { resolvePath } from "./read-files.ts";

/** How git repositories are read that arguments name. */
export interface GitAccess {
  /** A branch or tag; without it, or empty, what stands behind the repository in an address is the branch. */
  readonly branch?: string;
  readonly credentials?: GitCredentials;
}

/** What an address of a git repository says. */
export interface GitPlace {
  /** The repository, without a user. */
  readonly url: string;
  readonly branch: string;
  /** From the root of the repository: `/`, `/pod-security`. */
  readonly folder: string;
  /** Of the address itself: `https://user:password@…`. */
  readonly credentials?: GitCredentials;
}

/** A folder of a checkout: with this world nothing outside the checkout can be read. */
export interface GitFolder {
  readonly world: World;
  readonly path: string;
}

const ADDRESS =
  /^(https?:\/\/)(?:([^/?#@]*)@)?((?:\[[\da-fA-F:.]+\]|[^/?#@:]+)(?::\d+)?)\/([^/?#]+)\/([^/?#]+)((?:\/[^?#]*)?)$/;

/** Whether an argument is a git repository's address for Kyverno: all that begins with http:// or https://. */
export function isGitAddress(path: string): boolean {
  return /^https?:\/\//.test(path);
}

/**
 * Reads `https://HOST/OWNER/REPOSITORY[/REST]` as Kyverno does: with a branch given, the rest is a folder; without one
 * it is the branch, `main` when there is none, and all of the repository is meant.
 * @throws {AmapError} USAGE
 */
export function parseGitAddress(address: string, branch = ""): GitPlace {
  const match = ADDRESS.exec(address);
  if (match === null) {
    const found = withoutUser(address).slice(0, 200);
    throw new AmapError("USAGE", `expected https://HOST/OWNER/REPOSITORY/BRANCH, found "${found}"`, {
      hint:
        withoutUser(address) === address
          ? "With --git-branch BRANCH write https://HOST/OWNER/REPOSITORY/FOLDER."
          : "In a user name or password write %2F for /, %3F for ?, %23 for #, %40 for @; or give them by --username and --password.",
    });
  }
  const [, scheme = "", user, host = "", owner = "", repository = "", more = ""] = match;
  const rest = more.split("/").filter((part) => part !== "");
  return {
    url: `${scheme}${host}/${owner}/${repository}`,
    branch: branch === "" ? rest.join("/") || "main" : branch,
    folder: branch === "" ? "/" : `/${rest.join("/")}`,
    ...(user === undefined ? {} : { credentials: readUser(user) }),
  };
}

/**
 * A path or an address as it may be shown: without a user name and a password, also one with a slash or a question mark,
 * which no address holds: then no port stands behind the first colon.
 */
export function withoutUser(path: string): string {
  return path.replace(/^(https?:\/\/)(?:[^/]*@|[^/@[]*:(?!\d*(?:\/|$)).*@)/, "$1");
}

function readUser(user: string): GitCredentials {
  const at = user.includes(":") ? user.indexOf(":") : user.length;
  try {
    return { username: decodeURIComponent(user.slice(0, at)), password: decodeURIComponent(user.slice(at + 1)) };
  } catch (cause) {
    throw new AmapError("USAGE", "the user name or password in the address has a % that is not an escape", { cause });
  }
}

/** Checkouts of the repositories that the arguments of one command name: each branch is fetched once. */
export class GitFolders {
  readonly #world: World;
  readonly #access: GitAccess;
  readonly #checkouts = new Map<string, Promise<Checkout>>();
  /** The one server that given credentials are for: the first that is named. */
  #server: string | undefined;

  constructor(world: World, access: GitAccess = {}) {
    this.#world = world;
    this.#access = access;
  }

  /**
   * The folder that an address names; links and `..` never lead out of the checkout. Its files are named from `/`, or by
   * their address.
   * @throws {AmapError} USAGE, FILE_NOT_FOUND (no such folder in it), and those of `Git`
   */
  async open(address: string, names: "root" | "address"): Promise<GitFolder> {
    const place = parseGitAddress(address, this.#access.branch);
    const key = `${place.url}\n${place.branch}`;
    const pending = this.#checkouts.get(key) ?? this.#checkOut(place);
    this.#checkouts.set(key, pending);
    const { path: root } = await pending;
    // Never the address as it was given: it may hold a password.
    const shownAs = names === "root" ? "" : place.url;
    const world = { ...this.#world, files: filesOfCheckout(this.#world.files, { root, shownAs }) };
    const path = `${shownAs}${shownAs !== "" && place.folder === "/" ? "" : place.folder}`;
    if ((await world.files.kindOf(path)) === undefined) {
      const what = `${place.url} (branch ${place.branch}) has no folder ${place.folder}`;
      throw new AmapError("FILE_NOT_FOUND", what, { hint: "Check the folder; it starts at the repository's root." });
    }
    return { world, path };
  }

  async #checkOut({ url, branch, credentials }: GitPlace): Promise<Checkout> {
    const server = url.split("/", 3).join("/");
    this.#server ??= server;
    if (this.#access.credentials !== undefined && server !== this.#server) {
      throw new AmapError("USAGE", `the user name and password are for one server: ${this.#server} or ${server}`, {
        hint: "Name the repositories of one server at a time.",
      });
    }
    const given = this.#access.credentials ?? credentials;
    return this.#world.git.checkOut({ url, branch, ...(given === undefined ? {} : { credentials: given }) });
  }

  /** Removes all checkouts. */
  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#checkouts.values());
    for (const each of opened) if (each.status === "fulfilled") await each.value.close();
  }
}

/** A view of a checkout. */
interface View {
  /** The folder that holds the checkout. */
  readonly root: string;
  /** What paths begin with that are not from `/`: empty, or the repository's address. */
  readonly shownAs: string;
}

/** Files of which only those of the checkout can be seen, and none changed; its root is `/`. */
function filesOfCheckout(files: Files, view: View): Files {
  const real = (path: string): string => {
    const absolute = path.startsWith(view.shownAs) ? path.slice(view.shownAs.length) : path;
    // Above the root is the root, as in every file system.
    const below = resolvePath("/", `./${absolute}`).split("/");
    return [view.root, ...below.filter((part) => !/^\.{0,2}$/.test(part))].join("/");
  };
  const shown = async <T>(path: string, run: Promise<T>): Promise<T> => {
    try {
      return await run;
    } catch (error) {
      throw renamed(error, real(path), path);
    }
  };
  const refuse = async (): Promise<never> => {
    throw new AmapError("BUG", "a checkout is only read");
  };
  return {
    read: (path, maxBytes) => shown(path, files.read(real(path), maxBytes)),
    async *readChunks(path) {
      try {
        yield* files.readChunks(real(path));
      } catch (error) {
        throw renamed(error, real(path), path);
      }
    },
    readStart: (path, length) => shown(path, files.readStart(real(path), length)),
    open: (path) => shown(path, files.open(real(path))),
    kindOf: (path, options) => shown(path, files.kindOf(real(path), options)),
    // A checkout has no links; one that came into it must not be followed.
    list: (path, maxEntries) => shown(path, files.list(real(path), maxEntries)),
    async *walk(path, options) {
      try {
        yield* files.walk(real(path), options);
      } catch (error) {
        throw renamed(error, real(path), path);
      }
    },
    openScratch: refuse,
    write: refuse,
    remove: refuse,
    makeDirectory: refuse,
  };
}

/** An error that names the file as the user knows it: nobody has seen the temporary folder. */
function renamed(error: unknown, real: string, shown: string): unknown {
  if (!isAmapError(error) || !error.message.includes(real)) return error;
  return new AmapError(error.code, error.message.replaceAll(real, shown), { hint: error.hint, cause: error });
}
