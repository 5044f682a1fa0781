/**
 * The directories that both programs look at. They are real: this machine's packages and programs, this checkout, and what
 * pip, Maven and cargo bring. Made once, and kept beside the tools of the end-to-end tests.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "amap");
const MADE = join(CACHE, "bench-sboms");

/** A directory to look at. */
export interface Input {
  readonly name: string;
  readonly what: string;
  readonly directory: string;
}

/** One that could not be made. */
interface MissingInput {
  readonly name: string;
  readonly why: string;
}

interface Recipe {
  readonly name: string;
  readonly what: string;
  /** Makes the input in a new folder; or gives the folder that is there already. */
  readonly make?: (folder: string) => void;
  readonly directory?: (root: string) => string;
}

const PYTHON =
  "jupyterlab pandas scikit-learn requests boto3 django flask fastapi sqlalchemy matplotlib black pytest ansible-core";

/** Group, artifact, version and, where it is no jar, the type. */
const JAVA: readonly (readonly [group: string, artifact: string, version: string, type?: string])[] = [
  ["org.springframework.boot", "spring-boot-starter-web", "3.3.4"],
  ["org.springframework.boot", "spring-boot-starter-data-jpa", "3.3.4"],
  ["org.apache.kafka", "kafka_2.13", "3.8.0"],
  ["org.apache.hadoop", "hadoop-client", "3.4.0"],
  ["org.apache.lucene", "lucene-core", "9.11.1"],
  ["org.elasticsearch.client", "elasticsearch-rest-high-level-client", "7.17.24"],
  ["io.netty", "netty-all", "4.1.114.Final"],
  ["software.amazon.awssdk", "s3", "2.28.16"],
  ["org.jolokia", "jolokia-war", "1.7.2", "war"],
];

const RUST =
  'clap = "4.5"\nreqwest = "0.12"\ntokio = { version = "1", features = ["full"] }\nserde_json = "1"\naxum = "0.7"\n';

const RECIPES: readonly Recipe[] = [
  { name: "npm", what: "this checkout with node_modules", directory: (root) => root },
  {
    name: "python",
    what: "site-packages of pip with well known packages",
    make: (folder) => {
      const words = ["-m", "pip", "install", "--quiet", "--no-compile", "--only-binary", ":all:", "--target", folder];
      execFileSync("python3", [...words, ...PYTHON.split(" ")], { stdio: "ignore" });
    },
  },
  { name: "go", what: "Go programs of the end-to-end tests' tools", directory: () => join(CACHE, "tools") },
  {
    name: "java",
    what: "jars and a war of Maven Central, with their pom.xml",
    make: (folder) => {
      writeFileSync(join(folder, "pom.xml"), pomOf(JAVA));
      const list = join(MADE, "java.list");
      execFileSync("mvn", ["-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"], { cwd: folder });
      execFileSync("mvn", ["-q", "-B", "dependency:list", `-DoutputFile=${list}`], { cwd: folder });
    },
  },
  {
    name: "rust",
    what: "a Cargo project with its dependencies vendored",
    make: (folder) => {
      mkdirSync(join(folder, "src"));
      writeFileSync(join(folder, "src", "main.rs"), "fn main() {}\n");
      const about = '[package]\nname = "rust-input"\nversion = "1.0.0"\nedition = "2021"\n';
      writeFileSync(join(folder, "Cargo.toml"), `${about}\n[dependencies]\n${RUST}`);
      execFileSync("cargo", ["vendor", "--quiet"], { cwd: folder, stdio: "ignore" });
    },
  },
  {
    name: "debian",
    what: "this machine's /usr and package database",
    make: (folder) => {
      // Hard links: nothing is copied, and neither program writes.
      for (const name of ["usr", "var/lib/dpkg", "etc"]) mkdirSync(join(folder, name), { recursive: true });
      execFileSync("cp", ["-al", "/usr/.", join(folder, "usr")]);
      execFileSync("cp", ["-a", "/var/lib/dpkg/.", join(folder, "var/lib/dpkg")]);
      execFileSync("cp", ["-aL", "/etc/os-release", join(folder, "etc")]);
      for (const name of ["bin", "lib", "sbin"]) execFileSync("cp", ["-a", `/${name}`, folder]);
    },
  },
];

/** The inputs, made where they are missing. */
export function makeInputs(root: string): readonly (Input | MissingInput)[] {
  return RECIPES.map(({ name, what, make, directory }) => {
    const place = directory?.(root) ?? join(MADE, name);
    if (existsSync(place)) return { name, what, directory: place };
    if (make === undefined) return { name, why: `${place} is not there` };
    const building = `${place}.new`;
    rmSync(building, { recursive: true, force: true });
    mkdirSync(building, { recursive: true });
    try {
      make(building);
      renameSync(building, place);
      return { name, what, directory: place };
    } catch (error) {
      rmSync(building, { recursive: true, force: true });
      return { name, why: error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error) };
    }
  });
}

/** A generated tree: many files of the kinds that a checkout has, every hundredth a manifest or lock file. */
export function makeLargeTree(files: number): Input {
  const directory = join(MADE, `tree-${files}`);
  const input = { name: `tree-${files}`, what: `${files} generated files`, directory };
  if (existsSync(directory)) return input;
  const building = `${directory}.new`;
  rmSync(building, { recursive: true, force: true });
  for (let index = 0; index < files; index += 1) {
    const folder = join(building, `part-${Math.floor(index / 2_000)}`, `module-${Math.floor(index / 50) % 40}`);
    if (index % 50 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, treeFileName(index)), treeContent(index));
  }
  renameSync(building, directory);
  return input;
}

function treeFileName(index: number): string {
  return index % 100 === 0 ? "package-lock.json" : `file-${index}.${["ts", "py", "md", "json", "png"][index % 5]}`;
}

function treeContent(index: number): string {
  if (index % 100 !== 0) return `const value${index} = ${JSON.stringify("x".repeat(index % 900))};\n`;
  const packages = Object.fromEntries(
    Array.from({ length: 10 }, (_, at) => [
      `node_modules/package-${index / 100}-${at}`,
      { version: `1.${at}.0`, resolved: "https://registry.example/x/-/x-1.0.0.tgz", license: "MIT" },
    ]),
  );
  const name = `module-${index}`;
  return JSON.stringify({ name, version: "1.0.0", lockfileVersion: 3, packages: { "": { name }, ...packages } });
}

/** What Maven itself calls the archives in lib/, by file name: `group:artifact:version`. Empty where it was not asked. */
export function mavenNames(): ReadonlyMap<string, string> {
  const list = join(MADE, "java.list");
  if (!existsSync(list)) return new Map();
  const rows = readFileSync(list, "utf8").split("\n");
  return new Map(
    rows.flatMap((row) => {
      // Maven colours the list, and says behind a dash which module of Java it is.
      const escape = String.fromCharCode(27);
      const plain =
        row
          .replaceAll(new RegExp(`${escape}\\[[0-9;]*m`, "g"), "")
          .trim()
          .split(" ", 1)[0] ?? "";
      const [group, artifact, type, ...rest] = plain.split(":");
      const version = rest.at(-2);
      if (group === undefined || artifact === undefined || version === undefined) return [];
      const classifier = rest.length === 3 ? `-${rest[0]}` : "";
      return [[`${artifact}-${version}${classifier}.${type}`, `${group}:${artifact}:${version}`] as const];
    }),
  );
}

/** The names of the archives in the Java input. */
export function archivesOf({ directory }: Input): readonly string[] {
  return readdirSync(join(directory, "lib"));
}

function pomOf(dependencies: typeof JAVA): string {
  const rows = dependencies.map(
    ([group, artifact, version, type]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${type === undefined ? "" : `<type>${type}</type>`}</dependency>`,
  );
  return `<project><modelVersion>4.0.0</modelVersion><groupId>amap.bench</groupId><artifactId>java-input</artifactId><version>1.0.0</version><dependencies>${rows.join("")}</dependencies></project>\n`;
}
