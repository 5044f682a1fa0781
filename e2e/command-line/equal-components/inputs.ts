/** What is catalogued: the demo's image, and what really is on this machine, each as an image that is built in steps. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Component } from "../../../src/metadata/index.ts";
import type { Step } from "./layered-tree.ts";

/** Something real, as an image's steps, with who knows what is in it. */
interface RealInput {
  readonly name: string;
  /** Why it cannot be had on this machine; undefined where it can. */
  readonly lacking: () => string | undefined;
  readonly steps: readonly Step[];
  /** Packages of the base that the other layers take away, at least. */
  readonly minGone: number;
  /** The program that was asked. */
  readonly oracle: string;
  /** What it says of the finished tree, one line each package, sorted. */
  readonly ask: (root: string) => readonly string[];
  /** The same of a component; undefined for one that the program does not list. */
  readonly lineOf: (component: Component) => string | undefined;
}

const project = join(import.meta.dirname, "..", "..", "..");

function run(command: string, words: readonly string[], cwd = "/"): string {
  return execFileSync(command, words, {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "ignore"],
  });
}

function onPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(":");
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

const lacksProgram = (name: string): string | undefined =>
  onPath(name) === undefined ? `there is no ${name} on this machine` : undefined;

/** Copies files of this machine to the same places below `root`, links as links. */
function copyHere(root: string, paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    cpSync(path, join(root, path), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  }
}

function sortedLines(text: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}

function write(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const DPKG = "var/lib/dpkg";

/** Takes packages out of the database as their removal does, and their documentation. */
function removeDebian(root: string, names: readonly string[]): void {
  const status = join(root, DPKG, "status");
  const isRemoved = (paragraph: string): boolean => names.some((name) => paragraph.startsWith(`Package: ${name}\n`));
  const paragraphs = readFileSync(status, "utf8").split(/\n\n/);
  writeFileSync(`${status}-new`, paragraphs.filter((paragraph) => !isRemoved(paragraph)).join("\n\n"));
  renameSync(`${status}-new`, status);
  for (const name of names) rmSync(join(root, "usr/share/doc", name), { recursive: true, force: true });
}

const debian: RealInput = {
  name: "Debian's packages",
  lacking: () =>
    existsSync("/var/lib/dpkg/status") ? lacksProgram("dpkg-query") : "this machine has no /var/lib/dpkg",
  steps: [
    (root) => {
      const documents = readdirSync("/usr/share/doc").filter((name) => existsSync(`/usr/share/doc/${name}/copyright`));
      const isLink = (name: string): boolean => realpathSync(`/usr/share/doc/${name}`) !== `/usr/share/doc/${name}`;
      copyHere(root, ["/etc/os-release", "/usr/lib/os-release", "/var/lib/dpkg/status"]);
      for (const name of documents) {
        copyHere(root, [isLink(name) ? `/usr/share/doc/${name}` : `/usr/share/doc/${name}/copyright`]);
      }
      return [];
    },
    (root) => {
      removeDebian(root, ["tar", "bash", "zlib1g"]);
      return [];
    },
  ],
  minGone: 3,
  oracle: "dpkg-query -W",
  ask: (root) => {
    const fields = ["Package", "Version", "Architecture", "source:Package", "source:Version"];
    const format = `\${db:Status-Status}|${fields.map((field) => `\${${field}}`).join("|")}\n`;
    const lines = run("dpkg-query", [`--admindir=${join(root, DPKG)}`, "-W", `-f=${format}`]);
    const isWhole = (line: string): boolean => /^(?:installed|triggers-awaited|triggers-pending)\|/.test(line);
    return sortedLines(lines)
      .filter(isWhole)
      .map((line) => line.slice(line.indexOf("|") + 1))
      .sort();
  },
  lineOf: ({ name, version, purl = "", sourcePackage }) => {
    if (!purl.startsWith("pkg:deb/")) return undefined;
    const architecture = /[?&]arch=([^&]*)/.exec(purl)?.[1] ?? "";
    return [name, version, architecture, sourcePackage?.name, sourcePackage?.version].join("|");
  },
};

const SITE = "usr/lib/python3/site-packages";

function pythonPackages(): string | undefined {
  if (onPath("python3") === undefined) return undefined;
  const code = "import importlib.metadata as m; print(*{str(d.locate_file('')) for d in m.distributions()}, sep='\\n')";
  const folders = run("python3", ["-c", code])
    .split("\n")
    .filter((folder) => existsSync(folder));
  const count = (folder: string): number => readdirSync(folder).filter((name) => name.endsWith(".dist-info")).length;
  return folders.sort((a, b) => count(b) - count(a))[0];
}

const distInfo = (root: string): readonly string[] =>
  readdirSync(join(root, SITE))
    .filter((name) => name.endsWith(".dist-info"))
    .sort();

const python: RealInput = {
  name: "Python's packages",
  lacking: () => (pythonPackages() === undefined ? "there is no Python with packages on this machine" : undefined),
  steps: [
    (root) => {
      const from = pythonPackages() ?? "";
      for (const name of readdirSync(from).filter((each) => /\.(?:dist|egg)-info$/.test(each))) {
        cpSync(join(from, name), join(root, SITE, name), { recursive: true, verbatimSymlinks: true });
      }
      mkdirSync(join(root, "opt/venv/lib"), { recursive: true });
      symlinkSync("../../../usr/lib/python3", join(root, "opt/venv/lib/python3"));
      return [];
    },
    // One package is gone, one is upgraded, and of one the metadata is replaced as a whole.
    (root) => {
      const [gone = "", upgraded = "", replaced = ""] = distInfo(root);
      rmSync(join(root, SITE, gone), { recursive: true });
      const metadata = readFileSync(join(root, SITE, upgraded, "METADATA"), "utf8");
      rmSync(join(root, SITE, upgraded), { recursive: true });
      const newer = upgraded.replace(/-[^-]*\.dist-info$/, "-999.1.dist-info");
      write(root, `${SITE}/${newer}/METADATA`, metadata.replace(/^Version: .*$/m, "Version: 999.1"));
      const kept = readFileSync(join(root, SITE, replaced, "METADATA"), "utf8");
      rmSync(join(root, SITE, replaced), { recursive: true });
      write(root, `${SITE}/${replaced}/METADATA`, kept);
      return [`${SITE}/${replaced}`];
    },
  ],
  minGone: 2,
  oracle: "importlib.metadata",
  ask: (root) => {
    const code = `import importlib.metadata as m, re, sys
for d in m.distributions(path=[sys.argv[1]]): print(re.sub(r"[-_.]+", "-", d.metadata["Name"]).lower() + "|" + d.version)`;
    return sortedLines(run("python3", ["-c", code, join(root, SITE)]));
  },
  lineOf: ({ name, version, purl = "" }) => (purl.startsWith("pkg:pypi/") ? `${name}|${version}` : undefined),
};

/** Go programs that this shard has: two of its servers. */
function goPrograms(): readonly string[] {
  const tools = join(process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "/", ".cache"), "amap", "tools");
  const find = (start: string, name: string): readonly string[] =>
    readdirSync(tools)
      .filter((folder) => folder.startsWith(start))
      .map((folder) => join(tools, folder, name))
      .filter((path) => existsSync(path))
      .slice(0, 1);
  return existsSync(tools)
    ? [...find("rekor-tiles-", "posix"), ...find("referrers-registry-", "referrers-registry")]
    : [];
}

const golang: RealInput = {
  name: "Go's programs",
  lacking: () =>
    goPrograms().length < 2 ? "neither Rekor nor the registry with referrers was built here" : lacksProgram("go"),
  steps: [
    (root) => {
      mkdirSync(join(root, "usr/bin"), { recursive: true });
      mkdirSync(join(root, "usr/local/bin"), { recursive: true });
      for (const [index, path] of goPrograms().entries()) {
        cpSync(path, join(root, `usr/bin/program-${index}`), { dereference: true });
        linkSync(join(root, `usr/bin/program-${index}`), join(root, `usr/local/bin/linked-${index}`));
      }
      symlinkSync("../../bin/program-0", join(root, "usr/local/bin/named"));
      return [];
    },
    // Of one program only its other name is left, the other one is gone, and a link leads nowhere.
    (root) => {
      for (const name of ["bin/program-0", "bin/program-1", "local/bin/linked-1"]) rmSync(join(root, "usr", name));
      return [];
    },
  ],
  minGone: 1,
  oracle: "go version -m",
  ask: (root) => {
    const lines = new Set<string>();
    const said = run("go", ["version", "-m", join(root, "usr/local/bin/linked-0")]);
    const modules = [...said.matchAll(/^\t(?:mod|dep|=>)\t(\S+)\t(\S+)/gm)];
    for (const [index, [line, name, version]] of modules.entries()) {
      const isReplaced = modules[index + 1]?.[0].startsWith("\t=>") === true && !line.startsWith("\t=>");
      if (!isReplaced) lines.add(`${name}|${version}`);
    }
    lines.add(`stdlib|${/: go(\S+)/.exec(said)?.[1]}`);
    return [...lines].sort();
  },
  // A program that was not built as a module of some version has none; Go has a word for that.
  lineOf: ({ name, version = "(devel)", purl = "" }) =>
    purl.startsWith("pkg:golang/") ? `${name}|${version}` : undefined,
};

const npm: RealInput = {
  name: "npm's packages",
  lacking: () =>
    existsSync(join(project, "node_modules/.package-lock.json")) ? lacksProgram("npm") : "there is no node_modules",
  steps: [
    (root) => {
      const found = run("find", ["node_modules", "-name", "package.json", "-o", "-type", "l"], project);
      const paths = ["package.json", "web/package.json", "node_modules/.package-lock.json", ...sortedLines(found)];
      for (const path of paths) {
        mkdirSync(join(root, "srv", dirname(path)), { recursive: true });
        cpSync(join(project, path), join(root, "srv", path), { recursive: true, verbatimSymlinks: true });
      }
      return [];
    },
    // Two packages are gone, of which npm's record still tells, and a link leads to all of them.
    (root) => {
      for (const name of ["zod", "sax"]) rmSync(join(root, "srv/node_modules", name), { recursive: true });
      renameSync(join(root, "srv"), join(root, "srv-1"));
      symlinkSync("/srv-1", join(root, "srv"));
      return [];
    },
  ],
  minGone: 2,
  oracle: "npm ls --all",
  ask: (root) => {
    let said: string;
    try {
      said = run("npm", ["ls", "--all", "--json", "--long"], join(root, "srv-1"));
    } catch (error) {
      // It ends with 1 for what is missing, and lists all the same.
      said = (error as { readonly stdout: string }).stdout;
    }
    const lines = new Set<string>();
    interface Node {
      readonly version?: string;
      readonly missing?: boolean;
      readonly name?: string;
      readonly dependencies?: Readonly<Record<string, Node>>;
    }
    const walk = ({ dependencies = {} }: Node): void => {
      for (const [name, node] of Object.entries(dependencies)) {
        // An alias is listed under the name that the project gave it.
        if (node.version !== undefined && node.missing !== true) lines.add(`${node.name ?? name}|${node.version}`);
        walk(node);
      }
    };
    walk(JSON.parse(said) as Node);
    return [...lines].sort();
  },
  lineOf: ({ name, version, purl = "" }) => (purl.startsWith("pkg:npm/") ? `${name}|${version}` : undefined),
};

/** Everything real, in the order of the table. */
export const REAL_INPUTS: readonly RealInput[] = [debian, python, golang, npm];
