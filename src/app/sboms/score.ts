import {
  type Component,
  checkSbom,
  type DecodedSbom,
  type DeprecatedLicense,
  deprecatedLicensesOf,
  type QualityReading,
  type QualityStandard,
  scoreSbom,
} from "../../metadata/index.ts";
import type { SbomFile } from "./sbom-file.ts";

/** A licence id that should not be used any more, and how many components state it. */
export interface DeprecatedLicenseUse extends DeprecatedLicense {
  readonly components: number;
}

/** How good an SBOM is by the standards that were asked for. */
export interface ScoredSbom {
  readonly file: string;
  readonly format: string;
  readonly specVersion: string;
  /** Whether the document keeps the rules of its format beyond the schema; `amap sbom validate` applies the schema, too. */
  readonly valid: boolean;
  readonly readings: readonly QualityReading[];
  readonly deprecatedLicenses: readonly DeprecatedLicenseUse[];
}

/**
 * Scores an SBOM by standards, each in every reading of it.
 * @throws {AmapError} LIMIT_EXCEEDED
 */
export function scoreSbomFile({ path, bytes, decoded }: SbomFile, standards: readonly QualityStandard[]): ScoredSbom {
  const { findings } = checkSbom(bytes);
  const isValid = !findings.some(({ severity }) => severity === "error");
  return {
    file: path,
    format: decoded.format,
    specVersion: decoded.specVersion,
    valid: isValid,
    readings: standards.flatMap((standard) => scoreSbom(decoded, standard, { findings })),
    deprecatedLicenses: deprecatedUses(decoded),
  };
}

function deprecatedUses({ sbom }: DecodedSbom): readonly DeprecatedLicenseUse[] {
  const uses = new Map<string, DeprecatedLicenseUse>();
  for (const component of [sbom.subject, ...sbom.components]) {
    for (const license of licensesIn(component)) {
      const known = uses.get(license.id);
      uses.set(license.id, { ...license, components: (known?.components ?? 0) + 1 });
    }
  }
  return [...uses.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function licensesIn({ licenses, concludedLicenses = [] }: Component): readonly DeprecatedLicense[] {
  const all = [...licenses, ...concludedLicenses].flatMap((license) => deprecatedLicensesOf(license));
  return [...new Map(all.map((each) => [each.id, each])).values()];
}
