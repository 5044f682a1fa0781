import type { KnownProgram } from "./known-program.ts";

/** Redis and what came of it put the machine, the time and the commit that built them behind their version. */
const REDIS_VERSION =
  /[^\d.](\d{1,2}\.\d{1,2}\.\d{1,2})(?:[0-9a-f]{12}|[A-Za-z][\w.-]{0,63})-\d{10}[01][0-9a-f]{8}|Redis version (\d{1,2}\.\d{1,2}\.\d{1,2})/g;

/** Servers, compilers, tools and libraries. */
export const MORE_PROGRAMS: readonly KnownProgram[] = [
  {
    name: "go",
    fileName: /^go$/,
    version: /go(1\.\d{1,3}(?:\.\d{1,3}|beta\d{1,2}|rc\d{1,2})?)\0/g,
    cpe: "golang:go",
  },
  {
    name: "redis",
    fileName: /^redis-(?:server|sentinel|cli|benchmark)$/,
    version: REDIS_VERSION,
    cpe: "redis:redis",
  },
  {
    name: "valkey",
    fileName: /^valkey-(?:server|sentinel|cli|benchmark)$/,
    version: REDIS_VERSION,
    cpe: "lfprojects:valkey",
  },
  {
    name: "pypy",
    fileName: /^(?:pypy[\d.]{0,5}|libpypy[\w.-]{0,20}\.so[\d.]{0,10})$/,
    version: /\[PyPy (\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "pypy:pypy",
  },
  {
    name: "julia",
    fileName: /^libjulia-internal\.so[\d.]{0,10}$/,
    version: /__init__\0(\d{1,4}\.\d{1,4}\.\d{1,6})\0verify/g,
    cpe: "julialang:julia",
  },
  {
    name: "arangodb",
    fileName: /^arango(?:sh|d)$/,
    version: /(\d{1,3}\.\d{1,3}\.\d{1,4}(?:-\d{1,3})?) (?:enterprise )?\[linux\]/g,
    cpe: "arangodb:arangodb",
  },
  {
    name: "percona-server",
    fileName: /^mysqld?$/,
    version: /\/percona-server-(\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "percona:percona_server",
  },
  {
    name: "percona-xtrabackup",
    fileName: /^xtrabackup$/,
    version: /\/percona-xtrabackup-(\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "percona:xtrabackup",
  },
  {
    name: "mongodb",
    fileName: /^mongo[ds]$/,
    version: /(\d{1,4}\.\d{1,4}\.\d{1,6})\0{1,64}(?:tcmalloc|heap_size|cppdefines)/g,
    cpe: "mongodb:mongodb",
  },
  {
    name: "rust",
    fileName: /^libstd-[0-9a-f]{16}\.(?:so|dylib)$/,
    version: /rustc version (\d{1,4}\.\d{1,4}\.\d{1,6}) \(/g,
    cpe: "rust-lang:rust",
  },
  {
    name: "erlang",
    fileName: /^(?:erlexec|beam(?:\.smp)?)$/,
    version:
      /\/otp(?:_src_|-)(\d{1,3}(?:\.\d{1,3}){1,3}(?:-rc\d)?)\/erts\/|\0(\d{2}(?:\.\d{1,3}){1,3})\0{1,64}Erlang\/OTP/g,
    cpe: "erlang:erlang\\/otp",
  },
  {
    name: "swipl",
    fileName: /^swipl$/,
    version: /swipl-(\d{1,4}\.\d{1,4}\.\d{1,6})\//g,
  },
  {
    name: "dart",
    fileName: /^dart$/,
    version: /\0(\d{1,3}\.\d{1,3}\.\d{1,3}(?:-\d{1,4}\.\d{1,3}\.(?:beta|dev))?) \((?:stable|beta|dev)\)/g,
    cpe: "dart:dart_software_development_kit",
  },
  {
    name: "deno",
    fileName: /^deno$/,
    version: /Deno\/(\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "deno:deno",
  },
  {
    name: "bun",
    fileName: /^bunx?$/,
    version: /Bun\/(\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "oven:bun",
  },
  {
    name: "ghc",
    fileName: /^ghc(?:-[\d.]{1,10})?$/,
    version: /\0GHC (\d{1,4}\.\d{1,4}\.\d{1,6})\0|\0libHSghc-(\d{1,4}\.\d{1,4}\.\d{1,6})-/g,
    cpe: "haskell:ghc",
  },
  {
    name: "stack",
    fileName: /^stack$/,
    version: /Version (\d{1,4}\.\d{1,4}\.\d{1,6}), Git/g,
  },
  {
    name: "openssh",
    fileName: /^(?:sshd?|ssh-keygen|ssh-agent)$/,
    version: /OpenSSH_(\d{1,2}\.\d{1,2}(?:p\d{1,2})?)/g,
    cpe: "openbsd:openssh",
  },
  {
    name: "libressl",
    fileName: /^(?:openssl|libcrypto\.so[\d.]{0,8})$/,
    version: /LibreSSL (\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "openbsd:libressl",
  },
  {
    name: "openldap",
    fileName: /^(?:ldap(?:search|add|modify|whoami)|slapd)$/,
    version: /\$OpenLDAP: \w{1,20} (\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "openldap:openldap",
  },
  {
    name: "git",
    fileName: /^git$/,
    version: /git\/(\d{1,3}\.\d{1,3}\.\d{1,3})[\0.( ]/g,
    cpe: "git-scm:git",
  },
  {
    name: "qt",
    fileName: /^libQt\d?Core\.so[\d.]{0,10}$/,
    version: /\0Qt (\d{1,4}\.\d{1,4}\.\d{1,6}) \(|QtCore library version (\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "qt:qt",
  },
  {
    name: "glibc",
    fileName: /^libc(?:\.so\.6|-[\d.]{1,6}\.so)$/,
    version:
      /GNU C Library \([^)\0\n]{1,100}\) (?:stable|development) release version (\d{1,2}\.\d{1,3}(?:\.\d{1,3})?)/g,
    cpe: "gnu:glibc",
  },
  {
    name: "gcc",
    fileName: /^gcc$/,
    version: /GCC: \(GNU\) (\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "gnu:gcc",
  },
  {
    name: "sqlite",
    fileName: /^(?:sqlite3|libsqlite3\.so[\d.]{0,10})$/,
    version: /\0(3\.\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)\0/g,
    cpe: "sqlite:sqlite",
  },
  {
    name: "sqlcipher",
    fileName: /^sqlcipher$/,
    version: /[^\d]\0(\d{1,4}\.\d{1,4}\.\d{1,6})\0/g,
    cpe: "zetetic:sqlcipher",
  },
  {
    name: "fluent-bit",
    fileName: /^fluent-bit$/,
    version: /\0(\d{1,4}\.\d{1,4}\.\d{1,6})\0{1,8}(?:[^%F\0]{1,2}\[1m\0{1,8})?(?:%s)?Fluent Bit/g,
    cpe: "treasuredata:fluent_bit",
  },
  {
    name: "proftpd",
    fileName: /^proftpd$/,
    version: /\0ProFTPD Version (\d{1,2}\.\d{1,2}\.\d{1,2}[a-z]?)\0/g,
    cpe: "proftpd:proftpd",
  },
  {
    name: "zstd",
    fileName: /^zstd$/,
    version: /\0v(1\.\d{1,2}\.\d{1,2})\0/g,
    cpe: "facebook:zstandard",
  },
  {
    name: "xz",
    fileName: /^(?:xz|liblzma\.so[\d.]{0,10})$/,
    version: /\0(?:xz \(XZ Utils\) )?(5\.\d{1,2}\.\d{1,2}(?:alpha|beta)?)\0/g,
    cpe: "tukaani:xz",
  },
  {
    name: "gzip",
    fileName: /^gzip$/,
    version: /\0(1\.\d{1,3}(?:\.\d{1,3})?)\0/g,
    cpe: "gnu:gzip",
  },
  {
    name: "bzip2",
    fileName: /^(?:bzip2|libbz2\.so[\d.]{0,10})$/,
    version: /(1\.\d\.\d{1,2}), \d{1,2}-[A-Z][a-z]{2}-\d{4}/g,
    cpe: "bzip:bzip2",
  },
  {
    name: "jq",
    fileName: /^jq$/,
    version: /\0(?:jq-)?(1\.\d{1,2}(?:\.\d{1,2}|rc\d)?)\0/g,
    cpe: "jqlang:jq",
  },
  {
    name: "chrome",
    fileName: /^(?:chrome|chromium|headless_shell)$/,
    version: /\0(\d{2,3}\.\d{1,3}\.\d{1,5}\.\d{1,4})\0Default/g,
    cpe: "google:chrome",
  },
  {
    name: "ffmpeg",
    fileName: /^(?:ffmpeg|ffprobe|lib(?:av\w{1,10}|sw\w{1,10})\.so[\d.]{0,12})$/,
    version: /(?:FFmpeg|%s) version (\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)/g,
    cpe: "ffmpeg:ffmpeg",
  },
  {
    name: "expat",
    fileName: /^libexpat\.so[\d.]{0,10}$/,
    version: /expat_(\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "libexpat_project:libexpat",
  },
  {
    name: "libpng",
    fileName: /^libpng\d{0,2}\.so[\d.]{0,10}$/,
    version: /libpng version (\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "libpng:libpng",
  },
  {
    name: "libarchive",
    fileName: /^libarchive\.so[\d.]{0,10}$/,
    version: /libarchive (\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "libarchive:libarchive",
  },
  {
    name: "libssh",
    fileName: /^libssh\.so[\d.]{0,10}$/,
    version: /SSH-2\.0-libssh_(\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "libssh:libssh",
  },
  {
    name: "libssh2",
    fileName: /^libssh2\.so[\d.]{0,10}$/,
    version: /SSH-2\.0-libssh2_(\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "libssh2:libssh2",
  },
  {
    name: "pcre2",
    fileName: /^libpcre2-\d{1,2}\.so[\d.]{0,10}$/,
    version: /\0(10\.\d{1,3}) \d{4}-\d{2}-\d{2}\0/g,
    cpe: "pcre:pcre2",
  },
];
