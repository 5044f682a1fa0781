import { encodeStatement, type Statement } from "../../attestation/index.ts";
import type { Signer } from "../../ports/index.ts";
import { bundleOf, signStatement } from "./sign-envelope.ts";

/** A statement's file: a Sigstore bundle where somebody signs it, else the statement itself, for `attest-blob --statement`. */
export async function encodeStatementFile(statement: Statement, signer: Signer | undefined): Promise<Uint8Array> {
  return signer === undefined ? encodeStatement(statement) : bundleOf(await signStatement(statement, signer), signer);
}
