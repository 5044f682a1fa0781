/** A real Kubernetes API server for end-to-end tests: kube-apiserver over etcd, on the loopback address, without nodes. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificates } from "../../src/adapters/certificates/index.ts";
import { freePort } from "./free-port.ts";

const VERSION = "1.36.3";
/** The staging modules of Kubernetes 1.x.y have version 0.x.y. */
const STAGING_VERSION = `0.${VERSION.slice(2)}`;
const TOOLS = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "amap", "tools");
const HOST = "127.0.0.1";
const STOP_MS = 15_000;
const READY_MS = 60_000;
const DAY_MS = 86_400_000;

/** The programs of a cluster without nodes. */
export interface KubernetesPrograms {
  readonly apiserver: string;
  readonly kubectl: string;
  readonly etcd: string;
}

/**
 * Where the programs are. With `install` what is missing is had: etcd by apt, the others built by Go (once; minutes).
 * Undefined when something cannot be had.
 */
export function findKubernetes(options: { readonly install: boolean }): KubernetesPrograms | undefined {
  const folder = join(TOOLS, `kubernetes-${VERSION}`);
  const apiserver = join(folder, "kube-apiserver");
  const kubectl = join(folder, "kubectl");
  if (options.install && !(existsSync(apiserver) && existsSync(kubectl))) buildKubernetes(folder);
  if (options.install && onPath("etcd") === undefined) installEtcd();
  const etcd = onPath("etcd");
  return etcd !== undefined && existsSync(apiserver) && existsSync(kubectl) ? { apiserver, kubectl, etcd } : undefined;
}

/** How a cluster is started. */
export interface KubernetesOptions {
  /** Further flags of kube-apiserver. */
  readonly apiserverFlags?: readonly string[];
}

/** A running API server. */
export interface RunningKubernetes {
  /** `https://127.0.0.1:PORT`. */
  readonly server: string;
  /** The authority of its serving certificate. */
  readonly caPem: string;
  /** The path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly adminToken: string;
  /** Its files and logs; removed by `stop`. */
  readonly folder: string;
  /** Runs kubectl as administrator: its standard output. Rejects with its standard error when it fails. */
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** Stops kube-apiserver and starts it again on the same port; etcd goes on. */
  restart(): Promise<void>;
  /** Stops kube-apiserver, then etcd, and removes the folder. */
  stop(): Promise<void>;
}

/** Starts etcd and kube-apiserver on free ports with their own folder and keys, and waits until the server is ready. */
export async function startKubernetes(
  programs: KubernetesPrograms,
  options: KubernetesOptions = {},
): Promise<RunningKubernetes> {
  const folder = mkdtempSync(join(tmpdir(), "amap-kubernetes-"));
  const processes: ChildProcess[] = [];
  // A test run that dies must leave nothing behind.
  const clear = (): void => {
    for (const child of processes) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", clear);
  const stop = async (): Promise<void> => {
    // The last one started first: kube-apiserver waits for its store while it ends.
    for (const child of processes.splice(0).reverse()) await endProcess(child);
    rmSync(folder, { recursive: true, force: true });
    process.off("exit", clear);
  };
  try {
    const caPem = await writeKeys(folder);
    const adminToken = randomBytes(24).toString("hex");
    writeFileSync(join(folder, "tokens.csv"), `${adminToken},admin,admin-uid,"system:masters"\n`, { mode: 0o600 });
    const etcd = await startEtcd(programs.etcd, folder);
    processes.push(etcd.child);
    const port = await freePort();
    const server = `https://${HOST}:${port}`;
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, kubeconfigText(server, caPem, adminToken), { mode: 0o600 });
    const start = async (): Promise<void> => {
      const flags = [...apiserverFlags(folder, etcd.address, port), ...(options.apiserverFlags ?? [])];
      const child = spawnLogged(programs.apiserver, flags, join(folder, "apiserver.log"));
      processes.push(child);
      await waitUntil(child, join(folder, "apiserver.log"), () => isReady(server, caPem, adminToken));
    };
    await start();
    return {
      server,
      caPem,
      kubeconfig,
      adminToken,
      folder,
      kubectl: (args, stdin) => runKubectl(programs.kubectl, kubeconfig, args, stdin),
      restart: async () => {
        const child = processes.pop();
        if (child !== undefined) await endProcess(child);
        await start();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function apiserverFlags(folder: string, etcdAddress: string, port: number): string[] {
  return [
    `--etcd-servers=${etcdAddress}`,
    `--bind-address=${HOST}`,
    `--advertise-address=${HOST}`,
    `--secure-port=${port}`,
    "--endpoint-reconciler-type=none",
    "--service-cluster-ip-range=10.0.0.0/24",
    "--allow-privileged=true",
    `--cert-dir=${folder}`,
    `--tls-cert-file=${join(folder, "apiserver.crt")}`,
    `--tls-private-key-file=${join(folder, "apiserver.key")}`,
    `--client-ca-file=${join(folder, "ca.crt")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${join(folder, "service-account.pub")}`,
    `--service-account-signing-key-file=${join(folder, "service-account.key")}`,
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    // No controller makes the `default` service accounts here, and without them this plugin refuses every Pod.
    "--disable-admission-plugins=ServiceAccount",
  ];
}

async function writeKeys(folder: string): Promise<string> {
  const certificates = createCertificates();
  const now = Date.now();
  const validity = { notBefore: now - DAY_MS, notAfter: now + 30 * DAY_MS };
  const authority = await certificates.createAuthority({ commonName: "amap-test-ca", ...validity });
  const serving = await certificates.createServing(authority, {
    commonName: "kube-apiserver",
    dnsNames: ["localhost", "kubernetes.default.svc"],
    ipAddresses: [HOST],
    ...validity,
  });
  const account = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const files = {
    "ca.crt": authority.certificatePem,
    "apiserver.crt": serving.certificatePem,
    "apiserver.key": serving.privateKeyPem,
    "service-account.key": account.privateKey.export({ type: "sec1", format: "pem" }),
    "service-account.pub": account.publicKey.export({ type: "spki", format: "pem" }),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  return authority.certificatePem;
}

function kubeconfigText(server: string, caPem: string, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: "amap-test", cluster: { server, "certificate-authority-data": Buffer.from(caPem).toString("base64") } },
    ],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "amap-test", context: { cluster: "amap-test", user: "admin" } }],
    "current-context": "amap-test",
  });
}

async function startEtcd(program: string, folder: string): Promise<{ address: string; child: ChildProcess }> {
  const address = `http://${HOST}:${await freePort()}`;
  const peers = `http://${HOST}:${await freePort()}`;
  const flags = [
    ["data-dir", join(folder, "etcd")],
    ["listen-client-urls", address],
    ["advertise-client-urls", address],
    ["listen-peer-urls", peers],
    ["initial-advertise-peer-urls", peers],
    ["initial-cluster", `default=${peers}`],
  ].map(([name, value]) => `--${name}=${value}`);
  const log = join(folder, "etcd.log");
  // The data lives as long as the test: nothing is lost by not waiting for the disk.
  const child = spawnLogged(program, [...flags, "--unsafe-no-fsync"], log);
  try {
    await waitUntil(child, log, async () => (await fetch(`${address}/health`)).ok);
  } catch (error) {
    await endProcess(child);
    throw error;
  }
  return { address, child };
}

function spawnLogged(program: string, args: readonly string[], log: string): ChildProcess {
  const file = openSync(log, "a");
  return spawn(program, args, { stdio: ["ignore", file, file] });
}

async function waitUntil(child: ChildProcess, log: string, isUp: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + READY_MS;
  while (Date.now() < end && child.exitCode === null && child.signalCode === null) {
    if (await isUp().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${child.spawnfile} did not come up:\n${readFileSync(log, "utf8").slice(-2_000)}`);
}

/** Asks a process to end, and ends it when it takes too long. */
async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(timer);
}

/** node:https, for fetch cannot be given an authority. */
function isReady(server: string, ca: string, token: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    request(`${server}/readyz`, { ca, headers, agent: false, timeout: 5_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    })
      .on("error", reject)
      .end();
  });
}

function runKubectl(program: string, kubeconfig: string, args: readonly string[], stdin?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [`--kubeconfig=${kubeconfig}`, ...args],
      // A home of its own keeps kubectl's discovery cache out of the user's.
      { env: { ...process.env, HOME: join(kubeconfig, "..") }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(stderr.trim() === "" ? error.message : stderr.trim(), { cause: error }));
      },
    );
    child.stdin?.on("error", () => {
      // A command that does not read its input may end before it is written.
    });
    child.stdin?.end(stdin ?? "");
  });
}

function onPath(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(":")
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

function installEtcd(): void {
  if (onPath("apt-get") === undefined) return;
  console.error("installing etcd …");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  execFileSync("apt-get", ["update", "-qq"], { env, stdio: ["ignore", "ignore", "inherit"] });
  execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "etcd-server"], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/**
 * Builds kube-apiserver and kubectl with Go. `go install` cannot: the module names its staging modules as v0.0.0 and
 * replaces them by folders of its own repository, so a module is made whose replacements are their published versions.
 */
function buildKubernetes(folder: string): void {
  const go = onPath("go");
  if (go === undefined) return;
  console.error(`building kube-apiserver and kubectl ${VERSION} (once; some minutes) …`);
  mkdirSync(TOOLS, { recursive: true });
  const work = mkdtempSync(join(TOOLS, "kubernetes-build-"));
  const run = (args: readonly string[]): string =>
    execFileSync(go, args, { cwd: work, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  try {
    writeFileSync(join(work, "go.mod"), "module amap.local/kubernetes\n");
    const downloaded = JSON.parse(run(["mod", "download", "-json", `k8s.io/kubernetes@v${VERSION}`])) as {
      readonly GoMod: string;
    };
    writeFileSync(join(work, "go.mod"), goModuleText(readFileSync(downloaded.GoMod, "utf8")));
    writeFileSync(
      join(work, "programs.go"),
      '//go:build tools\n\npackage programs\n\nimport (\n\t_ "k8s.io/kubernetes/cmd/kube-apiserver"\n\t_ "k8s.io/kubernetes/cmd/kubectl"\n)\n',
    );
    run(["mod", "tidy", "-e"]);
    mkdirSync(join(work, "bin"));
    run([
      "build",
      "-trimpath",
      `-ldflags=${linkerFlags()}`,
      "-o=bin/",
      "k8s.io/kubernetes/cmd/kube-apiserver",
      "k8s.io/kubernetes/cmd/kubectl",
    ]);
    // Only finished programs appear in the cache, also when two builds run at once.
    mkdirSync(folder, { recursive: true });
    for (const name of ["kube-apiserver", "kubectl"]) renameSync(join(work, "bin", name), join(folder, name));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A module that needs Kubernetes and replaces the staging modules which its own go.mod names. */
function goModuleText(kubernetesGoMod: string): string {
  const goVersion = /^go (\S+)$/m.exec(kubernetesGoMod)?.[1];
  const staging = new Set(
    [...kubernetesGoMod.matchAll(/^\s+(k8s\.io\/[a-z0-9-]+) (?:v0\.0\.0(?=\s|$)|=> \.\/staging\/)/gm)].map(
      ([, name]) => name,
    ),
  );
  const replacements = [...staging].map((name) => `\t${name} => ${name} v${STAGING_VERSION}`);
  return [
    "module amap.local/kubernetes",
    "",
    `go ${goVersion}`,
    "",
    `require k8s.io/kubernetes v${VERSION}`,
    "",
    "replace (",
    ...replacements,
    ")",
    "",
  ].join("\n");
}

/** kube-apiserver refuses to start without knowing its own version, which release builds are given by the linker. */
function linkerFlags(): string {
  const [major, minor] = VERSION.split(".");
  const facts = { gitVersion: `v${VERSION}`, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  const packages = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
  const sets = packages.flatMap((path) => Object.entries(facts).map(([name, value]) => `-X=${path}.${name}=${value}`));
  return ["-s", "-w", ...sets].join(" ");
}
