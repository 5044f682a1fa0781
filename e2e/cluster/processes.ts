/** amap's own processes, as a user starts them. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { freePort } from "../../tools/peers/free-port.ts";

const root = join(import.meta.dirname, "..", "..");

/** A running `amap controller`. */
export interface RunningController {
  readonly webhookPort: number;
  readonly metricsUrl: string;
  /** What it wrote to standard error so far. */
  log(): string;
  metrics(): Promise<string>;
  /** Waits until `/healthz/ready` says yes. */
  ready(timeoutMs?: number): Promise<void>;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number>;
  kill(): Promise<void>;
}

export interface ControllerFlags {
  readonly kubeconfig: string;
  readonly store: string;
  /** A webhook address that stands for several replicas; its own when left out. */
  readonly webhookUrl?: string;
  readonly listen?: number;
  readonly more?: readonly string[];
}

/** Starts a controller on free ports; it is not ready yet. */
export async function startController(flags: ControllerFlags): Promise<RunningController> {
  const webhookPort = flags.listen ?? (await freePort());
  const metricsPort = await freePort();
  const child = spawn(
    process.execPath,
    [
      join(root, "src/cli/main.ts"),
      "controller",
      `--kubeconfig=${flags.kubeconfig}`,
      `--store=${flags.store}`,
      `--listen=127.0.0.1:${webhookPort}`,
      `--metrics-listen=127.0.0.1:${metricsPort}`,
      `--webhook-url=${flags.webhookUrl ?? `https://127.0.0.1:${webhookPort}`}`,
      "--shutdown-delay=500ms",
      "--cluster-name=e2e",
      "--verify-layers",
      ...(flags.more ?? []),
    ],
    { cwd: root, stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const metricsUrl = `http://127.0.0.1:${metricsPort}`;
  const ended = endOf(child);
  return {
    webhookPort,
    metricsUrl,
    log: () => log,
    metrics: async () => (await fetch(`${metricsUrl}/metrics`)).text(),
    ready: async (timeoutMs = 30_000) => {
      const deadline = Date.now() + timeoutMs;
      let last = "";
      while (Date.now() < deadline) {
        if (child.exitCode !== null) throw new Error(`the controller ended: ${log.slice(-2_000)}`);
        const answer = await fetch(`${metricsUrl}/healthz/ready`).catch(() => undefined);
        if (answer?.ok === true) return;
        last = (await answer?.text()) ?? "";
        await sleep(50);
      }
      throw new Error(`the controller is not ready: ${last}\n${log.slice(-2_000)}`);
    },
    stop: async () => {
      child.kill("SIGTERM");
      return ended;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 70)));
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Tries until it holds, or fails with the last error. */
export async function eventually<T>(what: string, timeoutMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${what} did not hold within ${timeoutMs} ms`, { cause: error });
      await sleep(25);
    }
  }
}

/** Runs `amap` and gives its output; never throws for an exit code. */
export async function runAmap(
  args: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [join(root, "src/cli/main.ts"), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await endOf(child);
  return { code, stdout, stderr };
}
