/** `sha256:` and the first characters of a digest: enough to tell images apart at a glance. */
export function shortDigest(digest: string): string {
  const colon = digest.indexOf(":");
  return digest.length > colon + 17 ? `${digest.slice(0, colon + 13)}…` : digest;
}

/** How the API names an image: `REPOSITORY@DIGEST`. */
export function imageName(image: { readonly repository: string; readonly digest: string }): string {
  return `${image.repository}@${image.digest}`;
}

/** A shell word: quoted where the shell would read more into it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
