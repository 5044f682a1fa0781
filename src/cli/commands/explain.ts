import { type Explanation, explainAdmission, type Store } from "../../app/index.ts";
import { AmapError, type Value, writeJson } from "../../base/index.ts";
import { type Cell, layOutTable, type Paint } from "../../report/index.ts";
import { choiceOf } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { storeAddressOf } from "./serve.ts";

/** `amap explain`. */
export const explain: Verb = {
  positional: ["[decision]"],
  registry: false,
  declare: (command) =>
    void command
      .option("--store <address>", "a SQLite file or postgres://…; AMAP_STORE or .amap/amap.db when left out")
      .option("-o, --output <format>", "table or json (default: table on a terminal, else json)"),
  run: async ({ world, terminal, env }, [decision], flags) => {
    const output = choiceOf(flags, "output", "--output", ["table", "json"], terminal.isTerminal ? "table" : "json");
    const address = storeAddressOf(flags, env);
    if (!/^postgres(?:ql)?:/i.test(address) && (await world.files.kindOf(address)) === undefined)
      throw new AmapError("FILE_NOT_FOUND", `there is no store at ${address}`, {
        hint: "Give the controller's own --store.",
      });
    const store = await world.openStore(address);
    try {
      if (decision === undefined) return await listDecisions(store, terminal, output);
      const explanation = await explainAdmission(store, decision);
      terminal.result(
        output === "json"
          ? `${writeJson(explanation as unknown as Value, { indent: 2 })}\n`
          : layOutExplanation(explanation, terminal.width, terminal.paint),
      );
      // What cannot be replayed, or comes out otherwise, is no proof of the decision.
      return explanation.outcome === "same" ? 0 : 1;
    } finally {
      await store.close();
    }
  },
};

/** Without a decision: the newest ones, to choose from. */
async function listDecisions(
  store: Store,
  terminal: { readonly width: number; readonly paint: Paint; readonly result: (text: string) => void },
  output: "table" | "json",
): Promise<number> {
  const { items } = await store.admissions.list({ limit: 50 });
  if (output === "json") {
    terminal.result(`${writeJson(items as unknown as Value, { indent: 2 })}\n`);
    return 0;
  }
  const { paint } = terminal;
  const rows = items.map((each): Cell[] => [
    { text: each.allowed ? "ALLOWED" : "DENIED", paint: each.allowed ? paint.good : paint.bad },
    { text: each.id },
    { text: each.at },
    { text: `${each.kind} ${each.namespace === undefined ? "" : `${each.namespace}/`}${each.name}` },
    { text: each.user },
  ]);
  terminal.result(`${rows.length === 0 ? "no admission decision is stored" : layOutTable(rows, terminal.width)}\n`);
  return 0;
}

function layOutExplanation(explanation: Explanation, width: number, paint: Paint): string {
  const { outcome, message, decision, rules, facts } = explanation;
  const paints = { pass: paint.good, fail: paint.bad, error: paint.bad, warn: paint.warn, skip: paint.dim };
  const head = `${(outcome === "same" ? paint.good : paint.bad)(outcome)}: ${message}`;
  if (decision === undefined) return `${head}\n`;
  const lines = rules.flatMap((rule): Cell[][] => [
    [
      { text: rule.status, paint: paints[rule.status] },
      { text: `${rule.policy}/${rule.rule}` },
      { text: [rule.code, rule.message].filter((part) => part !== undefined).join(": ") },
    ],
    ...(rule.expression === undefined
      ? []
      : [[{ text: "" }, { text: "CEL" }, { text: rule.expression.trim().replaceAll(/\s+/g, " ") }]]),
    ...rule.evidence.map((each): Cell[] => [
      { text: "" },
      { text: "saw" },
      { text: writeJson(each), paint: paint.dim },
    ]),
  ]);
  const asked = facts.map((fact): Cell[] => [
    { text: fact.ok ? "ok" : "failed", paint: fact.ok ? paint.good : paint.bad },
    { text: fact.kind },
    { text: [fact.image, fact.code, fact.message].filter((part) => part !== undefined).join(" ") },
  ]);
  return [
    head,
    `${decision.allowed ? paint.good("ALLOWED") : paint.bad("DENIED ")} ${paint.strong(decision.resource)}`,
    `  ${paint.strong("Policies")}`,
    layOutTable(lines, width, "    "),
    `  ${paint.strong("Facts")}`,
    asked.length === 0 ? "    none" : layOutTable(asked, width, "    "),
    "",
  ].join("\n");
}
