import type { Value } from "../../../base/index.ts";
import { joinLicenses, licenseReferencesOf } from "../licenses.ts";

/**
 * The LicenseRefs of one document: SPDX lets an expression hold only listed ids and references, so that any other words
 * become a reference whose extracted text they are (SPDX 2.3 §10).
 */
export class LicenseReferences {
  readonly #idsByWords = new Map<string, string>();
  readonly #wordsById = new Map<string, string>();
  /** The number that is tried next for a name that was taken before. */
  readonly #nextNumbers = new Map<string, number>();
  readonly #foreign = new Set<string>();

  /** Licences in the model's form as one expression. */
  toExpression(licenses: readonly string[]): string {
    for (const license of licenses) for (const id of licenseReferencesOf(license)) this.#foreign.add(id);
    return joinLicenses(licenses, (words) => this.#refer(words));
  }

  /** The words behind the ids that were made here. */
  wordsById(): ReadonlyMap<string, string> {
    return this.#wordsById;
  }

  /** `hasExtractedLicensingInfos`, in the order of first use. */
  toExtracted(): readonly Value[] {
    const own = [...this.#idsByWords].map(([words, id]) => ({ licenseId: id, extractedText: words, name: words }));
    // An id that the component's own source used: its text is not known here.
    const foreign = [...this.#foreign].map((id) => ({ licenseId: id, extractedText: "NOASSERTION" }));
    return [...own, ...foreign];
  }

  #refer(words: string): string {
    const known = this.#idsByWords.get(words);
    if (known !== undefined) return known;
    const readable = words.replace(/[^A-Za-z0-9.-]+/g, "-").slice(0, 60);
    const wanted = `LicenseRef-amap-${readable}`;
    let id = wanted;
    let number = this.#nextNumbers.get(wanted) ?? 2;
    for (; this.#wordsById.has(id) || this.#foreign.has(id); number++) id = `${wanted}-${number}`;
    this.#nextNumbers.set(wanted, number);
    this.#idsByWords.set(words, id);
    this.#wordsById.set(id, words);
    return id;
  }
}
