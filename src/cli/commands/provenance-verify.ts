import type { Command } from "commander";
import {
  type BuilderTrust,
  openBuiltArtifact,
  openSigner,
  type ProvenanceOutcome,
  readBuilderTrust,
  readBundleCandidates,
  signProvenanceSummary,
  verifyProvenance,
} from "../../app/index.ts";
import { AmapError, writeJson } from "../../base/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { choiceOf, collect, isOn, requireText, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { passwordOf } from "./keys.ts";
import { explanationLines, outcomeLines, outcomeToValue } from "./provenance-output.ts";
import { declareTrustFlags, pathOf, trustFor } from "./trust-flags.ts";
import { declareExplain } from "./verify.ts";
import { explainFormat } from "./verify-output.ts";

type Expected = Parameters<typeof verifyProvenance>[1]["expected"];

const PROVENANCE_TYPE = "https://slsa.dev/provenance/v1";

/** Flags that slsa-verifier has, with the members that they fill. */
const EXPECTATIONS = {
  branch: ["sourceBranch", "--source-branch <branch>", "the branch that was built, or that the tag was made from"],
  tag: ["sourceTag", "--source-tag <tag>", "the tag that was built"],
  versionedTag: ["sourceVersionedTag", "--source-versioned-tag <version>", "a tag of this version, or within it: v1.2"],
  builderId: ["builderId", "--builder-id <uri>", "who built, with or without its @ref"],
  packageName: ["packageName", "--package-name <name>", "the npm package that the subject must be"],
  packageVersion: ["packageVersion", "--package-version <version>", "the version of the npm package"],
} as const;

function declare(command: Command): void {
  command.requiredOption("--source-uri <repository>", "the repository that was built: github.com/acme/shop");
  for (const [, flag, what] of Object.values(EXPECTATIONS)) command.option(flag, what);
  command
    .option("--build-workflow-input <key=value>", "an input that the build was started with; may be repeated", collect)
    .option("--exact-workflow-inputs", "refuse inputs that are not given by --build-workflow-input")
    .option("--provenance-path <file>", "bundles in a file or folder, in place of what stands beside the image")
    .option("--builders <file>", "the builders that are believed, who signs for each, and their level")
    .option("--level <number>", "the SLSA build level that must be proven: 1, 2 or 3")
    .option("--print-provenance", "write the verified predicate to standard output")
    .option("--vsa <file>", "write a signed verification summary of the outcome there")
    .option("--vsa-key <file>", "private key that signs it")
    .option("--vsa-resource-uri <uri>", "the artifact as the summary's readers name it; its name when left out")
    .option("-o, --output <format>", "text or json", "text");
  declareTrustFlags(command);
  declareExplain(command);
}

function expectationsOf(flags: Flags): Expected {
  const texts = Object.entries(EXPECTATIONS).flatMap(([member, [name, flag]]) => {
    const value = textOf(flags, name);
    if (value === "") throw new AmapError("USAGE", `${flag.split(" ")[0]}: expected a text, found an empty one`);
    return value === undefined ? [] : [[member, value] as const];
  });
  const level = textOf(flags, "level");
  if (level !== undefined && !/^[123]$/.test(level)) throw new AmapError("USAGE", "--level: expected 1, 2 or 3");
  return {
    sourceUri: requireText(flags, "sourceUri", "--source-uri"),
    ...Object.fromEntries(texts),
    inputs: inputsOf(textsOf(flags, "buildWorkflowInput")),
    exactInputs: isOn(flags, "exactWorkflowInputs"),
    ...(level === undefined ? {} : { level: Number(level) as 1 | 2 | 3 }),
  };
}

/** A value may hold commas: one input in a flag. */
function inputsOf(texts: readonly string[]): Readonly<Record<string, string>> {
  const inputs = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at <= 0) throw new AmapError("USAGE", `--build-workflow-input: expected key=value, found "${text}"`);
    inputs.set(text.slice(0, at), text.slice(at + 1));
  }
  return Object.fromEntries(inputs);
}

/** Flags by which a user says himself who is trusted. */
function hasOwnSigners(flags: Flags): boolean {
  // What only narrows an identity is one too: beside a list of builders it would be passed over.
  const narrowing = ["Trigger", "Sha", "Name", "Repository", "Ref"].map((name) => `certificateGithubWorkflow${name}`);
  const texts = ["key", "keyRing", ...narrowing].map((name) => textOf(flags, name));
  const lists = [
    "certificateIdentity",
    "certificateIdentityRegexp",
    "certificateOidcIssuer",
    "certificateOidcIssuerRegexp",
  ];
  return (
    texts.some((text) => text !== undefined && text !== "") || lists.some((name) => textsOf(flags, name).length > 0)
  );
}

/** `amap provenance verify`. */
export const provenanceVerify: Verb = {
  positional: ["<artifact...>"],
  registry: true,
  declare,
  run: async (context, names, flags) => {
    const { world, terminal } = context;
    if (pathOf(flags, "certificate") !== undefined) {
      throw new AmapError("USAGE", "--certificate is of no use here: a bundle of provenance holds its own");
    }
    const output = choiceOf(flags, "output", "--output", ["text", "json"], "text");
    const explain = explainFormat(flags);
    if (output === "json" && isOn(flags, "printProvenance")) {
      throw new AmapError(
        "USAGE",
        "--print-provenance and --output json exclude each other: both write to standard output",
      );
    }
    const expected = expectationsOf(flags);
    const ownSigners = hasOwnSigners(flags);
    const path = pathOf(flags, "builders");
    const builders = await readBuilderTrust(world, {
      ...(path === undefined ? {} : { path }),
      ...(expected.builderId === undefined ? {} : { builderId: expected.builderId }),
      hasOwnSigners: ownSigners,
    });
    const summary = await openSummary(context, flags, names);
    const trust = await trustFor(
      context,
      flags,
      { kind: "attestation", predicateType: PROVENANCE_TYPE },
      builders.signers,
    );
    const given = pathOf(flags, "provenancePath");
    const candidates = given === undefined ? undefined : await readBundleCandidates(world, given);
    const outcomes: ProvenanceOutcome[] = [];
    for (const name of names) {
      const artifact = await openBuiltArtifact(world, name, { needsCandidates: candidates === undefined });
      if (artifact.kind !== "image" && candidates === undefined) {
        throw new AmapError("USAGE", `${name}: --provenance-path is needed: nothing stands beside a file`);
      }
      const request = { trust, builders, expected, ...(candidates === undefined ? {} : { candidates }) };
      const outcome = verifyProvenance(artifact, request);
      if (explain === "text") terminal.note(explanationLines(outcome).join("\n"));
      else if (explain === "json") terminal.note(writeJson(outcomeToValue(outcome)));
      outcomes.push(outcome);
    }
    await summary?.write(outcomes, builders, expected);
    report(context, outcomes, { output, printsProvenance: isOn(flags, "printProvenance") });
    return 0;
  },
};

/** Writes what came of each artifact. @throws {AmapError} of the first that is refused */
function report(
  { terminal }: VerbContext,
  outcomes: readonly ProvenanceOutcome[],
  { output, printsProvenance }: { readonly output: "text" | "json"; readonly printsProvenance: boolean },
): void {
  if (output === "json") terminal.result(`${writeJson(outcomes.map(outcomeToValue))}\n`);
  for (const outcome of outcomes) {
    const lines = outcomeLines(outcome).join("\n");
    // Standard output is for one thing: the predicate where it is asked for.
    if (printsProvenance || output === "json") terminal.note(lines);
    else terminal.result(`${lines}\n`);
    if (printsProvenance && outcome.accepted !== undefined) {
      terminal.result(`${writeJson(outcome.accepted.attestation.predicate)}\n`);
    }
  }
  const refused = outcomes.find(({ refusal }) => refusal !== undefined)?.refusal;
  if (refused !== undefined) throw refused;
}

interface Summary {
  readonly write: (outcomes: readonly ProvenanceOutcome[], builders: BuilderTrust, expected: Expected) => Promise<void>;
}

/** The key that signs the summary, opened before anything is looked at: a wrong flag must not show after a long check. */
async function openSummary(context: VerbContext, flags: Flags, names: readonly string[]): Promise<Summary | undefined> {
  const { world } = context;
  const file = pathOf(flags, "vsa");
  if (file === undefined) {
    for (const [name, flag] of [
      ["vsaKey", "--vsa-key"],
      ["vsaResourceUri", "--vsa-resource-uri"],
    ] as const) {
      if (textOf(flags, name) !== undefined) throw new AmapError("USAGE", `${flag} is only of use with --vsa`);
    }
    return undefined;
  }
  const [name = ""] = names;
  if (names.length !== 1) throw new AmapError("USAGE", `--vsa speaks of one artifact; these are ${names.length}`);
  const signer = await openSigner(world, requireText(flags, "vsaKey", "--vsa-key"), passwordOf(context));
  return {
    write: async (outcomes, builders, expected) => {
      const [outcome] = outcomes;
      if (outcome === undefined) return;
      const request = {
        verifier: { id: "urn:amap:verifier:cli", version: VERSION },
        resourceUri: textOf(flags, "vsaResourceUri") || name,
        builders,
        expected,
        now: world.clock.now(),
      };
      await world.files.write(file, await signProvenanceSummary(outcome, request, signer));
    },
  };
}
