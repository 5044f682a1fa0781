/** What all browser tests share: one Chromium, a server over each store, signed-in contexts that are watched. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { openStore } from "../../src/adapters/store/index.ts";
import { buildDashboard } from "../../tools/setup/dashboard.mjs";
import { fillHostileStore, type HostileNames } from "./hostile-store.ts";
import { type DashboardServer, runAmap, startDashboard } from "./servers.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** A screen that needs longer on a busy machine is broken. */
const WAIT_MS = 20_000;

/** The stores that the dashboard is looked at with. */
export type StoreName = "demo" | "hostile" | "empty";
export type Scheme = "light" | "dark";

export interface OpenOptions {
  readonly scheme?: Scheme;
  readonly width?: number;
  /** Without it the context has the store's session. */
  readonly signedOut?: boolean;
  /** Failed requests are part of the test: Chromium's own word about them on the console is no fault. */
  readonly failuresExpected?: boolean;
}

/** A page in a context of its own, and everything that went wrong in it. */
export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly server: DashboardServer;
  /** Page errors, console errors, CSP violations, dialogs, windows, downloads, requests to elsewhere. */
  readonly faults: string[];
  /** Goes to a path of the dashboard. */
  go(path: string): Promise<void>;
}

export class Stage {
  readonly #browser: Browser;
  readonly #folder: string;
  readonly #servers: Readonly<Record<StoreName, DashboardServer>>;
  readonly #sessions = new Map<StoreName, BrowserContextOptions["storageState"]>();
  readonly hostile: HostileNames;

  private constructor(parts: {
    readonly browser: Browser;
    readonly folder: string;
    readonly servers: Readonly<Record<StoreName, DashboardServer>>;
    readonly hostile: HostileNames;
  }) {
    this.#browser = parts.browser;
    this.#folder = parts.folder;
    this.#servers = parts.servers;
    this.hostile = parts.hostile;
  }

  /** Builds the dashboard, fills the stores, starts the servers and the browser. */
  static async open(): Promise<Stage> {
    buildDashboard({ node: process.execPath, root: join(import.meta.dirname, "..", ".."), env: process.env });
    const folder = await mkdtemp(join(tmpdir(), "amap-browser-"));
    const started: (() => Promise<void>)[] = [];
    try {
      await runAmap(["demo", "--no-serve", "--directory", join(folder, "demo")]);
      const hostile = await fillHostileStore(join(folder, "hostile.db"));
      const servers = {} as Record<StoreName, DashboardServer>;
      for (const name of ["demo", "hostile", "empty"] as const) {
        servers[name] = await startDashboard(storeIn(folder, name));
        started.push(servers[name].stop);
      }
      const browser = await chromium.launch({ executablePath: findChromium(), args: FLAGS });
      return new Stage({ browser, folder, servers, hostile });
    } catch (error) {
      for (const stop of started) await stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The address of a store, for the tests' own look at it and for processes that write to it. */
  storeAddress(name: StoreName): string {
    return storeIn(this.#folder, name);
  }

  server(name: StoreName): DashboardServer {
    return this.#servers[name];
  }

  /** Reads a store that a server has open. */
  async read<T>(name: StoreName, look: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>): Promise<T> {
    const store = await openStore(this.storeAddress(name));
    try {
      return await look(store);
    } finally {
      await store.close();
    }
  }

  /** A new context with one page, watched; closed at the test's end by {@link Stage.visit}. */
  async visit(name: StoreName, options: OpenOptions, act: (watched: Watched) => Promise<void>): Promise<void> {
    return this.visitServer(this.#servers[name], options, act, options.signedOut === true ? undefined : name);
  }

  /** As {@link Stage.visit}, for a server of the test's own; nobody is signed in. */
  async visitServer(
    server: DashboardServer,
    { scheme = "light", width = 1280, failuresExpected = false }: OpenOptions,
    act: (watched: Watched) => Promise<void>,
    session?: StoreName,
  ): Promise<void> {
    const context = await this.#browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      reducedMotion: "reduce",
      ...(session === undefined ? {} : { storageState: await this.#sessionOf(session) }),
    });
    try {
      context.setDefaultTimeout(WAIT_MS);
      const faults: string[] = [];
      const page = await watch(context, server.url, failuresExpected, faults);
      const go = async (path: string): Promise<void> => void (await page.goto(`${server.url}${path}`));
      await act({ page, context, server, faults, go });
      assert.deepEqual([...new Set(faults)], [], "nothing goes wrong in the page");
    } finally {
      await context.close();
    }
  }

  /** Signs in once for each store; tests share the session. */
  async #sessionOf(name: StoreName): Promise<NonNullable<BrowserContextOptions["storageState"]>> {
    const kept = this.#sessions.get(name);
    if (kept !== undefined) return kept;
    const context = await this.#browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(this.#servers[name].link);
      await page.getByRole("navigation", { name: "Screens" }).waitFor({ timeout: WAIT_MS });
      // Only the cookie: a theme that one test chose must not reach another.
      const state = { cookies: await context.cookies(), origins: [] };
      this.#sessions.set(name, state);
      return state;
    } finally {
      await context.close();
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
    for (const server of Object.values(this.#servers)) await server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function storeIn(folder: string, name: StoreName): string {
  return name === "demo" ? join(folder, "demo", "amap.db") : join(folder, `${name}.db`);
}

function findChromium(): string {
  const given = process.env["AMAP_E2E_CHROMIUM"];
  if (given !== undefined && given !== "") return given;
  return execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
}

async function watch(context: BrowserContext, origin: string, lenient: boolean, faults: string[]): Promise<Page> {
  await context.exposeFunction("amapViolation", (text: string) => void faults.push(`CSP: ${text}`));
  await context.addInitScript(
    `addEventListener("securitypolicyviolation", (event) =>
      amapViolation([event.effectiveDirective, event.blockedURI, event.sample].join(" ")), true);`,
  );
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) faults.push(`request to ${url}`);
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(`page error: ${error.message}`));
  page.on("popup", (opened) => faults.push(`window: ${opened.url()}`));
  page.on("download", (download) => faults.push(`download: ${download.url()}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() !== "error" && message.type() !== "warning") return;
    if (lenient && /^Failed to load resource: /.test(text)) return;
    faults.push(`console ${message.type()}: ${text}`);
  });
  return page;
}
