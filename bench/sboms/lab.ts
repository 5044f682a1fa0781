/** The SBOMs of suites/osv/sboms/lab: the same images by several programs, as amap reads them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSbom } from "../../src/metadata/index.ts";
import { compareListings, type Difference, type DifferenceRule, type Listed, type Listing, listOf } from "./compare.ts";

const NAME = /^(.+)\.(bom|syft|tern|trivy)\.spdx\.json$/;

/** One image as the programs see it. */
export interface LabImage {
  readonly image: string;
  readonly listings: ReadonlyMap<string, Listing>;
}

/** Where they differ from syft's. */
export interface LabComparison {
  readonly image: string;
  readonly peer: string;
  readonly same: number;
  readonly explained: ReadonlyMap<string, readonly Difference[]>;
  readonly unexplained: readonly Difference[];
}

/** The images, or undefined where the suite is not there. */
export function readLab(suites: string): readonly LabImage[] | undefined {
  const folder = join(suites, "osv", "sboms", "lab");
  if (!existsSync(folder)) return undefined;
  const images = new Map<string, Map<string, Listing>>();
  for (const file of readdirSync(folder).sort()) {
    const [, image, tool] = NAME.exec(file) ?? [];
    if (image === undefined || tool === undefined) continue;
    const read = readSbom(readFileSync(join(folder, file)));
    if (!read.ok) throw new Error(`${file}: ${read.issues[0]?.message}`);
    images.set(image, (images.get(image) ?? new Map<string, Listing>()).set(tool, toToday(listOf(read.value.sbom))));
  }
  return [...images].map(([image, listings]) => ({ image, listings }));
}

/** Each program's listing of each image beside syft's, which stands where amap's does in the rules. */
export function compareLab(images: readonly LabImage[]): readonly LabComparison[] {
  return images.flatMap(({ image, listings }) => {
    const syft = listings.get("syft");
    if (syft === undefined) return [];
    return [...listings].flatMap(([peer, listing]) => {
      if (peer === "syft") return [];
      const matched = peer === "tern" ? withoutPackageUrls(syft) : syft;
      const compared = compareListings({ amap: matched, peer: listing }, LAB_RULES);
      const same = [...matched.keys()].filter((key) => listing.has(key)).length;
      return [{ image, peer, same, explained: compared.explained, unexplained: compared.unexplained }];
    });
  });
}

/** Types and namespaces that two programs write in ways of their own. */
const SPELT: ReadonlyMap<string, readonly [type: string, name: (name: string) => string]> = new Map([
  ["alpine", ["apk", (name: string) => `alpine/${name}`]],
  ["rpm", ["rpm", (name: string) => name.replace(/^redhat\//, "rhel/")]],
]);

function toToday(listing: Listing): Listing {
  return new Map(
    [...listing.values()].map((listed) => {
      const [type, nameOf] = SPELT.get(listed.type) ?? [listed.type, (name: string): string => name];
      const name = nameOf(listed.name);
      const key = `${type}/${name}@${listed.version}`;
      return [key, { ...listed, key, type, name }];
    }),
  );
}

/** By name and version alone: tern writes no package URLs. */
function withoutPackageUrls(listing: Listing): Listing {
  return new Map(
    [...listing.values()].map((listed) => {
      const name = listed.name.slice(listed.name.lastIndexOf("/") + 1);
      const key = `none/${name}@${listed.version}`;
      return [key, { ...listed, key, name }];
    }),
  );
}

const onlySyft =
  (fits: (listed: Listed, peer: Listing) => boolean): DifferenceRule["fits"] =>
  ({ amap, peer }, listings) =>
    peer === undefined && amap !== undefined && fits(amap, listings.peer);

const onlyOther =
  (fits: (listed: Listed, syft: Listing) => boolean): DifferenceRule["fits"] =>
  ({ amap, peer }, listings) =>
    amap === undefined && peer !== undefined && fits(peer, listings.amap);

const hasType = (listing: Listing, type: string): boolean => [...listing.values()].some((each) => each.type === type);
const isOfDistribution = ({ type }: Listed): boolean => /^(?:apk|deb|rpm)$/.test(type);

/** `amap` of a difference is syft's component here; `right` says whom amap's reading follows, which changes nothing. */
export const LAB_RULES: readonly DifferenceRule[] = [
  {
    id: "image-as-component",
    fits: onlyOther(({ type }) => type === "oci"),
    right: "either",
    why: "The image itself, or another platform of it, is a component (trivy, bom); syft describes it by the document.",
  },
  {
    id: "layer-as-component",
    fits: onlyOther(({ type, name }) => type === "none" && /^(?:sha256:)?[0-9a-f]{64}$/.test(name)),
    right: "either",
    why: "Layers are components (bom, tern), each by its digest.",
  },
  {
    id: "file-group",
    fits: onlyOther(({ name }) => name === "gobinary" || name === "node-pkg"),
    right: "either",
    why: "What trivy groups packages under: one component for all programs of a language.",
  },
  {
    id: "distribution-as-component",
    fits: onlyOther(
      ({ type, kind, name }) => type === "none" && (kind === "operating-system" || DISTRIBUTION.test(name)),
    ),
    right: "either",
    why: "trivy lists the distribution as a component.",
  },
  {
    id: "known-by-words",
    fits: onlySyft(({ type, name }) => type === "none" && /^(?:busybox|python)$/.test(name)),
    right: "either",
    why: "syft knows some programs by their words and lists them beside the package that they are of, without a package URL.",
  },
  {
    id: "npm-letters",
    fits: ({ amap, peer }, listings) =>
      (amap !== undefined && amap.type === "npm" && listings.peer.has(amap.key.toLowerCase())) ||
      (peer?.type === "npm" && [...listings.amap.keys()].some((key) => key.toLowerCase() === peer.key)),
    right: "either",
    why: "An old npm package with upper case letters: trivy writes its package URL in lower case, which is another package.",
  },
  {
    id: "languages-not-read",
    fits: onlySyft((listed, peer) => !isOfDistribution(listed) && !hasType(peer, listed.type)),
    right: "either",
    why: "bom and tern read distributions' packages alone, trivy and syft each some programs that the other does not.",
  },
  {
    id: "main-module",
    fits: onlySyft(({ type, version }) => type === "golang" && (version === "" || COMMIT.test(version))),
    right: "either",
    why: "A program's own module: trivy leaves it out where the build states no version.",
  },
  {
    id: "database-not-read",
    fits: onlySyft((listed, peer) => isOfDistribution(listed) && !hasPackages(peer)),
    right: "either",
    why: "bom and tern do not read every distribution's database.",
  },
  {
    id: "bom-last-package",
    fits: onlySyft(({ name }, peer) => name.endsWith("/zlib1g") && hasType(peer, "deb")),
    right: "either",
    why: "bom leaves out the last package of Debian's database (zlib1g).",
  },
  {
    id: "tern-source",
    fits: onlyOther(
      ({ type, name, version }) =>
        type === "none" && /^\d/.test(version) && !name.startsWith(".") && !/-r\d+$/.test(version),
    ),
    right: "either",
    why: "tern lists the source packages of Debian's packages as components beside them.",
  },
  {
    id: "tern-lower-layer",
    fits: onlyOther(({ type, version }) => type === "none" && /^\d/.test(version)),
    right: "either",
    why: "tern lists the packages of each layer by itself: versions that a later layer replaced are in its list, too.",
  },
  {
    id: "tern-later-layer",
    fits: onlySyft(({ name }, peer) => [...peer.values()].some((each) => each.name === name)),
    right: "either",
    why: "tern knows that package in the version of a lower layer, or without one.",
  },
  {
    id: "tern-without-version",
    fits: onlyOther(({ version }) => version === "NOASSERTION"),
    right: "either",
    why: "tern writes NOASSERTION as the version where it found none, and words of a program that failed as packages.",
  },
  {
    id: "rpm-not-read",
    fits: onlyOther(({ type }, syft) => type === "rpm" && !hasType(syft, "rpm")),
    right: "either",
    why: "That version of syft did not find the rpm database of this image (SUSE); trivy did.",
  },
];

const DISTRIBUTION = /^(?:alpine|debian|redhat|ubuntu|suse linux enterprise server)$/;
const COMMIT = /^v0\.0\.0-\d{14}-[0-9a-f]{12}$/;
const hasPackages = (listing: Listing): boolean =>
  [...listing.values()].some((each) => isOfDistribution(each) || (each.type === "none" && /^\d/.test(each.version)));
