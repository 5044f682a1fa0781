import type { VexDocument } from "./vex.ts";

/** Something in a VEX document that was read past, or that keeps a statement from matching anything. */
export interface VexNote {
  /** The first place. */
  readonly path: string;
  readonly message: string;
  /** How often. */
  readonly count: number;
}

/** A VEX document as it was read. */
export interface ReadVex {
  readonly format: "OpenVEX" | "CSAF" | "CycloneDX";
  /** `2.0` of CSAF, `1.5` of CycloneDX; of OpenVEX its context. */
  readonly specVersion: string;
  readonly document: VexDocument;
  /** What was read past, and why some statements match nothing; for people. */
  readonly notes: readonly VexNote[];
}

/** A hostile document must not grow the answer. */
const MAX_NOTES = 100;

/** Collects notes, those of one wording as one. */
export class VexNotes {
  readonly #notes = new Map<string, { readonly path: string; count: number }>();

  add(path: string, message: string): void {
    const known = this.#notes.get(message);
    if (known !== undefined) known.count++;
    else if (this.#notes.size < MAX_NOTES) this.#notes.set(message, { path, count: 1 });
  }

  list(): readonly VexNote[] {
    return [...this.#notes].map(([message, { path, count }]) => ({ path, message, count }));
  }
}
