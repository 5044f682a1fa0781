/** What a rule asks for that the other kind cannot say, or not surely the same. */
export class NotConvertible extends Error {
  /** In the rule, as in `spec.rules[0].validate.pattern.spec`. */
  readonly path: string;

  constructor(path: string, reason: string) {
    super(reason);
    this.path = path;
  }
}
