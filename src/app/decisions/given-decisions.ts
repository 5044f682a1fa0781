import {
  acceptancesOf,
  type JudgedDecision,
  type RiskAcceptance,
  type Scan,
  toVexDecisions,
  type VexDecision,
  type VexSubject,
} from "../../metadata/index.ts";
import { readVexList } from "../vex.ts";
import type { World } from "../world.ts";
import { readYamlFile } from "../yaml-file.ts";
import type { ApprovalOptions } from "./approvals.ts";
import { judgeLoaded, type LoadedDecisions, loadDecisions } from "./use-decisions.ts";

/**
 * What a VEX document is made by: a file of decisions, of which those count that are approved; or a bare list of what the
 * document's own author says, who answers for it with his signature.
 */
export type GivenDecisions =
  | { readonly kind: "file"; readonly loaded: LoadedDecisions }
  | { readonly kind: "list"; readonly decisions: readonly VexDecision[] };

/** What given decisions say of a scan. */
export interface DecisionsForScan {
  readonly decisions: readonly VexDecision[];
  readonly acceptances: readonly RiskAcceptance[];
  /** Of a file: all of its decisions with what comes of each. */
  readonly judged?: readonly JudgedDecision[];
}

/**
 * Reads decisions of either kind.
 * @throws {AmapError} DOCUMENT_INVALID with the place, and those of loadDecisions
 */
export async function readGivenDecisions(
  world: World,
  path: string,
  options: ApprovalOptions,
): Promise<GivenDecisions> {
  const [first] = await readYamlFile(world, path);
  if (Array.isArray(first)) return { kind: "list", decisions: await readVexList(world, path) };
  return { kind: "file", loaded: await loadDecisions(world, path, options) };
}

/** The decisions about a product that count now, for a scan of it. */
export function decisionsFor(
  world: World,
  given: GivenDecisions,
  about: { readonly product: VexSubject; readonly scan: Scan },
): DecisionsForScan {
  if (given.kind === "list") return { decisions: given.decisions, acceptances: [] };
  const judged = judgeLoaded(world, given.loaded, about);
  const counting = judged.filter(({ state }) => state === "counts");
  return { decisions: toVexDecisions(counting), acceptances: acceptancesOf(counting), judged };
}
