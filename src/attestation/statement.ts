import type { Value } from "../base/index.ts";

/** What a Statement speaks about (in-toto Statement v1, `subject`). */
export interface Subject {
  readonly name?: string;
  /** `algorithm → hex`. */
  readonly digest: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, Value>>;
}

/** An in-toto Statement (v1; v0.1, which cosign still writes for attestations, is read as the same shape). */
export interface Statement {
  readonly _type: "https://in-toto.io/Statement/v1" | "https://in-toto.io/Statement/v0.1";
  readonly subject: readonly Subject[];
  readonly predicateType: string;
  readonly predicate: Value;
}
