/** `amap` as a person starts it: the demo that fills a store, and servers over stores. */
import { spawn } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");
const START_TIMEOUT_MS = 60_000;

/** A running `amap serve`. */
export interface DashboardServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The link that was printed; it signs in once. */
  readonly link: string;
  /** Another one-time token, as `amap token` prints it. */
  readonly newToken: () => Promise<string>;
  /** Ends it; once more does nothing. */
  readonly stop: () => Promise<void>;
}

/** Runs `amap` to its end; its standard output. Throws when it fails. */
export async function runAmap(words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ["src/cli/main.ts", ...words], {
    cwd: ROOT,
    env: { ...process.env, CI: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`amap ${words.join(" ")} ended with ${String(code)}: ${errors}${output}`);
  return output;
}

/** Starts `amap serve` over a store and waits for its link. */
export async function startDashboard(store: string): Promise<DashboardServer> {
  const words = ["serve", "--store", store, "--listen", "127.0.0.1:0", "--print-token"];
  const child = spawn(process.execPath, ["src/cli/main.ts", ...words], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const link = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`amap serve printed no link: ${errors}`));
    }, START_TIMEOUT_MS);
    child.once("close", () => {
      clearTimeout(timer);
      reject(new Error(`amap serve ended: ${errors}`));
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
      const found = /Open (http:\S+#token=\S+)/.exec(errors)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
  return {
    url: new URL(link).origin,
    link,
    newToken: async () => (await runAmap(["token", "--store", store])).trim(),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
