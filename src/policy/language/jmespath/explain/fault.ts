/** What is wrong with one part. */
export interface Fault {
  /** UTF-16 units from the expression's start. */
  readonly offset: number;
  readonly reason: string;
  readonly hint: string;
}
