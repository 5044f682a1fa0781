import type { ValueObject } from "../../../base/index.ts";
import { type Findings, objectsIn, shown, textIn, textsIn } from "./findings.ts";

/** Types of relationships (§11.1), those of 2.3 included. */
const TYPES: ReadonlySet<string> = new Set(
  `DESCRIBES DESCRIBED_BY CONTAINS CONTAINED_BY DEPENDS_ON DEPENDENCY_OF DEPENDENCY_MANIFEST_OF BUILD_DEPENDENCY_OF
  DEV_DEPENDENCY_OF OPTIONAL_DEPENDENCY_OF PROVIDED_DEPENDENCY_OF TEST_DEPENDENCY_OF RUNTIME_DEPENDENCY_OF EXAMPLE_OF
  GENERATES GENERATED_FROM ANCESTOR_OF DESCENDANT_OF VARIANT_OF DISTRIBUTION_ARTIFACT PATCH_FOR PATCH_APPLIED COPY_OF
  FILE_ADDED FILE_DELETED FILE_MODIFIED EXPANDED_FROM_ARCHIVE DYNAMIC_LINK STATIC_LINK DATA_FILE_OF TEST_CASE_OF
  BUILD_TOOL_OF DEV_TOOL_OF TEST_OF TEST_TOOL_OF DOCUMENTATION_OF OPTIONAL_COMPONENT_OF METAFILE_OF PACKAGE_OF AMENDS
  PREREQUISITE_FOR HAS_PREREQUISITE REQUIREMENT_DESCRIPTION_FOR SPECIFICATION_FOR OTHER`.split(/\s+/),
);

/** Relationships that point nowhere, of unknown types, and parts that contain themselves. */
export function checkRelationships(document: ValueObject, ids: ReadonlyMap<string, string>, findings: Findings): void {
  const parents = new Map<string, string[]>();
  let describes = textsIn(document, "documentDescribes", "").length > 0;
  for (const [id, path] of textsIn(document, "documentDescribes", "")) checkEnd(id, path, false, ids, findings);
  for (const [relationship, path] of objectsIn(document, "relationships", "")) {
    const [from, type, to] = ["spdxElementId", "relationshipType", "relatedSpdxElement"].map((key) =>
      textIn(relationship, key),
    );
    if (from === undefined || type === undefined || to === undefined) {
      findings.error("relationship", path, "the relationship lacks an end or its type", "write both ends and the type");
      continue;
    }
    if (!TYPES.has(type)) {
      const message = `SPDX has no type of relationship ${shown(type)}`;
      findings.error("relationship", `${path}.relationshipType`, message, "use one of the types of SPDX 2.3 clause 11");
    }
    checkEnd(from, `${path}.spdxElementId`, false, ids, findings);
    checkEnd(to, `${path}.relatedSpdxElement`, true, ids, findings);
    describes ||= type === "DESCRIBES" || type === "DESCRIBED_BY";
    const part = type === "CONTAINS" ? [to, from] : type === "CONTAINED_BY" ? [from, to] : undefined;
    const [inner, outer] = part ?? [];
    if (inner !== undefined && outer !== undefined && ids.has(inner)) {
      const known = parents.get(inner);
      if (known === undefined) parents.set(inner, [outer]);
      else known.push(outer);
    }
  }
  if (!describes && objectsIn(document, "packages", "").length !== 1) {
    const message = "the document does not say what it describes";
    findings.error("describes", "relationships", message, "add a relationship DESCRIBES from SPDXRef-DOCUMENT");
  }
  const loop = findLoop(parents);
  if (loop !== undefined) {
    findings.error(
      "parts-cycle",
      "relationships",
      `${shown(loop)} contains itself, by way of its parts`,
      "remove one of the relationships CONTAINS",
    );
  }
}

function checkEnd(
  id: string,
  path: string,
  mayBeNothing: boolean,
  ids: ReadonlyMap<string, string>,
  findings: Findings,
): void {
  const fix = "correct the id, or add the element that it means";
  if (id === "NONE" || id === "NOASSERTION") {
    if (mayBeNothing) return;
    findings.error("no-assertion", path, `${id} may only be the far end of a relationship`, fix);
  } else if (id.startsWith("DocumentRef-")) {
    if (ids.has(id.slice(0, id.indexOf(":") === -1 ? undefined : id.indexOf(":")))) return;
    findings.error("relationship-found", path, `no external document has the id of ${shown(id)}`, fix);
  } else if (!ids.has(id)) {
    findings.error("relationship-found", path, `nothing in the document has the id ${shown(id)}`, fix);
  }
}

/** An element that is a part of itself; undefined where there is none. Each element is looked at once. */
function findLoop(parents: ReadonlyMap<string, readonly string[]>): string | undefined {
  const done = new Set<string>();
  for (const start of parents.keys()) {
    const open = new Set<string>();
    const stack: (readonly [id: string, isEnd: boolean])[] = [[start, false]];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const [id, isEnd] = top;
      if (isEnd) {
        open.delete(id);
        done.add(id);
      } else if (open.has(id)) return id;
      else if (!done.has(id)) {
        open.add(id);
        stack.push([id, true]);
        for (const parent of parents.get(id) ?? []) stack.push([parent, false]);
      }
    }
  }
  return undefined;
}
