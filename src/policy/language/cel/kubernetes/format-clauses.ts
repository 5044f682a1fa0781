import type { CelType } from "../types.ts";

/** By clause: the kinds and simple types that may stand for it as far as Kubernetes sees when a policy is installed. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  s: [
    "list",
    "map",
    "int",
    "uint",
    "double",
    "bool",
    "string",
    "bytes",
    "google.protobuf.Timestamp",
    "google.protobuf.Duration",
    "type",
    "null_type",
  ],
  d: ["int", "uint"],
  f: ["double", "string"],
  e: ["double", "string"],
  b: ["int", "uint", "bool"],
  o: ["int", "uint"],
  x: ["int", "uint", "string", "bytes"],
  X: ["int", "uint", "string", "bytes"],
};

/** Whether a clause of a format text takes arguments of a type, and which it takes. */
export function formatTakes(verb: string, type: CelType): { readonly fits: boolean; readonly takes: string } {
  const taken = TAKEN[verb] ?? [];
  const name = type.kind === "simple" ? type.name : type.kind;
  return { fits: name === "dyn" || taken.includes(name), takes: taken.join(", ") };
}
