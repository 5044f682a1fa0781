import { AmapError, LIMITS } from "../base/index.ts";
import {
  bomOf,
  decodeScanJson,
  dependenciesOf,
  type ExplainedStatement,
  explainVex,
  type Finding,
  identitiesOf,
  isScanJson,
  type Sbom,
  type VexExplanation,
  type VexSource,
  type VexSubject,
} from "../metadata/index.ts";
import { readScan } from "./documents.ts";
import type { ImagePlatforms } from "./image-platforms.ts";
import { readNamedJson } from "./scan.ts";
import type { World } from "./world.ts";

/** What VEX documents are held against. */
export interface ExplainRequest {
  readonly findings: readonly Finding[];
  readonly product: VexSubject;
  /** What was scanned: its dependencies, and what its components are known by, count too. */
  readonly sbom?: Sbom;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Why findings are answered by VEX documents as they are, and what became of each statement. The documents are taken to
 * speak of the product where they name none, as those given by hand do.
 */
export function explainDocuments(
  documents: readonly Pick<VexSource, "document" | "source">[],
  { findings, product, sbom, now }: ExplainRequest,
): VexExplanation {
  return explainVex({
    findings,
    product: sbom === undefined ? product : { ...product, bom: bomOf(sbom) },
    now,
    documents: documents.map(({ document, source }) => ({ document, source, isAttestedForProduct: true })),
    ...(sbom === undefined ? {} : { dependencies: dependenciesOf(sbom), components: identitiesOf(sbom) }),
  });
}

/**
 * What an SBOM describes, as VEX documents name it, with the platforms of the image that it was made of here. Where it was
 * made somewhere else its digest may be that of an index, of which a statement with an `arch` speaks in part only.
 */
export function productOfSbom({ subject, subjectDigest }: Sbom, image?: ImagePlatforms): VexSubject {
  return {
    purls: subject.purl === undefined ? [] : [subject.purl],
    digests: subjectDigest === undefined ? [] : [subjectDigest],
    ...(image === undefined && subjectDigest !== undefined ? { indexDigest: subjectDigest } : {}),
    ...(image === undefined || image.platforms.length === 0 ? {} : { platforms: image.platforms }),
  };
}

/**
 * Reads the findings of an earlier scan: the output of `amap scan -o json`, or a cosign-vuln or in-toto vulns predicate.
 * @throws {AmapError} DOCUMENT_INVALID with the place, and those of reading a file
 */
export async function readFindings(world: World, path: string): Promise<readonly Finding[]> {
  const value = readNamedJson(await world.files.read(path, LIMITS.documentBytes), path);
  if (!isScanJson(value)) return (await readScan(world, path)).findings;
  const decoded = decodeScanJson(value, world.clock.now());
  if (decoded.ok) return decoded.value.scan.findings;
  const [first] = decoded.issues;
  throw new AmapError("DOCUMENT_INVALID", `${path}: ${first?.path ?? ""} ${first?.message ?? "malformed"}`, {
    hint: "Give what `amap scan -o json` wrote, or a cosign-vuln or in-toto vulns predicate.",
  });
}

/** Statements that speak of nothing in the artifact, in words. */
interface InertStatements {
  readonly count: number;
  /** Those whose vulnerability was found, each with why it does not match. */
  readonly near: readonly string[];
  /** How many are about vulnerabilities that were not found. */
  readonly notFound: number;
}

/** The statements that match nothing, for a warning. */
export function inertStatements(statements: readonly ExplainedStatement[]): InertStatements {
  const inert = statements.filter(({ outcome }) => outcome === "unmatched");
  const near = inert.filter(({ miss }) => miss?.reason !== "vulnerability-not-found");
  return {
    count: inert.length,
    near: near.map((statement) => {
      const { source, index, vulnerability, miss } = statement;
      const suggestion = miss?.suggestion === undefined ? "" : `; ${miss.suggestion}`;
      return `${source}: statement ${index + 1} about ${vulnerability} matches nothing: ${miss?.message ?? ""}${suggestion}`;
    }),
    notFound: inert.length - near.length,
  };
}
