/** What a rule asks for that the other kind cannot say, or not surely the same. */
export class NotConvertible extends Error {
  /** In the rule, as in `spec.rules[0].validate.pattern.spec`. */
  readonly path: string;

  constructor(path: string, reason: string) {
    super(reason);
    this.path = path;
  }
}

/** Why a conversion ended; what is no reason is thrown on. */
export function notesOf(thrown: unknown, path: string): readonly { readonly path: string; readonly reason: string }[] {
  if (thrown instanceof NotConvertible) return [{ path: thrown.path, reason: thrown.message }];
  if (thrown instanceof Error && "code" in thrown) return [{ path, reason: thrown.message }];
  throw thrown;
}
