import { openImage, parseImageTarget, readTree, type TreeNode } from "../../app/index.ts";
import { type Value, writeJson } from "../../base/index.ts";
import { layOutTable } from "../../report/index.ts";
import { choiceOf } from "../flags.ts";
import { COSIGN_EXIT_CODES, type Verb } from "../verb.ts";

/** `amap tree`. */
export const tree: Verb = {
  positional: ["<image>"],
  registry: true,
  exitCodes: COSIGN_EXIT_CODES,
  declare: (command) => void command.option("-o, --output <format>", "table or json"),
  run: async ({ world, terminal }, [name = ""], flags) => {
    const image = await openImage(world, parseImageTarget(name));
    const nodes = await readTree(image);
    if (choiceOf(flags, "output", "--output", ["table", "json"], "table") === "json") {
      terminal.result(
        `${writeJson({ image: image.name, digest: image.descriptor.digest, attached: nodes as unknown as Value }, { indent: 2 })}\n`,
      );
      return 0;
    }
    const bySubject = Map.groupBy(nodes, (node) => node.subject);
    const subjects = [image.descriptor, ...image.platforms.filter(({ digest }) => digest !== image.descriptor.digest)];
    const lines = subjects.map(({ digest, platform }) => {
      const label = platform === undefined ? "" : ` (${platform.os}/${platform.architecture})`;
      return `${digest}${label}\n${layOutNodes(bySubject.get(digest) ?? [], terminal.width)}`;
    });
    terminal.result(`${image.name}\n${lines.join("\n")}\n`);
    return 0;
  },
};

function layOutNodes(nodes: readonly TreeNode[], width: number): string {
  if (nodes.length === 0) return "  nothing attached";
  const rows = nodes.map((node) => [
    { text: node.form },
    { text: node.kind },
    { text: `${node.size} bytes` },
    { text: `${node.predicateType ?? ""} ${node.name}`.trim() },
  ]);
  return layOutTable(rows, width);
}
