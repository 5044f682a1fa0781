/** Real components and peers for end-to-end tests and benches: found on the machine, or installed from its registries. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

const TOOLS = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "amap", "tools");
const COSIGN = "github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3";

function onPath(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(":")
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** The path of cosign 3.1.3; with `install` it is built by Go when it is not there. Undefined when it cannot be had. */
export function findCosign(options: { readonly install: boolean }): string | undefined {
  const path = join(TOOLS, "cosign-3.1.3", "cosign");
  if (existsSync(path)) return path;
  const go = onPath("go");
  if (!options.install || go === undefined) return undefined;
  mkdirSync(join(TOOLS, "cosign-3.1.3"), { recursive: true });
  console.error("building cosign 3.1.3 (once; some minutes) …");
  execFileSync(go, ["install", COSIGN], {
    env: { ...process.env, GOBIN: join(TOOLS, "cosign-3.1.3") },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return path;
}

/** The path of Debian's docker-registry; with `install`, apt installs it when it is not there. */
export function findRegistry(options: { readonly install: boolean }): string | undefined {
  return findDebian("docker-registry", options);
}

/** The path of Debian's Chromium; with `install`, apt installs it when it is not there. */
export function findChromium(options: { readonly install: boolean }): string | undefined {
  return findDebian("chromium", options);
}

/** A program that Debian's package of the same name brings. */
function findDebian(name: string, options: { readonly install: boolean }): string | undefined {
  const found = onPath(name);
  if (found !== undefined || !options.install || onPath("apt-get") === undefined) return found;
  console.error(`installing ${name} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  execFileSync("apt-get", ["update", "-qq"], { env, stdio: ["ignore", "ignore", "inherit"] });
  execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", name], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return onPath(name);
}

/** A running registry on the loopback address. */
export interface RunningRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Where it keeps its blobs: docker/registry/v2 below. */
  readonly storage: string;
  stop(): Promise<void>;
}

/** Starts docker-registry on a free loopback port with storage of its own, and waits until it answers. */
export async function startRegistry(program: string): Promise<RunningRegistry> {
  const folder = mkdtempSync(join(tmpdir(), "amap-registry-"));
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  writeFileSync(
    join(folder, "config.yml"),
    `version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\nstorage: { filesystem: { rootdirectory: "${folder}/data" }, delete: { enabled: true } }\nhttp: { addr: "${host}" }\n`,
  );
  const child = spawn(program, ["serve", join(folder, "config.yml")], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (child.exitCode !== null) break;
    const response = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (response?.ok === true) return { host, storage: join(folder, "data"), stop };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop();
  throw new Error(`docker-registry did not answer on ${host}`);
}
