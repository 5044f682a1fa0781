/** How to read an SBOM. */
export interface DecodeOptions {
  /**
   * Keeps what the model has no place for, as remainders, so that writing the document again loses nothing. Without it
   * that is left out: who only asks what is inside need not pay for it.
   */
  readonly keepsRemainders?: boolean;
}
