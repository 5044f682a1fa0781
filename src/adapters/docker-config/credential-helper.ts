import type { ChildProcess } from "node:child_process";
import {
  AmapError,
  decodeUtf8,
  isAmapError,
  LIMITS,
  memberOf,
  readJson,
  type Value,
  writeJson,
} from "../../base/index.ts";
import type { RegistryCredentials } from "../../ports/index.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Asks `docker-credential-HELPER get` about a registry and returns what it printed. */
export type RunHelper = (helper: string, registry: string) => Promise<string>;

/** A helper's name becomes part of a program's name: no path, no option, nothing that a shell would read. */
const HELPER_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const HELPER_OUTPUT_BYTES = 64 * 1024;
/** The sentence with which every helper says that it has nothing (docker-credential-helpers, errors). */
const NOT_FOUND = "credentials not found";
/** The user name by which a helper says that its secret is an identity token. */
const TOKEN_USERNAME = "<token>";

/**
 * What a helper has stored for a registry. Nothing that the helper printed ever gets into a message.
 * @throws {AmapError} CREDENTIAL_HELPER_FAILED
 */
export async function askHelper(helper: string, registry: string, run: RunHelper): Promise<RegistryCredentials> {
  requireHelperName(helper);
  const output = await run(helper, registry);
  if (output.trimStart().startsWith(NOT_FOUND)) return { kind: "anonymous" };
  const answer = readAnswer(output);
  const [username, secret] = [memberOf(answer, "Username"), memberOf(answer, "Secret")];
  if (typeof username !== "string" || typeof secret !== "string") {
    throw failure(helper, "answered without Username and Secret");
  }
  if (secret === "") return { kind: "anonymous" };
  if (username === TOKEN_USERNAME) return { kind: "identityToken", token: secret };
  return { kind: "basic", username, password: secret };
}

function readAnswer(output: string): Value | undefined {
  try {
    return readJson(output, { maxBytes: HELPER_OUTPUT_BYTES, maxDepth: 8 });
  } catch {
    // The reason may quote the text, and the text holds a secret.
    return undefined;
  }
}

function requireHelperName(helper: string): void {
  if (HELPER_NAME.test(helper)) return;
  throw new AmapError(
    "CREDENTIAL_HELPER_FAILED",
    "docker's config.json names a helper with characters it must not have",
  );
}

/** Runs helpers as child processes with this environment, a time limit and an output limit, without a shell. */
export function createHelperRunner(env: Environment): RunHelper {
  return async (helper, registry) => {
    const { status, output } = await runHelper(helper, "get", `${registry}\n`, env);
    if (status !== 0 && !output.trimStart().startsWith(NOT_FOUND)) throw failure(helper, `ended with status ${status}`);
    return output;
  };
}

/**
 * Gives a login to a helper to keep, in its own protocol.
 * @throws {AmapError} CREDENTIAL_HELPER_FAILED
 */
export async function storeWithHelper(
  helper: string,
  entry: { readonly server: string; readonly username: string; readonly password: string },
  env: Environment,
): Promise<void> {
  requireHelperName(helper);
  const { server, username, password } = entry;
  const input = writeJson({ ServerURL: server, Username: username, Secret: password });
  const { status } = await runHelper(helper, "store", input, env);
  if (status !== 0) throw failure(helper, `did not store the login: it ended with status ${status}`);
}

/**
 * Makes a helper forget a login. Whether it had one.
 * @throws {AmapError} CREDENTIAL_HELPER_FAILED
 */
export async function eraseWithHelper(helper: string, server: string, env: Environment): Promise<boolean> {
  requireHelperName(helper);
  // Some helpers erase what is not there without a word, some refuse: only asking tells.
  const found = await createHelperRunner(env)(helper, server);
  if (found.trimStart().startsWith(NOT_FOUND)) return false;
  const { status } = await runHelper(helper, "erase", server, env);
  if (status !== 0) throw failure(helper, `did not erase the login: it ended with status ${status}`);
  return true;
}

async function runHelper(
  helper: string,
  action: "get" | "store" | "erase",
  input: string,
  env: Environment,
): Promise<{ readonly status: number | null; readonly output: string }> {
  const { spawn } = await import("node:child_process");
  const child = spawn(`docker-credential-${helper}`, [action], {
    env: { ...env },
    shell: false,
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true,
  });
  child.stdin.on("error", () => {}); // A helper that ends early closes its input: its exit status tells.
  child.stdin.end(input);
  return outcomeOf(child, helper);
}

function outcomeOf(child: ChildProcess, helper: string): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    let total = 0;
    const stop = (what: string): void => {
      child.kill("SIGKILL");
      reject(failure(helper, what));
    };
    const deadline = setTimeout(() => stop(`gave no answer within ${LIMITS.httpIdleMs} ms`), LIMITS.httpIdleMs);
    child.stdout?.on("data", (chunk: Uint8Array) => {
      total += chunk.length;
      if (total > HELPER_OUTPUT_BYTES) stop(`printed more than ${HELPER_OUTPUT_BYTES} bytes`);
      else parts.push(chunk);
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(deadline);
      const isMissing = error.code === "ENOENT";
      reject(failure(helper, isMissing ? "is not installed" : "could not be started", { isMissing }));
    });
    child.on("close", (status) => {
      clearTimeout(deadline);
      resolve({ status, output: decodeUtf8(Buffer.concat(parts)) ?? "" });
    });
  });
}

function failure(helper: string, what: string, details: Readonly<Record<string, unknown>> = {}): AmapError {
  return new AmapError("CREDENTIAL_HELPER_FAILED", `docker-credential-${helper} ${what}`, {
    details: { helper, ...details },
  });
}

/** Whether a helper failed because there is no such program. */
export function isHelperMissing(error: unknown): boolean {
  return isAmapError(error, "CREDENTIAL_HELPER_FAILED") && error.details["isMissing"] === true;
}
