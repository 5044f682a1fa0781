import { type DemoReport, runDemo } from "../../app/index.ts";
import { type Value, writeJson } from "../../base/index.ts";
import { layOutTable, type Paint, writeText } from "../../report/index.ts";
import { findExamples, VERSION } from "../../wiring/index.ts";
import { choiceOf, requireText } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** The demo's keys open with this unless COSIGN_PASSWORD is set; they protect nothing. */
const DEMO_PASSWORD = "demo";

/** `amap demo`. */
export const demo: Verb = {
  name: "demo",
  summary: "Run the whole chain once on an image built on the spot",
  positional: [],
  registry: false,
  declare: (command) =>
    void command
      .option("--directory <folder>", "made anew", ".amap/demo")
      .option("-o, --output <format>", "table or json"),
  run: async ({ world, terminal, env }, _, flags) => {
    const output = choiceOf(flags, "output", "--output", ["table", "json"], "table");
    const started = world.clock.now();
    const report = await runDemo(world, {
      directory: requireText(flags, "directory", "--directory"),
      examples: findExamples(),
      tool: { name: "amap", version: VERSION },
      password: env["COSIGN_PASSWORD"] ?? DEMO_PASSWORD,
      onStep: ({ name, text }) =>
        terminal.note(`${terminal.paint.good("✔")} ${terminal.paint.strong(name.padEnd(12))} ${text}`),
    });
    const seconds = ((world.clock.now() - started) / 1000).toFixed(1);
    if (output === "json") terminal.result(`${writeJson(report as unknown as Value, { indent: 2 })}\n`);
    else {
      terminal.result(
        `\n${writeText(report.good, { width: terminal.width, paint: terminal.paint })}\n${layOutTwins(report, terminal.width, terminal.paint)}\n`,
      );
      terminal.note(layOutNextSteps(report, seconds));
    }
    return report.asExpected ? 0 : 1;
  },
};

function layOutTwins(report: DemoReport, width: number, paint: Paint): string {
  const head = ["", "bad twin", "what is wrong", "denied by", "reason"].map((text) => ({ text, paint: paint.strong }));
  const rows = report.twins.map(({ name, fault, report: twin, asExpected }) => {
    const rules = twin.resources.flatMap((resource) => resource.rules);
    const failing = rules.filter(({ status }) => status === "fail" || status === "error");
    const rejected = twin.resources.flatMap((resource) => resource.images.flatMap((image) => image.rejected));
    const [first] = failing;
    const [refused] = rejected;
    const refusal = refused === undefined ? "" : ` — ${refused.code}: ${refused.message}`;
    const reason = `${first?.code === undefined ? "" : `${first.code}: `}${first?.message ?? ""}${refusal}`;
    const verdict = twin.allowed ? "ALLOWED" : asExpected ? "denied" : "denied?";
    return [
      { text: verdict, paint: asExpected ? paint.good : paint.bad },
      { text: name },
      { text: fault },
      {
        text:
          failing.length === rules.length && rules.length > 1
            ? "all rules"
            : failing.map(({ rule }) => rule).join(", "),
      },
      { text: shorten(reason), paint: paint.dim },
    ];
  });
  return `${paint.strong("The same check on bad twins")}\n${layOutTable([head, ...rows], Math.max(width, 120))}`;
}

function shorten(text: string): string {
  const plain = text
    .replaceAll(/registry\.example\/storefront@sha256:[0-9a-f]{64}/g, "the image")
    .replaceAll(/sha256:([0-9a-f]{12})[0-9a-f]{52}/g, "sha256:$1…");
  return plain.length > 160 ? `${plain.slice(0, 157)}…` : plain;
}

function layOutNextSteps(report: DemoReport, seconds: string): string {
  const { directory, digest } = report;
  const verdict = report.asExpected
    ? "The good image is allowed and every twin is denied for its own reason."
    : "NOT as expected: see the rows marked ALLOWED or denied?.";
  return `\n${verdict} (${seconds} s)

Look further:
  bin/amap tree oci:${directory}/image:v1
  bin/amap verify --key ${directory}/cosign.pub --insecure-ignore-tlog oci:${directory}/image:v1
  bin/amap check --policy ${directory}/policy.yaml --image-source registry.example/storefront=oci:${directory}/twins/affected -o table registry.example/storefront@${digest}`;
}
