/** `sha256:` and the first characters of a digest: enough to tell images apart at a glance. */
export function shortDigest(digest: string): string {
  const colon = digest.indexOf(":");
  return digest.length > colon + 17 ? `${digest.slice(0, colon + 13)}…` : digest;
}

/** A name as an address can hold it: half a surrogate pair, which no URL can carry, becomes U+FFFD. */
export function addressText(name: string): string {
  return name.toWellFormed();
}

/** How the API names an image: `REPOSITORY@DIGEST`, as an address can hold it. */
export function imageName(image: { readonly repository: string; readonly digest: string }): string {
  return addressText(`${image.repository}@${image.digest}`);
}

/** A shell word: quoted where the shell would read more into it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
