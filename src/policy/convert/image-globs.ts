import type { PolicyPart } from "./attestor-to-cel.ts";
import { quote } from "./cel-text.ts";
import { NotConvertible } from "./not-convertible.ts";

/** An image's full name as go-containerregistry writes it: registry, repository, and digest or tag. */
const FULL_NAME =
  "image(ref).registry() + '/' + image(ref).repository() + (image(ref).digest() != '' ? '@' + image(ref).digest() : ':' + image(ref).tag())";

/**
 * A glob of policy-controller as an entry of matchImageReferences. There `*` is anything but a slash, `**` is anything, and
 * the image's full name counts (`index.docker.io/library/nginx:latest`), or the name as it is written. Undefined for what
 * every image matches.
 */
export function convertImageGlob(source: string, path: string): PolicyPart | undefined {
  const glob = source === "*" ? "index.docker.io/library/*" : source === "*/*" ? "index.docker.io/*/*" : source;
  if (!/^[a-zA-Z0-9-_:/*.@]+$/.test(glob)) throw new NotConvertible(path, `${source} is no glob of policy-controller`);
  if (/^\*\*+$/.test(glob)) return undefined;
  if (isSimple(glob)) return { glob: glob.replaceAll(/\*+/g, "*") };
  const pattern = quote(`^${regexOf(glob)}$`);
  return { expression: `ref.matches(${pattern}) || (${FULL_NAME}).matches(${pattern})` };
}

/** Whether the name as written tells as much as the full name: it states a registry, or any is fine. */
function isSimple(glob: string): boolean {
  if (/[^*]\*[^*]|[^*]\*$/.test(glob.replaceAll("**", "##"))) return false;
  const [, word] = /^\*\*([a-z0-9-]+)\*\*$/.exec(glob) ?? [];
  if (word !== undefined) return !["index", "docker", "io", "library", "latest"].some((part) => part.includes(word));
  const [host = "", ...rest] = glob.split("/");
  const isRegistry = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]+)?$|^localhost(?::[0-9]+)?$/.test(host);
  if (!isRegistry || /(?:^|\.)docker\.io$/.test(host)) return false;
  // A tag that is left out is `latest` in the full name alone.
  const path = rest.join("/");
  return /^[^*:@]*\*\*$/.test(path) || /^[^*]*@[^*]+$/.test(path);
}

function regexOf(glob: string): string {
  return glob
    .split(/(\*\*|\*)/)
    .map((part) => (part === "**" ? ".*" : part === "*" ? "[^/]*" : part.replaceAll(".", "\\.")))
    .join("");
}
