import { type SbomValidation, validateSbom } from "../../app/index.ts";
import { LIMITS } from "../../base/index.ts";
import { pathOfInput, refuseSharedInput } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { declareReport, putReport } from "./sbom-output.ts";

/** `amap sbom validate`. */
export const sbomValidate: Verb = {
  positional: ["<sbom...>"],
  registry: false,
  declare: (command) => declareReport(command),
  run: async (context, files, flags) => {
    const { world } = context;
    refuseSharedInput(files.map((file) => ["an SBOM", file]));
    const schemas = await world.openSchemas();
    const validated: (SbomValidation & { readonly file: string })[] = [];
    for (const file of files) {
      const bytes = await world.files.read(pathOfInput(file), LIMITS.documentBytes);
      validated.push({ file, ...(await validateSbom(bytes, schemas)) });
    }
    const isBroken = ({ form, issues }: SbomValidation): boolean =>
      form === undefined || issues.some(({ severity }) => severity === "error");
    const invalid = validated.filter(isBroken);
    putReport(context, flags, {
      value: {
        sboms: validated.map((each) => ({ ...each, form: each.form ?? null, valid: !isBroken(each) })),
      },
      tables: validated.map(({ file, form, version, hasSchema, issues }) => ({
        title: `${file}: ${form ?? "no SBOM"} ${version}${hasSchema ? "" : ", without an official schema"}`,
        header: ["severity", "where", "what", "fix"],
        rows: issues.map(({ severity, path, message, fix }) => [severity, path, message, fix]),
      })),
      summary: `${validated.length - invalid.length} of ${validated.length} valid`,
    });
    return invalid.length === 0 ? 0 : 1;
  },
};
