import { createStatement } from "../../attestation/index.ts";
import { type Digest, digestHex, formatTime, LIMITS, parseTime } from "../../base/index.ts";
import { type Finding, type VexDecision } from "../../metadata/index.ts";
import type { Signer } from "../../ports/index.ts";
import { attachStatement, type StorageForm } from "../attachments/attach.ts";
import { decodeOrThrow, type OpenImage } from "../open-image.ts";
import { attachDocuments, type ImageDocuments, type PredicateOf, predicatesOf } from "../produce.ts";
import { describeDecisions } from "../vex.ts";
import type { World } from "../world.ts";

/** What a bad twin is made from: the good image's documents and keys, and an image of its own with nothing attached. */
export interface TwinMaterial {
  readonly world: World;
  readonly image: OpenImage;
  /** Folder of the twin's layout. */
  readonly directory: string;
  readonly documents: ImageDocuments;
  readonly decisions: readonly VexDecision[];
  readonly signer: Signer;
  readonly stranger: Signer;
}

/** One way in which an image can be bad. */
export interface Twin {
  readonly name: string;
  /** What is wrong with it, in a few words. */
  readonly fault: string;
  /** Exactly these rules must fail. */
  readonly fails: readonly string[];
  /** A code that the report must name: of a rule's error or of a rejected candidate. */
  readonly code?: string;
  readonly make: (material: TwinMaterial) => Promise<void>;
}

/** What fails when nothing counts: the five rules, and the policy's own demand that every image is verified. */
const ALL_RULES = [
  "signed-evidence",
  "vex-answers",
  "fresh-scan",
  "no-open-high",
  "sbom-format",
  "validationConfigurations.required",
];
const FORMS: readonly StorageForm[] = ["bundle"];
const TWO_DAYS_MS = 48 * 3_600_000;

/** The bad twins of the demo: at least one for each of the five rules, each with the reason it must be denied for. */
export const TWINS: readonly Twin[] = [
  { name: "unsigned", fault: "nothing is attached to the image", fails: ALL_RULES, make: async () => {} },
  {
    name: "stranger",
    fault: "everything is signed, by somebody nobody trusts",
    fails: ALL_RULES,
    code: "SIGNER_UNKNOWN",
    make: ({ world, image, documents, stranger }) =>
      attachDocuments(world, image, stranger, predicatesOf(documents), FORMS),
  },
  {
    name: "no-provenance",
    fault: "nobody says how it was built",
    fails: ["signed-evidence"],
    make: (material) => attachChanged(material, (predicates) => predicates.filter(({ name }) => name !== "provenance")),
  },
  {
    name: "stale-scan",
    fault: "the scan is two days old",
    fails: ["fresh-scan"],
    make: (material) => {
      const { scan } = material.documents;
      const earlier = (time: string): string => formatTime((parseTime(time) ?? 0) - TWO_DAYS_MS);
      return attachDocumentsOf(material, {
        ...material.documents,
        scan: { ...scan, startedAt: earlier(scan.startedAt), finishedAt: earlier(scan.finishedAt) },
      });
    },
  },
  {
    name: "no-statement",
    fault: "a high finding has no VEX statement",
    fails: ["vex-answers", "no-open-high"],
    make: (material) => {
      const high = highFinding(material);
      const { vex } = material.documents;
      return attachDocumentsOf(material, {
        ...material.documents,
        vex: { ...vex, statements: vex.statements.filter(({ vulnerability }) => vulnerability !== high.vulnerability) },
      });
    },
  },
  {
    name: "affected",
    fault: "VEX says that a high finding affects the image",
    fails: ["no-open-high"],
    make: (material) => {
      const high = highFinding(material);
      const affected: VexDecision = {
        vulnerability: high.vulnerability,
        status: "affected",
        actionStatement: "Update to the fixed version.",
      };
      const others = material.decisions.filter(
        ({ vulnerability }) => vulnerability !== high.vulnerability && !high.aliases.includes(vulnerability),
      );
      const { world, documents } = material;
      const vex = describeDecisions(world, {
        scan: documents.scan,
        product: {
          purls: documents.sbom.subject.purl === undefined ? [] : [documents.sbom.subject.purl],
          digests: [material.image.descriptor.digest],
        },
        author: documents.vex.author,
        decisions: [...others, affected],
        tooling: "amap demo",
      });
      return attachDocumentsOf(material, { ...documents, vex });
    },
  },
  {
    name: "foreign-sbom",
    fault: "the SBOM speaks of another image",
    fails: ["signed-evidence", "sbom-format"],
    code: "SUBJECT_MISMATCH",
    make: async (material) => {
      await attachChanged(material, (predicates) => predicates.filter(({ name }) => name !== "sbom"));
      const sbom = predicatesOf(material.documents).find(({ name }) => name === "sbom") as PredicateOf;
      const statement = createStatement({
        subjects: [{ name: "another", digest: { sha256: "0".repeat(64) } }],
        ...sbom,
      });
      await attachStatement(material.world, material.image, material.signer, statement, { forms: FORMS });
    },
  },
  {
    name: "unknown-format",
    fault: "the SBOM is in a format of its own",
    fails: ["sbom-format"],
    code: "DOCUMENT_INVALID",
    make: (material) =>
      attachChanged(material, (predicates) =>
        predicates.map((each) =>
          each.name === "sbom" ? { ...each, predicate: { parts: ["express", "lodash"] } } : each,
        ),
      ),
  },
  {
    name: "changed-layer",
    fault: "one byte of a layer was changed after it was signed",
    fails: ALL_RULES,
    code: "BLOB_DIGEST_MISMATCH",
    make: async (material) => {
      await attachDocumentsOf(material, material.documents);
      await flipByte(material, await lastLayer(material.image));
    },
  },
];

function attachDocumentsOf({ world, image, signer }: TwinMaterial, documents: ImageDocuments): Promise<void> {
  return attachDocuments(world, image, signer, predicatesOf(documents), FORMS);
}

async function attachChanged(
  material: TwinMaterial,
  change: (predicates: readonly PredicateOf[]) => readonly PredicateOf[],
): Promise<void> {
  await attachDocuments(
    material.world,
    material.image,
    material.signer,
    change(predicatesOf(material.documents)),
    FORMS,
  );
}

/** A high finding that a decision answers. */
function highFinding({ documents }: TwinMaterial): Finding {
  const found = documents.scan.findings.find(({ severity }) => severity === "high" || severity === "critical");
  if (found === undefined) throw new Error("the demo's scan has no high finding to make a twin of");
  return found;
}

async function lastLayer(image: OpenImage): Promise<Digest> {
  const [platform] = image.platforms;
  const read = platform === undefined ? undefined : await image.storage.readManifest(platform.digest);
  const manifest = read === undefined ? undefined : decodeOrThrow(read.bytes, image.name);
  const layer = manifest?.kind === "manifest" ? manifest.layers.at(-1) : undefined;
  if (layer === undefined) throw new Error("the demo's image has no layer");
  return layer.digest;
}

async function flipByte({ world, directory }: TwinMaterial, digest: Digest): Promise<void> {
  const path = `${directory}/blobs/sha256/${digestHex(digest)}`;
  const bytes = Uint8Array.from(await world.files.read(path, LIMITS.catalogTotalBytes));
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await world.files.write(path, bytes);
}
