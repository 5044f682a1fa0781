import type { CheckoutRequest } from "../../ports/index.ts";

/** Of the caller's environment git sees these: where programs are, proxies, and certificates that are trusted. */
const KEPT = [
  "PATH",
  "SystemRoot",
  "HTTPS_PROXY",
  "https_proxy",
  "http_proxy",
  "ALL_PROXY",
  "all_proxy",
  "NO_PROXY",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "GIT_SSL_CAINFO",
];

/**
 * A credential helper as git-config(1) has them: a shell line, run by git, which prints two lines. The secrets are not in
 * it, only the names of the variables that hold them.
 */
const HELPER =
  '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$AMAP_GIT_USERNAME" "$AMAP_GIT_PASSWORD"; }; f';

/**
 * The environment in which git runs: nothing of the machine's or the person's configuration, no question to a terminal,
 * messages in English. With credentials, a helper that git asks for the URL's own host and for no other.
 */
export function environmentOf(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
  { url, credentials }: CheckoutRequest,
): Readonly<Record<string, string>> {
  const kept = KEPT.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  return {
    ...Object.fromEntries(kept),
    // Without a home there is no .netrc, and no .config/git.
    HOME: home,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    SSH_ASKPASS: "",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_ADVICE: "0",
    // Objects are what they were committed as, and a path is no pattern.
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_GRAFT_FILE: "/dev/null",
    GIT_LITERAL_PATHSPECS: "1",
    // A repository that lacks objects does not get them from where its configuration says, by the programs named there.
    GIT_NO_LAZY_FETCH: "1",
    ...(credentials === undefined
      ? {}
      : {
          AMAP_GIT_USERNAME: credentials.username,
          AMAP_GIT_PASSWORD: credentials.password,
          GIT_CONFIG_COUNT: "1",
          GIT_CONFIG_KEY_0: `credential.${originOf(url)}.helper`,
          GIT_CONFIG_VALUE_0: HELPER,
        }),
  };
}

/** `https://git.example:8443` of an address. */
function originOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*/.exec(url)?.[0] ?? url;
}
