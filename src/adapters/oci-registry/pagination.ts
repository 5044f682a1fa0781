import { AmapError, LIMITS } from "../../base/index.ts";
import type { RegistryClient } from "./registry-client.ts";
import { type Answer, protocolFailure } from "./registry-failure.ts";

/**
 * The pages of a listing, by their Link headers (RFC 8288). All pages together are bounded like one answer, so that a
 * registry cannot fill memory page by page; more pages than LIMITS.listingPages are refused, never cut off.
 * @throws {AmapError} LIMIT_EXCEEDED, REGISTRY_…
 */
export async function* readPages(
  client: RegistryClient,
  first: URL,
  headers: Readonly<Record<string, string>> = {},
): AsyncGenerator<Answer> {
  let url: URL | undefined = first;
  let remaining: number = LIMITS.httpBodyBytes;
  for (let page = 0; url !== undefined; page += 1) {
    if (page === LIMITS.listingPages) {
      throw new AmapError("LIMIT_EXCEEDED", `${first.host}${first.pathname}: more than ${LIMITS.listingPages} pages`, {
        details: { pages: LIMITS.listingPages },
      });
    }
    const answer = await client.send({
      method: "GET",
      url,
      headers,
      maxBytes: remaining,
      actions: "pull",
      idempotent: true,
    });
    remaining -= answer.body.length;
    yield answer;
    url = nextPage(answer);
  }
}

/** The target of `rel="next"`, which must be where the page itself came from. */
function nextPage({ headers, url }: Answer): URL | undefined {
  const link = headers["link"];
  if (link === undefined) return undefined;
  const target = /<([^<>]{1,4096})>\s*;[^,<>]*\brel="?next"?/.exec(link)?.[1];
  if (target === undefined) return undefined;
  const next = URL.parse(target, url.href);
  if (next === null || next.origin !== url.origin) throw protocolFailure("the next page is on another host", url);
  return next;
}
