/** What all browser tests share: one Chromium, a server over each store, signed-in contexts that are watched. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { openStore } from "../../src/adapters/store/index.ts";
import type { Store } from "../../src/ports/index.ts";
import { buildDashboard } from "../../tools/setup/dashboard.mjs";
import { fillHostileStore } from "./hostile-store.ts";
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

/** The cookies of a session. */
interface SignedIn {
  readonly cookies: Awaited<ReturnType<BrowserContext["cookies"]>>;
  readonly origins: never[];
}

export interface OpenOptions {
  readonly scheme?: Scheme;
  /** Without it the context has the store's session. */
  readonly signedOut?: boolean;
  /** Failed requests are part of the test: Chromium's own word about them on the console is no fault. */
  readonly failuresExpected?: boolean;
}

/** A page in a context of its own. */
export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly server: DashboardServer;
  /** Goes to a path of the dashboard. */
  readonly go: (path: string) => Promise<void>;
}

/** One browser and the servers that a test file asks for. */
export class Stage {
  readonly #browser: Browser;
  readonly #folder: string;
  readonly #servers = new Map<StoreName, Promise<DashboardServer>>();
  readonly #sessions = new Map<StoreName, SignedIn>();

  private constructor(browser: Browser, folder: string) {
    this.#browser = browser;
    this.#folder = folder;
  }

  /** Builds the dashboard and starts the browser. */
  static async open(): Promise<Stage> {
    buildDashboard({ node: process.execPath, root: join(import.meta.dirname, "..", ".."), env: process.env });
    const browser = await chromium.launch({ executablePath: findChromium(), args: FLAGS });
    return new Stage(browser, await mkdtemp(join(tmpdir(), "amap-browser-")));
  }

  /** The server over a store, which is filled the first time. */
  server(name: StoreName): Promise<DashboardServer> {
    let server = this.#servers.get(name);
    if (server === undefined) {
      server = this.#start(name);
      this.#servers.set(name, server);
    }
    return server;
  }

  async #start(name: StoreName): Promise<DashboardServer> {
    const address = this.storeAddress(name);
    if (name !== "demo") await mkdir(dirname(address));
    if (name === "demo") await runAmap(["demo", "--no-serve", "--directory", dirname(address)]);
    if (name === "hostile") await fillHostileStore(address);
    return startDashboard(address);
  }

  /** The file of a store, for the tests' own look at it and for processes that write to it. */
  storeAddress(name: StoreName): string {
    return join(this.#folder, name, "amap.db");
  }

  /** Opens a store that a server has open. */
  async withStore<T>(name: StoreName, act: (store: Store) => Promise<T>): Promise<T> {
    await this.server(name);
    const store = await openStore(this.storeAddress(name));
    try {
      return await act(store);
    } finally {
      await store.close();
    }
  }

  /** A page in a new context. At its end nothing may have gone wrong in it. */
  async visit(name: StoreName, options: OpenOptions, act: (watched: Watched) => Promise<void>): Promise<void> {
    const session = options.signedOut === true ? undefined : await this.#signIn(name);
    return this.#visit(await this.server(name), options, act, session);
  }

  /** As {@link Stage.visit} with a server of the test's own; nobody is signed in. */
  async visitServer(
    server: DashboardServer,
    options: OpenOptions,
    act: (watched: Watched) => Promise<void>,
  ): Promise<void> {
    return this.#visit(server, options, act, undefined);
  }

  async #visit(
    server: DashboardServer,
    { scheme = "light", failuresExpected = false }: OpenOptions,
    act: (watched: Watched) => Promise<void>,
    session: SignedIn | undefined,
  ): Promise<void> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 900 },
      colorScheme: scheme,
      reducedMotion: "reduce",
      ...(session === undefined ? {} : { storageState: session }),
    });
    try {
      context.setDefaultTimeout(WAIT_MS);
      const faults: string[] = [];
      const page = await watch(context, server.url, failuresExpected, faults);
      const go = async (path: string): Promise<void> => void (await page.goto(`${server.url}${path}`));
      await act({ page, context, server, go });
      assert.deepEqual([...new Set(faults)], [], "nothing goes wrong in the page");
    } finally {
      await context.close();
    }
  }

  /** Signs in once for each store; the contexts share the session. */
  async #signIn(name: StoreName): Promise<SignedIn> {
    const kept = this.#sessions.get(name);
    if (kept !== undefined) return kept;
    const server = await this.server(name);
    const context = await this.#browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(server.link);
      await page.getByRole("navigation", { name: "Screens" }).waitFor({ timeout: WAIT_MS });
      // Only the cookie: a theme that one test chose must not reach another.
      const session = { cookies: await context.cookies(), origins: [] };
      this.#sessions.set(name, session);
      return session;
    } finally {
      await context.close();
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
    for (const server of this.#servers.values()) {
      await server.then(
        ({ stop }) => stop(),
        () => undefined,
      );
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function findChromium(): string {
  const given = process.env["AMAP_E2E_CHROMIUM"];
  if (given !== undefined && given !== "") return given;
  return execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
}

/** Page errors, console errors, CSP violations, dialogs, windows, downloads and requests to elsewhere become faults. */
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
    if (lenient && text.startsWith("Failed to load resource: ")) return;
    faults.push(`console ${message.type()}: ${text}`);
  });
  return page;
}
