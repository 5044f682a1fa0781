import { enrichSbomFile, parseSbomTarget } from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { collect, pathOfInput, refuseSharedInput, textOf, textsOf } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { WRITTEN_FORMS } from "./sbom.ts";
import { putDocument } from "./sbom-output.ts";

/** `amap sbom enrich`. */
export const sbomEnrich: Verb = {
  positional: ["<sbom>"],
  registry: false,
  declare: (command) =>
    void command
      .option("--rules <file>", "fill what is missing by these rules; may be repeated", collect)
      .option("--from <sbom>", "fill it from another SBOM, for the same package URL; may be repeated", collect)
      .option("-o, --output <form>", `FORM[@VERSION][=FILE]: ${WRITTEN_FORMS.join(", ")} (default: as it is)`)
      .option("--file <file>", "write it there instead of standard output"),
  run: async (context, [file = ""], flags) => {
    const { world, terminal } = context;
    const [rules, from] = [textsOf(flags, "rules"), textsOf(flags, "from")];
    if (rules.length + from.length === 0) throw new AmapError("USAGE", "--rules or --from is needed");
    refuseSharedInput([["the SBOM", file], ...[...rules, ...from].map((each) => ["a file", each] as const)]);
    const output = textOf(flags, "output");
    const target = output === undefined ? undefined : parseSbomTarget(output);
    const { bytes, filled, losses } = await enrichSbomFile(world, pathOfInput(file), {
      rules: rules.map(pathOfInput),
      from: from.map(pathOfInput),
      ...(target === undefined ? {} : { target }),
    });
    await putDocument(context, bytes, target?.file ?? textOf(flags, "file"));
    for (const { path, outcome, reason } of losses) {
      if (outcome !== "kept") terminal.note(`${outcome}: ${path}: ${reason}`);
    }
    const refs = new Set(filled.map(({ ref = "" }) => ref));
    terminal.note(`${filled.length} values filled in ${refs.size} components`);
    return 0;
  },
};
