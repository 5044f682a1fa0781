import { formatImageReference } from "../artifact/index.ts";
import { AmapError, type Value } from "../base/index.ts";
import type { CheckReport } from "../report/index.ts";
import { podOf } from "./check.ts";
import {
  formatImageTarget,
  type ImageSource,
  type ImageTarget,
  looksLikeFile,
  parseImageTarget,
} from "./image-target.ts";
import { openImage } from "./open-image.ts";
import { readResources } from "./resources.ts";
import type { World } from "./world.ts";

/** What a check was asked to look at. */
export interface CheckSubjects {
  /** The objects of the named files, and a Pod for each named image, in the order of the names. */
  readonly resources: readonly Value[];
  /** The given image sources, and one for each layout that was named as it stands. */
  readonly sources: readonly ImageSource[];
  /** Names that were made up for layouts, with the user's own. */
  readonly shownNames: ReadonlyMap<string, string>;
}

/** A host that no registry can have (RFC 6761): the name of a layout must never lead into a registry. */
const LAYOUT_REGISTRY = "layout.invalid";
/** What other verbs read, and what `check` has no evidence beside. */
const OTHER_SCHEMES = ["dir:", "file:", "sbom:", "git:", "docker-archive:", "oci-archive:"];

/**
 * Reads what the words of `check` name: manifests, and images in registries or layouts. What can only be a file's name
 * is never looked for in a registry. A layout has no name of its own, so each gets one that is nobody's.
 * @throws {AmapError} FILE_NOT_FOUND, YAML_INVALID, VALUE_INVALID, REFERENCE_INVALID, NOT_SUPPORTED, and those of openImage
 */
export async function readSubjects(
  world: World,
  names: readonly string[],
  given: readonly ImageSource[],
): Promise<CheckSubjects> {
  const sources = [...given];
  const shownNames = new Map<string, string>();
  // Files first: a mistyped name must show before anything is asked of a registry.
  const subjects = await Promise.all(names.map((name) => readSubject(world, name, given)));
  const resources: Value[] = [];
  for (const subject of subjects) {
    if (subject.kind === "resources") {
      resources.push(...subject.resources);
      continue;
    }
    const { target } = subject;
    // By digest from here on: the name is resolved once.
    const { digest } = (await openImage(world, target)).descriptor;
    const named = target.kind === "registry" ? target.image : target.name;
    if (named !== undefined) {
      resources.push(podOf(formatImageReference({ registry: named.registry, repository: named.repository, digest })));
    } else if (target.kind === "layout") {
      const repository = unusedName(sources);
      sources.push({ repository, directory: target.directory });
      shownNames.set(`${repository}@${digest}`, formatImageTarget(target));
      resources.push(podOf(`${repository}@${digest}`));
    }
  }
  return { resources, sources, shownNames };
}

/** The report with the names that the user gave. */
export function showNames(report: CheckReport, shownNames: ReadonlyMap<string, string>): CheckReport {
  const show = (value: unknown): unknown => {
    if (typeof value === "string") {
      return [...shownNames].reduce((text, [made, shown]) => text.replaceAll(made, () => shown), value);
    }
    if (Array.isArray(value)) return value.map(show);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, show(member)]));
  };
  return shownNames.size === 0 ? report : (show(report) as CheckReport);
}

type Subject =
  | { readonly kind: "resources"; readonly resources: readonly Value[] }
  | { readonly kind: "image"; readonly target: ImageTarget };

async function readSubject(world: World, name: string, sources: readonly ImageSource[]): Promise<Subject> {
  const scheme = OTHER_SCHEMES.find((each) => name.startsWith(each));
  if (scheme !== undefined)
    throw new AmapError(
      "NOT_SUPPORTED",
      `${name}: check looks at images and manifests, not yet at ${scheme} artifacts`,
    );
  if (!name.startsWith("oci:")) {
    const isFile = (await world.files.kindOf(name, { followLinks: true })) === "file";
    if (isFile || looksLikeFile(name)) return { kind: "resources", resources: await readResources(world, [name]) };
  }
  return { kind: "image", target: parseImageTarget(name, sources) };
}

function unusedName(sources: readonly ImageSource[]): string {
  for (let number = 1; ; number += 1) {
    const repository = `${LAYOUT_REGISTRY}/${number}`;
    if (!sources.some((source) => source.repository === repository)) return repository;
  }
}
