/** A real Sigstore for end-to-end tests: Fulcio, Rekor v2 and the timestamp authority, and a registry with referrers. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

const TOOLS = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "amap", "tools");
const HOST = "127.0.0.1";
const READY_MS = 30_000;
const STOP_MS = 10_000;

/** Programs that Go builds: folder in the cache, name that Go gives it, source. */
const BUILT = {
  fulcio: ["fulcio-1.8.8", "fulcio", "github.com/sigstore/fulcio@v1.8.8"],
  rekor: ["rekor-tiles-2.3.0", "posix", "github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix@v2.3.0"],
  timestampServer: [
    "timestamp-authority-2.1.3",
    "timestamp-server",
    "github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server@v2.1.3",
  ],
} as const;
const REGISTRY_VERSION = "v0.21.8";

/** The programs of a Sigstore. */
export interface SigstorePrograms {
  readonly fulcio: string;
  readonly rekor: string;
  readonly timestampServer: string;
  /** go-containerregistry's registry in memory, with the referrers API. */
  readonly referrersRegistry: string;
}

/** Where the programs are; with `install` Go builds what is missing (once; a minute each). Undefined without Go. */
export function findSigstore(options: { readonly install: boolean }): SigstorePrograms | undefined {
  const go = spawnSync("go", ["version"]).status === 0;
  const paths = Object.entries(BUILT).map(([name, [folder, program, source]]) => {
    const path = join(TOOLS, folder, program);
    if (!existsSync(path) && options.install && go) buildProgram(folder, source);
    return [name, path] as const;
  });
  const referrersRegistry = join(TOOLS, `referrers-registry-${REGISTRY_VERSION.slice(1)}`, "referrers-registry");
  if (!existsSync(referrersRegistry) && options.install && go) buildRegistry(referrersRegistry);
  const found = { ...Object.fromEntries(paths), referrersRegistry } as unknown as SigstorePrograms;
  return Object.values(found).every((path) => existsSync(path)) ? found : undefined;
}

function buildProgram(folder: string, source: string): void {
  console.error(`building ${folder} (once; about a minute) …`);
  mkdirSync(join(TOOLS, folder), { recursive: true });
  execFileSync("go", ["install", source], {
    env: { ...process.env, GOBIN: join(TOOLS, folder) },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

const REGISTRY_SOURCE = `package main

import (
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	quiet := registry.Logger(log.New(io.Discard, "", 0))
	log.Fatal(http.Serve(listener, registry.New(registry.WithReferrersSupport(true), quiet)))
}
`;

function buildRegistry(path: string): void {
  console.error("building a registry with the referrers API (once; some seconds) …");
  mkdirSync(TOOLS, { recursive: true });
  const work = mkdtempSync(join(TOOLS, "referrers-registry-build-"));
  const run = (...words: readonly string[]): void => {
    execFileSync("go", words, { cwd: work, stdio: ["ignore", "ignore", "inherit"] });
  };
  try {
    writeFileSync(join(work, "main.go"), REGISTRY_SOURCE);
    const module = `github.com/google/go-containerregistry ${REGISTRY_VERSION}`;
    writeFileSync(join(work, "go.mod"), `module amap.local/registry\n\ngo 1.24\n\nrequire ${module}\n`);
    run("mod", "tidy");
    run("build", "-trimpath", "-o", "referrers-registry", ".");
    mkdirSync(join(path, ".."), { recursive: true });
    renameSync(join(work, "referrers-registry"), path);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The words that run a command where only its own loopback address can be reached, since Fulcio and the timestamp
 * authority open a port for metrics on every address, whatever they are told; and where everything that it started ends
 * with it. Undefined where the machine does not allow it.
 */
export function ownNetworkPrefix(): readonly string[] | undefined {
  const flags = ["-n", "-p", "-f", "--mount-proc", "--kill-child"];
  const script = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
  const prefixes = [flags, ["-r", ...flags]].map((each) => ["unshare", ...each, ...script]);
  return prefixes.find(([command = "", ...words]) => spawnSync(command, [...words, "true"]).status === 0);
}

/** What the servers are started with. */
export interface SigstoreOptions {
  /** Certificates of the authority, the one that issues first, in PEM. */
  readonly authorityChainPem: string;
  /** PKCS #8, in PEM. */
  readonly authorityKeyPem: string;
  /** Issuers of identity tokens: people, and GitHub's workflows. */
  readonly emailIssuer: string;
  readonly workflowIssuer: string;
  /** A certificate log and its key in PEM, so that Fulcio embeds SCTs. */
  readonly ctLogUrl: string;
  readonly ctLogKeyPem: string;
  /** The key of Rekor's checkpoints, Ed25519, PKCS #8 in PEM. */
  readonly rekorKeyPem: string;
}

/** A running Sigstore. */
export interface RunningSigstore {
  readonly fulcio: string;
  readonly rekor: string;
  /** With its path. */
  readonly tsa: string;
  /** Ends all servers and removes their files. */
  stop(): Promise<void>;
}

/** Starts Fulcio, Rekor v2 and the timestamp authority on free ports, and waits until they answer. */
export async function startSigstore(programs: SigstorePrograms, options: SigstoreOptions): Promise<RunningSigstore> {
  const folder = mkdtempSync(join(tmpdir(), "amap-sigstore-"));
  const children: ChildProcess[] = [];
  // A test run that dies must leave nothing behind.
  const clear = (): void => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", clear);
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(endProcess));
    process.off("exit", clear);
    clear();
  };
  try {
    const launch = launcher(folder, children);
    const [fulcio, rekor, tsa] = await Promise.all([
      startFulcio(programs.fulcio, folder, options, launch),
      startRekor(programs.rekor, folder, options, launch),
      startTimestampServer(programs.timestampServer, launch),
    ]);
    return { fulcio, rekor, tsa, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Launch = (program: string, words: readonly string[], isReady: () => Promise<boolean>) => Promise<void>;

function launcher(folder: string, children: ChildProcess[]): Launch {
  return async (program, words, isReady) => {
    const log = join(folder, `${children.length}.log`);
    const out = openSync(log, "a");
    const child = spawn(program, words, { cwd: folder, stdio: ["ignore", out, out] });
    children.push(child);
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline && child.exitCode === null) {
      if (await isReady().catch(() => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    throw new Error(`${program} did not answer: ${readFileSync(log, "utf8").slice(-2000)}`);
  };
}

const answers = async (url: string): Promise<boolean> => (await fetch(url)).ok;

async function startFulcio(program: string, folder: string, options: SigstoreOptions, launch: Launch): Promise<string> {
  const [port, metrics, grpc] = [await freePort(), await freePort(), await freePort()];
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const issuer = (url: string, type: string): object => ({ IssuerURL: url, ClientID: "sigstore", Type: type });
  const config = {
    OIDCIssuers: {
      [options.emailIssuer]: issuer(options.emailIssuer, "email"),
      [options.workflowIssuer]: issuer(options.workflowIssuer, "github-workflow"),
    },
  };
  const words = [
    "serve",
    "--ca=fileca",
    `--fileca-cert=${file("fulcio.pem", options.authorityChainPem)}`,
    `--fileca-key=${file("fulcio.key", options.authorityKeyPem)}`,
    "--fileca-key-passwd=",
    "--fileca-watch=false",
    `--ct-log-url=${options.ctLogUrl}`,
    `--ct-log-public-key-path=${file("ct-log.pub", options.ctLogKeyPem)}`,
    `--config-path=${file("fulcio.json", JSON.stringify(config))}`,
    `--host=${HOST}`,
    `--port=${port}`,
    `--grpc-host=${HOST}`,
    `--grpc-port=${grpc}`,
    `--metrics-port=${metrics}`,
    `--legacy-unix-domain-socket=${join(folder, "fulcio.sock")}`,
  ];
  await launch(program, words, () => answers(`http://${HOST}:${port}/api/v2/configuration`));
  return `http://${HOST}:${port}`;
}

async function startRekor(program: string, folder: string, options: SigstoreOptions, launch: Launch): Promise<string> {
  const [port, metrics, grpc] = [await freePort(), await freePort(), await freePort()];
  writeFileSync(join(folder, "rekor.key"), options.rekorKeyPem, { mode: 0o600 });
  const words = [
    "serve",
    `--storage-dir=${join(folder, "rekor")}`,
    `--signer-filepath=${join(folder, "rekor.key")}`,
    `--hostname=${HOST}`,
    `--http-address=${HOST}`,
    `--http-port=${port}`,
    `--grpc-address=${HOST}`,
    `--grpc-port=${grpc}`,
    `--http-metrics-port=${metrics}`,
    "--batch-max-age=20ms",
    "--checkpoint-interval=100ms",
  ];
  await launch(program, words, () => answers(`http://${HOST}:${port}/healthz`));
  return `http://${HOST}:${port}`;
}

async function startTimestampServer(program: string, launch: Launch): Promise<string> {
  const port = await freePort();
  const url = `http://${HOST}:${port}/api/v1/timestamp`;
  const words = ["serve", `--host=${HOST}`, `--port=${port}`, "--timestamp-signer=memory", "--disable-ntp-monitoring"];
  await launch(program, words, () => answers(`${url}/certchain`));
  return url;
}

/** A registry in memory that answers to the referrers API. */
export async function startReferrersRegistry(
  program: string,
): Promise<{ readonly host: string; stop(): Promise<void> }> {
  const host = `${HOST}:${await freePort()}`;
  const child = spawn(program, [host], { stdio: "ignore" });
  // A test run that dies must leave nothing behind.
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.off("exit", kill));
  for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt += 1) {
    if (await answers(`http://${host}/v2/`).catch(() => false)) return { host, stop: () => endProcess(child) };
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  await endProcess(child);
  throw new Error(`the registry did not answer on ${host}`);
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(timer);
}
