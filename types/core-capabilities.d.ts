// What the core may know of the platform. Each line is a review point: tsconfig.core.json compiles the core rooms
// with these declarations and without Node's own, so anything else of Node does not compile there.
interface ErrorConstructor {
  stackTraceLimit: number;
}
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label: "utf-8", options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes: Uint8Array): string;
}
declare class Buffer extends Uint8Array<ArrayBuffer> {
  toString(encoding: "base64" | "hex" | "latin1" | "utf8"): string;
}
declare module "node:buffer" {
  export const Buffer: {
    from(text: string, encoding: "base64" | "hex" | "latin1"): Buffer;
    from(buffer: ArrayBufferLike, byteOffset: number, length: number): Buffer;
  };
  export type Buffer = globalThis.Buffer;
  export function isUtf8(input: Uint8Array): boolean;
}
declare module "node:crypto" {
  interface Hash {
    update(data: Uint8Array): this;
    digest(): Uint8Array<ArrayBuffer>;
    digest(encoding: "hex"): string;
  }
  export interface KeyObject {
    readonly asymmetricKeyType?: string;
    readonly asymmetricKeyDetails?: {
      readonly namedCurve?: string;
      readonly modulusLength?: number;
      readonly publicExponent?: bigint;
    };
    export(options: { type: "spki"; format: "der" }): Uint8Array;
  }
  export function createHash(algorithm: string): Hash;
  interface PaddedKey {
    readonly key: KeyObject;
    readonly padding: number;
  }
  export const constants: {
    readonly RSA_PKCS1_PADDING: number;
    readonly RSA_PKCS1_PSS_PADDING: number;
    readonly RSA_NO_PADDING: number;
  };
  export function createPublicKey(key: { key: Buffer; format: "der"; type: "spki" | "pkcs1" }): KeyObject;
  /** The algorithm is null where the kind of key settles it. */
  export function verify(
    algorithm: string | null,
    data: Uint8Array,
    key: KeyObject | PaddedKey,
    signature: Uint8Array,
  ): boolean;
  /** What an RSA signature says under the public key, its padding taken off. */
  export function publicDecrypt(key: PaddedKey, bytes: Uint8Array): Uint8Array;
  export function scryptSync(
    password: string,
    salt: Uint8Array,
    length: number,
    options: { N: number; r: number; p: number; maxmem: number },
  ): Uint8Array;
}
declare module "node:zlib" {
  interface InflateOptions {
    maxOutputLength: number;
    /** With it the result also says how much of the input was taken: a Zstandard stream has several frames. */
    info?: boolean;
  }
  export function gzipSync(bytes: Uint8Array): Uint8Array;
  export function inflateSync(bytes: Uint8Array, options: InflateOptions): Uint8Array;
  export function gunzipSync(bytes: Uint8Array, options: InflateOptions): Uint8Array;
  export function zstdDecompressSync(bytes: Uint8Array, options: InflateOptions): Uint8Array;
}

/** A type for the ports' signatures; core rooms have no way to make one. */
interface AbortSignal {
  readonly aborted: boolean;
}
