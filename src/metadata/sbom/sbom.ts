import type { Digest, Issue, Value, ValueObject } from "../../base/index.ts";

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

/** What a component is, in CycloneDX's words; `archive`, `source`, `install` and `other` are SPDX's. */
export type ComponentKind =
  | "application"
  | "framework"
  | "library"
  | "container"
  | "platform"
  | "operating-system"
  | "device"
  | "device-driver"
  | "firmware"
  | "file"
  | "machine-learning-model"
  | "data"
  | "cryptographic-asset"
  | "archive"
  | "source"
  | "install"
  | "other";

/** What somebody is to a component, or to the document. */
export type PartyRole = "supplier" | "manufacturer" | "author" | "publisher" | "originator";

/** Somebody that a document names. */
export interface Party {
  readonly role: PartyRole;
  /** Left out where the document does not say which. */
  readonly kind?: "organization" | "person" | "tool";
  /** Empty where only an address is given. */
  readonly name: string;
  readonly emails: readonly string[];
  readonly urls: readonly string[];
}

/** Where more about a component is found. */
export interface ExternalReference {
  /** CycloneDX's words: `website`, `vcs`, `distribution`, `issue-tracker`, `advisories`, `bom`… */
  readonly kind: string;
  readonly url: string;
  readonly comment?: string;
  readonly hashes: readonly ComponentHash[];
}

/** A name with a value, of somebody's own choosing: a CycloneDX property. */
export interface Property {
  readonly name: string;
  readonly value: string;
}

/**
 * What a document says beyond this model, in the words of its own format's JSON form. It is written again where that
 * format is written, and kept in properties or annotations where another one is.
 */
export interface Remainder {
  readonly format: RemainderFormat;
  /** The version of the format that the members are of: `1.6`, `2.3`. */
  readonly specVersion: string;
  readonly members: ValueObject;
  /** Members that the document leaves out and writing the model would add. */
  readonly absent?: readonly string[];
}

/** One thing that software is made of, whatever format named it. */
export interface Component {
  /** Unique in its SBOM; a CycloneDX bom-ref, an SPDX id without `SPDXRef-`. */
  readonly ref: string;
  readonly kind: ComponentKind;
  readonly name: string;
  /** What the name belongs to where an ecosystem tells the two apart: a Maven group. An npm scope is part of the name. */
  readonly group?: string;
  readonly version?: string;
  /** Canonical package URL. */
  readonly purl?: string;
  /** CPE names 2.2 or 2.3, as written. */
  readonly cpes?: readonly string[];
  readonly description?: string;
  readonly copyright?: string;
  /**
   * All of them apply, by the component's own statement. Each is an SPDX expression without a top-level AND or, where the
   * source states something else, its words.
   */
  readonly licenses: readonly string[];
  /** The same by the judgement of whoever made the document; left out where it makes none. */
  readonly concludedLicenses?: readonly string[];
  readonly hashes: readonly ComponentHash[];
  /** The name of the first party that is supplier, or manufacturer. */
  readonly supplier?: string;
  /**
   * Everybody that the document names for it, the supplier included; left out where the supplier's name is all that there
   * is. `partiesOf` gives both.
   */
  readonly parties?: readonly Party[];
  readonly references?: readonly ExternalReference[];
  /** The document's own, without those by which amap says what the format has no field for. */
  readonly properties?: readonly Property[];
  /** Files inside the artifact that name it, absolute, sorted. */
  readonly locations: readonly string[];
  /** The layers of the image whose files name it: digests of the uncompressed layers, the base first. */
  readonly layers?: readonly Digest[];
  /** The component that it is a part of, by reference. */
  readonly partOf?: string;
  /** The source package of an operating system's package (dpkg Source, apk origin): advisories are filed under it. */
  readonly sourcePackage?: { readonly name: string; readonly version: string };
  /** `production` unless the source marks it for development only. */
  readonly scope: "production" | "development" | "optional";
  /** At most one of each format; left out where there is none. */
  readonly remainders?: readonly Remainder[];
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
  /** Which edition of the document it is, from 1; left out where the format has none. */
  readonly version?: number;
  /** RFC 3339 UTC. Of a document read: as written, empty where it states none. */
  readonly createdAt: string;
  readonly authors: readonly string[];
  readonly tools: readonly { readonly name: string; readonly version: string }[];
  /**
   * Everybody that the document names for itself, the authors included; left out where the authors' names are all that
   * there is.
   */
  readonly parties?: readonly Party[];
  /** When in the software's life it was made, in CycloneDX's words: `build`, `post-build`, `operations`… */
  readonly lifecycles?: readonly string[];
  /** The licence of the document itself, an SPDX expression. */
  readonly dataLicense?: string;
  /** What it describes. Of a document read that does not say: a component with an empty name. */
  readonly subject: Component;
  /** Digest of the image it describes, when it describes one. */
  readonly subjectDigest?: Digest;
  /** Sorted by ref; without the subject. */
  readonly components: readonly Component[];
  /** From ref to the refs it depends on; an absent key means nobody knows, an empty list means none. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /** The document's own, without those by which amap says what the format has no field for. */
  readonly properties?: readonly Property[];
  readonly notLookedAt: readonly NotLookedAt[];
  /** At most one of each format; left out where there is none. */
  readonly remainders?: readonly Remainder[];
}

/** Whose words a remainder is in: SPDX 3 has another model than SPDX 2. */
export type RemainderFormat = SbomFormat | "SPDX3";

/** Formats that amap reads and writes. */
export type SbomFormat = "CycloneDX" | "SPDX" | "SWID";

/** A decoded SBOM with where it came from. */
export interface DecodedSbom {
  readonly format: SbomFormat;
  /** `1.6`, `2.3`. */
  readonly specVersion: string;
  readonly sbom: Sbom;
  /** What is wrong with the document and did not keep it from being read: ids that occur twice, broken lines. */
  readonly problems: readonly Issue[];
}

/** Something that a written document does not say as the SBOM does. */
export interface Loss {
  /** Where it stands in the SBOM, the components' numbers left out: `components[].remainder.evidence`. */
  readonly path: string;
  /** How often. */
  readonly count: number;
  /** The first component that it is of, by reference; left out for the document itself. */
  readonly first?: string;
  /**
   * `kept`: it stands in a property or annotation, from which amap reads it again; `changed`: it is said in another word,
   * which may be read as something else; `dropped`: it is gone.
   */
  readonly outcome: "kept" | "changed" | "dropped";
  /** One sentence. */
  readonly reason: string;
}

/** A written document with what it does not say. */
export interface EncodedSbom {
  readonly document: Value;
  readonly losses: readonly Loss[];
}
