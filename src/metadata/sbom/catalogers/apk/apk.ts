import { decodeBase64, encodeHex } from "../../../../base/index.ts";
import { readLicenses } from "../../licenses.ts";
import type { ComponentHash } from "../../sbom.ts";
import {
  absolute,
  type Cataloger,
  type CatalogerContext,
  type CatalogerResult,
  type CatalogFiles,
  decodeDatabaseText,
  distributionOf,
  ResultBuilder,
  toPackageUrl,
} from "../cataloger.ts";
import { addInstalled, type InstalledPackage } from "../providers.ts";

const PATHS = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];

/** Alpine's and Wolfi's packages. */
export const apkCataloger: Cataloger = {
  id: "apk",
  ecosystem: "apk",
  note: "Reads lib/apk/db/installed and usr/lib/apk/db/installed: packages with origin (source package), licence, maintainer, apk's checksum of the package's control data as SHA-1, and dependencies resolved through what packages provide (so:, cmd:, pc:), at most 64 packages for each name, and a note where more provide it. Does not compare the files on disk with their checksums.",
  wants: (path) => PATHS.includes(path),
  places: PATHS,
  read: readApk,
};

function readApk(files: CatalogFiles, context: CatalogerContext): CatalogerResult {
  const builder = new ResultBuilder();
  const installed: InstalledPackage[] = [];
  for (const path of PATHS) {
    const bytes = files.get(path);
    if (bytes === undefined) continue;
    for (const found of readDatabase(path, decodeDatabaseText(bytes), context, builder)) installed.push(found);
    if (installed.length > 0 && context.operatingSystem === undefined) {
      builder.addNotLookedAt(
        path,
        "no os-release says which distribution these packages are of; they are named as Alpine's, without a release",
      );
    }
  }
  addInstalled(installed, builder);
  return builder.finish();
}

function readDatabase(
  path: string,
  text: string,
  context: CatalogerContext,
  builder: ResultBuilder,
): readonly InstalledPackage[] {
  const installed: InstalledPackage[] = [];
  let malformedLine: number | undefined;
  let incomplete = 0;
  let record = new Map<string, string>();
  const endRecord = (): void => {
    if (record.size === 0) return;
    const found = readPackage(record, path, context, builder);
    if (found === undefined) incomplete += 1;
    else installed.push(found);
    record = new Map();
  };
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (line === "" || line === "\r") endRecord();
    else if (line.charCodeAt(1) !== COLON) malformedLine ??= index + 1;
    // Files of the package (F, R, a, Z, M) are most of the database and name no component.
    else if (FIELDS.includes(line[0] ?? "")) record.set(line[0] ?? "", line.slice(2).trim());
  }
  endRecord();
  if (malformedLine !== undefined) {
    builder.addProblem(path, "PACKAGE_DATABASE_INVALID", `line ${malformedLine} is not a field of a package record`);
  }
  if (incomplete > 0) builder.addNotLookedAt(path, `${incomplete} records without a name or a version were left out`);
  return installed;
}

const COLON = 58;
const FIELDS = "PVALoCDpm";

function readPackage(
  record: ReadonlyMap<string, string>,
  path: string,
  context: CatalogerContext,
  builder: ResultBuilder,
): InstalledPackage | undefined {
  const name = record.get("P");
  const version = record.get("V");
  if (!name || !version) return undefined;
  const architecture = record.get("A") ?? "";
  const origin = record.get("o") || name;
  const maintainer = record.get("m");
  const { namespace, distro } = distributionOf(context.operatingSystem, "alpine");
  const purl = toPackageUrl({
    type: "apk",
    namespace,
    name,
    version,
    qualifiers: {
      arch: architecture,
      ...(distro === undefined ? {} : { distro }),
      upstream: origin === name ? "" : origin,
    },
  });
  return {
    // `!name` is a conflict: the opposite of a dependency.
    needs: readWords(record.get("D"), builder)
      .filter((word) => !word.startsWith("!"))
      .map(capabilityOf),
    provides: readWords(record.get("p"), builder).map(capabilityOf),
    component: {
      ref: purl ?? `apk:${name}@${version}:${architecture}`,
      kind: "library",
      name,
      version,
      ...(purl === undefined ? {} : { purl }),
      licenses: readLicenses(record.get("L") ?? ""),
      hashes: readChecksum(record.get("C")),
      ...(maintainer ? { supplier: maintainer } : {}),
      locations: [absolute(path)],
      sourcePackage: { name: origin, version },
      scope: "production",
    },
  };
}

/** @throws {AmapError} LIMIT_EXCEEDED above LIMITS.dependencies */
function readWords(text: string | undefined, builder: ResultBuilder): readonly string[] {
  const words: string[] = [];
  for (const [word] of (text ?? "").matchAll(/\S+/g)) {
    builder.countDependencies(1);
    words.push(word);
  }
  return words;
}

/** `Q1` and base64 of a SHA-1. apk-tools 3 may write `Q2`, a SHA-256. */
function readChecksum(text: string | undefined): readonly ComponentHash[] {
  const match = /^(Q1|Q2)(.+)$/.exec(text ?? "");
  const bytes = decodeBase64(match?.[2] ?? "");
  if (match === null || bytes === undefined) return [];
  if (match[1] === "Q1" && bytes.length === 20) return [{ algorithm: "SHA-1", value: encodeHex(bytes) }];
  if (match[1] === "Q2" && bytes.length === 32) return [{ algorithm: "SHA-256", value: encodeHex(bytes) }];
  return [];
}

/** The name in `so:libc.musl-x86_64.so.1=1`, `busybox>=1.36`, `cmd:sh`. */
function capabilityOf(word: string): string {
  return /^[^<>=~]*/.exec(word)?.[0] ?? word;
}
