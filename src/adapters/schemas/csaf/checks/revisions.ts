import { versionSchemeOf } from "../../../../metadata/index.ts";
import type { CheckFinding, CsafNode } from "../csaf-node.ts";
import { compareInstants, instantOf } from "../instants.ts";

/** The numbers of the revisions by time; of the same time by number, which the library does not order. */
function numbersByTime(document: CsafNode): readonly string[] {
  const revisions = document.list("document", "tracking", "revision_history").flatMap((revision) => {
    const at = instantOf(revision.get("date").text);
    const number = revision.get("number").text;
    return at === undefined || number === undefined ? [] : [{ at, number }];
  });
  const sorted = revisions.sort((a, b) => compareInstants(a.at, b.at) || compareNumbers(a.number, b.number));
  return [...new Set(sorted.map(({ number }) => number))];
}

/** The order of integers and semantic versions. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => (/^\d+$/.test(text) ? `${text}.0.0` : text));
  return versionSchemeOf("npm")?.compare(left ?? "", right ?? "") ?? 0;
}

/** 6.1.14: a later revision has a higher number. */
export function* checkRevisionOrder(document: CsafNode): Iterable<CheckFinding> {
  const numbers = numbersByTime(document);
  const isSorted = numbers.every(
    (number, index) => index === 0 || compareNumbers(numbers[index - 1] ?? "", number) <= 0,
  );
  if (!isSorted)
    yield document.get("document", "tracking", "revision_history").finding("a later revision has a lower number");
}

/** 6.1.21: the history begins with 0 or 1, and skips no number. */
export function* checkRevisionGaps(document: CsafNode): Iterable<CheckFinding> {
  const history = document.get("document", "tracking", "revision_history");
  const majors = [...new Set(numbersByTime(document).map((number) => Number.parseInt(number, 10)))];
  const [first] = majors;
  if (first !== undefined && first > 1) yield history.finding("its first revision is neither 0 nor 1");
  for (const [index, major] of majors.entries()) {
    if (index > 0 && major > (majors[index - 1] ?? 0) + 1)
      yield history.finding(`it has ${major}, and not what comes before`);
  }
}
