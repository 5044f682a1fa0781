import { openImage, parseImageTarget, readTree, subjectsOf, type TreeNode } from "../../app/index.ts";
import { type Value, writeJson } from "../../base/index.ts";
import { layOutTable, printable } from "../../report/index.ts";
import { choiceOf, declareBoolean, isOn } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Verb } from "../verb.ts";

/** `amap tree`. */
export const tree: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => {
    command
      .option("-o, --output <format>", "table or json")
      .option("--registry-referrers-mode <mode>", "legacy: cosign's tags alone; oci-1-1: referrers, too", "oci-1-1");
    declareBoolean(command, "--experimental-oci11", "deprecated: false is --registry-referrers-mode=legacy", true);
  },
  run: async ({ world, terminal }, [name = ""], flags) => {
    const mode = choiceOf(flags, "registryReferrersMode", "--registry-referrers-mode", MODES, "oci-1-1");
    const isLegacy = mode === "legacy" || !isOn(flags, "experimentalOci11");
    const image = await openImage(world, parseImageTarget(name));
    const nodes = (await readTree(image)).filter(({ form }) => !isLegacy || form !== "referrer");
    if (choiceOf(flags, "output", "--output", ["table", "json"], "table") === "json") {
      terminal.result(
        `${writeJson({ image: image.name, digest: image.descriptor.digest, attached: nodes as unknown as Value }, { indent: 2 })}\n`,
      );
      return 0;
    }
    const bySubject = Map.groupBy(nodes, (node) => node.subject);
    const lines = subjectsOf(image).map(({ digest, platform }) => {
      // What an index says of its platforms is a registry's text.
      const label = platform === undefined ? "" : ` (${printable(platform)})`;
      return `${digest}${label}\n${layOutNodes(bySubject.get(digest) ?? [], terminal.width)}`;
    });
    terminal.result(`${printable(image.name)}\n${lines.join("\n")}\n`);
    return 0;
  },
};

const MODES = ["legacy", "oci-1-1"] as const;

/** What is attached to one digest, by what it says it is. */
function layOutNodes(nodes: readonly TreeNode[], width: number): string {
  if (nodes.length === 0) return "  nothing attached";
  return [...Map.groupBy(nodes, headingOf)]
    .map(([heading, members]) => {
      const rows = members.map(({ form, kind, size, name, digest }) => [
        { text: form },
        { text: kind },
        { text: `${size} bytes` },
        { text: name === digest ? name : `${name} ${digest}` },
      ]);
      return `  ${printable(heading)} (${members.length})\n${layOutTable(rows, width, "    ")}`;
    })
    .join("\n");
}

function headingOf({ predicateType, artifactType, kind }: TreeNode): string {
  return predicateType ?? artifactType ?? HEADINGS[kind] ?? kind;
}

/** What stands in a form that states no type. */
const HEADINGS: Readonly<Record<string, string>> = {
  "simple-signing": "signatures",
  envelope: "attestations of no stated type",
  bundle: "bundles of no stated type",
  sbom: "SBOMs, not signed",
};
