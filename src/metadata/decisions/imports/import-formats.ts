import { readDependencyTrack } from "./dependency-track.ts";
import { readGrype } from "./grype.ts";
import type { DecisionTool, ImportReader } from "./imported-entry.ts";
import { readOsvScanner } from "./osv-scanner.ts";
import { readTrivyIgnore, readTrivyIgnoreYaml } from "./trivyignore.ts";

/** A form of another tool's decisions. */
export interface DecisionImport {
  readonly id: string;
  readonly tool: DecisionTool;
  /** For people. */
  readonly title: string;
  /** Whether a file is of this form, by how such files are called; nothing in it is looked at. */
  readonly isNamed: (name: string) => boolean;
  readonly read: ImportReader;
}

/** The forms that are read. A file is of the first that its name fits. */
export const DECISION_IMPORTS: readonly DecisionImport[] = [
  {
    id: "trivyignore-yaml",
    tool: "trivyignore",
    title: ".trivyignore.yaml of Trivy",
    isNamed: (name) => /trivyignore\.ya?ml$/i.test(name),
    read: readTrivyIgnoreYaml,
  },
  {
    id: "trivyignore",
    tool: "trivyignore",
    title: ".trivyignore of Trivy",
    isNamed: (name) => /trivyignore$/i.test(name),
    read: readTrivyIgnore,
  },
  {
    id: "grype",
    tool: "grype",
    title: "ignore rules of .grype.yaml",
    isNamed: (name) => /grype.*\.ya?ml$/i.test(name),
    read: readGrype,
  },
  {
    id: "osv-scanner",
    tool: "osv-scanner",
    title: "osv-scanner.toml",
    isNamed: (name) => /\.toml$/i.test(name),
    read: readOsvScanner,
  },
  {
    id: "dependency-track",
    tool: "dependency-track",
    title: "findings (FPF) or VEX (CycloneDX) of Dependency-Track",
    isNamed: (name) => /\.json$/i.test(name),
    read: readDependencyTrack,
  },
];

/**
 * The form of a file: by its name among those of `tool`, or of every tool where it is left out. Undefined where the name
 * tells none, so that no file is read as what it is not.
 * @example
 * ```ts
 * import { findDecisionImport } from "../../index.ts";
 * findDecisionImport("ci/.trivyignore")?.id; // "trivyignore"
 * ```
 */
export function findDecisionImport(path: string, tool?: DecisionTool): DecisionImport | undefined {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  const forms = DECISION_IMPORTS.filter((form) => tool === undefined || form.tool === tool);
  const named = forms.find(({ isNamed }) => isNamed(name));
  if (named !== undefined || tool === undefined) return named;
  // Of a tool that is named, a file may be called anything: Trivy itself goes by the ending.
  if (tool === "trivyignore")
    return forms.find(({ id }) => id === (/\.ya?ml$/i.test(name) ? "trivyignore-yaml" : tool));
  return forms[0];
}
