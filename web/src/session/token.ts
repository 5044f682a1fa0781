/** The one-time token in a fragment such as `#token=abc`; `undefined` when there is none. */
export function tokenOfFragment(fragment: string): string | undefined {
  const token = new URLSearchParams(fragment.replace(/^#/, "")).get("token");
  return token === null || token === "" ? undefined : token;
}

/** Takes the token from the page's address and removes it there and from the history, so that it is not kept or shared. */
export function takeToken(page: Window): string | undefined {
  const token = tokenOfFragment(page.location.hash);
  if (token !== undefined) page.history.replaceState(null, "", `${page.location.pathname}${page.location.search}`);
  return token;
}
