import {
  type Defect,
  type Diagnosis,
  diagnoseAttachments,
  nameWithDigest,
  type OpenImage,
  openImage,
  parseImageTarget,
} from "../../app/index.ts";
import { type Value, writeJson } from "../../base/index.ts";
import { layOutTable } from "../../report/index.ts";
import { choiceOf, isOn } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** `amap oci doctor`. */
export const ociDoctor: Verb = {
  positional: ["<image>"],
  registry: true,
  declare: (command) =>
    void command
      .option("--repair", "mend what can be mended without losing anything; nothing is ever deleted")
      .option("-o, --output <format>", "table or json"),
  run: async ({ world, terminal }, [name = ""], flags) => {
    const output = choiceOf(flags, "output", "--output", ["table", "json"], "table");
    const image = await openImage(world, parseImageTarget(name));
    const diagnosis = await diagnoseAttachments(image, { repair: isOn(flags, "repair") });
    terminal.result(output === "json" ? toJson(image, diagnosis) : toTable(image, diagnosis, terminal.width));
    if (output === "table") for (const each of diagnosis.notLookedAt) terminal.note(`not looked at: ${each}`);
    return diagnosis.left.length === 0 ? 0 : 1;
  },
};

function toJson(image: OpenImage, { subjects, mended, left, lookedAt, notLookedAt }: Diagnosis): string {
  const defects = [
    ...mended.map((defect) => ({ ...defect, mended: true })),
    ...left.map((defect) => ({ ...defect, mended: false })),
  ];
  const document: Value = {
    image: image.name,
    digest: image.descriptor.digest,
    subjects,
    defects,
    lookedAt: { ...lookedAt },
    notLookedAt,
  };
  return `${writeJson(document, { indent: 2 })}\n`;
}

function toTable(image: OpenImage, diagnosis: Diagnosis, width: number): string {
  const { mended, left, lookedAt, subjects } = diagnosis;
  const rows = [
    ...mended.map((defect) => toRow("mended", defect)),
    ...left.map((defect) => toRow(defect.mendable ? "mendable" : "left", defect)),
  ];
  const count = left.filter(({ mendable }) => mendable).length;
  const next = count === 0 ? "" : `; --repair mends ${count} of them`;
  const looked = `${subjects.length} digests, ${lookedAt.attachments} attachments and ${lookedAt.tags} tags looked at`;
  const verdict =
    left.length === 0 ? `nothing is wrong${mended.length === 0 ? "" : " any more"}` : `${left.length} wrong${next}`;
  const table = rows.length === 0 ? "" : `${layOutTable(rows, width)}\n`;
  return `${nameWithDigest(image)}\n${table}${looked}: ${verdict}\n`;
}

function toRow(state: string, { kind, where, problem, remedy }: Defect): readonly { readonly text: string }[] {
  return [{ text: state }, { text: kind }, { text: `${where}: ${problem}. Remedy: ${remedy}` }];
}
