import { type CheckFinding, CsafNode } from "../csaf-node.ts";

/** Members of the schemas of CVSS; those schemas allow any others beside them. */
const CVSS_SCHEMAS: readonly (readonly [key: string, version: string, load: () => Promise<unknown>])[] = [
  ["cvss_v2", "2.0", () => import("@secvisogram/csaf-validator-lib/schemas/cvss-v2.0.js")],
  ["cvss_v3", "3.0", () => import("@secvisogram/csaf-validator-lib/schemas/cvss-v3.0.js")],
  ["cvss_v3", "3.1", () => import("@secvisogram/csaf-validator-lib/schemas/cvss-v3.1.js")],
  ["cvss_v4", "4.0", () => import("@secvisogram/csaf-validator-lib/csaf_2_1/csafAjv/cvss-v4.0.js")],
];

/** Registered systems of vulnerability ids, and what an id of each looks like (CSAF's registry, January 2026). */
const ID_SYSTEMS: ReadonlyMap<string, RegExp> = new Map([["https://github.com/oasis-tcs/csaf", /^#[1-9]\d*$/]]);

/** 6.2.20: no member is one that the schemas do not name. */
export async function checkAdditionalMembers(document: CsafNode): Promise<readonly CheckFinding[]> {
  const findings: CheckFinding[] = [];
  for (const [key, version, load] of CVSS_SCHEMAS) {
    const scores = document
      .list("vulnerabilities")
      .flatMap((vulnerability) => vulnerability.list("metrics").map((metric) => metric.get("content", key)))
      .filter((score) => score.get("version").text === version);
    if (scores.length === 0) continue;
    const { default: schema } = (await load()) as { readonly default: object };
    const names = memberNames(schema);
    for (const [name, member] of scores.flatMap(({ members }) => members)) {
      if (!names.has(name)) findings.push(member.finding("CVSS does not have this member"));
    }
  }
  return findings;
}

/** The members that a schema or one of its alternatives names. */
function memberNames(schema: object): ReadonlySet<string> {
  const names = new Set<string>();
  const pending = [new CsafNode(schema)];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const [name] of next.get("properties").members) names.add(name);
    for (const key of ["allOf", "anyOf", "oneOf"]) pending.push(...next.list(key));
  }
  return names;
}

/** 6.2.30: what everybody may read is for no group alone. */
export function* checkSharingGroup(document: CsafNode): Iterable<CheckFinding> {
  const group = document.get("document", "distribution", "sharing_group");
  const label = document.get("document", "distribution", "tlp", "label").text;
  if (group.exists && label === "CLEAR") yield group.finding("a sharing group of what everybody may read (TLP:CLEAR)");
}

function idsIn(document: CsafNode): readonly CsafNode[] {
  return document.list("vulnerabilities").flatMap((vulnerability) => vulnerability.list("ids"));
}

/** 6.2.53: an id of a registered system looks like one. */
export function* checkIdText(document: CsafNode): Iterable<CheckFinding> {
  for (const id of idsIn(document)) {
    const pattern = ID_SYSTEMS.get(id.get("system_name").text ?? "");
    const text = id.get("text");
    if (pattern?.test(text.text ?? "") === false) yield text.finding("the ids of this system look otherwise");
  }
}

/** 6.3.20: a system of ids is a registered one. */
export function* checkIdSystem(document: CsafNode): Iterable<CheckFinding> {
  for (const id of idsIn(document)) {
    const system = id.get("system_name");
    if (!ID_SYSTEMS.has(system.text ?? "")) yield system.finding("CSAF's registry does not have this system");
  }
}
