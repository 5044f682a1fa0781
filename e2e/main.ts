/**
 * `npm run e2e`: amap against real components, in shards: `command-line` (registries, cosign, Fulcio, Rekor,
 * timestamp-server), `cluster` (etcd, kube-apiserver, registry, PostgreSQL), `store` (PostgreSQL, kills) and `browser`
 * (Chromium). Words after `--` name single shards. Installs what is missing; ends with `N passed, N failed`.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { findKubernetes } from "../tools/peers/kubernetes.ts";
import { findChromium, findCosign, findRegistry, startRegistry } from "../tools/peers/peers.ts";
import { findPostgres } from "../tools/peers/postgres.ts";
import { findSigstore, ownNetworkPrefix, startReferrersRegistry } from "../tools/peers/sigstore.ts";
import { buildDashboard } from "../tools/setup/dashboard.mjs";

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const root = join(import.meta.dirname, "..");
const NOTHING: Counts = { passed: 0, failed: 1 };

/** Runs a program of the repository and reads its counts: node:test's, or a last line `N passed, N failed`. */
async function run(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  prefix: readonly string[] = [],
): Promise<Counts> {
  const [command = "", ...rest] = [...prefix, process.execPath, ...words];
  const child = spawn(command, rest, {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: join(root, ".cache", "compile"), ...env },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  const code = await new Promise<number>((resolve) => child.once("close", (status) => resolve(status ?? 70)));
  const count = (name: string): number => Number(new RegExp(`^ℹ ${name} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
  const line = /^(\d+) passed, (\d+) failed$/m.exec(output);
  const counts =
    line === null
      ? { passed: count("pass"), failed: count("fail") + count("cancelled") }
      : { passed: Number(line[1]), failed: Number(line[2]) };
  const silent = code !== 0 && counts.failed === 0;
  return counts.passed === 0 || silent ? { ...counts, failed: Math.max(1, counts.failed) } : counts;
}

const tests = (
  pattern: string,
  env: Readonly<Record<string, string>> = {},
  prefix: readonly string[] = [],
): Promise<Counts> => run(["--test", "--test-concurrency=1", "--test-timeout=300000", pattern], env, prefix);

/** What a shard lacks that could not be installed. */
function lacking(name: string): Counts {
  console.error(`end to end needs ${name}, which could not be installed`);
  return NOTHING;
}

async function commandLine(): Promise<Counts> {
  const cosign = findCosign({ install: true });
  const program = findRegistry({ install: true });
  if (cosign === undefined) return lacking("cosign (Go)");
  if (program === undefined) return lacking("docker-registry (Debian)");
  const sigstorePrograms = findSigstore({ install: true });
  if (sigstorePrograms === undefined) return lacking("a registry with the referrers API (Go)");
  const own = await withRegistries(program, sigstorePrograms.referrersRegistry, (hosts) =>
    tests("e2e/command-line/{,equal-components/,equal-findings/}*.test.ts", { AMAP_E2E_COSIGN: cosign, ...hosts }),
  );
  const keyless = await sigstore();
  return { passed: own.passed + keyless.passed, failed: own.failed + keyless.failed };
}

/** Runs beside a registry without the referrers API and one with it. */
async function withRegistries(
  program: string,
  referrersProgram: string,
  run: (hosts: Readonly<Record<string, string>>) => Promise<Counts>,
): Promise<Counts> {
  const registry = await startRegistry(program);
  try {
    const referrers = await startReferrersRegistry(referrersProgram);
    try {
      return await run({ AMAP_E2E_REGISTRY: registry.host, AMAP_E2E_REFERRERS_REGISTRY: referrers.host });
    } finally {
      await referrers.stop();
    }
  } finally {
    await registry.stop();
  }
}

/** Keyless material of real servers, where nothing but this machine's loopback address can be reached. */
async function sigstore(): Promise<Counts> {
  if (findSigstore({ install: true }) === undefined) return lacking("Fulcio, Rekor and timestamp-server (Go)");
  const prefix = ownNetworkPrefix();
  return prefix === undefined
    ? lacking("a network namespace (unshare -n, iproute2)")
    : tests("e2e/command-line/sigstore/*.test.ts", {}, prefix);
}

async function cluster(): Promise<Counts> {
  if (findKubernetes({ install: true }) === undefined) return lacking("kube-apiserver (Go) and etcd (Debian)");
  if (findRegistry({ install: true }) === undefined) return lacking("docker-registry (Debian)");
  if (findPostgres({ install: true }) === undefined) return lacking("PostgreSQL (Debian)");
  const own = await tests("e2e/cluster/*.test.ts");
  const deploy = await tests("tools/deploy/cluster.test.ts", { AMAP_E2E_KUBERNETES: "1" });
  return { passed: own.passed + deploy.passed, failed: own.failed + deploy.failed };
}

async function store(): Promise<Counts> {
  if (findPostgres({ install: true }) === undefined) return lacking("PostgreSQL (Debian)");
  return run(["e2e/store/main.ts"]);
}

async function browser(): Promise<Counts> {
  const chromium = findChromium({ install: true });
  if (chromium === undefined) return lacking("Chromium (Debian)");
  buildDashboard({ node: process.execPath, root, env: process.env });
  return tests("e2e/browser/*.test.ts", { AMAP_E2E_CHROMIUM: chromium });
}

const SHARDS: Readonly<Record<string, () => Promise<Counts>>> = {
  "command-line": commandLine,
  store,
  browser,
  cluster,
};

const words = process.argv.slice(2);
const wanted = words.length === 0 ? Object.keys(SHARDS) : words;
let [passed, failed] = [0, 0];
for (const name of wanted) {
  const shard = SHARDS[name];
  if (shard === undefined) {
    console.error(`no shard ${name}; there are: ${Object.keys(SHARDS).join(", ")}`);
    process.exit(2);
  }
  const started = performance.now();
  console.log(`-- ${name}`);
  const counts = await shard().catch((error: unknown) => {
    console.error(error);
    return NOTHING;
  });
  console.log(
    `-- ${name}: ${counts.passed} and ${counts.failed}, ${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
  passed += counts.passed;
  failed += counts.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
