import { QUALITY_STANDARDS, readSbomFile, type ScoredSbom, scoreSbomFile } from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { choiceOf, pathOfInput, refuseSharedInput, textOf } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { declareReport, putReport, type ReportTable } from "./sbom-output.ts";

/** `amap sbom score`. */
export const sbomScore: Verb = {
  positional: ["<sbom...>"],
  registry: false,
  declare: (command) => {
    declareReport(command);
    command
      .option("--standard <standard>", `${QUALITY_STANDARDS.join(", ")} or all (default: ntia)`)
      .option("--fail-under <score>", "exit 1 when any score is under this, from 0 to 10")
      .option("--fail-on-nonconformance", "exit 1 when any SBOM does not conform in any reading");
  },
  run: async (context, files, flags) => {
    refuseSharedInput(files.map((file) => ["an SBOM", file]));
    const standard = choiceOf(flags, "standard", "--standard", [...QUALITY_STANDARDS, "all"], "ntia");
    const threshold = readThreshold(textOf(flags, "failUnder"));
    const scored: ScoredSbom[] = [];
    for (const file of files) {
      const read = await readSbomFile(context.world, pathOfInput(file));
      const standards = standard === "all" ? QUALITY_STANDARDS : [standard];
      scored.push(scoreSbomFile({ ...read, path: file }, standards));
    }
    const readings = scored.flatMap((each) => each.readings);
    const conformant = readings.filter((reading) => reading.conformant);
    putReport(context, flags, {
      value: { sboms: scored },
      tables: scored.flatMap((each) => [
        ...each.readings.map((reading) => layOut(each, reading)),
        rulesOf(each),
        licencesOf(each),
      ]),
      summary: `${conformant.length} of ${readings.length} readings conformant`,
    });
    const isUnder = threshold !== undefined && readings.some(({ score }) => score < threshold);
    const isWrong = flags["failOnNonconformance"] === true && conformant.length < readings.length;
    return isUnder || isWrong ? 1 : 0;
  },
};

function readThreshold(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const threshold = Number(text);
  if (!/^\d+(?:\.\d+)?$/.test(text) || threshold > 10) {
    throw new AmapError("USAGE", `--fail-under: expected a number from 0 to 10, found "${text.slice(0, 40)}"`);
  }
  return threshold;
}

function layOut({ file }: ScoredSbom, reading: ScoredSbom["readings"][number]): ReportTable {
  const { standard, reading: how, score, conformant, components, elements } = reading;
  const applying = elements.filter(({ total }) => total > 0);
  return {
    title: `${file}: ${standard} (${how}): ${score.toFixed(1)} of 10, ${conformant ? "" : "not "}conformant, ${components} components`,
    header: ["element", "need", "there", "lacking in", "fix"],
    rows: applying.map(({ name, need, present, total, lacking, fix = "" }) => [
      name,
      need,
      `${present}/${total}`,
      lacking
        .slice(0, 3)
        .map((each) => (each.version === undefined ? each.name : `${each.name} ${each.version}`))
        .join(", "),
      fix,
    ]),
  };
}

/** What `amap sbom enrich --rules` takes, for the required elements that are lacking. */
function rulesOf({ file, readings }: ScoredSbom): ReportTable {
  const lacking = readings
    .flatMap(({ elements }) => elements)
    .filter(({ need, rule }) => need === "required" && rule !== undefined);
  const rules = new Map(lacking.map(({ rule = "", name }) => [rule, name]));
  return {
    title: `${file}: rules for amap sbom enrich that fill what is required, for the first component that lacks it`,
    header: ["element", "rule"],
    rows: [...rules].map(([rule, name]) => [name, rule]),
  };
}

function licencesOf({ file, deprecatedLicenses }: ScoredSbom): ReportTable {
  return {
    title: `${file}: licence ids that should not be used any more`,
    header: ["id", "write", "components"],
    rows: deprecatedLicenses.map(({ id, instead = "", components }) => [id, instead, `${components}`]),
  };
}
