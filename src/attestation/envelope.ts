/** A DSSE envelope (secure-systems-lab/dsse v1.0.2), with its bytes decoded. */
export interface Envelope {
  readonly payload: Uint8Array;
  readonly payloadType: string;
  readonly signatures: readonly EnvelopeSignature[];
}

export interface EnvelopeSignature {
  readonly sig: Uint8Array;
  readonly keyid?: string;
}
