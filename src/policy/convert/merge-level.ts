import type { ValueObject } from "../../base/index.ts";
import type { CelText } from "./cel-text.ts";
import type { PatchWriter } from "./patch-writer.ts";
import type { Place } from "./place.ts";
import type { QueryScope } from "./query-to-cel.ts";

/** A place that a merge is at. */
export interface MergeLevel {
  readonly place: Place;
  /** `Object.spec.containers`. */
  readonly type: string;
  readonly path: string;
  /** The pointer to it; undefined inside the elements of a list. */
  readonly steps: readonly string[] | undefined;
  readonly scope: QueryScope;
  /** The elements around, as JSON patches count them. */
  readonly around?: ElementsAround;
}

/** Elements of a list that are changed. */
interface ElementsAround {
  readonly list: Place;
  readonly steps: readonly string[];
  /** Which of them, said of the one at `place`. */
  readonly counts: (item: Place) => CelText;
}

/** A merge on its way through a patch, as its lists see it. */
export interface MergeWork {
  /** What is patched before the apply configuration. */
  readonly first: PatchWriter;
  /** JSON patches of the elements of lists, behind the first. */
  readonly inner: string[];
  /** `Object.spec{…}`: the members that are set. */
  map(patch: ValueObject, level: MergeLevel): string;
}
