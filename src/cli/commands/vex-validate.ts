import {
  judgeVexValidation,
  mandatoryNotRun,
  type VexValidation,
  type VexVerdict,
  validateVex,
} from "../../app/index.ts";
import { AmapError, isAmapError, LIMITS } from "../../base/index.ts";
import { isOn, pathOfInput, refuseSharedInput } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { declareReport, putReport } from "./sbom-output.ts";

/** `amap vex validate`. */
export const vexValidate: Verb = {
  positional: ["<vex...>"],
  registry: false,
  declare: (command) => {
    declareReport(command);
    command.option(
      "--strict",
      "warnings count as errors, as do mandatory tests that could not be run, and members that the schema of CSAF 2.0 does not name",
    );
  },
  run: async (context, files, flags) => {
    const { world } = context;
    refuseSharedInput(files.map((file) => ["a document", file]));
    const isStrict = isOn(flags, "strict");
    const [schemas, csaf] = await Promise.all([world.openSchemas(), world.openCsafValidation()]);
    const options = { now: world.clock.now(), isStrict };
    const validated: (VexValidation & { readonly file: string })[] = [];
    for (const file of files) {
      const bytes = await world.files.read(pathOfInput(file), LIMITS.documentBytes);
      try {
        validated.push({ file, ...(await validateVex(bytes, { schemas, csaf }, options)) });
      } catch (error) {
        if (!isAmapError(error)) throw error;
        throw new AmapError(error.code, `${file}: ${error.message}`, { cause: error });
      }
    }
    const verdicts = validated.map((each) => judgeVexValidation(each, isStrict));
    const count = (verdict: VexVerdict): number => verdicts.filter((each) => each === verdict).length;
    const passes = (verdict: VexVerdict | undefined): boolean =>
      verdict === "valid" || (verdict === "valid as far as tested" && !isStrict);
    putReport(context, flags, {
      value: {
        documents: validated.map((each, index) => ({
          ...each,
          valid: passes(verdicts[index]),
          verdict: verdicts[index],
          mandatoryNotRun: mandatoryNotRun(each).length,
        })),
      },
      tables: validated.map(({ file, format, specVersion, findings, notRun }) => ({
        title: `${file}: ${format === "" ? "no VEX document" : `${format} ${specVersion}`}`,
        header: ["severity", "rule", "where", "what", "fix"],
        rows: [
          ...findings.map(({ severity, rule, path, message, fix }) => [severity, rule, path, message, fix]),
          ...mandatoryNotRun({ notRun }).map(({ test, reason }) => ["not run", test, "", reason, ""]),
        ],
      })),
      summary: summaryOf(validated, count),
    });
    return verdicts.every(passes) ? 0 : 1;
  },
};

function summaryOf(validated: readonly VexValidation[], count: (verdict: VexVerdict) => number): string {
  const untested = validated.reduce((sum, each) => sum + mandatoryNotRun(each).length, 0);
  const partly = count("valid as far as tested");
  return [
    `${count("valid")} of ${validated.length} valid`,
    ...(partly === 0 ? [] : [`${partly} valid as far as tested`]),
    ...(untested === 0 ? [] : [`${untested} mandatory tests were not run`]),
  ].join(", ");
}
