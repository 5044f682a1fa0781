import { type VexValidation, validateVex } from "../../app/index.ts";
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
    command.option("--strict", "warnings count as errors, as do members that the schema of CSAF 2.0 does not name");
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
    const isValid = ({ findings }: VexValidation): boolean =>
      findings.every(({ severity }) => severity === "note" || (severity === "warning" && !isStrict));
    const valid = validated.filter(isValid);
    putReport(context, flags, {
      value: { documents: validated.map((each) => ({ ...each, valid: isValid(each) })) },
      tables: validated.map(({ file, format, specVersion, findings, notRun }) => ({
        title: `${file}: ${format === "" ? "no VEX document" : `${format} ${specVersion}`}`,
        header: ["severity", "rule", "where", "what", "fix"],
        rows: [
          ...findings.map(({ severity, rule, path, message, fix }) => [severity, rule, path, message, fix]),
          ...notRun
            .filter(({ group }) => group === "mandatory")
            .map(({ test, reason }) => ["not run", test, "", reason, ""]),
        ],
      })),
      summary: `${valid.length} of ${validated.length} valid`,
    });
    return valid.length === validated.length ? 0 : 1;
  },
};
