import {
  type ConvertedVex,
  convertVex,
  encodeLosses,
  isLossy,
  parseVexTarget,
  toJsonBytes,
  VEX_TARGETS,
} from "../../app/index.ts";
import { AmapError, isAmapError, LIMITS } from "../../base/index.ts";
import { layOutTable } from "../../report/index.ts";
import { collectList, isOn, pathOfInput, requireText, textOf, textsOf } from "../flags.ts";
import type { Verb, VerbContext } from "../verb.ts";
import { declarePublisher, readPublisher } from "./csaf-flags.ts";
import { putDocument } from "./sbom-output.ts";

/** Tells people what a document in another format does not say as the original did. */
export function noteLosses({ terminal }: VerbContext, losses: ConvertedVex["losses"]): void {
  if (losses.length === 0) return;
  const rows = losses.map(({ outcome, path, count, reason }) => [outcome, path, `${count}`, reason]);
  const cells = [["outcome", "what", "times", "why"], ...rows].map((row) => row.map((text) => ({ text })));
  terminal.note(layOutTable(cells, terminal.width, ""));
}

/** `amap vex convert`. */
export const vexConvert: Verb = {
  positional: ["<vex>"],
  registry: false,
  declare: (command) => {
    command
      .requiredOption("--to <format>", `${VEX_TARGETS.join(", ")}; csaf is 2.0, cyclonedx the newest`)
      .option("--file <file>", "write it there instead of standard output")
      .option("--product <iri>", "what statements that name no product are about; may be repeated", collectList)
      .option("--action <text>", "what to do where a statement says affected and nothing of it")
      .option("--loss-report <file>", "write what is kept, changed and dropped there, as JSON")
      .option("--strict", "write nothing and exit 1 when anything is changed or dropped");
    declarePublisher(command);
  },
  run: async (context, [file = ""], flags) => {
    const { world, terminal } = context;
    const target = parseVexTarget(requireText(flags, "to", "--to"));
    const action = textOf(flags, "action");
    const products = textsOf(flags, "product");
    const facts = { ...readPublisher(flags), products, ...(action === undefined ? {} : { action }) };
    const bytes = await world.files.read(pathOfInput(file), LIMITS.documentBytes);
    const { value, losses } = await convertVex(world, bytes, target, facts).catch((error: unknown) => {
      if (!isAmapError(error) || error.code === "USAGE") throw error;
      throw new AmapError(error.code, `${file}: ${error.message}`, {
        cause: error,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      });
    });
    const report = textOf(flags, "lossReport");
    if (report !== undefined) await world.files.write(report, encodeLosses(losses));
    const isRefused = isOn(flags, "strict") && isLossy(losses);
    if (!isRefused) await putDocument(context, toJsonBytes(value), textOf(flags, "file"));
    noteLosses(context, losses);
    if (isRefused) terminal.note("nothing was written, since the other format says less (--strict)");
    return isRefused ? 1 : 0;
  },
};
