import {
  AmapError,
  formatTime,
  hashHex,
  isAmapError,
  isValueObject,
  LIMITS,
  parseTime,
  readYaml,
  startHash,
  type Value,
  type ValueObject,
} from "../base/index.ts";
import {
  type BuildAdditions,
  type CiBuild,
  type CiInput,
  type CiSystem,
  createBuildProvenance,
  detectCiSystems,
  looksSecret,
  type Provenance,
  type ResourceDescriptor,
  readCiBuild,
} from "../metadata/index.ts";
import type { WorkTree } from "../ports/index.ts";
import { parseDependency, tellable } from "./provenance.ts";
import { readSbomFile } from "./sboms/sbom-file.ts";
import { readNamedJson } from "./scan.ts";
import type { World } from "./world.ts";

/** What `provenance create` is told, beside what the CI system says. */
export interface CiProvenanceRequest {
  readonly ci: CiSystem | "auto";
  /** The working tree of git that is built; read for `environment`, and for others where it is given. */
  readonly directory?: string;
  readonly requiresClean: boolean;
  /** For `environment`: the repository, in place of the working tree's `origin`. */
  readonly sourceUri?: string;
  /** A file with a TaskRun or PipelineRun. */
  readonly tektonRun?: string;
  readonly builderId?: string;
  readonly version: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** `URI@sha256:HEX` each. */
  readonly dependencies: readonly string[];
  /** Files of SBOMs, whose components went in. */
  readonly sboms: readonly string[];
  /** Files that the build made beside its artifacts. */
  readonly byproducts: readonly string[];
  /** `name=version` each. */
  readonly toolchains: readonly string[];
  /** Tools that are asked for their version. */
  readonly tools: readonly string[];
  /** `name` or `name=command` each. */
  readonly steps: readonly string[];
  /** A file with a list of steps. */
  readonly stepsFile?: string;
  readonly invocationId?: string;
  readonly startedOn?: string;
  /** A time, or `now`. */
  readonly finishedOn?: string;
}

/**
 * Provenance of the build that runs here, as its CI system describes it: the job's word about itself, SLSA build level 1 at
 * most, whoever signs it. Variables are asked for by name, and what looks like a secret is refused; messages never hold
 * one.
 * @throws {AmapError} USAGE (two CI systems, contradictions), CI_FACTS_MISSING with every variable that is missing,
 * VALUE_INVALID for what cannot be told, GIT_…, TOOL_FAILED, FILE_…, DOCUMENT_INVALID
 */
export async function createCiProvenance(world: World, request: CiProvenanceRequest): Promise<Provenance> {
  const system = request.ci === "auto" ? detectSystem(world, request) : request.ci;
  const workTree = await openWorkTree(world, system, request);
  const build = await readBuild(world, system, request, workTree);
  if (workTree !== undefined && workTree.commit !== build.source.commit) {
    const message = `${system} says that ${build.source.commit} is built; the working tree is at ${workTree.commit}`;
    throw new AmapError("USAGE", `--directory: ${message}`);
  }
  const provenance = createBuildProvenance(build, await readAdditions(world, request, workTree));
  if (provenance === undefined) {
    throw new AmapError("CI_FACTS_MISSING", `${system} has no name for what builds: --builder-id is needed`);
  }
  return tellable(provenance);
}

/** The one system that runs this job. @throws {AmapError} USAGE where several seem to */
function detectSystem(world: World, { tektonRun }: CiProvenanceRequest): CiSystem {
  const found = [...detectCiSystems(world.environment), ...(tektonRun === undefined ? [] : (["tekton"] as const))];
  const [system, ...others] = found;
  if (others.length === 0) return system ?? "environment";
  throw new AmapError("USAGE", `--ci auto: this looks like a job of ${found.join(" and of ")}`, {
    hint: `Say which one's word to take: --ci ${found.join(", or --ci ")}.`,
  });
}

async function openWorkTree(
  world: World,
  system: CiSystem,
  { directory, requiresClean }: CiProvenanceRequest,
): Promise<WorkTree | undefined> {
  const folder = directory ?? (system === "environment" || requiresClean ? "." : undefined);
  if (folder === undefined) return undefined;
  const workTree = await world.git.workTree(folder);
  if (!requiresClean || workTree.changedFiles === 0) return workTree;
  throw new AmapError("USAGE", `--require-clean: ${workTree.changedFiles} files are not as the commit has them`, {
    hint: "Commit them, or ignore what the build makes; `git status` lists them.",
  });
}

async function readBuild(
  world: World,
  system: CiSystem,
  { tektonRun, sourceUri }: CiProvenanceRequest,
  workTree: WorkTree | undefined,
): Promise<CiBuild> {
  if (sourceUri !== undefined && system !== "environment") {
    throw new AmapError("USAGE", `--source-uri is only of use with --ci environment: ${system} says it itself`);
  }
  if (system === "tekton" && tektonRun === undefined) {
    throw new AmapError("USAGE", "--tekton-run is needed: a step sees too little of its run in its variables", {
      hint: "Write it with: kubectl get taskrun NAME -o json",
    });
  }
  const read = readCiBuild(system, {
    environment: world.environment,
    ...(await readEvent(world, system)),
    ...(tektonRun === undefined ? {} : { tektonRun: await readJsonFile(world, tektonRun) }),
    ...(workTree === undefined ? {} : { workTree: toInput(workTree, sourceUri) }),
  });
  if (read.ok) return read.value;
  const missing = read.issues.filter(({ code }) => code === "CI_FACTS_MISSING");
  const shown = (missing.length > 0 ? missing : read.issues).map(({ path, message }) => `${path}: ${message}`);
  throw new AmapError(
    missing[0]?.code ?? read.issues[0]?.code ?? "CI_FACTS_MISSING",
    `${system}: ${shown.join("; ")}`,
    {
      details: { issues: read.issues },
    },
  );
}

function toInput(
  { remote = "", commit, ref }: WorkTree,
  sourceUri: string | undefined,
): NonNullable<CiInput["workTree"]> {
  return { remote: sourceUri ?? remote, commit, ...(ref === undefined ? {} : { ref }) };
}

/** GitHub's event, which holds the inputs of a workflow that somebody started. */
async function readEvent(world: World, system: CiSystem): Promise<{ readonly event?: Value }> {
  const path = system === "github" ? world.environment("GITHUB_EVENT_PATH") : undefined;
  if (path === undefined || path === "") return {};
  return { event: await readJsonFile(world, path) };
}

async function readJsonFile(world: World, path: string): Promise<Value> {
  return readNamedJson(await world.files.read(path, LIMITS.ciFileBytes), path);
}

async function readAdditions(
  world: World,
  request: CiProvenanceRequest,
  workTree: WorkTree | undefined,
): Promise<BuildAdditions> {
  const { builderId, invocationId } = request;
  return {
    parameters: request.parameters,
    builderVersion: { amap: request.version },
    dependencies: [...request.dependencies.map(parseDependency), ...(await componentsOf(world, request.sboms))],
    byproducts: await Promise.all(request.byproducts.map((path) => describeFile(world, path))),
    machine: { ...world.machine.describe() },
    tools: [...request.toolchains.map(parseToolchain), ...(await askTools(world, request.tools))],
    steps: [...request.steps.map(parseStep), ...(await readSteps(world, request.stepsFile))],
    ...(builderId === undefined ? {} : { builderId }),
    ...(invocationId === undefined ? {} : { invocationId }),
    ...timesOf(world, request),
    ...(workTree === undefined ? {} : { workTree: { changedFiles: workTree.changedFiles, tags: [...workTree.tags] } }),
  };
}

function timesOf(
  world: World,
  { startedOn, finishedOn }: CiProvenanceRequest,
): Pick<BuildAdditions, "startedOn" | "finishedOn"> {
  for (const time of [startedOn, finishedOn]) {
    if (time !== undefined && time !== "now" && parseTime(time) === undefined)
      throw new AmapError("VALUE_INVALID", `expected an RFC 3339 time, found "${time.slice(0, 100)}"`);
  }
  const told = (time: string): string => (time === "now" ? formatTime(world.clock.now()) : time);
  return {
    ...(startedOn === undefined ? {} : { startedOn: told(startedOn) }),
    ...(finishedOn === undefined ? {} : { finishedOn: told(finishedOn) }),
  };
}

function parseToolchain(text: string): Value {
  const at = text.indexOf("=");
  if (at <= 0 || at === text.length - 1)
    throw new AmapError("USAGE", `--toolchain: expected NAME=VERSION, found "${text.slice(0, 100)}"`);
  return { name: text.slice(0, at), version: text.slice(at + 1) };
}

/** One after the other: what they cost must not disturb the build. @throws {AmapError} TOOL_FAILED */
async function askTools(world: World, tools: readonly string[]): Promise<readonly Value[]> {
  const found: Value[] = [];
  for (const name of tools) {
    const version = await world.machine.toolVersion(name);
    if (version === undefined) throw new AmapError("TOOL_FAILED", `--tool: ${name} is not installed`);
    found.push({ name, version });
  }
  return found;
}

function parseStep(text: string): Value {
  if (looksSecret(text))
    throw new AmapError("VALUE_INVALID", "--step: it looks like a secret, which provenance must not hold");
  const at = text.indexOf("=");
  return at <= 0 ? { name: text } : { name: text.slice(0, at), command: text.slice(at + 1) };
}

const STEP_FIELDS = ["name", "command", "image"];

/** A list of `{name, command, image}` in YAML or JSON; unknown fields are refused with their place. */
async function readSteps(world: World, path: string | undefined): Promise<readonly Value[]> {
  if (path === undefined) return [];
  const [document] = readYamlFile(await world.files.read(path, LIMITS.ciFileBytes), path);
  const list = Array.isArray(document) ? (document as readonly Value[]) : undefined;
  if (list === undefined || list.length > LIMITS.ciFacts)
    throw new AmapError("DOCUMENT_INVALID", `${path}: expected a list of at most ${LIMITS.ciFacts} steps`);
  list.forEach((step, index) => {
    const problem = problemOfStep(step);
    if (problem !== undefined) throw new AmapError("DOCUMENT_INVALID", `${path}: [${index}]${problem}`);
  });
  return list;
}

function problemOfStep(step: Value): string | undefined {
  if (!isValueObject(step)) return ": expected an object";
  const unknown = Object.keys(step).find((name) => !STEP_FIELDS.includes(name));
  if (unknown !== undefined) return `.${unknown.slice(0, 100)}: unknown field; expected ${STEP_FIELDS.join(", ")}`;
  const isText = (value: Value | undefined): boolean => typeof value === "string" && value !== "";
  const { name, image, command } = step as ValueObject & Record<"name" | "image" | "command", Value | undefined>;
  if (!isText(name)) return ".name: expected a text";
  if (image !== undefined && !isText(image)) return ".image: expected a text";
  const words = Array.isArray(command) ? (command as readonly Value[]) : [command];
  return command === undefined || words.every(isText) ? undefined : ".command: expected a text, or a list of texts";
}

function readYamlFile(bytes: Uint8Array, path: string): readonly Value[] {
  try {
    return readYaml(bytes, { maxBytes: LIMITS.ciFileBytes });
  } catch (error) {
    if (!isAmapError(error)) throw error;
    throw new AmapError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

async function describeFile(world: World, path: string): Promise<ResourceDescriptor> {
  const hash = startHash("sha256");
  for await (const chunk of world.files.readChunks(path)) hash.update(chunk);
  return { name: path.split("/").at(-1) ?? path, digest: { sha256: hash.digestHex() } };
}

/**
 * SBOMs with the components that they state: those with a package URL and the hashes that they have. How many have none is
 * said beside the SBOM's own digest.
 */
async function componentsOf(world: World, paths: readonly string[]): Promise<readonly ResourceDescriptor[]> {
  const found = new Map<string, ResourceDescriptor>();
  for (const path of paths) {
    const { bytes, decoded } = await readSbomFile(world, path);
    const { components } = decoded.sbom;
    const named = components.filter(({ purl = "" }) => purl !== "");
    const counts = { components: components.length, withoutPackageUrl: components.length - named.length };
    const name = path.split("/").at(-1) ?? path;
    found.set(`file ${path}`, { name, digest: { sha256: hashHex("sha256", bytes) }, annotations: counts });
    for (const { purl = "", hashes } of named) found.set(purl, { uri: purl, digest: digestsOf(hashes) });
    if (found.size > LIMITS.ciFacts)
      throw new AmapError("LIMIT_EXCEEDED", `${path}: more than ${LIMITS.ciFacts} components; that is the limit`);
  }
  return [...found.values()];
}

/** SHA-2 by in-toto's names; other algorithms are left out, since nobody compares them. */
function digestsOf(
  hashes: readonly { readonly algorithm: string; readonly value: string }[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    hashes.flatMap(({ algorithm, value }) => {
      const bits = /^SHA-(256|384|512)$/.exec(algorithm)?.[1];
      return bits === undefined ? [] : [[`sha${bits}`, value.toLowerCase()] as const];
    }),
  );
}
