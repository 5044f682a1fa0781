import {
  compileLoaded,
  encodeAcceptances,
  encodeVex,
  judgeLoaded,
  loadDecisions,
  parseImageTarget,
  productOfImage,
  readScan,
  toJsonBytes,
  type UsedDecisions,
} from "../../app/index.ts";
import { AmapError, isDigest, parseTime, type Value } from "../../base/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { collect, isOn, requireText, textOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { declareApprovals, noteDecisions, readApprovalFlags } from "./decision-flags.ts";
import { productsIn } from "./decisions-import.ts";
import { declareReport, putDocument, putReport } from "./sbom-output.ts";

type Judged = UsedDecisions["judged"][number];

/** `amap decisions check`. */
export const decisionsCheck: Verb = {
  positional: ["<file>"],
  registry: false,
  declare: (command) => {
    command
      .option(
        "--scan <file>",
        "a scan (cosign-vuln or in-toto vulns predicate): decisions that fit no finding are told",
      )
      .option("--strict", "exit 1 for decisions that fit no finding of the scan, too");
    declareApprovals(command);
    declareReport(command);
  },
  run: async (context, [path = ""], flags) => {
    const { world } = context;
    const scanPath = textOf(flags, "scan");
    if (isOn(flags, "strict") && scanPath === undefined) throw new AmapError("USAGE", "--strict needs --scan");
    const scan = scanPath === undefined ? undefined : await readScan(world, scanPath);
    const loaded = await loadDecisions(world, path, readApprovalFlags(flags));
    const judged = judgeLoaded(world, loaded, scan === undefined ? {} : { scan });
    const failing = judged.filter(({ state }) => state !== "counts" && (state !== "unused" || isOn(flags, "strict")));
    putReport(context, flags, {
      value: {
        file: path,
        digest: loaded.digest,
        approvals: loaded.approvals,
        decisions: judged.map(toValue),
      },
      tables: [
        {
          title: "",
          header: ["", "finding", "status", "until", "outcome", "why, or who approved"],
          rows: judged.map(toRow),
        },
      ],
      summary: `${judged.length - failing.length} of ${judged.length} decisions are in order (approvals ${loaded.approvals})`,
    });
    return failing.length > 0 ? 1 : 0;
  },
};

function toRow({ index, decision, state, reasons, approvers }: Judged): readonly string[] {
  const who = approvers.map(({ identity, proof, commit }) =>
    commit === undefined ? `${identity} (${proof})` : `${identity} (${proof} ${commit.slice(0, 12)})`,
  );
  const why = reasons.length > 0 ? reasons.join("; ") : who.join(", ");
  return [`[${index}]`, decision.finding, decision.status, decision.until ?? "", state, why];
}

function toValue({ index, decision, state, reasons, approvers }: Judged): Value {
  return { decision: index, ...decision, state, reasons, approvedBy: approvers } as unknown as Value;
}

/** `amap decisions compile`. */
export const decisionsCompile: Verb = {
  positional: ["<file>"],
  registry: true,
  imagesOf: (flags) => (textOf(flags, "image") === undefined ? [] : [textOf(flags, "image") as string]),
  declare: (command) => {
    command
      .requiredOption("--author <name>", "who speaks by the VEX document")
      .option("--image <image>", "the image that it is about")
      .option("--product <purl-or-digest>", "what it is about, in the place of an image; may be repeated", collect)
      .option(
        "--scan <file>",
        "a scan (cosign-vuln or in-toto vulns predicate): decisions that fit no finding are left out",
      )
      .option("--vex <file>", "write the VEX document there (default: standard output)")
      .option("--acceptances <file>", "write the risk-acceptance predicate there");
    declareApprovals(command);
  },
  run: async (context, [path = ""], flags) => {
    const { world, terminal } = context;
    const author = requireText(flags, "author", "--author");
    const scan = textOf(flags, "scan");
    const found = scan === undefined ? {} : { scan: await readScan(world, scan) };
    const loaded = await loadDecisions(world, path, readApprovalFlags(flags));
    const about = { product: await productIn(context, flags), author, tooling: `amap ${VERSION}`, ...found };
    const { judged, vex, acceptances } = compileLoaded(world, loaded, about);
    noteDecisions(context, { file: loaded, judged });
    const [vexFile, acceptanceFile] = [textOf(flags, "vex"), textOf(flags, "acceptances")];
    if (acceptanceFile !== undefined)
      await world.files.write(acceptanceFile, toJsonBytes(encodeAcceptances(acceptances)));
    else if (acceptances.length > 0)
      terminal.note(`${acceptances.length} risks are accepted; --acceptances FILE writes the predicate to attest them`);
    if (vex.statements.length === 0) {
      terminal.note("no decision counts for this product, so that there is no VEX document to write");
      return 1;
    }
    await putDocument(context, toJsonBytes(encodeVex(vex)), vexFile);
    noteEnd(context, judged);
    return 0;
  },
};

/** VEX has no end of a statement: whoever reads it believes it for good. */
function noteEnd({ terminal }: VerbContext, judged: readonly Judged[]): void {
  const ends = judged.flatMap(({ state, decision }) => (state === "counts" && decision.until ? [decision.until] : []));
  const [first] = ends.sort((a, b) => (parseTime(a) ?? 0) - (parseTime(b) ?? 0));
  if (first === undefined) return;
  terminal.note(`${ends.length} statements end, which VEX cannot say: make the document anew before ${first}`);
}

async function productIn(
  { world }: VerbContext,
  flags: Flags,
): Promise<{ readonly purls: readonly string[]; readonly digests: readonly string[] }> {
  const [image, products] = [textOf(flags, "image"), productsIn(flags)];
  if ((image === undefined) === (products.length === 0))
    throw new AmapError("USAGE", "expected either --image or --product, which say what the decisions are about");
  if (image !== undefined) return productOfImage(world, parseImageTarget(image));
  return { purls: products.filter((name) => !isDigest(name)), digests: products.filter(isDigest) };
}
