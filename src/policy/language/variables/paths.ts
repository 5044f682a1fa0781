/** A path as Go's path.Clean leaves it: no empty segments, no `.`, and `..` taken with what it leaves. */
export function cleanPath(path: string): string {
  const isAbsolute = path.startsWith("/");
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") kept.push(segment);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!isAbsolute) kept.push("..");
  }
  return (isAbsolute ? "/" : "") + kept.join("/") || ".";
}

/** A path of segments (`/all/0/a\\/b`) as the members and items that it names: `.all[0]["a/b"]`. */
export function memberPath(path: string): string {
  const segments = path.split(/(?<!\\)\//).filter((segment) => segment !== "");
  return segments.map((segment) => memberOrItem(segment.replaceAll("\\/", "/"))).join("");
}

function memberOrItem(name: string): string {
  if (/^[0-9]+$/.test(name)) return `[${name}]`;
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
