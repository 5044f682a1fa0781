import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { renderCrdFiles } from "./render.ts";

/** What the folder `deploy` lacks or has too much of, as paths below it. */
export interface CrdDifferences {
  /** Files that are missing or not what the source says. */
  readonly stale: readonly string[];
  /** Files of no kind. */
  readonly left: readonly string[];
}

const folders = new Set([...renderCrdFiles().keys()].map(dirname));

/** Compares the CRDs below a `deploy` folder with what the source says. */
export function compareCrdFiles(deploy: string): CrdDifferences {
  const wanted = renderCrdFiles();
  const present = new Set(
    [...folders].flatMap((folder) => {
      mkdirSync(join(deploy, folder), { recursive: true });
      return readdirSync(join(deploy, folder)).map((name) => `${folder}/${name}`);
    }),
  );
  const isStale = ([path, text]: readonly [string, string]): boolean =>
    !present.has(path) || readFileSync(join(deploy, path), "utf8") !== text;
  return {
    stale: [...wanted].filter(isStale).map(([path]) => path),
    left: [...present].filter((path) => !wanted.has(path)),
  };
}

/** Makes the CRDs below a `deploy` folder what the source says. */
export function writeCrdFiles(deploy: string): CrdDifferences {
  const differences = compareCrdFiles(deploy);
  const wanted = renderCrdFiles();
  for (const path of differences.left) rmSync(join(deploy, path));
  for (const path of differences.stale) writeFileSync(join(deploy, path), wanted.get(path) ?? "");
  return differences;
}
