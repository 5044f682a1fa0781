import type { Digest } from "../../base/index.ts";

/** A checksum of a component's own bytes, or of the archive it was installed from. */
export interface ComponentHash {
  readonly algorithm:
    | "MD5"
    | "SHA-1"
    | "SHA-256"
    | "SHA-384"
    | "SHA-512"
    | "SHA3-256"
    | "SHA3-384"
    | "SHA3-512"
    | "BLAKE2b-256"
    | "BLAKE2b-384"
    | "BLAKE2b-512"
    | "BLAKE3";
  /** Lower-case hex. */
  readonly value: string;
}

/** One thing that software is made of, whatever format named it. */
export interface Component {
  /** Unique in its SBOM; a CycloneDX bom-ref, an SPDX id without `SPDXRef-`. */
  readonly ref: string;
  readonly kind: "application" | "library" | "operating-system" | "container" | "file";
  readonly name: string;
  readonly version?: string;
  /** Canonical package URL. */
  readonly purl?: string;
  /**
   * All of them apply. Each is an SPDX expression without a top-level AND or, where the source states something else,
   * its words.
   */
  readonly licenses: readonly string[];
  readonly hashes: readonly ComponentHash[];
  readonly supplier?: string;
  /** Files inside the artifact that name it, absolute, sorted. */
  readonly locations: readonly string[];
  /** The source package of an operating system's package (dpkg Source, apk origin): advisories are filed under it. */
  readonly sourcePackage?: { readonly name: string; readonly version: string };
  /** `production` unless the source marks it for development only. */
  readonly scope: "production" | "development" | "optional";
}

/** Something the catalogers met and could not look into: a third result beside "found" and "none found". */
export interface NotLookedAt {
  readonly path: string;
  /** One sentence. */
  readonly reason: string;
}

/** An SBOM without a format. */
export interface Sbom {
  /** `urn:uuid:…`. Of a document read: its own name for itself, empty where it has none. */
  readonly serialNumber: string;
  /** RFC 3339 UTC. Of a document read: as written, empty where it states none. */
  readonly createdAt: string;
  readonly authors: readonly string[];
  readonly tools: readonly { readonly name: string; readonly version: string }[];
  /** What it describes. Of a document read that does not say: a component with an empty name. */
  readonly subject: Component;
  /** Digest of the image it describes, when it describes one. */
  readonly subjectDigest?: Digest;
  /** Sorted by ref; without the subject. */
  readonly components: readonly Component[];
  /** From ref to the refs it depends on; an absent key means nobody knows, an empty list means none. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  readonly notLookedAt: readonly NotLookedAt[];
}

/** Formats that amap reads and writes. */
export type SbomFormat = "CycloneDX" | "SPDX";

/** A decoded SBOM with where it came from. */
export interface DecodedSbom {
  readonly format: SbomFormat;
  /** `1.6`, `2.3`. */
  readonly specVersion: string;
  readonly sbom: Sbom;
}
