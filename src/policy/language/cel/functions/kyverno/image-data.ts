import { type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { bothSpellings } from "./spellings.ts";

/** A row that gives an image's data under one of its names. */
export function imageDataFunction(name: string): CelFunction {
  return celFunction({
    name,
    args: [celTypes.string],
    result: celTypes.dyn,
    note: "The image's resolved reference, manifest and configuration.",
    example: `${name}("ghcr.io/acme/app:1.0").config.architecture == "amd64"`,
    since: "0.1.0",
    loads: "image data",
    call: (image, context) => context.facts.fact("imageData", { image }),
  });
}

/** Kyverno's imageData library. */
export const IMAGE_DATA_FUNCTIONS: readonly CelFunction[] = bothSpellings("image.", "GetMetadata", (name) => [
  imageDataFunction(name),
]);
