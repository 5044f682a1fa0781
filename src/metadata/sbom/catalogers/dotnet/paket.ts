import type { ListFile } from "../package-list.ts";
import {
  type PackageList,
  type PackageListFormat,
  projectNameOf,
  readListLines,
  type StatedPackage,
} from "../package-list.ts";
import { nugetPackage } from "./nuget-lock.ts";

/** paket.lock. */
export const paketLock: PackageListFormat = {
  id: "dotnet/paketlock",
  names: ["paket.lock"],
  read: readPaketLock,
};

const SOURCES = new Set(["NUGET", "GITHUB", "GIT", "GIST", "HTTP", "CLITOOL"]);

function readPaketLock({ bytes }: ListFile): PackageList {
  const packages: (StatedPackage & { needs: string[] })[] = [];
  const problems: string[] = [];
  let source = "";
  let remote = "";
  for (const [index, line] of readListLines(bytes).entries()) {
    const text = line.trim();
    const indentation = line.length - line.trimStart().length;
    if (text === "") continue;
    if (indentation === 0) {
      // `GROUP name`, or how packages are chosen (`STORAGE: NONE`), which begins no list.
      source = SOURCES.has(text) ? text : "";
      if (source === "" && !/^[A-Z]+(?:[ :-]|$)/.test(text) && problems.length === 0) {
        problems.push(`line ${index + 1} is not a section that amap knows`);
      }
    } else if (source === "") continue;
    else if (indentation === 2) remote = text.startsWith("remote: ") ? text.slice("remote: ".length) : remote;
    else if (indentation === 4) packages.push({ ...paketPackage(text, source, remote), needs: [] });
    else packages.at(-1)?.needs.push((text.split(" ", 1)[0] ?? "").toLowerCase());
  }
  return { packages, problems };
}

/** `Name (1.0) - restriction: …`; files of GitHub are those of their repository. */
function paketPackage(text: string, source: string, remote: string): StatedPackage {
  const open = text.indexOf(" (");
  const close = text.indexOf(")", open);
  const name = open === -1 ? (text.split(" ", 1)[0] ?? "") : text.slice(0, open);
  const version = open === -1 || close === -1 ? "" : text.slice(open + 2, close);
  if (source === "NUGET" || source === "CLITOOL") return nugetPackage(name, version);
  if (source === "GITHUB") return gitHubPackage(remote === "" ? name : remote, version);
  return { name: remote === "" ? name : remote, ...(version === "" ? {} : { version }) };
}

function gitHubPackage(repository: string, version: string): StatedPackage {
  const slash = repository.indexOf("/");
  return {
    name: repository,
    ...(version === "" ? {} : { version }),
    identity: {
      type: "github",
      ...(slash === -1 ? {} : { namespace: repository.slice(0, slash) }),
      name: repository.slice(slash + 1),
    },
  };
}

/** paket.dependencies. */
export const paketDependencies: PackageListFormat = {
  id: "dotnet/paketdependencies",
  names: ["paket.dependencies"],
  lockedBy: { names: ["paket.lock"] },
  read: readPaketDependencies,
};

function readPaketDependencies({ path, bytes }: ListFile): PackageList {
  const packages: StatedPackage[] = [];
  for (const line of readListLines(bytes)) {
    const [kind, name, ...rest] = line.trim().split(/\s+/);
    if (name === undefined) continue;
    if (kind === "nuget" || kind === "clitool") packages.push(askedPackage(name, rest));
    else if (kind === "github") packages.push(askedRepository(name, rest[0] ?? ""));
  }
  const needs = packages.flatMap(({ name, keys }) => keys ?? [name]);
  const project: StatedPackage = { name: projectNameOf(path), keys: [], needs, isProject: true };
  return { packages: [...(packages.length === 0 ? [] : [project]), ...packages] };
}

const OPERATOR = /^(?:~>|>=|<=|==|=|>|<|!|@)/;

/** `nuget Name ~> 2.0 >= 2.1 prerelease`; settings follow as `key: value`. */
function askedPackage(name: string, words: readonly string[]): StatedPackage {
  const range: string[] = [];
  for (const word of words) {
    if (!OPERATOR.test(word) && !/^\d/.test(word)) break;
    range.push(word);
  }
  const text = range.join(" ");
  const exact = /^(?:={1,2} ?)?(\d[0-9A-Za-z.+-]*)$/.exec(text)?.[1];
  return {
    name,
    ...(exact === undefined ? { requirement: text } : { version: exact }),
    identity: { type: "nuget", name },
    keys: [name.toLowerCase()],
  };
}

/** `owner/repository:ref path` or, without a ref, `owner/repository v1.0`. */
function askedRepository(name: string, next: string): StatedPackage {
  const [repository = "", ref] = name.split(":", 2);
  const version = ref ?? (/^v?\d/.test(next) ? next : "");
  return gitHubPackage(repository, version);
}
