import type { PackageIdentity } from "../package-list.ts";

/** `https://host/a/b.git` and `git@host:a/b.git` are `host/a/b`. */
export function placeOf(address: string): string | undefined {
  const scheme = address.indexOf("://");
  const rest = scheme === -1 ? address.replace(":", "/") : address.slice(scheme + 3);
  if (scheme === -1 && !address.includes("@")) return undefined;
  const at = rest.indexOf("@");
  const slash = rest.indexOf("/");
  const place = at !== -1 && at < slash ? rest.slice(at + 1) : rest;
  const trimmed = place.endsWith("/") ? place.slice(0, -1) : place;
  return trimmed.endsWith(".git") ? trimmed.slice(0, -4) : trimmed;
}

/** How a package of Swift is named: by the place of its repository. Names of registries have none. */
export function swiftIdentity(
  place: string,
  qualifiers?: Readonly<Record<string, string>>,
): { readonly identity?: PackageIdentity } {
  const slash = place.lastIndexOf("/");
  if (slash < 1) return {};
  return {
    identity: {
      type: "swift",
      namespace: place.slice(0, slash),
      name: place.slice(slash + 1),
      ...(qualifiers === undefined ? {} : { qualifiers }),
    },
  };
}
