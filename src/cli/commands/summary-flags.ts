import type { Command } from "commander";
import { openSigner } from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { requireText, textOf } from "../flags.ts";
import type { Flags, VerbContext } from "../verb.ts";
import { passwordOf } from "./keys.ts";

/** Who says what summaries say. */
export const VERIFIER = { id: "urn:amap:verifier:cli", version: VERSION };

/** Kinds of summaries that gates write. */
export type SummaryKind = "vsa" | "svr";

/** A summary that is asked for: its file, and the key that signs it. */
export interface AskedSummary {
  readonly kind: SummaryKind;
  readonly path: string;
  readonly signer: Awaited<ReturnType<typeof openSigner>>;
}

/** Declares the files into which a gate writes what came of it. */
export function declareSummaries(command: Command): void {
  command
    .option("--vsa <file>", "write a signed verification summary (SLSA VSA) there")
    .option("--vsa-key <file>", "private key that signs it")
    .option("--svr <file>", "write a signed simple verification result (in-toto SVR) of what holds there")
    .option("--svr-key <file>", "private key that signs it");
}

/**
 * The keys of summaries, opened before anything is looked at: a wrong flag must not show after a long run.
 * @throws {AmapError} USAGE, and those of openSigner
 */
export async function openSummaries(context: VerbContext, flags: Flags): Promise<readonly AskedSummary[]> {
  const asked: AskedSummary[] = [];
  for (const kind of ["vsa", "svr"] as const) {
    if (textOf(flags, kind) === undefined) {
      if (textOf(flags, `${kind}Key`) !== undefined)
        throw new AmapError("USAGE", `--${kind}-key is only of use with --${kind}`);
      continue;
    }
    const path = requireText(flags, kind, `--${kind}`);
    const key = requireText(flags, `${kind}Key`, `--${kind}-key`);
    asked.push({ kind, path, signer: await openSigner(context.world, key, passwordOf(context)) });
  }
  return asked;
}
