import { createHash } from "node:crypto";
import type { TestKey } from "./keys.ts";

/** Who signs a checkpoint, and under which name. */
export interface CheckpointSigner {
  readonly name: string;
  readonly key: TestKey;
}

/** What a checkpoint may say otherwise than usual. */
export interface CheckpointOptions {
  readonly origin?: string;
  readonly size?: number | string;
  readonly rootHash?: Uint8Array;
  /** Lines behind the root hash: Rekor v1 once wrote `Timestamp: …` here. */
  readonly otherLines?: readonly string[];
  readonly signers?: readonly CheckpointSigner[];
  /** Changes the whole text after it was signed. */
  readonly tamper?: (text: string) => string;
}

/** What signs under a name: four bytes of the key's id by the signed note's rules, and all of it. */
export function noteKeyId({ name, key }: CheckpointSigner): Buffer {
  if (key.kind !== "ed25519") return key.keyId;
  const raw = key.spki.subarray(-32);
  return createHash("sha256")
    .update(`${name}\n`)
    .update(Buffer.from([1]))
    .update(raw)
    .digest();
}

/** A signed note with origin, size and root hash (C2SP tlog-checkpoint). */
export function signCheckpoint(
  stated: Required<Pick<CheckpointOptions, "origin" | "size" | "rootHash" | "signers">>,
  options: CheckpointOptions = {},
): string {
  const { origin, size, rootHash, signers, otherLines = [], tamper } = { ...stated, ...options };
  const lines = [origin, String(size), Buffer.from(rootHash).toString("base64"), ...otherLines];
  const body = `${lines.join("\n")}\n`;
  const signed = signers.map((signer) => {
    const bytes = Buffer.concat([noteKeyId(signer).subarray(0, 4), signer.key.sign(Buffer.from(body))]);
    return `— ${signer.name} ${bytes.toString("base64")}\n`;
  });
  const text = `${body}\n${signed.join("")}`;
  return tamper?.(text) ?? text;
}

/** A witness: its signature (C2SP tlog-cosignature) is over a time and the checkpoint, with the time before it. */
export function cosign(text: string, { name, key }: CheckpointSigner, atSeconds: number): string {
  const body = text.slice(0, text.indexOf("\n\n") + 1);
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(atSeconds));
  const signature = key.sign(Buffer.from(`cosignature/v1\ntime ${atSeconds}\n${body}`));
  const id = createHash("sha256")
    .update(`${name}\n`)
    .update(Buffer.from([4]))
    .update(key.spki.subarray(-32))
    .digest();
  const bytes = Buffer.concat([id.subarray(0, 4), time, signature]);
  return `${text}— ${name} ${bytes.toString("base64")}\n`;
}
