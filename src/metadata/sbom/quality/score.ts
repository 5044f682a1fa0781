import type { DecodedSbom } from "../sbom.ts";
import type { SbomFinding } from "../validation/finding.ts";
import { BSI_TR_03183 } from "./bsi.ts";
import { CISA_2025 } from "./cisa.ts";
import { NTIA_GENEROUS } from "./ntia.ts";
import { judgeElements, type QualityInput, type QualityReading, type QualityStandard } from "./quality.ts";
import { judgeStrictly } from "./strict-ntia.ts";

const RULES = { "cisa-2025": CISA_2025, "bsi-tr-03183": BSI_TR_03183 } as const;

export interface ScoreOptions {
  /** What is wrong with the document by its format's own rules; left out where nobody asked. */
  readonly findings?: readonly SbomFinding[];
}

/**
 * How an SBOM does by a standard, in each reading of it: what each element lacks and how to fill it, from 0 to 10 and
 * conformant or not. The NTIA's elements of 2021 have two readings, since the two known checkers differ.
 *
 * The SBOM must have been read with `keepsRemainders`: some elements are said in members that the model has no field for.
 * @example
 * ```ts
 * import { readSbom, scoreSbom } from "../../index.ts";
 * import { encodeUtf8 } from "../../../base/index.ts";
 * const bytes = encodeUtf8('{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[]}');
 * const decoded = readSbom(bytes, { keepsRemainders: true });
 * decoded.ok && scoreSbom(decoded.value, "ntia").map(({ conformant }) => conformant); // [false, false]
 * ```
 */
export function scoreSbom(
  decoded: DecodedSbom,
  standard: QualityStandard,
  { findings }: ScoreOptions = {},
): readonly QualityReading[] {
  const { subject, components } = decoded.sbom;
  // A document that describes several packages, or does not say what it describes, has no component for that.
  const isOwn = subject.name === "" || (decoded.format === "SPDX" && subject.ref === "DOCUMENT");
  const input: QualityInput = { decoded, components: isOwn ? components : [subject, ...components] };
  if (standard === "ntia") {
    const generous = judgeElements({ standard, reading: "generous" }, NTIA_GENEROUS, input);
    return [judgeStrictly(decoded, findings), generous];
  }
  return [judgeElements({ standard, reading: "stated" }, RULES[standard], input)];
}
