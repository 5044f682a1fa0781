import type { Filter } from "../../parts/filter-bar.tsx";
import { SEVERITIES } from "../../text/severity.ts";

/** The filters of findings, by the API's names. */
export const FINDING_FILTERS = [
  { name: "search", label: "Search (CVE, component, purl)", kind: "text" },
  { name: "image", label: "Image (repository@digest)", kind: "text" },
  {
    name: "severity",
    label: "Severity at least",
    kind: "choice",
    choices: SEVERITIES.filter((severity) => severity !== "unknown").map((value) => ({ value, label: value })),
  },
  {
    name: "state",
    label: "State",
    kind: "choice",
    choices: [
      { value: "open", label: "Open" },
      { value: "answered", label: "Answered" },
    ],
  },
  {
    name: "fixable",
    label: "Fix",
    kind: "choice",
    choices: [
      { value: "true", label: "A fixed version exists" },
      { value: "false", label: "No fixed version" },
    ],
  },
] as const satisfies readonly Filter<string>[];
