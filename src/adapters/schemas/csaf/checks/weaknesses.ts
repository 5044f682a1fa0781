import type { CheckFinding, CsafNode } from "../csaf-node.ts";
import { compareInstants, instantOf, lastRevisionOf } from "../instants.ts";

interface Catalogue {
  readonly date?: string;
  readonly weaknesses: readonly { readonly id: string; readonly usage?: string }[];
}

/** Loads one edition of the CWE list; the library has those up to the one it was made with. */
async function loadCatalogues(): Promise<ReadonlyMap<string, () => Promise<{ readonly default: Catalogue }>>> {
  const { cwecMap } = (await import("@secvisogram/csaf-validator-lib/lib/cwec.js")) as {
    readonly cwecMap: ReadonlyMap<string, () => Promise<{ readonly default: Catalogue }>>;
  };
  return cwecMap;
}

function weaknessesIn(document: CsafNode): readonly CsafNode[] {
  return document.list("vulnerabilities").flatMap((vulnerability) => vulnerability.list("cwes"));
}

/** 6.2.24: the edition of CWE is the newest when the document was last revised. */
export async function checkCweVersion(document: CsafNode): Promise<readonly CheckFinding[]> {
  const weaknesses = weaknessesIn(document);
  const last = lastRevisionOf(document);
  if (weaknesses.length === 0 || last === undefined) return [];
  const catalogues = await loadCatalogues();
  let newest: string | undefined;
  for (const [version, load] of catalogues) {
    const published = instantOf(`${(await load()).default.date ?? ""}T00:00:00Z`);
    if (published === undefined || compareInstants(published, last) > 0) continue;
    newest = version;
    break;
  }
  // Later than the newest that is known here: nobody can tell whether there was a later one.
  if (newest === undefined || newest === [...catalogues.keys()][0]) {
    throw new RangeError(`editions of CWE after ${newest ?? "none"} are not known here`);
  }
  return weaknesses
    .filter((weakness) => weakness.get("version").text !== newest)
    .map((weakness) => weakness.get("version").finding(`CWE ${newest} was the newest when the document was revised`));
}

/** 6.2.25 and 6.2.26: what the list says of naming a weakness as the cause of a vulnerability. */
export function checkCweUsage(
  refused: readonly string[],
  message: string,
): (document: CsafNode) => Promise<readonly CheckFinding[]> {
  return async (document) => {
    const weaknesses = weaknessesIn(document);
    if (weaknesses.length === 0) return [];
    const catalogues = await loadCatalogues();
    const findings: CheckFinding[] = [];
    for (const weakness of weaknesses) {
      const load = catalogues.get(weakness.get("version").text ?? "");
      const id = weakness.get("id");
      const usage = (await load?.())?.default.weaknesses.find((each) => each.id === id.text)?.usage;
      if (usage !== undefined && refused.includes(usage)) findings.push(id.finding(message));
    }
    return findings;
  };
}
