import { encodeLosses, isLossy, parseSbomTarget, readSbomFile, streamConversion } from "../../app/index.ts";
import { layOutTable } from "../../report/index.ts";
import { isOn, pathOfInput, requireText, textOf } from "../flags.ts";
import { collectSoon, stopYoungGeneration } from "../heap-growth.ts";
import type { Verb } from "../verb.ts";
import { WRITTEN_FORMS } from "./sbom.ts";
import { putChunks } from "./sbom-output.ts";

/** `amap sbom convert`. */
export const sbomConvert: Verb = {
  positional: ["<sbom>"],
  registry: false,
  declare: (command) =>
    void command
      .requiredOption("-o, --output <form>", `FORM[@VERSION][=FILE]: ${WRITTEN_FORMS.join(", ")}`)
      .option("--file <file>", "write it there instead of standard output")
      .option("--loss-report <file>", "write what is kept, changed and dropped there, as JSON")
      .option("--fail-on-loss", "exit 1 when anything is changed or dropped"),
  run: async (context, [file = ""], flags) => {
    // Both before anything large is read: an SBOM of many components is most of what the process holds.
    stopYoungGeneration();
    collectSoon();
    const { world, terminal } = context;
    const target = parseSbomTarget(requireText(flags, "output", "--output"));
    const { decoded } = await readSbomFile(world, pathOfInput(file));
    for (const { path, message } of decoded.problems.slice(0, 20)) terminal.note(`${file}: ${path}: ${message}`);
    const stream = streamConversion(world, decoded, target);
    await putChunks(context, stream.chunks, target.file ?? textOf(flags, "file"));
    const losses = stream.losses();
    const report = textOf(flags, "lossReport");
    if (report !== undefined) await world.files.write(report, encodeLosses(losses));
    if (losses.length > 0) {
      const rows = losses.map(({ outcome, path, count, reason }) => [outcome, path, `${count}`, reason]);
      const cells = [["outcome", "what", "times", "why"], ...rows].map((row) => row.map((text) => ({ text })));
      terminal.note(layOutTable(cells, terminal.width, ""));
    }
    return isOn(flags, "failOnLoss") && isLossy(losses) ? 1 : 0;
  },
};
