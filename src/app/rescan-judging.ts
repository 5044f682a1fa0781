/** What the findings of a stored scan are now: what answers them, and what is other than it was. */
import {
  compareWithBaseline,
  type Finding,
  type KnownFinding,
  type Sbom,
  type Scan,
  storedFindingKey,
} from "../metadata/index.ts";
import type { ReportedFinding } from "../report/index.ts";
import { type AnsweredFindings, answerFindings, type GivenAnswers } from "./answers.ts";
import { productOfSbom } from "./vex-explain.ts";
import type { World } from "./world.ts";

/** The findings of a scan, judged now. */
export interface JudgedScan extends AnsweredFindings {
  /** With `isNew` for those that are in `fresh` or `reopened`. */
  readonly findings: readonly ReportedFinding[];
  /** Findings that the scan before did not have; all of them where there was none. */
  readonly fresh: readonly Finding[];
  /** Findings that were closed when the scan before was judged, and are open now. */
  readonly reopened: readonly Finding[];
  /** Findings of the scan before that are no more. */
  readonly gone: readonly KnownFinding[];
  /** The keys of those that are closed, to be stored. */
  readonly closed: readonly string[];
}

/** The scan before, with the keys of what was closed in it. */
export interface ScanBefore {
  readonly scan: Scan;
  readonly closed: readonly string[];
}

/**
 * Judges the findings of a scan by what is given now, whatever was given when it was stored: a statement that was withdrawn
 * and a decision that expired close nothing any more.
 * @param sbom needed where anything is given and there are findings
 */
export function judgeScan(
  world: World,
  scan: Scan,
  { answers, sbom, before }: { readonly answers?: GivenAnswers; readonly sbom?: Sbom; readonly before?: ScanBefore },
): JudgedScan {
  const answered = answer(world, scan, answers, sbom);
  const isOpen = (finding: ReportedFinding): boolean => !finding.answered && finding.acceptance === undefined;
  const closedBefore = new Set(before?.closed);
  const earlier = before?.scan.findings ?? [];
  const openBefore = earlier.filter((finding) => !closedBefore.has(storedFindingKey(finding)));
  // Nothing changed in most of a thousand scans: what is the same list need not be compared.
  const isSame = scan.findings === earlier;
  const wasKnown = isSame ? always : compareWithBaseline(earlier);
  const isStill = isSame ? always : compareWithBaseline(scan.findings);
  const wasOpen = openBefore.length === earlier.length ? wasKnown : compareWithBaseline(openBefore);
  // By its key, too: another version of the package may have been open all the time.
  const isReopened = (finding: ReportedFinding): boolean =>
    isOpen(finding) && (closedBefore.has(storedFindingKey(finding)) || !wasOpen(finding));
  const findings = answered.findings.map((finding) => {
    const isFresh = !wasKnown(finding);
    return { finding, isFresh, isReopened: !isFresh && isReopened(finding) };
  });
  return {
    ...answered,
    findings: findings.map(({ finding, ...each }) => ({ ...finding, isNew: each.isFresh || each.isReopened })),
    fresh: scan.findings.filter((finding) => !wasKnown(finding)),
    reopened: findings.filter((each) => each.isReopened).map(({ finding }) => finding),
    gone: earlier.filter((finding) => !isStill(finding)),
    closed: answered.findings
      .filter((finding) => !isOpen(finding))
      .map(storedFindingKey)
      .toSorted(),
  };
}

const always = (): boolean => true;

function answer(world: World, scan: Scan, answers: GivenAnswers | undefined, sbom: Sbom | undefined): AnsweredFindings {
  if (answers === undefined || scan.findings.length === 0) {
    const open = { statement: null, answered: false, unmatched: [] };
    return { findings: scan.findings.map((finding) => ({ ...finding, ...open })), statements: [], judged: [] };
  }
  if (sbom === undefined) throw new Error("findings are answered by what is known of their SBOM");
  return answerFindings(world, answers, { sbom, scan, product: productOfSbom(sbom) });
}
