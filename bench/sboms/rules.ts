/** Why amap and syft 1.18.1 list different components of the same directory. */
import { type Difference, type DifferenceRule, type Listed, type Listings, lastName } from "./compare.ts";

const onlyAmap =
  (fits: (listed: Listed, listings: Listings) => boolean) =>
  ({ amap, peer }: Difference, listings: Listings): boolean =>
    peer === undefined && amap !== undefined && fits(amap, listings);

const onlyPeer =
  (fits: (listed: Listed, listings: Listings) => boolean) =>
  ({ amap, peer }: Difference, listings: Listings): boolean =>
    amap === undefined && peer !== undefined && fits(peer, listings);

const each =
  (fits: (amap: Listed, peer: Listed) => boolean) =>
  ({ amap, peer }: Difference): boolean =>
    amap !== undefined && peer !== undefined && fits(amap, peer);

/** Whether a component is known by files of some kind alone. */
const liesIn = ({ places }: Listed, pattern: RegExp): boolean =>
  places.length > 0 && places.every((place) => pattern.test(place));

const ARCHIVE = /\.(?:jar|war|ear)$/;
const hasMaven = (listing: Listings["amap"], place: string): boolean =>
  [...listing.values()].some(({ type, places }) => type === "maven" && places.includes(place));
const MANIFEST_OF_PYTHON = /\/(?:pyproject\.toml|setup\.cfg|setup\.py|[^/]+\.txt)$/;
const DATABASE = /.\/var\/lib\/dpkg\/status$/;

/** In the order in which they are asked. */
export const SYFT_RULES: readonly DifferenceRule[] = [
  {
    id: "go-local-folder",
    fits: each((amap, peer) => amap.type === "none" && peer.type === "golang" && /^\.{0,2}\//.test(peer.name)),
    right: "amap",
    why: "A folder replaces a Go module (`=> ./staging/…`). Both list it by that folder; syft makes a package URL of a path, which names no module.",
  },
  {
    id: "go-package-path",
    fits: each((amap, peer) => amap.type === "none" && peer.type === "golang" && amap.kind === "application"),
    right: "amap",
    why: "A Go program that was built without a module. Both list it by the path of its main package; syft makes a package URL of a module of that path, which there is not.",
  },
  {
    id: "go-version-cut",
    fits: each(
      (amap, peer) => amap.type === "golang" && amap.name === peer.name && amap.version.startsWith(`${peer.version}.`),
    ),
    right: "amap",
    why: "syft cuts a version of the linker's flags at its second point behind the dash.",
  },
  {
    id: "go-stdlib-suffix",
    fits: each((amap, peer) => amap.name === "stdlib" && peer.name === "stdlib"),
    right: "amap",
    why: "syft takes what a build of Go adds behind its release (`1.22-20231128-RC02`) as part of the version, which no advisory has.",
  },
  {
    id: "go-devel-module",
    fits: each((amap, peer) => amap.type === "golang" && amap.name === peer.name && amap.version === ""),
    right: "either",
    why: "A module that is linked in from a folder has no version: syft gives it the one of the linker's flags, which are the program's; amap gives that to the program.",
  },
  {
    id: "project",
    fits: each(
      (amap, peer) => amap.type === "none" && amap.kind === "application" && lastName(amap) === lastName(peer),
    ),
    right: "either",
    why: "The project that a lock file or manifest is of: an application without a package URL for amap, since it is in no registry; a package for syft.",
  },
  {
    id: "java-group",
    fits: each(
      (amap, peer) =>
        amap.type === "maven" && peer.type === "maven" && amap.places.some((place) => ARCHIVE.test(place)),
    ),
    right: "either",
    why: "An archive without a Maven descriptor: both guess its group. The line below the table says how often each one has what Maven itself says.",
  },
  {
    id: "java-release",
    fits: each((amap, peer) => amap.name === peer.name && amap.places.some((place) => place.endsWith("/release"))),
    right: "either",
    why: "A JDK states its version in several forms; syft takes the one with a suffix (`-LTS`).",
  },
  {
    id: "java-release-of-debian",
    fits: onlyAmap((amap) => liesIn(amap, /\/jvm\/[^/]+\/release$/)),
    right: "amap",
    why: "syft reads a JDK's release file only where it states a full version; Debian's does not.",
  },
  {
    id: "go-stdlib",
    fits: onlyAmap((amap) => amap.name === "stdlib"),
    right: "amap",
    why: "The standard library of a Go program that was built without a module, or that a go.mod asks for: syft lists it for main modules alone.",
  },
  {
    id: "java-own-descriptor",
    fits: onlyPeer(
      (peer, { amap }) =>
        peer.type === "maven" && liesIn(peer, ARCHIVE) && peer.places.every((place) => hasMaven(amap, place)),
    ),
    right: "amap",
    why: "An archive whose Maven descriptor has another artifact's name than the file: amap lists what the descriptor says, syft a second component by the file's name.",
  },
  {
    id: "java-shaded",
    fits: onlyAmap((amap) => amap.type === "maven" && liesIn(amap, ARCHIVE)),
    right: "amap",
    why: "An archive that holds the descriptors of others and none of its own: syft lists what is in it, amap the archive, too.",
  },
  {
    id: "wheel",
    fits: onlyAmap((amap) => amap.type === "pypi" && liesIn(amap, /\.(?:whl|egg)$/)),
    right: "amap",
    why: "A wheel that lies in the directory as a file: syft does not open it.",
  },
  {
    id: "npm-link",
    fits: onlyPeer((peer) => peer.type === "npm" && peer.version === "" && liesIn(peer, /\/package-lock\.json$/)),
    right: "amap",
    why: "A link from node_modules to a workspace, which syft lists a second time, without a version.",
  },
  {
    id: "project-alone",
    fits: onlyAmap((amap) => amap.type === "none" && amap.kind === "application"),
    right: "either",
    why: "amap lists the project that a lock file, a manifest or a program is of; syft leaves those out that are in no package manager's form.",
  },
  {
    id: "npm-alias",
    fits: (difference) => {
      const listed = difference.amap ?? difference.peer;
      return listed?.type === "npm" && liesIn(listed, /\/yarn\.lock$/);
    },
    right: "amap",
    why: "An alias (`strip-ansi-cjs@npm:strip-ansi@^6.0.1`): amap lists the package that is installed, syft a package of the alias' name, which is another one or none.",
  },
  {
    id: "development",
    fits: onlyAmap((amap) => amap.scope === "development"),
    right: "amap",
    why: "Needed for development only: amap lists it and says so, syft leaves it out of what it reads in lock files.",
  },
  {
    id: "npm-installed",
    fits: onlyAmap((amap) => amap.type === "npm" && amap.places.some((place) => place.endsWith("/package.json"))),
    right: "amap",
    why: "Installed in node_modules: of a directory syft reads lock files alone, amap the packages that are there, too.",
  },
  {
    id: "npm-actions",
    fits: onlyPeer((peer) => peer.type === "github" && liesIn(peer, /\/node_modules\/.*\/\.github\//)),
    right: "amap",
    why: "Workflows that somebody's package carries along run nowhere: amap reads them in the project's own .github.",
  },
  {
    id: "action-of-own",
    fits: onlyPeer((peer) => peer.type === "none" && peer.name.startsWith("./.github/")),
    right: "amap",
    why: "A workflow that calls another one of the same repository: nothing that somebody else made.",
  },
  {
    id: "nested-database",
    fits: onlyPeer((peer) => liesIn(peer, DATABASE)),
    right: "either",
    why: "A package database below the directory's root is another system's (here: sample data). syft lists its packages, without a package URL since it knows no distribution; amap reads a database at its own place, and says that it did not look at this one.",
  },
  {
    id: "image",
    fits: onlyAmap((amap) => amap.type === "oci" || amap.type === "docker"),
    right: "amap",
    why: "Images that Kubernetes manifests name: syft does not read manifests.",
  },
  {
    id: "python-range",
    fits: onlyAmap((amap) => amap.type === "pypi" && amap.version === "" && liesIn(amap, MANIFEST_OF_PYTHON)),
    right: "amap",
    why: "A manifest asks for a range: amap lists the package without a version and says that no lock file has one; syft leaves it out.",
  },
  {
    id: "python-requirements-folder",
    fits: onlyAmap(
      (amap) =>
        amap.type === "pypi" && liesIn(amap, /\/requirements\/[^/]+\.txt$|\/(?:pyproject\.toml|setup\.cfg|setup\.py)$/),
    ),
    right: "amap",
    why: "Pinned in pyproject.toml, in setup.cfg, or in a folder called requirements: files that syft does not read.",
  },
  {
    id: "pom-range",
    fits: onlyAmap((amap) => amap.type === "maven" && amap.places.some((place) => place.endsWith(".pom"))),
    right: "amap",
    why: "A *.pom in a Maven repository: syft reads only files called pom.xml.",
  },
  {
    id: "windows-program",
    fits: onlyPeer((peer) => peer.type === "nuget" && liesIn(peer, /\.(?:exe|dll)$/)),
    right: "amap",
    why: "syft takes the version of any Windows program for a NuGet package; these are launchers that pip brings.",
  },
];
