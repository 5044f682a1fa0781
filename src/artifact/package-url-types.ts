/** What a package URL type demands beyond the general syntax (purl-spec, types/). */
export interface PackageUrlTypeRules {
  /** Left out: a namespace may be there or not. */
  readonly namespace?: "required" | "prohibited";
  /** Parts that are compared without case and therefore written in lower case. */
  readonly lowerCase?: readonly ("namespace" | "name" | "version")[];
  /** The namespace is the first segment, a host; the name is all the others, with their slashes. */
  readonly nameHoldsSlashes?: true;
  /** Further normalisation of the name. */
  readonly normaliseName?: (name: string, qualifiers: Readonly<Record<string, string>>) => string;
  /** What is wrong with the parts, or undefined. */
  readonly problem?: (parts: { readonly name: string; readonly version?: string }) => string | undefined;
}

const CHROME_NAME = /^[a-p]{32}$/;
const CHROME_VERSION = /^\d+(?:\.\d+){0,3}$/;

/**
 * Rules by type. A type that is not here has only the general syntax. "required" stands only where the official tests
 * refuse the package URL without a namespace: common producers leave it out elsewhere (`pkg:golang/stdlib@1.22.0`).
 */
const RULES: readonly (readonly [type: string, rules: PackageUrlTypeRules])[] = [
  ["alpm", { lowerCase: ["namespace", "name"] }],
  ["apk", { lowerCase: ["namespace", "name"] }],
  ["bazel", { namespace: "prohibited" }],
  ["bitbucket", { lowerCase: ["namespace", "name"] }],
  ["bitnami", { namespace: "prohibited", lowerCase: ["name"] }],
  ["brew", { lowerCase: ["namespace", "name"] }],
  ["cargo", { namespace: "prohibited" }],
  [
    "chrome-extension",
    {
      namespace: "prohibited",
      lowerCase: ["name"],
      problem: ({ name, version }) => {
        if (!CHROME_NAME.test(name)) return "a chrome-extension name is 32 letters from a to p";
        if (version !== undefined && !CHROME_VERSION.test(version)) {
          return "a chrome-extension version is 1 to 4 numbers with points between them";
        }
        return undefined;
      },
    },
  ],
  ["cocoapods", { namespace: "prohibited" }],
  ["composer", { lowerCase: ["namespace", "name"] }],
  ["conda", { namespace: "prohibited" }],
  [
    "cpan",
    { problem: ({ name }) => (name.includes("::") ? "a cpan name is a distribution's and holds no ::" : undefined) },
  ],
  ["cran", { namespace: "prohibited" }],
  ["deb", { lowerCase: ["namespace", "name"] }],
  ["gem", { namespace: "prohibited" }],
  ["git", { nameHoldsSlashes: true }],
  ["github", { lowerCase: ["namespace", "name"] }],
  ["hackage", { namespace: "prohibited" }],
  ["hex", { lowerCase: ["namespace", "name"] }],
  ["huggingface", { lowerCase: ["version"] }],
  ["julia", { namespace: "prohibited" }],
  ["luarocks", { lowerCase: ["namespace", "name"] }],
  ["mlflow", { namespace: "prohibited", normaliseName: mlflowName }],
  ["nuget", { namespace: "prohibited" }],
  ["oci", { namespace: "prohibited", lowerCase: ["name", "version"] }],
  ["opam", { namespace: "prohibited" }],
  ["otp", { namespace: "prohibited", lowerCase: ["name"] }],
  ["pub", { namespace: "prohibited", lowerCase: ["name"], normaliseName: (name) => name.replace(/[^a-z0-9_]/g, "_") }],
  [
    "pypi",
    { namespace: "prohibited", lowerCase: ["name", "version"], normaliseName: (name) => name.replaceAll("_", "-") },
  ],
  ["qpkg", { lowerCase: ["namespace"] }],
  ["rpm", { lowerCase: ["namespace"] }],
  ["swift", { namespace: "required" }],
  ["vcpkg", { namespace: "prohibited" }],
  ["vscode-extension", { namespace: "required", lowerCase: ["namespace", "name", "version"] }],
  ["yocto", { lowerCase: ["namespace"] }],
];

const BY_TYPE: ReadonlyMap<string, PackageUrlTypeRules> = new Map(RULES);
const NO_RULES: PackageUrlTypeRules = {};

/** The rules of a type, empty for one without own rules. */
export function packageUrlTypeRules(type: string): PackageUrlTypeRules {
  return BY_TYPE.get(type) ?? NO_RULES;
}

/** Databricks compares model names without case, Azure does not (purl-spec, mlflow). */
function mlflowName(name: string, qualifiers: Readonly<Record<string, string>>): string {
  const repository = qualifiers["repository_url"] ?? "";
  return /^https?:\/\/[^/]*databricks/.test(repository) ? name.toLowerCase() : name;
}
