import { isAmapError, type Value } from "../../../../base/index.ts";
import { readImageInfo } from "../../../evaluate/image-info.ts";
import type { JmesFunction } from "../function.ts";
import { STRING, textArgument } from "./arguments.ts";
import { callFailed } from "./failure.ts";

function normalize(args: readonly Value[]): string {
  const image = textArgument("image_normalize", args, 0);
  try {
    return readImageInfo(image).reference;
  } catch (error) {
    if (!isAmapError(error, "EXPRESSION_FAILED")) throw error;
    throw callFailed("image_normalize", error.message, error);
  }
}

/** Kyverno's function over image references. */
export const IMAGE_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "image_normalize",
    args: [STRING],
    result: "string",
    note: "The image reference with the default registry and with the tag `latest` where they are missing; a tag beside a digest is dropped.",
    example: "image_normalize('nginx') == 'docker.io/nginx:latest'",
    since: "0.2.0",
    call: normalize,
  },
];
