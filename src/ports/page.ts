/** A part of a longer list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; hand it back as `cursor` for the items after these. Absent at the end. */
  readonly next?: string;
}

/** Which part of a list. */
export interface PageQuery {
  readonly cursor?: string;
  /** 1 to 500. */
  readonly limit: number;
}
