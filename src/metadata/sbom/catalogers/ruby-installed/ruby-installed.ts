import { isAmapError } from "../../../../base/index.ts";
import { type Cataloger, folderOf, ResultBuilder } from "../cataloger.ts";
import { addLinkedPackages, type LinkedPackage } from "../found-package.ts";
import { readStatedLicenses } from "../stated-licenses.ts";
import { readGemMetadata } from "./gem-metadata.ts";
import { type Gem, readInstalledGemspec } from "./gemspec.ts";

const SPECIFICATION = /(?:^|\/)specifications\/(?:default\/)?[^/]+\.gemspec$/;
const GEM = /\.gem$/;
const METADATA = /\.gem!\/metadata\.gz$/;

/** Ruby gems that are installed, or that lie there as *.gem files. */
export const rubyInstalledCataloger: Cataloger = {
  id: "ruby-installed",
  ecosystem: "gem",
  note: "Reads specifications/*.gemspec and specifications/default/*.gemspec as RubyGems writes them when it installs a gem, and metadata.gz in *.gem files: name, version, platform, licences, authors and what a gem needs to run, among what is installed beside it. Gems that come with Ruby are listed like others. Does not run a gemspec; one that computes its name or version is told as not looked at. Does not list gems that Bundler fetched by git without such a file.",
  wants: (path) => SPECIFICATION.test(path) || METADATA.test(path),
  opens: (path) => (GEM.test(path) ? "tar" : undefined),
  digestsOf: (path) => GEM.test(path),
  read: (files, { digests }) => {
    const builder = new ResultBuilder();
    const linked: LinkedPackage[] = [];
    for (const [path, bytes] of files) {
      if (SPECIFICATION.test(path)) {
        const gem = readInstalledGemspec(bytes);
        if (gem !== undefined) linked.push(linkGem(path, gem, specificationPlace(path)));
        else builder.addNotLookedAt(path, "it states no name or no version as plain texts, and amap does not run it");
      } else if (METADATA.test(path)) {
        const archive = path.slice(0, path.lastIndexOf("!/"));
        const gem = readMetadata(path, bytes, builder);
        const digest = digests?.get(archive)?.sha256;
        const hashes = digest === undefined ? [] : [{ algorithm: "SHA-256" as const, value: digest }];
        if (gem !== undefined) linked.push(linkGem(archive, gem, folderOf(archive), hashes));
      }
    }
    addLinkedPackages(linked, builder);
    return builder.finish();
  },
};

/** Gems that come with Ruby are found together with those beside them. */
function specificationPlace(path: string): string {
  const folder = folderOf(path);
  return folder.endsWith("/default") ? folderOf(folder) : folder;
}

function readMetadata(path: string, bytes: Uint8Array, builder: ResultBuilder): Gem | undefined {
  try {
    return readGemMetadata(bytes);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    const isLimit = error.code === "LIMIT_EXCEEDED" || error.code === "DECOMPRESSION_LIMIT";
    builder.addProblem(path, isLimit ? error.code : "PACKAGE_DATABASE_INVALID", `not readable: ${error.message}`);
    return undefined;
  }
}

function linkGem(
  path: string,
  gem: Gem,
  place: string,
  hashes: NonNullable<LinkedPackage["found"]["hashes"]> = [],
): LinkedPackage {
  const [author] = gem.authors;
  return {
    key: gem.name,
    place,
    needs: gem.needs,
    found: {
      name: gem.name,
      version: gem.version,
      identity: {
        type: "gem",
        name: gem.name,
        ...(gem.platform === undefined ? {} : { qualifiers: { platform: gem.platform } }),
      },
      licenses: readStatedLicenses(gem.licenses),
      hashes,
      supplier: author?.slice(0, 200),
      description: gem.summary?.slice(0, 500),
      locations: [path],
    },
  };
}
