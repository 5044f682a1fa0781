import type { Digest } from "../../../base/index.ts";
import type { OciStorage } from "../../../ports/index.ts";

/** What can be wrong with what stands beside an image. */
export type DefectKind =
  /** An entry of the fallback index says too little, or something else than its manifest. */
  | "entry-incomplete"
  | "entry-twice"
  | "entry-gone"
  /** The manifest names another image as its subject. */
  | "entry-elsewhere"
  /** The manifest names no subject. */
  | "entry-unrelated"
  | "index-malformed"
  /** The tag of the fallback index names an image. */
  | "collision"
  /** An attachment that no listing names. */
  | "unlisted"
  /** An attachment tag names something else than attachments. */
  | "tag-unrelated"
  /** The config of an attachment tag does not fit its layers. */
  | "tag-config"
  | "content-missing"
  /** The bytes are not those of their digest. */
  | "content-damaged"
  | "content-malformed"
  /** The content speaks about another digest. */
  | "content-elsewhere";

/** One thing that is wrong. */
export interface Defect {
  /** The image or platform that it stands beside. */
  readonly subject: Digest;
  /** A tag, or the digest of a manifest or blob. */
  readonly where: string;
  readonly kind: DefectKind;
  /** What was expected, and what was found. */
  readonly problem: string;
  /** What `--repair` does, or what a person can do where a repair would lose something. */
  readonly remedy: string;
  /** Whether `--repair` mends it. */
  readonly mendable: boolean;
}

/** A defect with its repair. Defects that one write mends share one function. */
export interface Finding extends Defect {
  readonly mend?: () => Promise<void>;
}

/** The image or platform that is looked at, and where its attachments are. */
export interface Patient {
  readonly storage: OciStorage;
  readonly subject: Digest;
  /** The image and all of its platforms. */
  readonly family: ReadonlySet<Digest>;
}

/** Makes a finding; with `mend` it is mendable. */
export function findingOf(
  subject: Digest,
  where: string,
  kind: DefectKind,
  texts: { readonly problem: string; readonly remedy: string },
  mend?: () => Promise<void>,
): Finding {
  return { subject, where, kind, ...texts, mendable: mend !== undefined, ...(mend === undefined ? {} : { mend }) };
}
