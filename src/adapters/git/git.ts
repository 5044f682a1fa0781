import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AmapError, LIMITS } from "../../base/index.ts";
import type { Checkout, CheckoutRequest, Git, GitCredentials, RevisionRequest } from "../../ports/index.ts";
import { type BorrowedRepository, borrowRepository } from "./borrowed-repository.ts";
import { environmentOf } from "./environment.ts";
import { folderBytes } from "./folder-size.ts";
import { readCommittedFile, readHistory } from "./history.ts";
import { onInterruption } from "./interruption.ts";
import { placeLinks } from "./place-links.ts";
import { type GitRunner, runGit } from "./run-git.ts";
import { readTree } from "./tree-listing.ts";
import { describeWorkTree } from "./work-tree.ts";

/** What the adapter is made with. Limits are those of LIMITS when left out. */
export interface GitOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where temporary folders are made; TMPDIR of `env` or the system's when left out. */
  readonly temporary?: string;
  readonly maxBytes?: number;
  readonly maxFiles?: number;
  /** For each of the steps: fetching, listing, writing files. */
  readonly timeoutMs?: number;
}

/** Schemes that are spoken. */
const SCHEME = /^(https|http|file):\/\//;
/** Branches and tags, by the rules of git check-ref-format(1) as far as they can mislead: no option, no range, no blanks. */
const BAD_NAME = /^[-/.]|[\p{Cc}\s~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.lock$/u;
const BAD_URL = /[\p{Cc}\s\\]/u;
const MAX_NAME_LENGTH = 250;
/** Options of every call, which no configuration can change: see git-config(1). */
const SETTINGS = [
  "core.symlinks=false",
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.autocrlf=false",
  "core.protectHFS=true",
  "core.protectNTFS=true",
  "submodule.recurse=false",
  "fetch.recurseSubmodules=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "protocol.allow=never",
  // Silence on a connection ends it (LIMITS.httpIdleMs).
  "http.lowSpeedLimit=1",
  `http.lowSpeedTime=${LIMITS.httpIdleMs / 1000}`,
];

/** Makes checkouts with the installed `git`; nothing is started before the first one. */
export function createGit(options: GitOptions): Git {
  return {
    checkOut: async (request) => {
      const scheme = checkRequest(request);
      return inNewFolder(options, (folder) => fetchInto(folder, scheme, request, options));
    },
    checkOutRevision: async (request) => {
      checkRevision(request);
      return inNewFolder(options, (folder) => copyRevision(folder, request, options));
    },
    history: async (request) => {
      checkRevision(request);
      if (request.since !== undefined) checkRevision({ ...request, revision: request.since });
      return inBorrowed(options, request, (repository) => readHistory(repository, request));
    },
    readBlob: async (request) => {
      checkRevision(request);
      return inBorrowed(options, request, (repository) => readCommittedFile(repository, request));
    },
    workTree: async (directory) => {
      const env = environmentOf(options.env, temporaryOf(options), { url: "", branch: "" });
      const timeoutMs = options.timeoutMs ?? LIMITS.gitMs;
      return describeWorkTree({ env, settings: SETTINGS, timeoutMs, what: directory, secrets: [] }, directory);
    },
  };
}

/** Lends the objects of a repository on this machine. */
function inBorrowed<T>(
  options: GitOptions,
  { directory, revision }: RevisionRequest,
  act: (repository: BorrowedRepository) => Promise<T>,
): Promise<T> {
  const temporary = temporaryOf(options);
  const runner: GitRunner = {
    env: environmentOf(options.env, temporary, { url: "", branch: "" }),
    settings: [...SETTINGS],
    timeoutMs: options.timeoutMs ?? LIMITS.gitMs,
    what: `${directory} (revision ${revision})`,
    secrets: [],
  };
  return borrowRepository(runner, directory, temporary, act);
}

function temporaryOf({ temporary, env }: GitOptions): string {
  return temporary ?? (env["TMPDIR"] || tmpdir());
}

/** Makes the folder of a checkout, and removes it when filling it fails. */
async function inNewFolder(options: GitOptions, fill: (folder: string) => Promise<string>): Promise<Checkout> {
  const folder = await mkdtemp(join(temporaryOf(options), "amap-git-"));
  const takeBack = onInterruption(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const close = async (): Promise<void> => {
    takeBack();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { path: join(folder, "files"), commit: await fill(folder), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Clones one branch without history, and writes its files. */
async function fetchInto(
  folder: string,
  scheme: string,
  request: CheckoutRequest,
  options: GitOptions,
): Promise<string> {
  const { maxBytes = LIMITS.gitBytes, timeoutMs = LIMITS.gitMs } = options;
  const [files, repository] = [join(folder, "files"), join(folder, "repository")];
  const git: GitRunner = {
    env: environmentOf(options.env, folder, request),
    settings: [...SETTINGS, `protocol.${scheme}.allow=always`],
    timeoutMs,
    what: `${request.url} (branch ${request.branch})`,
    secrets: secretsOf(request.credentials),
  };
  const clone = ["clone", "--quiet", "--no-checkout", "--depth=1", "--single-branch", "--no-tags", "--template="];
  await runGit(
    git,
    [...clone, "--separate-git-dir", repository, "--branch", request.branch, "--", request.url, files],
    {
      watch: async () => {
        const bytes = await folderBytes(folder);
        return bytes > maxBytes ? tooLarge(git.what, `${maxBytes} bytes are fetched`) : undefined;
      },
    },
  );
  return writeCommit(git, { files, repository, revision: "HEAD" }, options);
}

/** Writes a commit of a repository on this machine; of the repository nothing is copied but the commit's files. */
function copyRevision(folder: string, request: RevisionRequest, options: GitOptions): Promise<string> {
  const files = join(folder, "files");
  return inBorrowed(options, request, async (repository) => {
    const revision = await repository.commitOf(request.revision);
    await mkdir(files);
    return writeCommit(repository.git, { files, repository: repository.folder, revision }, options);
  });
}

/** Looks at what a commit holds, and only then writes its files. */
async function writeCommit(
  git: GitRunner,
  { files, repository, revision }: { readonly files: string; readonly repository: string; readonly revision: string },
  { maxBytes = LIMITS.gitBytes, maxFiles = LIMITS.gitFiles }: GitOptions,
): Promise<string> {
  const inside = ["--git-dir", repository, "--work-tree", files];
  const commit = (await runGit(git, [...inside, "rev-parse", "--verify", `${revision}^{commit}`])).trim();
  const links = await readTree(git, [...inside, "ls-tree", "-r", "-l", "-z", "--full-tree", commit], {
    maxBytes,
    maxFiles,
    refuse: (what) => tooLarge(git.what, what),
  });
  await writeAsCommitted(repository);
  await runGit(git, [...inside, "checkout", "--quiet", "--force", "--detach", commit]);
  await Promise.all([rm(join(files, ".git"), { force: true }), rm(repository, { recursive: true, force: true })]);
  await placeLinks(files, links);
  return commit;
}

/**
 * Files are written byte for byte, whatever the attributes of the commit ask for: other encodings and identifiers make
 * them many times as large as what was looked at. What stands here comes before every .gitattributes (gitattributes(5)).
 */
async function writeAsCommitted(repository: string): Promise<void> {
  await mkdir(join(repository, "info"), { recursive: true });
  await writeFile(join(repository, "info", "attributes"), "* -text -ident -filter -working-tree-encoding\n");
}

/** The scheme of a request that git can only take as it is meant. */
function checkRequest({ url, branch, credentials }: CheckoutRequest): string {
  const scheme = SCHEME.exec(url)?.[1];
  if (scheme === undefined || BAD_URL.test(url) || url.length > LIMITS.factUrlLength) {
    throw new AmapError("USAGE", "a git repository: expected https://HOST/OWNER/REPOSITORY, found something else", {
      hint: "Write the address as a browser shows it.",
    });
  }
  if (
    scheme !== "file" &&
    url
      .slice(url.indexOf("://") + 3)
      .split("/")[0]
      ?.includes("@") === true
  ) {
    throw new AmapError("USAGE", "the address of a git repository must not hold a user name or a password", {
      hint: "Give them apart from the address.",
    });
  }
  if (branch === "" || branch.length > MAX_NAME_LENGTH || BAD_NAME.test(branch)) {
    throw new AmapError("USAGE", `a git branch: expected a name such as main, found "${branch.slice(0, 100)}"`);
  }
  // git reads credentials as lines.
  if (secretsOf(credentials).some((secret) => /[\n\r\0]/.test(secret))) {
    throw new AmapError("USAGE", "a user name or password for git must be one line");
  }
  return scheme;
}

/** Options and ranges are no revisions, and neither is what searches messages (gitrevisions(7)). */
function checkRevision({ revision }: RevisionRequest): void {
  // Steps back (`HEAD~3`, `v1^2`) are of the name before them.
  const name = revision.slice(0, MAX_NAME_LENGTH).replace(/(?:[~^]\d{0,6})+$/, "");
  const isName = name === "HEAD" || (name !== "" && !BAD_NAME.test(name));
  if (isName && revision.length <= MAX_NAME_LENGTH) return;
  throw new AmapError("USAGE", `a git revision: expected a branch, tag or commit, found "${revision.slice(0, 100)}"`);
}

function secretsOf(credentials: GitCredentials | undefined): readonly string[] {
  return credentials === undefined ? [] : [credentials.password, credentials.username];
}

function tooLarge(what: string, limit: string): AmapError {
  return new AmapError("LIMIT_EXCEEDED", `${what}: the repository is too large: more than ${limit}`);
}
