/** Who signed provenance, as verified. */
export type BuildSigner =
  | { readonly kind: "key"; readonly name: string; readonly publicKeyPems?: readonly string[] }
  | {
      readonly kind: "certificate";
      readonly name: string;
      readonly subject: string;
      readonly issuer?: string;
      /** Fulcio's extensions, by name. */
      readonly extensions: Readonly<Record<string, string>>;
    };

/** One thing that was compared. */
export interface BuildCheck {
  readonly name: string;
  readonly passed: boolean;
  readonly expected: string;
  readonly found: string;
}

/** A check, with texts of outside cut to a length that a message bears. */
export function check(name: string, passed: boolean, expected: string, found: string): BuildCheck {
  return { name, passed, expected: expected.slice(0, SHOWN), found: found.slice(0, SHOWN) };
}

const SHOWN = 300;
