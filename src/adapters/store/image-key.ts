import type { ImageIdentity } from "../../ports/index.ts";
import { hashKey } from "./stored-text.ts";

/** What other rows refer to an image by, whether it is recorded or not. */
export function imageKey(image: { readonly repository: string; readonly digest: string }): string {
  return hashKey(image.repository, image.digest);
}

/** `registry/repository@digest`. */
export function imageName(image: ImageIdentity): string {
  return `${image.repository}@${image.digest}`;
}
