import type { Digest } from "../../base/index.ts";
import type { NotLookedAt, Sbom } from "../../metadata/index.ts";
import type { ArchiveEntry, TarChoice } from "../../ports/index.ts";
import type { OpenImage } from "../open-image.ts";

/** What the user named, opened: something that software is shipped as, and that an SBOM can be made of. */
export type Artifact = ImageArtifact | FilesArtifact | SbomArtifact;

/** An image of a registry, a layout or an archive. */
export interface ImageArtifact {
  readonly kind: "image";
  readonly name: string;
  readonly image: OpenImage;
  /** Whether the archive it comes from holds its manifest: only then the image's digest is known. */
  readonly hasManifest: boolean;
}

/** Files, however they lie: in a folder, an archive or a checkout, or one alone. */
export interface FilesArtifact {
  readonly kind: "directory" | "file" | "archive" | "git";
  readonly name: string;
  readonly version?: string;
  readonly tree: FilesTree;
  /** For a file that the user named: what cannot be read is then an error. */
  readonly mustRead: boolean;
  /** Gives back what was made to read it. */
  readonly close: () => Promise<void>;
}

/** A document that already says what the artifact is made of. */
export interface SbomArtifact {
  readonly kind: "sbom";
  readonly name: string;
  readonly sbom: Sbom;
}

/** Files in layers, each over the ones before; most have only one. */
export interface FilesTree {
  readonly layers: readonly FilesLayer[];
  /** Whether Kubernetes manifests and Helm charts among the files are read for the images that they name. */
  readonly readsManifests: boolean;
}

/** An entry with its content, where that was asked for. */
export interface LayerFile {
  readonly entry: ArchiveEntry;
  readonly content?: Uint8Array;
}

/** Some of a tree's files, which can be gone through more than once. */
export interface FilesLayer {
  /** The digest of the uncompressed layer, where the image's configuration states it. */
  readonly diffId?: Digest;
  /** The entries in order. What could not be looked at is told and left out. */
  files(choice: TarChoice, tell: (note: NotLookedAt) => void): AsyncIterable<LayerFile>;
}
