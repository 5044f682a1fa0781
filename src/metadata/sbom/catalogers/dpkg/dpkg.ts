import type { Component } from "../../sbom.ts";
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
import { Dependencies, firstOfEach, type Provided, Providers } from "../providers.ts";
import { type Paragraph, parseControlFile, parseRelations } from "./control.ts";
import { readCopyrightLicenses } from "./copyright.ts";

const STATUS = "var/lib/dpkg/status";
const STATUS_FOLDER = "var/lib/dpkg/status.d/";
const COPYRIGHTS = "usr/share/doc/*/copyright";
const COPYRIGHT = /^usr\/share\/doc\/([^/]+)\/copyright$/;
/** Files that newer distroless images keep in status.d beside the packages' paragraphs. */
const STATUS_COMPANION =
  /\.(?:md5sums|list|conffiles|preinst|postinst|prerm|postrm|triggers|shlibs|symbols|templates|config)$/;
/** States in which all of a package's files are there and configured or waiting for a trigger (dpkg(1)). */
const INSTALLED = new Set(["installed", "triggers-awaited", "triggers-pending"]);
/** States that leave some of a package's files behind. */
const PARTLY_INSTALLED = new Set(["unpacked", "half-installed", "half-configured"]);
const WANTED = new Set("package status version architecture source maintainer depends pre-depends provides".split(" "));

/** Debian's and Ubuntu's packages. */
export const dpkgCataloger: Cataloger = {
  id: "dpkg",
  ecosystem: "deb",
  note: "Reads var/lib/dpkg/status and, in distroless images, var/lib/dpkg/status.d/*: installed packages with source package, maintainer and dependencies (Depends and Pre-Depends, alternatives and virtual packages resolved among what is installed; at most 64 packages for each name, and a note where more provide it). Licences from usr/share/doc/*/copyright where that is machine-readable (DEP-5). Does not compare the files on disk with their checksums.",
  wants: (path) => path === STATUS || isStatusFragment(path) || COPYRIGHT.test(path),
  places: [STATUS, `${STATUS_FOLDER}*`, COPYRIGHTS],
  read: readDpkg,
};

interface Installed {
  readonly component: Component;
  readonly architecture: string;
  readonly needs: readonly (readonly string[])[];
  readonly provides: readonly string[];
}

function isStatusFragment(path: string): boolean {
  return (
    path.startsWith(STATUS_FOLDER) && !STATUS_COMPANION.test(path) && !path.slice(STATUS_FOLDER.length).includes("/")
  );
}

function readDpkg(files: CatalogFiles, context: CatalogerContext): CatalogerResult {
  const builder = new ResultBuilder();
  const installed: Installed[] = [];
  for (const [path, bytes] of files) {
    if (path !== STATUS && !isStatusFragment(path)) continue;
    for (const found of readStatus({ path, bytes, files, context, builder })) installed.push(found);
  }
  if (installed.length > 0 && context.operatingSystem === undefined) {
    builder.addNotLookedAt(
      STATUS,
      "no os-release says which distribution these packages are of; they are named as Debian's, without a release",
    );
  }
  addDependencies(installed, builder);
  return builder.finish();
}

interface StatusInput {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly files: CatalogFiles;
  readonly context: CatalogerContext;
  readonly builder: ResultBuilder;
}

function readStatus(input: StatusInput): readonly Installed[] {
  const { path, builder } = input;
  const control = parseControlFile(decodeDatabaseText(input.bytes), WANTED);
  if (control.malformedLine !== undefined) {
    builder.addProblem(
      path,
      "PACKAGE_DATABASE_INVALID",
      `line ${control.malformedLine} is not a field of a package paragraph`,
    );
  }
  const installed: Installed[] = [];
  const leftOut: string[] = [];
  for (const paragraph of control.paragraphs) {
    const state = paragraph.get("status")?.split(/\s+/).at(-1);
    if (state !== undefined && PARTLY_INSTALLED.has(state)) leftOut.push(`${paragraph.get("package")} (${state})`);
    // A fragment of status.d has no Status: its being there says that it is installed.
    if (state !== undefined && !INSTALLED.has(state)) continue;
    const found = readPackage(paragraph, input);
    if (found !== undefined) installed.push(found);
    else leftOut.push(`${paragraph.get("package") ?? "a paragraph without Package"} (no name or no version)`);
  }
  if (leftOut.length > 0) {
    const shown = leftOut.slice(0, 10).join(", ");
    const more = leftOut.length > 10 ? ` and ${leftOut.length - 10} more` : "";
    builder.addNotLookedAt(path, `packages that are not whole were left out: ${shown}${more}`);
  }
  return installed;
}

function readPackage(paragraph: Paragraph, { path, files, context, builder }: StatusInput): Installed | undefined {
  const name = paragraph.get("package");
  const version = paragraph.get("version");
  if (!name || !version) return undefined;
  const architecture = paragraph.get("architecture") ?? "";
  const source = readSource(paragraph.get("source"), name, version);
  const { namespace, distro } = distributionOf(context.operatingSystem, "debian");
  const purl = toPackageUrl({
    type: "deb",
    namespace,
    name,
    version,
    qualifiers: {
      arch: architecture,
      ...(distro === undefined ? {} : { distro }),
      upstream: describeUpstream(source, name, version),
    },
  });
  const copyrightPath = `usr/share/doc/${name}/copyright`;
  const copyright = files.get(copyrightPath);
  const maintainer = paragraph.get("maintainer");
  return {
    architecture,
    needs: [
      ...readRelations(paragraph.get("pre-depends"), builder),
      ...readRelations(paragraph.get("depends"), builder),
    ],
    provides: readRelations(paragraph.get("provides"), builder).flat(),
    component: {
      ref: purl ?? `deb:${name}@${version}:${architecture}`,
      kind: "library",
      name,
      version,
      ...(purl === undefined ? {} : { purl }),
      licenses: copyright === undefined ? [] : readCopyrightLicenses(decodeDatabaseText(copyright)),
      hashes: [],
      ...(maintainer ? { supplier: maintainer } : {}),
      locations: [absolute(path)],
      sourcePackage: source,
      scope: "production",
    },
  };
}

/** @throws {AmapError} LIMIT_EXCEEDED above LIMITS.dependencies */
function readRelations(text: string | undefined, builder: ResultBuilder): readonly (readonly string[])[] {
  const clauses: (readonly string[])[] = [];
  for (const clause of parseRelations(text ?? "")) {
    builder.countDependencies(clause.length);
    clauses.push(clause);
  }
  return clauses;
}

/** `Source: glibc (2.36-9)`; a package that states none is its own source (Policy 5.6.1). */
function readSource(
  source: string | undefined,
  name: string,
  version: string,
): { readonly name: string; readonly version: string } {
  const match = /^([^\s(]+)\s*(?:\(([^)]*)\))?/.exec(source ?? "");
  return { name: match?.[1] ?? name, version: match?.[2]?.trim() || version };
}

/** syft's qualifier, which grype matches by; empty (left out) where a package is its own source. */
function describeUpstream(
  source: { readonly name: string; readonly version: string },
  name: string,
  version: string,
): string {
  if (source.version !== version) return `${source.name}@${source.version}`;
  return source.name === name ? "" : source.name;
}

/** Resolves each clause to the first alternative that is installed: the package itself or else all that provide it. */
function addDependencies(installed: readonly Installed[], builder: ResultBuilder): void {
  const sorted = firstOfEach(installed);
  const index = indexOf(sorted);
  const dependencies = new Dependencies(builder);
  for (const { component, architecture, needs } of sorted) {
    builder.components.push(component);
    dependencies.add(
      component.ref,
      needs.flatMap((clause) => resolveClause(clause, architecture, index)),
    );
  }
  dependencies.finish(installed[0]?.component.locations[0] ?? STATUS);
}

interface Index {
  readonly named: Providers;
  readonly namedIn: ReadonlyMap<string, Providers>;
  readonly provided: Providers;
}

function indexOf(installed: readonly Installed[]): Index {
  const named = new Providers();
  const namedIn = new Map<string, Providers>();
  const provided = new Providers();
  for (const { component, architecture, provides } of installed) {
    const inArchitecture = namedIn.get(architecture) ?? new Providers();
    namedIn.set(architecture, inArchitecture);
    inArchitecture.add(component.name, component.ref);
    named.add(component.name, component.ref);
    for (const name of provides) provided.add(name, component.ref);
  }
  return { named, namedIn, provided };
}

function resolveClause(clause: readonly string[], architecture: string, index: Index): readonly Provided[] {
  for (const name of clause) {
    const own = [...new Set([architecture, "all"])].flatMap((each) => index.namedIn.get(each)?.of(name) ?? []);
    if (own.length > 0) return own;
    const other = index.named.of(name) ?? index.provided.of(name);
    if (other !== undefined) return [other];
  }
  return [];
}
