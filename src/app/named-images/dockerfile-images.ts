import { AmapError, decodeUtf8 } from "../../base/index.ts";
import type { World } from "../world.ts";
import { type Instruction, invalid, splitDockerfile } from "./dockerfile-lines.ts";
import { expandWords, type Variables } from "./dockerfile-words.ts";

/** Which images of a Dockerfile are wanted, and what its variables stand for. */
export interface DockerfileOptions {
  /** Only the image that the last stage is made from, also through other stages. */
  readonly baseOnly?: boolean;
  /** Values that take the place of defaults, as `docker build --build-arg` gives them. */
  readonly buildArguments: Readonly<Record<string, string>>;
}

const DOCKERFILE_BYTES = 1024 * 1024;

const OTHER_INSTRUCTIONS: ReadonlySet<string> = new Set(
  "ADD CMD ENTRYPOINT EXPOSE HEALTHCHECK LABEL MAINTAINER SHELL STOPSIGNAL USER VOLUME WORKDIR".split(" "),
);

/**
 * The images that a Dockerfile is built from, each once, in their order: those of FROM, and of `--from` of COPY and of
 * RUN's mounts. Stages and `scratch` are none. In FROM only the ARGs before the first FROM have a meaning, as for
 * BuildKit; an ARG without a value, and a variable that nobody declares, has that of the environment, as for cosign.
 * @throws {AmapError} VALUE_INVALID with the line for what cannot be read or resolved, and where there is no image
 */
export async function readDockerfileImages(
  world: World,
  path: string,
  options: DockerfileOptions,
): Promise<readonly string[]> {
  const text = decodeUtf8(await world.files.read(path, DOCKERFILE_BYTES));
  if (text === undefined) throw new AmapError("VALUE_INVALID", `${path}: expected a Dockerfile, found other bytes`);
  try {
    const images = imagesOfDockerfile(text, options, world.environment);
    if (images.length > 0) return images;
  } catch (error) {
    if (!(error instanceof AmapError)) throw error;
    throw new AmapError(error.code, `${path}: ${error.message}`, { cause: error });
  }
  throw new AmapError("VALUE_INVALID", `${path}: expected images in the Dockerfile, found none`);
}

/** As {@link readDockerfileImages}, of its text. Empty where it names none. */
export function imagesOfDockerfile(
  text: string,
  { baseOnly = false, buildArguments }: DockerfileOptions,
  environment: Variables,
): readonly string[] {
  const { instructions, escape } = splitDockerfile(text);
  const reader = new DockerfileReader(escape, buildArguments, environment);
  for (const instruction of instructions) reader.read(instruction);
  return reader.images(baseOnly);
}

/** A stage: its name, and the image that it is made from; none where that is `scratch`. */
interface Stage {
  readonly name: string | undefined;
  readonly base: string | undefined;
}

class DockerfileReader {
  readonly #escape: string;
  readonly #given: ReadonlyMap<string, string>;
  readonly #environment: Variables;
  readonly #images = new Set<string>();
  readonly #stages: Stage[] = [];
  /** ARGs before the first FROM. */
  readonly #global = new Map<string, string | undefined>();
  /** ARGs and ENVs of the stage that is read. */
  #local = new Map<string, string | undefined>();

  constructor(escape: string, given: Readonly<Record<string, string>>, environment: Variables) {
    this.#escape = escape;
    this.#given = new Map(Object.entries(given));
    this.#environment = environment;
  }

  images(baseOnly: boolean): readonly string[] {
    if (!baseOnly) return [...this.#images];
    const base = this.#stages.at(-1)?.base;
    return base === undefined ? [] : [base];
  }

  read(instruction: Instruction): void {
    const { name, line, text } = instruction;
    if (name === "FROM") return this.#readFrom(instruction);
    if (name === "ARG") return this.#readArguments(instruction);
    if (this.#stages.length === 0) throw invalid(line, `expected FROM before ${name.slice(0, 40)}`);
    if (name === "ENV") return this.#readEnvironment(instruction);
    if (name === "COPY") return this.#readFlags(instruction, /^--from=(.*)$/is);
    if (name === "RUN") return this.#readFlags(instruction, /^--mount=(?:.*,)?from=([^,]*)/is);
    if (name === "ONBUILD") {
      // What a later build does with this image; what it copies from, it needs all the same.
      const [, inner = "", rest = ""] = /^([A-Za-z]+)\s*(.*)$/s.exec(text) ?? [];
      return this.read({ name: inner.toUpperCase(), text: rest, line });
    }
    if (!OTHER_INSTRUCTIONS.has(name)) throw invalid(line, `unknown instruction ${name.slice(0, 40)}`);
  }

  #readFrom({ text, line }: Instruction): void {
    const words = this.#wordsOf(text, line, this.#global).filter((word) => word !== "");
    const named = words.filter((word) => !word.startsWith("--"));
    const [image, as, name, ...rest] = named;
    if (image === undefined) throw invalid(line, "FROM: expected an image, found none");
    if (rest.length > 0 || (as !== undefined && (as.toUpperCase() !== "AS" || name === undefined))) {
      throw invalid(line, `FROM: expected IMAGE or IMAGE AS NAME, found "${named.join(" ").slice(0, 100)}"`);
    }
    const stage = this.#stageOf(image);
    const base = stage === undefined ? (image === "scratch" ? undefined : image) : stage.base;
    if (stage === undefined && base !== undefined) this.#images.add(base);
    this.#stages.push({ name: name?.toLowerCase(), base });
    this.#local = new Map();
  }

  /** The stage of this name that was built last. */
  #stageOf(name: string): Stage | undefined {
    return this.#stages.findLast((stage) => stage.name === name.toLowerCase());
  }

  #readArguments({ text, line }: Instruction): void {
    const isGlobal = this.#stages.length === 0;
    const scope = isGlobal ? this.#global : this.#local;
    for (const part of splitPairs(text)) {
      const [, name = "", value] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=(.*))?$/s.exec(part) ?? [];
      if (name === "") throw invalid(line, `ARG: expected NAME or NAME=VALUE, found "${part.slice(0, 60)}"`);
      // A stage's ARG without a value is the one from before the first FROM.
      const inherited = value === undefined && !isGlobal ? this.#global.get(name) : undefined;
      const stated = value === undefined ? inherited : this.#tryWord(value, line, scope);
      scope.set(name, this.#given.get(name) ?? stated);
    }
  }

  #readEnvironment({ text, line }: Instruction): void {
    const parts = splitPairs(text);
    const [first = "", ...rest] = parts;
    // The old form: ENV NAME all the rest.
    const pairs = first.includes("=") ? parts : [`${first}=${rest.join(" ")}`];
    for (const part of pairs) {
      const at = part.indexOf("=");
      if (at <= 0) throw invalid(line, `ENV: expected NAME=VALUE, found "${part.slice(0, 60)}"`);
      this.#local.set(part.slice(0, at), this.#tryWord(part.slice(at + 1), line, this.#local));
    }
  }

  /** A value that cannot be resolved is missed only where an image's name needs it. */
  #tryWord(text: string, line: number, scope: ReadonlyMap<string, string | undefined>): string | undefined {
    try {
      return this.#wordsOf(text, line, scope).join(" ");
    } catch (error) {
      if (error instanceof AmapError) return undefined;
      throw error;
    }
  }

  /** The flags stand before everything else. */
  #readFlags({ text, line }: Instruction, pattern: RegExp): void {
    for (const flag of splitPairs(text)) {
      if (!flag.startsWith("--")) return;
      // Quotes may stand anywhere in a flag, and the builder takes them away first.
      const [, from] = pattern.exec(flag.replaceAll(/["']/g, "")) ?? [];
      if (from === undefined) continue;
      const image = this.#wordsOf(from, line, this.#local).join("");
      if (image === "") throw invalid(line, "--from: expected an image or a stage, found nothing");
      const isStage = this.#stageOf(image) !== undefined || /^\d+$/.test(image);
      if (!isStage && image !== "scratch") this.#images.add(image);
    }
  }

  #wordsOf(text: string, line: number, scope: ReadonlyMap<string, string | undefined>): readonly string[] {
    const variables: Variables = (name) => scope.get(name) ?? this.#given.get(name) ?? this.#environment(name);
    return expandWords(text, { variables, escape: this.#escape, line });
  }
}

/** Words as they are written, with their quotes and variables: white space between quotes ends none. */
function splitPairs(text: string): readonly string[] {
  return text.match(/(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|\$\{[^}]{0,1000}\}|\S)+/gs) ?? [];
}
