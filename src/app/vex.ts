import { AmapError, isValueObject, memberOf, type Value } from "../base/index.ts";
import {
  type AnsweredFinding,
  createVex,
  type Scan,
  unusedDecisions,
  VEX_JUSTIFICATIONS,
  VEX_STATUSES,
  type VexDecision,
  type VexDocument,
  type VexSubject,
} from "../metadata/index.ts";
import { createUuid, nowOf } from "./sbom.ts";
import type { World } from "./world.ts";
import { readYamlFile } from "./yaml-file.ts";

/** A finding as `scan` shows it. */
export type ScannedFinding = AnsweredFinding;

/** Severities from the worst down. */
export const SEVERITIES = ["critical", "high", "medium", "low", "none"] as const;

const DECISION_FIELDS = [
  "vulnerability",
  "purl",
  "status",
  "justification",
  "impactStatement",
  "actionStatement",
  "statusNotes",
] as const;

/**
 * Makes a VEX document in which every finding has a statement: a decision, or `under_investigation`. A decision that
 * fits no finding is an error, so that a mistyped one never passes in silence.
 * @throws {AmapError} DOCUMENT_INVALID
 */
export function describeDecisions(
  world: World,
  input: {
    readonly scan: Scan;
    readonly product: VexSubject;
    readonly author: string;
    readonly decisions: readonly VexDecision[];
    readonly tooling: string;
  },
): VexDocument {
  const [unused] = unusedDecisions(input.scan.findings, input.decisions);
  if (unused !== undefined) {
    throw new AmapError(
      "DOCUMENT_INVALID",
      `the decision about ${unused.vulnerability}${unused.purl === undefined ? "" : ` in ${unused.purl}`} fits no finding of the scan`,
    );
  }
  return createVex({ ...input, id: `urn:uuid:${createUuid(world)}`, timestamp: nowOf(world) });
}

/**
 * Reads a bare list of statements from YAML or JSON: {vulnerability, purl?, status, justification?, impactStatement?,
 * actionStatement?, statusNotes?}. An unknown field is refused.
 * @throws {AmapError} DOCUMENT_INVALID with the place
 */
export async function readVexList(world: World, path: string): Promise<readonly VexDecision[]> {
  const documents = await readYamlFile(world, path);
  const [first] = documents;
  if (documents.length !== 1 || !Array.isArray(first))
    throw new AmapError("DOCUMENT_INVALID", `${path}: expected one list of statements`);
  return (first as readonly Value[]).map((entry, index) => readDecision(entry, `${path}: [${index}]`));
}

function readDecision(entry: Value, place: string): VexDecision {
  if (!isValueObject(entry)) throw new AmapError("DOCUMENT_INVALID", `${place}: expected an object`);
  for (const key of Object.keys(entry)) {
    if (!DECISION_FIELDS.some((field) => field === key))
      throw new AmapError(
        "DOCUMENT_INVALID",
        `${place}.${key}: unknown field; known are ${DECISION_FIELDS.join(", ")}`,
      );
  }
  const text = (field: (typeof DECISION_FIELDS)[number]): string | undefined => {
    const value = memberOf(entry, field);
    if (value === undefined || typeof value === "string") return value;
    throw new AmapError("DOCUMENT_INVALID", `${place}.${field}: expected text`);
  };
  const choice = <T extends string>(field: "status" | "justification", choices: readonly T[]): T | undefined => {
    const value = text(field);
    const found = choices.find((each) => each === value);
    if (value !== undefined && found === undefined)
      throw new AmapError(
        "DOCUMENT_INVALID",
        `${place}.${field}: expected one of ${choices.join(", ")}, found "${value}"`,
      );
    return found;
  };
  const vulnerability = text("vulnerability");
  const status = choice("status", VEX_STATUSES);
  if (vulnerability === undefined || status === undefined)
    throw new AmapError("DOCUMENT_INVALID", `${place}: vulnerability and status are needed`);
  const justification = choice("justification", VEX_JUSTIFICATIONS);
  const optional = (["purl", "impactStatement", "actionStatement", "statusNotes"] as const).flatMap((field) => {
    const value = text(field);
    return value === undefined ? [] : [[field, value] as const];
  });
  return {
    vulnerability,
    status,
    ...(justification === undefined ? {} : { justification }),
    ...Object.fromEntries(optional),
  };
}
