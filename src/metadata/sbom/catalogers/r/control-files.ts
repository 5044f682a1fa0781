import { type Paragraph, parseControlFile } from "../dpkg/control.ts";
import {
  invalidFile,
  type ListFile,
  optional,
  type PackageIdentity,
  type PackageList,
  type PackageListFormat,
  readListText,
  type StatedPackage,
} from "../package-list.ts";

const LOCK_FIELDS = new Set(
  "packratformat package version source requires githubrepo githubusername githubsha1 remoterepo remoteusername remotesha remotetype".split(
    " ",
  ),
);

/** packrat.lock: a paragraph for each package. */
export const packratLock: PackageListFormat = {
  id: "r/packratlock",
  names: ["packrat.lock"],
  read: ({ bytes }) => {
    const { paragraphs } = parseControlFile(readListText(bytes), LOCK_FIELDS);
    if (paragraphs[0]?.has("packratformat") !== true) throw invalidFile("expected the field PackratFormat, found none");
    return { packages: paragraphs.flatMap((fields) => lockedPackage(fields)) };
  },
};

function lockedPackage(fields: Paragraph): readonly StatedPackage[] {
  const name = fields.get("package");
  const version = fields.get("version");
  if (!name || !version) return [];
  const identity = identityOf(name, fields);
  return [
    {
      name,
      version,
      ...(identity === undefined ? {} : { identity }),
      needs: namesIn(fields.get("requires") ?? "").map((each) => each.name),
    },
  ];
}

function identityOf(name: string, fields: Paragraph): PackageIdentity | undefined {
  const source = fields.get("source") ?? "";
  if (source === "Bioconductor") return { type: "bioconductor", name };
  // An archive of one's own is of no registry.
  if (source === "source" || source === "unknown") return undefined;
  const owner = fields.get("githubusername") ?? fields.get("remoteusername");
  const repository = fields.get("githubrepo") ?? fields.get("remoterepo");
  if (source !== "github" || !owner || !repository) return { type: "cran", name };
  const commit = fields.get("githubsha1") ?? fields.get("remotesha");
  const address = `git+https://github.com/${owner}/${repository}${commit ? `@${commit}` : ""}`;
  return { type: "cran", name, qualifiers: { vcs_url: address } };
}

const DESCRIPTION_FIELDS = new Set("package version depends imports linkingto suggests enhances built".split(" "));

/** DESCRIPTION of a package or an application that is developed here: R adds `Built` when it installs one. */
export const description: PackageListFormat = {
  id: "r/description",
  names: ["DESCRIPTION"],
  lockedBy: { names: ["renv.lock", "packrat/packrat.lock"] },
  read: readDescription,
};

const RELATIONS: readonly (readonly [field: string, scope: NonNullable<StatedPackage["scope"]>])[] = [
  ["depends", "production"],
  ["imports", "production"],
  ["linkingto", "production"],
  ["suggests", "optional"],
  ["enhances", "optional"],
];

function readDescription({ bytes }: ListFile): PackageList {
  const [fields] = parseControlFile(readListText(bytes), DESCRIPTION_FIELDS).paragraphs;
  const relations = RELATIONS.filter(([field]) => fields?.has(field) === true);
  const name = fields?.get("package");
  // Other software has files of this name.
  if (fields === undefined || fields.has("built") || (name === undefined && relations.length === 0))
    return { packages: [] };
  const packages = relations.flatMap(([field, scope]) =>
    namesIn(fields.get(field) ?? "").map(({ name: each, range }): StatedPackage => {
      const version = /^== ?(\S+)$/.exec(range)?.[1];
      const asked = version === undefined ? { requirement: range } : { version };
      return { name: each, ...asked, identity: { type: "cran", name: each }, scope };
    }),
  );
  if (!name) return { packages };
  const project: StatedPackage = {
    name,
    ...optional("version", fields.get("version") || undefined),
    keys: [],
    needs: packages.map((stated) => stated.name),
    isProject: true,
  };
  return { packages: [project, ...packages] };
}

/** Packages that are R itself: no registry has them. */
const PARTS_OF_R = new Set(
  "R base compiler datasets graphics grDevices grid methods parallel splines stats stats4 tcltk tools utils".split(" "),
);

/** `name (>= 1.0), other`; R itself is not one of them. */
function namesIn(text: string): readonly { readonly name: string; readonly range: string }[] {
  return text.split(",").flatMap((entry) => {
    const [, name, range = ""] =
      /^([A-Za-z][A-Za-z0-9.]{0,200})\s{0,20}(?:\(([^)]{0,200})\))?/.exec(entry.trim()) ?? [];
    return name === undefined || PARTS_OF_R.has(name) ? [] : [{ name, range: range.trim() }];
  });
}
