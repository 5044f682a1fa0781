import { type ChildProcess, spawn } from "node:child_process";
import { AmapError, decodeUtf8 } from "../../base/index.ts";
import { onInterruption } from "./interruption.ts";

/** How every call of one checkout is made. */
export interface GitRunner {
  readonly env: Readonly<Record<string, string>>;
  /** `name=value`, given before the command. */
  readonly settings: readonly string[];
  readonly timeoutMs: number;
  /** What is fetched, for messages. */
  readonly what: string;
  /** What must never be in a message. */
  readonly secrets: readonly string[];
}

/** What is done while git runs. */
export interface RunOptions {
  /** Takes the output as it comes; what it returns ends the run. Without it the output is returned. */
  readonly read?: (chunk: Uint8Array) => AmapError | undefined;
  /** What git reads; nothing when left out. */
  readonly input?: string;
  /** Asked again and again; what it returns ends the run. */
  readonly watch?: () => Promise<AmapError | undefined>;
}

const WATCH_MS = 200;
/** Between asking git to stop and ending it. */
const GRACE_MS = 2_000;
const MAX_OUTPUT_BYTES = 64 * 1024;

/**
 * Runs git without a shell and returns what it printed.
 * @throws {AmapError} GIT_FAILED, GIT_NOT_FOUND, GIT_UNAUTHORIZED, TIMEOUT, and what `read` and `watch` return
 */
export function runGit(git: GitRunner, words: readonly string[], options: RunOptions = {}): Promise<string> {
  const settings = git.settings.flatMap((setting) => ["-c", setting]);
  const child = spawn("git", [...settings, ...words], {
    env: { ...git.env },
    shell: false,
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    windowsHide: true,
    // A group of its own: git's children, which speak to the server, are ended with it.
    detached: true,
  });
  return new Promise((resolve, reject) => {
    const [output, complaints] = [new Kept(), new Kept()];
    let failure: AmapError | undefined;
    let grace: NodeJS.Timeout | undefined;
    const stop = (reason: AmapError | undefined): void => {
      if (reason === undefined || failure !== undefined) return;
      failure = reason;
      endGroup(child, "SIGTERM");
      grace = setTimeout(() => endGroup(child, "SIGKILL"), GRACE_MS);
    };
    const late = new AmapError("TIMEOUT", `${git.what}: git did not end within ${git.timeoutMs} ms`);
    const deadline = setTimeout(() => stop(late), git.timeoutMs);
    const watching = watch(options.watch, stop);
    const takeBack = onInterruption(() => endGroup(child, "SIGKILL"));
    const settle = (): void => {
      takeBack();
      clearTimeout(deadline);
      clearTimeout(grace);
      clearInterval(watching);
    };
    // git may end before it has read all; what it says then is told.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input);
    child.stdout?.on("data", (chunk: Uint8Array) => (options.read ? stop(options.read(chunk)) : output.add(chunk)));
    child.stderr?.on("data", (chunk: Uint8Array) => complaints.add(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => {
      settle();
      const why = error.code === "ENOENT" ? "git is not installed" : "git cannot be started";
      reject(new AmapError("GIT_FAILED", `${git.what}: ${why}`, { hint: "Install git, version 2.31 or newer." }));
    });
    child.on("close", (status) => {
      settle();
      if (failure !== undefined) reject(failure);
      else if (status !== 0) reject(failureOf(git, complaints.text()));
      else resolve(output.text());
    });
  });
}

/** Ends git and its children. One that has ended already is left alone. */
function endGroup(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

function watch(ask: RunOptions["watch"], stop: (reason: AmapError | undefined) => void): NodeJS.Timeout | undefined {
  if (ask === undefined) return undefined;
  let isAsking = false;
  return setInterval(() => {
    if (isAsking) return;
    isAsking = true;
    // A folder that changes while it is measured is measured again.
    ask()
      .then(stop, () => {})
      .finally(() => {
        isAsking = false;
      });
  }, WATCH_MS);
}

/** The begin of an output; the rest is let go. */
class Kept {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;

  add(chunk: Uint8Array): void {
    if (this.#bytes < MAX_OUTPUT_BYTES) this.#parts.push(chunk);
    this.#bytes += chunk.length;
  }

  text(): string {
    return decodeUtf8(Buffer.concat(this.#parts)) ?? "";
  }
}

/** git has one status for all failures; its English messages tell them apart. */
const FAILURES: readonly (readonly [RegExp, "GIT_NOT_FOUND" | "GIT_UNAUTHORIZED", string])[] = [
  [/Remote branch .* not found/, "GIT_NOT_FOUND", "there is no such branch or tag"],
  [
    /Authentication failed|could not read (?:Username|Password)|returned error: 40[13]|access denied/i,
    "GIT_UNAUTHORIZED",
    "the server wants other credentials",
  ],
  [
    /repository .* (?:not found|does not exist)|does not appear to be a git repository|returned error: 404/i,
    "GIT_NOT_FOUND",
    "there is no such repository",
  ],
];

function failureOf(git: GitRunner, complaints: string): AmapError {
  for (const [pattern, code, what] of FAILURES) {
    if (pattern.test(complaints)) return new AmapError(code, `${git.what}: ${what}`);
  }
  return new AmapError("GIT_FAILED", `${git.what}: git failed: ${reasonOf(complaints, git.secrets)}`);
}

/** The last line that git ended with, without secrets. */
function reasonOf(complaints: string, secrets: readonly string[]): string {
  const lines = complaints.split("\n").filter((line) => line.trim() !== "");
  let reason = (lines.findLast((line) => /^(?:fatal|error):/.test(line)) ?? lines.at(-1) ?? "no reason").slice(0, 500);
  for (const secret of secrets) if (secret !== "") reason = reason.replaceAll(secret, "***");
  return reason;
}
