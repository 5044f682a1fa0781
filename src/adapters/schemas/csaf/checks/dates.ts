import type { CheckFinding, CsafNode } from "../csaf-node.ts";
import { compareInstants, instantOf, isReleased, lastRevisionOf } from "../instants.ts";

/** What stands for a day that is not known yet. */
const NEVER = "9999-12-31T23:59:59";

/** 6.1.53: nobody knew of an exploitation before there was one. */
export function* checkExploitationDates(document: CsafNode): Iterable<CheckFinding> {
  for (const vulnerability of document.list("vulnerabilities")) {
    for (const known of vulnerability.list("first_known_exploitation_dates")) {
      const [when, since] = [instantOf(known.get("exploitation_date").text), instantOf(known.get("date").text)];
      if (when !== undefined && since !== undefined && compareInstants(when, since) > 0)
        yield known.get("exploitation_date").finding("it is later than the date since when it is known");
    }
  }
}

/** 6.2.21: no two revisions have the same time. */
export function* checkRevisionTimes(document: CsafNode): Iterable<CheckFinding> {
  const seen = new Set<string>();
  for (const revision of document.list("document", "tracking", "revision_history")) {
    const instant = instantOf(revision.get("date").text);
    const key = JSON.stringify(instant);
    if (instant !== undefined && seen.has(key))
      yield revision.get("date").finding("another revision has the same time");
    seen.add(key);
  }
}

/** 6.2.33: what only some may read and is out speaks of no disclosure to come, unless its day is not known. */
export function* checkDisclosureDates(document: CsafNode): Iterable<CheckFinding> {
  const last = lastRevisionOf(document);
  const label = document.get("document", "distribution", "tlp", "label").text;
  if (last === undefined || label === "CLEAR" || !isReleased(document)) return;
  for (const vulnerability of document.list("vulnerabilities")) {
    const date = vulnerability.get("disclosure_date");
    const at = instantOf(date.text);
    if (at === undefined || date.text?.startsWith(NEVER) === true) continue;
    if (compareInstants(at, last) > 0) yield date.finding("it is later than the last revision of the document");
  }
}
