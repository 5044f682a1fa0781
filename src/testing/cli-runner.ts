import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How a command ended. */
export interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The error code on stderr, if there is one. */
  readonly code: string | undefined;
}

/** What a command is given to write to and to read, as `runCli` asks for it. */
interface CapturedShell {
  readonly stdout: { write(text: string): unknown; readonly columns: number };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs one command; a variable that is set to undefined is not there. */
export type RunAmap = (words: readonly string[], env?: Readonly<Record<string, string | undefined>>) => Promise<Ended>;

/**
 * Runs commands in this process as a person without a terminal would: no colours, no docker configuration; and with no
 * repository of trusted roots, so that no test asks the public one.
 */
export function createCliRunner(run: (words: readonly string[], shell: CapturedShell) => Promise<number>): RunAmap {
  return async (words, env = {}) => {
    const out: string[] = [];
    const err: string[] = [];
    const exit = await run(words, {
      stdout: { write: (text) => out.push(text), columns: 120 },
      stderr: { write: (text) => err.push(text) },
      env: {
        NO_COLOR: "1",
        HOME: "/nonexistent",
        COSIGN_PASSWORD: "correct horse",
        TUF_MIRROR: "https://tuf.invalid",
        ...env,
      },
    });
    const stderr = err.join("");
    return { exit, stdout: out.join(""), stderr, code: codeIn(stderr) };
  };
}

/** The two ends that a test of a verb expects. */
export interface CliChecks {
  /** Runs a command that must end with 0. */
  readonly ok: (...words: readonly string[]) => Promise<Ended>;
  /** Runs a command that must end with this exit code and error code. */
  readonly refused: (exit: number, code: string, ...words: readonly string[]) => Promise<Ended>;
}

/** Commands whose end is asserted, with all that they printed in the failure. */
export function createCliChecks(runAmap: RunAmap): CliChecks {
  const shown = (words: readonly string[], { stderr, stdout }: Ended): string =>
    `${words.join(" ")}\n${stderr}${stdout}`;
  return {
    async ok(...words) {
      const ended = await runAmap(words);
      assert.equal(ended.exit, 0, shown(words, ended));
      return ended;
    },
    async refused(exit, code, ...words) {
      const ended = await runAmap(words);
      assert.deepEqual([ended.exit, ended.code], [exit, code], shown(words, ended));
      return ended;
    },
  };
}

/** The code of an error as it is written for people, or as JSON. */
function codeIn(stderr: string): string | undefined {
  return (/^ {2}code {2}([A-Z_]+)$/m.exec(stderr) ?? /^\{"code":"([A-Z_]+)",/m.exec(stderr))?.[1];
}

/** Every file and link below a folder with a digest of its content: what a command must not have changed. */
export function snapshot(folder: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(folder, name);
    const stats = lstatSync(path);
    if (stats.isSymbolicLink()) found[name] = `link to ${readlinkSync(path)}`;
    else if (stats.isFile()) found[name] = createHash("sha256").update(readFileSync(path)).digest("hex");
  }
  return found;
}

/** Writes files below a folder, making their folders. Objects become JSON. */
export function writeTree(folder: string, files: Readonly<Record<string, string | Uint8Array | object>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(
      path,
      typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content),
    );
  }
}

/** The paths of a layout's blobs, the largest first. */
export function blobsOf(layout: string): readonly string[] {
  const folder = join(layout, "blobs", "sha256");
  const paths = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return paths.sort((a, b) => lstatSync(b).size - lstatSync(a).size);
}
