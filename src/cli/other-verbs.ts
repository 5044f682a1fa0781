import { AmapError } from "../base/index.ts";

/** A verb of cosign that amap does not have. */
interface OtherVerb {
  readonly name: string;
  /** Why, as the rest of a sentence that begins with the name. */
  readonly why: string;
  /** What to do in its place. */
  readonly hint: string;
}

const OTHER_VERBS: readonly OtherVerb[] = [
  {
    name: "completion",
    why: "is not supported: amap writes no completions for shells",
    hint: "`amap --help` lists the verbs, `amap VERB --help` the flags of one.",
  },
  {
    name: "debug",
    why: "is not supported: amap does not look for identity providers on its own",
    hint: "`amap env` shows the variables that amap reads; --verbose shows where an error comes from.",
  },
  {
    name: "piv-tool",
    why: "is not supported: amap does not set up hardware tokens",
    hint: "Use a key of `amap generate-key-pair`, or set the token up with its own tool.",
  },
  {
    name: "pkcs11-tool",
    why: "is not supported: amap does not look into PKCS #11 tokens",
    hint: "Use a key of `amap generate-key-pair`, or list the token's keys with `pkcs11-tool` of OpenSC.",
  },
];

/** @throws {AmapError} NOT_SUPPORTED for a verb of cosign that amap does not have, with what replaces it */
export function refuseOtherVerb(name: string | undefined): void {
  const found = OTHER_VERBS.find((each) => each.name === name);
  if (found !== undefined) throw new AmapError("NOT_SUPPORTED", `${found.name} ${found.why}`, { hint: found.hint });
}
