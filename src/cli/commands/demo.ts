import { type DemoReport, fillStoreFromDemo, runDemo, type Store } from "../../app/index.ts";
import { isAmapError, type Value, writeJson } from "../../base/index.ts";
import { layOutTable, type Paint, writeText } from "../../report/index.ts";
import { parseListenAddress } from "../../server/index.ts";
import { findExamples, VERSION } from "../../wiring/index.ts";
import { choiceOf, requireText } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { serveUntil, untilSignal } from "./serve.ts";

/** The demo's keys open with this unless COSIGN_PASSWORD is set; they protect nothing. */
const DEMO_PASSWORD = "demo";

/** `amap demo`. */
export const demo: Verb = {
  positional: [],
  registry: false,
  declare: (command) =>
    void command
      .option("--directory <folder>", "made anew", ".amap/demo")
      .option("--listen <host:port>", "where the dashboard listens; any free port when it is taken", DEFAULT_LISTEN)
      .option("--serve", "end in the dashboard (default on a terminal, unless CI is set)")
      .option("--no-serve", "end after the demo")
      .option("-o, --output <format>", "table or json"),
  run: async (context, _, flags) => {
    const { world, terminal, env } = context;
    const output = choiceOf(flags, "output", "--output", ["table", "json"], "table");
    const started = world.clock.now();
    const report = await runDemo(world, {
      directory: requireText(flags, "directory", "--directory"),
      examples: findExamples(),
      tool: { name: "amap", version: VERSION },
      password: env["COSIGN_PASSWORD"] ?? DEMO_PASSWORD,
      onStep: ({ name, text }) => terminal.step(name, text),
    });
    const address = `${report.directory}/amap.db`;
    const store = await world.openStore(address);
    try {
      await fillStoreFromDemo(world, store, report);
      const seconds = ((world.clock.now() - started) / 1000).toFixed(1);
      printDemo(context, report, { output, seconds, store: address });
      if (isServed(context, flags, output)) await serveDemo(context, { store, storeAddress: address, flags });
    } finally {
      await store.close();
    }
    return report.asExpected ? 0 : 1;
  },
};

/** Where a person looks first; a second demo takes any free port. */
const DEFAULT_LISTEN = "127.0.0.1:8080";

/** A demo ends by itself where nobody sits in front of it: in CI, in a pipe, or when JSON is wanted. */
function isServed({ terminal, env }: VerbContext, flags: Flags, output: "table" | "json"): boolean {
  const asked = flags["serve"];
  if (typeof asked === "boolean") return asked;
  return terminal.isTerminal && output === "table" && (env["CI"] ?? "") === "";
}

async function serveDemo(
  context: VerbContext,
  { store, storeAddress, flags }: { readonly store: Store; readonly storeAddress: string; readonly flags: Flags },
): Promise<void> {
  const wanted = requireText(flags, "listen", "--listen");
  const serve = (listen: string): Promise<void> =>
    untilSignal((signal) =>
      serveUntil(context, {
        store,
        storeAddress,
        demo: true,
        listen: parseListenAddress(listen),
        publicHosts: [],
        insecureHttp: false,
        trustProxy: false,
        printToken: true,
        logLevel: "warn",
        signal,
      }),
    );
  try {
    await serve(wanted);
  } catch (error) {
    if (wanted !== DEFAULT_LISTEN || !isAddressInUse(error)) throw error;
    await serve("127.0.0.1:0");
  }
}

function isAddressInUse(error: unknown): boolean {
  const cause = isAmapError(error) ? error.cause : error;
  return cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
}

function printDemo(
  { terminal }: VerbContext,
  report: DemoReport,
  { output, seconds, store }: { readonly output: "table" | "json"; readonly seconds: string; readonly store: string },
): void {
  if (output === "json") terminal.result(`${writeJson(report as unknown as Value, { indent: 2 })}\n`);
  else {
    terminal.result(
      `\n${writeText(report.good, { width: terminal.width, paint: terminal.paint })}\n${layOutTwins(report, terminal.width, terminal.paint)}\n`,
    );
    terminal.note(layOutNextSteps(report, { seconds, program: terminal.program, store }));
  }
}

function layOutTwins(report: DemoReport, width: number, paint: Paint): string {
  const entries = report.twins.map(({ name, fault, report: twin, asExpected }) => {
    const rules = twin.resources.flatMap((resource) => resource.rules);
    const failing = rules.filter(({ status }) => status === "fail" || status === "error");
    const refused = twin.resources.flatMap((resource) => resource.images.flatMap((image) => image.rejected));
    const causes = new Map(refused.map(({ code, message }) => [code, `${code}: ${message}`]));
    const messages = failing.map(({ code, message }) => `${code === undefined ? "" : `${code}: `}${message ?? ""}`);
    const reasons = new Set([...causes.values(), ...messages]);
    const verdict = twin.allowed ? "ALLOWED" : asExpected ? "DENIED " : "DENIED, but not as expected:";
    const head = `${(asExpected ? paint.good : paint.bad)(verdict)} ${paint.strong(name)}: ${fault}`;
    const rows = [
      [
        { text: "by" },
        { text: failing.length === rules.length ? "every rule" : failing.map(({ rule }) => rule).join(", ") },
      ],
      ...[...reasons]
        .slice(0, MAX_REASONS)
        .map((text) => [{ text: "since" }, { text: shorten(text), paint: paint.dim }]),
    ];
    return `${head}\n${layOutTable(rows, width, "  ")}`;
  });
  return `${paint.strong("The same check on bad twins of it")}\n\n${entries.join("\n")}`;
}

/** Reasons shown for one twin; `-o json` has all. */
const MAX_REASONS = 3;

function shorten(text: string): string {
  const plain = text
    .replaceAll(/registry\.example\/storefront@sha256:[0-9a-f]{64}/g, "the image")
    .replaceAll("image the image", "the image")
    .replaceAll(/sha256:([0-9a-f]{12})[0-9a-f]{52}/g, "sha256:$1…");
  return plain.length > 240 ? `${plain.slice(0, 239)}…` : plain;
}

function layOutNextSteps(
  report: DemoReport,
  { seconds, program, store }: { readonly seconds: string; readonly program: string; readonly store: string },
): string {
  const { directory, digest } = report;
  const verdict = report.asExpected
    ? "The good image is allowed and every twin is denied for its own reason."
    : "NOT as expected: see what is marked ALLOWED, or DENIED but not as expected.";
  return `\n${verdict} (${seconds} s)

Look further:
  ${program} tree oci:${directory}/image:v1
  ${program} verify --key ${directory}/cosign.pub --insecure-ignore-tlog oci:${directory}/image:v1
  ${program} check --policy ${directory}/policy.yaml --image-source registry.example/storefront=oci:${directory}/twins/affected -o table registry.example/storefront@${digest}
  ${program} serve --store ${store}`;
}
