const VERSION =
  /^v?(0|[1-9]\d{0,8})(?:\.(0|[1-9]\d{0,8}))?(?:\.(0|[1-9]\d{0,8}))?(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/**
 * Whether a tag is a version, or one within it: `v1.2` holds `v1.2.0` and `v1.2.9`. What a tag leaves out is 0. A
 * pre-release is within nothing but itself, and only tags with `v` are within a version with `v`.
 */
export function isVersionWithin(tag: string, version: string): boolean {
  const [found, wanted] = [VERSION.exec(tag), VERSION.exec(version)];
  if (found === null || wanted === null || tag.startsWith("v") !== version.startsWith("v")) return false;
  const isSame = [1, 2, 3].every((part) => wanted[part] === undefined || wanted[part] === (found[part] ?? "0"));
  return isSame && found[4] === wanted[4];
}
