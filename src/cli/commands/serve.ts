import { dirname } from "node:path";
import { DEFAULT_RETENTION, explainAdmission, loadChain, type Store, startHousekeeping } from "../../app/index.ts";
import { AmapError, decodeUtf8 } from "../../base/index.ts";
import {
  createLog,
  findDashboard,
  issueLoginToken,
  LOG_LEVELS,
  parseListenAddress,
  type ServerOptions,
  startServer,
} from "../../server/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { choiceOf, collect, isOn, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";

/** Where amap keeps things when nobody says. */
const DEFAULT_STORE = ".amap/amap.db";
const STORE_FLAG = [
  "--store <address>",
  "a SQLite file or postgres://…; AMAP_STORE or .amap/amap.db when left out",
] as const;
const PEM_BYTES = 1024 * 1024;

/** The store's address of a verb with a `--store` flag. */
export function storeAddressOf(flags: Flags, env: VerbContext["env"]): string {
  const fromEnvironment = env["AMAP_STORE"];
  return (
    textOf(flags, "store") ??
    (fromEnvironment === undefined || fromEnvironment === "" ? DEFAULT_STORE : fromEnvironment)
  );
}

/** Opens the store of a verb with a `--store` flag; the folder of the default one is made. */
async function openStoreOf({ world, env }: VerbContext, flags: Flags): Promise<Store> {
  const address = storeAddressOf(flags, env);
  if (address === DEFAULT_STORE) await world.files.makeDirectory(dirname(address));
  return world.openStore(address);
}

/** How `serveUntil` serves. */
export interface ServeOptions
  extends Pick<ServerOptions, "listen" | "tls" | "publicHosts" | "insecureHttp" | "trustProxy" | "metricsListen"> {
  /** It stays open. */
  readonly store: Store;
  /** Its address: the queue of jobs is in the same place. */
  readonly storeAddress: string;
  /** Whether the demo filled the store. */
  readonly demo: boolean;
  /** Whether to show an address with a one-time token in it, on standard error. */
  readonly printToken: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Serving ends when it is aborted. */
  readonly signal: AbortSignal;
}

/** Serves the API and the dashboard until the signal, then lets running requests end. */
export async function serveUntil({ terminal, world }: VerbContext, options: ServeOptions): Promise<void> {
  const { store, storeAddress, printToken, logLevel, signal, ...rest } = options;
  const log = createLog(logLevel, (line) => terminal.note(line));
  const chance = { now: () => world.clock.now(), randomBytes: (length: number) => world.entropy.bytes(length) };
  const jobs = await world.openJobs(storeAddress);
  try {
    const server = await startServer({
      ...rest,
      ...chance,
      store,
      jobs,
      explain: (id) => explainAdmission(store, id),
      chainOf: (detail) => loadChain(store, detail),
      version: VERSION,
      webRoot: findDashboard(),
      log,
    });
    const housekeeping = await startHousekeeping({
      clock: world.clock,
      store,
      jobs,
      retention: DEFAULT_RETENTION,
      actor: "server",
      onFailure: (error) => log.warn({ reason: String(error) }, "the store could not be kept in order"),
    });
    try {
      if (printToken) {
        const token = await issueLoginToken(store, chance);
        terminal.note(`Open ${server.url}/#token=${token}\nThe link signs in once, within 15 minutes. Ctrl-C ends.`);
      } else terminal.note(`Listening on ${server.url}; sign in with a token from \`${terminal.program} token\`.`);
      if (server.metricsUrl !== undefined) terminal.note(`Metrics at ${server.metricsUrl}/metrics`);
      await aborted(signal);
    } finally {
      await Promise.all([server.close(), housekeeping.stop()]);
    }
  } finally {
    await jobs.close();
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Runs something until SIGINT or SIGTERM; the second one ends the process at once, as Node does by itself. */
export async function untilSignal<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await run(controller.signal);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** `amap serve`. */
export const serve: Verb = {
  positional: [],
  registry: false,
  staysUp: true,
  declare: (command) =>
    void command
      .option(...STORE_FLAG)
      .option("--listen <host:port>", "where to listen; port 0 takes any free one", "127.0.0.1:8080")
      .option("--public-host <name>", "a name under which people reach it, beside localhost", collect)
      .option("--tls-cert <file>", "speak TLS with this certificate chain (PEM)")
      .option("--tls-key <file>", "its private key (PEM)")
      .option("--insecure-http", "plain HTTP for other machines, behind a proxy that speaks TLS")
      .option("--trust-proxy", "believe X-Forwarded-Proto and X-Forwarded-For of the one proxy in front")
      .option("--metrics-listen <host:port>", "give Prometheus its figures here; else only this machine reads them")
      .option("--print-token", "show a link with a one-time token though standard output is no terminal")
      .option("--log-level <level>", LOG_LEVELS.join(", "), "warn"),
  run: async (context, _, flags) => {
    const { terminal } = context;
    const metricsListen = textOf(flags, "metricsListen");
    const options = {
      listen: parseListenAddress(textOf(flags, "listen") ?? ""),
      ...(await readTls(context, flags)),
      publicHosts: textsOf(flags, "publicHost"),
      insecureHttp: isOn(flags, "insecureHttp"),
      trustProxy: isOn(flags, "trustProxy"),
      ...(metricsListen === undefined ? {} : { metricsListen: parseListenAddress(metricsListen) }),
      demo: false,
      printToken: terminal.isTerminal || isOn(flags, "printToken"),
      logLevel: choiceOf(flags, "logLevel", "--log-level", LOG_LEVELS, "warn"),
    };
    const store = await openStoreOf(context, flags);
    try {
      await untilSignal((signal) =>
        serveUntil(context, { ...options, store, storeAddress: storeAddressOf(flags, context.env), signal }),
      );
      return 0;
    } finally {
      await store.close();
    }
  },
};

async function readTls({ world }: VerbContext, flags: Flags): Promise<Pick<ServeOptions, "tls">> {
  const [certPath, keyPath] = [textOf(flags, "tlsCert"), textOf(flags, "tlsKey")];
  if (certPath === undefined && keyPath === undefined) return {};
  if (certPath === undefined || keyPath === undefined)
    throw new AmapError("USAGE", "--tls-cert and --tls-key go together");
  const read = async (path: string): Promise<string> => {
    const text = decodeUtf8(await world.files.read(path, PEM_BYTES));
    if (text === undefined || !text.includes("-----BEGIN "))
      throw new AmapError("KEY_INVALID", `${path}: expected PEM`);
    return text;
  };
  return { tls: { cert: await read(certPath), key: await read(keyPath) } };
}

/** `amap token`. */
export const token: Verb = {
  positional: [],
  registry: false,
  declare: (command) => void command.option(...STORE_FLAG),
  run: async ({ world, terminal, env }, _, flags) => {
    const address = storeAddressOf(flags, env);
    if (!/^postgres(?:ql)?:/i.test(address) && (await world.files.kindOf(address)) === undefined)
      throw new AmapError("FILE_NOT_FOUND", `there is no store at ${address}`, {
        hint: "Give the server's own --store; `amap serve` makes one.",
      });
    const store = await world.openStore(address);
    try {
      const issued = await issueLoginToken(store, {
        now: () => world.clock.now(),
        randomBytes: (length) => world.entropy.bytes(length),
      });
      terminal.result(`${issued}\n`);
      terminal.note("It signs in once, within 15 minutes.");
      return 0;
    } finally {
      await store.close();
    }
  },
};
