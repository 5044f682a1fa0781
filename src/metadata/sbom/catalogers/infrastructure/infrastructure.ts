import { isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import { createListCataloger } from "../list-cataloger.ts";
import {
  invalidFile,
  type ListFile,
  listMember,
  objectMember,
  optional,
  type PackageList,
  type PackageListFormat,
  readJsonObject,
  readListLines,
  readYamlObject,
  type StatedPackage,
  textMember,
  toVcsUrl,
} from "../package-list.ts";

/** .terraform.lock.hcl: providers of Terraform and OpenTofu. */
const terraformLock: PackageListFormat = {
  id: "terraform/lock",
  names: [".terraform.lock.hcl"],
  read: readTerraformLock,
};

/** Blocks `provider "address" { version = "…" … }`; the rest of a block is of no use here. */
function readTerraformLock({ bytes }: ListFile): PackageList {
  const packages: StatedPackage[] = [];
  let address: string | undefined;
  for (const [index, line] of readListLines(bytes).entries()) {
    const text = line.trim();
    if (text === "" || text.startsWith("#") || text.startsWith("//")) continue;
    const opened = /^provider "([^"]{1,1000})" \{$/.exec(text)?.[1];
    const version = /^version\s*=\s*"([^"]{1,200})"$/.exec(text)?.[1];
    if (opened !== undefined) address = opened;
    else if (text === "}") address = undefined;
    else if (address === undefined) throw invalidFile(`line ${index + 1} is not a provider's block`);
    else if (version !== undefined) packages.push(terraformProvider(address, version));
  }
  return { packages };
}

function terraformProvider(address: string, version: string): StatedPackage {
  const slash = address.lastIndexOf("/");
  return {
    name: address,
    version,
    identity: {
      type: "terraform",
      ...(slash === -1 ? {} : { namespace: address.slice(0, slash) }),
      name: address.slice(slash + 1),
    },
  };
}

/** Workflows and composite actions of GitHub: the actions that they use. */
const gitHubActions: PackageListFormat = {
  id: "github/actions",
  endings: [".yml", ".yaml"],
  where: "in `.github/workflows`, or `action` in `.github/actions`",
  isAt: (path) =>
    /(?:^|\/)\.github\/workflows\/[^/]+$/.test(path) ||
    /(?:^|\/)\.github\/actions\/(?:[^/]+\/)*action\.[a-z]+$/.test(path),
  read: readGitHubActions,
};

function readGitHubActions({ bytes }: ListFile): PackageList {
  const document = readYamlObject(bytes);
  const jobs = memberOf(document, "jobs");
  const entries = isValueObject(jobs) ? Object.values(jobs) : [];
  const holders: readonly Value[] = [...entries, memberOf(document, "runs") ?? null];
  const steps = holders.flatMap((holder) => {
    const list = memberOf(holder, "steps");
    return Array.isArray(list) ? (list as readonly Value[]) : [];
  });
  const used = [...entries, ...steps].flatMap((entry) => textMember(entry, "uses") ?? []);
  const packages = used.flatMap((text) => usedAction(text));
  const images = used.filter((text) => text.startsWith("docker://")).length;
  return {
    packages,
    notes: images === 0 ? [] : [`${images} steps run an image; images are not listed here`],
  };
}

/** `owner/repository/path@ref`. */
function usedAction(text: string): readonly StatedPackage[] {
  const at = text.lastIndexOf("@");
  const [owner = "", repository = "", ...path] = text.slice(0, Math.max(0, at)).split("/");
  const version = text.slice(at + 1);
  if (owner === "" || owner.startsWith(".") || repository === "" || version === "" || text.includes("://")) return [];
  return [
    {
      name: [owner, repository, ...path].join("/"),
      version,
      identity: {
        type: "github",
        namespace: owner,
        name: repository,
        ...(path.length === 0 ? {} : { subpath: path.join("/") }),
      },
      scope: "development",
    },
  ];
}

/** Chart.lock of Helm 3 and requirements.lock of Helm 2. */
const chartLock: PackageListFormat = {
  id: "helm/chartlock",
  names: ["Chart.lock", "requirements.lock"],
  read: ({ bytes }) => ({ packages: chartDependencies(readYamlObject(bytes), true) }),
};

/** Chart.yaml: the chart and the ranges of what it asks for; requirements.yaml of Helm 2. */
const chartYaml: PackageListFormat = {
  id: "helm/chartyaml",
  names: ["Chart.yaml", "requirements.yaml"],
  read: readChart,
};

function readChart({ path, bytes, files }: ListFile): PackageList {
  const chart = readYamlObject(bytes);
  const lockPath = path.replace(/\.yaml$/, ".lock");
  const isLocked = files.has(lockPath) || files.has(lockPath.replace(/requirements\.lock$/, "Chart.lock"));
  const packages = isLocked ? [] : chartDependencies(chart, false);
  const name = textMember(chart, "name");
  // Other software has files of these names: a chart says its apiVersion.
  if (textMember(chart, "apiVersion") === undefined || name === undefined) {
    return { packages: path.endsWith("requirements.yaml") ? packages : [] };
  }
  const project: StatedPackage = {
    name,
    ...optional("version", textMember(chart, "version")),
    keys: [],
    ...(isLocked ? {} : { needs: packages.map((stated) => stated.name) }),
    isProject: true,
  };
  return { packages: [project, ...packages] };
}

function chartDependencies(document: Value | undefined, isLock: boolean): readonly StatedPackage[] {
  return listMember(document, "dependencies").flatMap((entry): readonly StatedPackage[] => {
    const name = textMember(entry, "name");
    const version = textMember(entry, "version");
    if (name === undefined) return [];
    const repository = textMember(entry, "repository");
    const isLocal = repository === undefined || repository.startsWith("file:");
    const isExact = isLock || /^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/.test(version ?? "");
    return [
      {
        name,
        ...(version === undefined ? {} : isExact ? { version } : { requirement: version }),
        ...(isLocal ? {} : { identity: { type: "helm", name, qualifiers: { repository_url: repository } } }),
      },
    ];
  });
}

/** flake.lock of Nix. */
const flakeLock: PackageListFormat = {
  id: "nix/flakelock",
  names: ["flake.lock"],
  read: readFlakeLock,
};

function readFlakeLock({ bytes }: ListFile): PackageList {
  const lock = readJsonObject(bytes);
  const root = textMember(lock, "root") ?? "root";
  return {
    packages: Object.entries(objectMember(lock, "nodes")).flatMap(([key, node]) =>
      key === root ? [] : flakeInput(key, node),
    ),
  };
}

/** An input that is a repository at a commit; names of others say nothing of what they are. */
function flakeInput(key: string, node: Value): readonly StatedPackage[] {
  const locked = memberOf(node, "locked");
  const type = textMember(locked, "type");
  const revision = textMember(locked, "rev");
  const inputs = Object.values(objectMember(node, "inputs")).filter((input) => typeof input === "string");
  const owner = textMember(locked, "owner");
  const repository = textMember(locked, "repo");
  const url = textMember(locked, "url");
  if ((type === "github" || type === "gitlab") && owner !== undefined && repository !== undefined) {
    const name = `${owner}/${repository}`;
    const identity = { type, namespace: owner, name: repository };
    return [{ name, ...optional("version", revision), identity, keys: [key], needs: inputs }];
  }
  if (type === "git" && url !== undefined) {
    const identity = { type: "generic", name: key, qualifiers: { vcs_url: toVcsUrl(url, revision) } };
    return [{ name: key, ...optional("version", revision), identity, keys: [key], needs: inputs }];
  }
  return locked === undefined ? [] : [{ name: key, ...optional("version", revision), keys: [key], needs: inputs }];
}

/** Formats of what deploys and builds software. */
export const INFRASTRUCTURE_FORMATS: readonly PackageListFormat[] = [
  terraformLock,
  gitHubActions,
  chartLock,
  chartYaml,
  flakeLock,
];

/** What software is built and deployed with: providers, actions, charts, flakes. */
export const infrastructureCataloger = createListCataloger({
  id: "infrastructure",
  ecosystem: "github",
  note: "Reads .terraform.lock.hcl (pkg:terraform), workflows and actions in .github (the actions that they use, by owner, repository and ref: pkg:github, for development only), Chart.lock and Chart.yaml of Helm with the older requirements.lock and requirements.yaml (pkg:helm), and Nix's flake.lock (repositories at a commit). Hashes of providers are of several systems and are not taken. Does not read the images that workflows run, and does not look into charts.",
  formats: INFRASTRUCTURE_FORMATS,
});
