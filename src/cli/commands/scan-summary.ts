import {
  type GateFailure,
  type GateOutcome,
  isPartUnread,
  type ScanGates,
  type ScanReport,
  signScanResult,
  signScanSummary,
} from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { isOn, textOf } from "../flags.ts";
import type { Flags, VerbContext } from "../verb.ts";
import { type AskedSummary, VERIFIER } from "./summary-flags.ts";

/** What came of a scan, and how it was asked for. */
export interface ScanOutcome {
  readonly artifact: string;
  readonly report: ScanReport;
  readonly gates: ScanGates;
  readonly failures: readonly GateFailure[];
  /** Advisories that are older than they were to be, in sentences. */
  readonly tooOld: readonly string[];
  /** VEX statements that match nothing. */
  readonly inert: number;
  /** An SBOM was scanned: that it is the image's is its own word. */
  readonly isStated: boolean;
  readonly flags: Flags;
}

/**
 * Writes the summaries that are asked for of a scan's gates.
 * @throws {AmapError} USAGE where the artifact has no digest
 */
export async function writeScanSummaries(
  { world }: VerbContext,
  summaries: readonly AskedSummary[],
  scanned: ScanOutcome,
): Promise<void> {
  const { artifact, report } = scanned;
  const digest = report.sbom.subjectDigest;
  for (const { kind, path, signer } of summaries) {
    if (digest === undefined)
      throw new AmapError("USAGE", `--${kind}: ${artifact} has no digest that a summary could speak of`, {
        hint: "Scan an image.",
      });
    const sign = kind === "vsa" ? signScanSummary : signScanResult;
    await world.files.write(path, await sign(outcomeOf(scanned), { name: artifact, digest }, signer, VERIFIER));
  }
}

function outcomeOf({ report, gates, failures, tooOld, inert, isStated, flags }: ScanOutcome): GateOutcome {
  const { shown, scan } = report;
  const isStrict = isOn(flags, "strictVex") && inert > 0;
  const conditions: readonly (readonly [name: string, holds: boolean])[] = [
    ["only-fixed", isOn(flags, "onlyFixed")],
    ["new-since", textOf(flags, "newSince") !== undefined],
    ["accepted-risk", shown.some(({ acceptance }) => acceptance !== undefined)],
    ["stated-sbom", isStated],
    ["gaps", scan.notLookedAt.length > 0],
  ];
  return {
    gates: valuesOf(gates),
    failed: failures.map(({ gate }) => gate.replace(/^--/, "")),
    conditions: conditions.filter(([, holds]) => holds).map(([name]) => name),
    isWhole: tooOld.length === 0 && !isStrict && !isPartUnread(scan),
    at: scan.finishedAt,
  };
}

/** The gates by their flags. */
function valuesOf({ failOn, unknownSeverity, failsOnKev, failOnEpss }: ScanGates): Readonly<Record<string, string>> {
  return {
    ...(failOn === undefined
      ? {}
      : { "fail-on": unknownSeverity === undefined ? failOn : `${failOn},unknown=${unknownSeverity}` }),
    ...(failsOnKev === true ? { "fail-on-kev": "yes" } : {}),
    ...(failOnEpss === undefined ? {} : { "fail-on-epss": String(failOnEpss) }),
  };
}
