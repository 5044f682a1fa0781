import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../../../base/index.ts";
import { KNOWN_PROGRAMS } from "./known-programs.ts";
import { runtimeCataloger } from "./runtime.ts";

describe("programs that are known by their words", () => {
  const rows: readonly (readonly [path: string, words: string, ref: string | undefined])[] = [
    ["usr/local/bin/node", "\0node.js/v20.11.1\0", "pkg:generic/node@20.11.1"],
    ["usr/local/bin/python3.12", "\x003.11.1\x003.12.2\0", "pkg:generic/python@3.12.2"],
    ["usr/local/lib/libpython3.12.so.1.0", "/versions/3.12.2\0", "pkg:generic/python@3.12.2"],
    ["usr/local/bin/ruby", "ruby 3.3.0 (2023-12-25", "pkg:generic/ruby@3.3.0"],
    ["usr/local/bin/php-fpm", "X-Powered-By: PHP/8.3.2RC1\0", "pkg:generic/php@8.3.2RC1"],
    ["usr/local/bin/perl", "/usr/local/lib/perl5/5.38.2\0", "pkg:generic/perl@5.38.2"],
    ["usr/local/bin/bash", "@(#)Bash version 5.2.21(1) release GNU", "pkg:generic/bash@5.2.21"],
    ["bin/busybox", "BusyBox v1.36.1 (2023", "pkg:generic/busybox@1.36.1"],
    ["opt/lib/libcrypto.so.1.1", "\0OpenSSL 1.1.1w  11 Sep 2023\0", "pkg:generic/openssl@1.1.1w"],
    ["opt/lib/libz.so.1.3.1", " deflate 1.3.1 Copyright 1995", "pkg:generic/zlib@1.3.1"],
    ["usr/local/bin/curl", "curl 8.5.0 (%s)", "pkg:generic/curl@8.5.0"],
    ["usr/sbin/nginx", "nginx version: nginx/1.25.3\n", "pkg:generic/nginx@1.25.3"],
    ["usr/local/apache2/bin/httpd", "Apache/2.4.58 (Unix)", "pkg:generic/httpd@2.4.58"],
    ["usr/local/bin/postgres", "postgres (PostgreSQL) 16.1\n", "pkg:generic/postgresql@16.1"],
    ["usr/sbin/mariadbd", "11.2.2-MariaDB-log", "pkg:generic/mariadb@11.2.2"],
    ["usr/sbin/mysqld", "/build/mysql-8.2.0/sql", "pkg:generic/mysql@8.2.0"],
    ["usr/local/bin/memcached", "memcached 1.6.22\n", "pkg:generic/memcached@1.6.22"],
    ["opt/old/node", "\0node v0.10.48\0", "pkg:generic/node@0.10.48"],
    ["usr/local/sbin/haproxy", "HAProxy version 2.8.5-aaa, released 2023", "pkg:generic/haproxy@2.8.5"],
    ["usr/local/sbin/haproxy", "<b>version 2.4-dev3-1a2b3c4, released 2021/", "pkg:generic/haproxy@2.4-dev3"],
    ["usr/bin/mysql", "\x008.0.37\0\0\0mysql_real_escape", "pkg:generic/mysql@8.0.37"],
    ["usr/local/go/bin/go", "go1.21.3\0", "pkg:generic/go@1.21.3"],
    ["usr/local/bin/redis-server", "\x007.0.14buildkitsandbox-1702957741000000000\0", "pkg:generic/redis@7.0.14"],
    ["usr/local/bin/redis-server", "\x004.0.11841ce7054bd9-1542359302000000000\0", "pkg:generic/redis@4.0.11"],
    ["opt/redis/redis-server", "Server started, Redis version 2.8.23", "pkg:generic/redis@2.8.23"],
    ["usr/local/bin/valkey-server", "valkey\x009.0.0buildkitsandbox-1764887574000000000\0", "pkg:generic/valkey@9.0.0"],
    ["opt/pypy/lib/libpypy3.10-c.so", "3.10.13 (x) [PyPy 7.3.14 with GCC]", "pkg:generic/pypy@7.3.14"],
    ["usr/local/lib/libjulia-internal.so.1.10", "__init__\x001.10.0\0verify", "pkg:generic/julia@1.10.0"],
    ["usr/bin/arangosh", "3.11.6 enterprise [linux]", "pkg:generic/arangodb@3.11.6"],
    ["usr/sbin/mysqld", "/build/percona-server-8.0.35/sql", "pkg:generic/percona-server@8.0.35"],
    ["usr/bin/xtrabackup", "/build/percona-xtrabackup-8.0.35/storage", "pkg:generic/percona-xtrabackup@8.0.35"],
    ["usr/bin/mongod", "6.0.27\0tcmalloc", "pkg:generic/mongodb@6.0.27"],
    [
      "usr/lib/libstd-0123456789abcdef.so",
      "clang LLVM (rustc version 1.75.0 (82e1608df 2023-12-21))",
      "pkg:generic/rust@1.75.0",
    ],
    ["usr/local/lib/erlang/bin/erlexec", "/usr/src/otp_src_26.2.1/erts/etc", "pkg:generic/erlang@26.2.1"],
    ["usr/lib/erlang/bin/beam.smp", "\x0026.1.2\0\0\0Erlang/OTP", "pkg:generic/erlang@26.1.2"],
    ["usr/bin/swipl", "/usr/lib/swipl-9.1.21/", "pkg:generic/swipl@9.1.21"],
    ["usr/lib/dart/bin/dart", "\x003.2.4 (stable) (Thu", "pkg:generic/dart@3.2.4"],
    ["usr/bin/deno", "Deno/1.40.2", "pkg:generic/deno@1.40.2"],
    ["usr/local/bin/bun", "Bun/1.0.25", "pkg:generic/bun@1.0.25"],
    ["opt/ghc/bin/ghc-9.4.7", "\0GHC 9.4.7\0", "pkg:generic/ghc@9.4.7"],
    ["usr/local/bin/stack", "Version 2.13.1, Git revision", "pkg:generic/stack@2.13.1"],
    ["usr/local/sbin/sshd", "OpenSSH_9.6p1", "pkg:generic/openssh@9.6p1"],
    ["usr/local/bin/openssl", "LibreSSL 3.8.2", "pkg:generic/libressl@3.8.2"],
    ["usr/local/bin/ldapsearch", "$OpenLDAP: ldapsearch 2.6.6 (Jul", "pkg:generic/openldap@2.6.6"],
    ["usr/local/bin/git", "git/2.43.0\0", "pkg:generic/git@2.43.0"],
    ["opt/qt/lib/libQt6Core.so.6.6.1", "\0\0Qt 6.6.1 (x86_64", "pkg:generic/qt@6.6.1"],
    ["opt/lib/libc.so.6", "GNU C Library (GNU libc) stable release version 2.38.", "pkg:generic/glibc@2.38"],
    ["usr/local/bin/gcc", "GCC: (GNU) 13.2.0", "pkg:generic/gcc@13.2.0"],
    ["opt/lib/libsqlite3.so.0.8.6", "\x003.44.2\0", "pkg:generic/sqlite@3.44.2"],
    ["usr/bin/sqlcipher", "a\x004.5.6\0", "pkg:generic/sqlcipher@4.5.6"],
    ["fluent-bit/bin/fluent-bit", "\x002.2.2\0%sFluent Bit v%s", "pkg:generic/fluent-bit@2.2.2"],
    ["usr/sbin/proftpd", "\0ProFTPD Version 1.3.8b\0", "pkg:generic/proftpd@1.3.8b"],
    ["usr/local/bin/zstd", "\x001.2.13\0v1.5.5\0", "pkg:generic/zstd@1.5.5"],
    ["usr/local/bin/xz", "\0xz (XZ Utils) 5.4.5\0", "pkg:generic/xz@5.4.5"],
    ["usr/local/bin/gzip", "\x001.13\0", "pkg:generic/gzip@1.13"],
    ["opt/lib/libbz2.so.1.0.8", "1.0.8, 13-Jul-2019", "pkg:generic/bzip2@1.0.8"],
    ["usr/local/bin/jq", "\x001.7.1\0", "pkg:generic/jq@1.7.1"],
    ["opt/google/chrome/chrome", "\x00127.0.6533.119\0Default", "pkg:generic/chrome@127.0.6533.119"],
    ["usr/local/bin/ffmpeg", "%s version 6.1.1", "pkg:generic/ffmpeg@6.1.1"],
    ["opt/lib/libexpat.so.1.9.0", "expat_2.5.0", "pkg:generic/expat@2.5.0"],
    ["opt/lib/libpng16.so.16", "libpng version 1.6.40", "pkg:generic/libpng@1.6.40"],
    ["opt/lib/libarchive.so.13", "libarchive 3.7.2", "pkg:generic/libarchive@3.7.2"],
    ["opt/lib/libssh.so.4", "SSH-2.0-libssh_0.10.5", "pkg:generic/libssh@0.10.5"],
    ["opt/lib/libssh2.so.1", "SSH-2.0-libssh2_1.11.0", "pkg:generic/libssh2@1.11.0"],
    ["opt/lib/libpcre2-8.so.0", "\x0010.42 2022-12-11\0", "pkg:generic/pcre2@10.42"],
    ["opt/lib/libpcre2-8.so.0", "no date 10.42", undefined],
    ["usr/local/bin/redis-server", "Redis version=%s", undefined],
    ["usr/local/sbin/haproxy", "HAProxy version 2.9.1-", "pkg:generic/haproxy@2.9.1"],
    ["usr/sbin/lighttpd", "lighttpd/1.4.73", "pkg:generic/lighttpd@1.4.73"],
    ["usr/local/bin/node", "no version", undefined],
    ["usr/local/bin/other", "\0node.js/v20.11.1\0", undefined],
  ];
  const read = (path: string, bytes: Uint8Array) => runtimeCataloger.readProgram?.(path, bytes, {});
  for (const [path, words, ref] of rows) {
    it(`${path} with ${JSON.stringify(words)}: ${ref ?? "nothing"}`, () => {
      const result = read(path, encodeUtf8(words));
      assert.deepEqual(
        result?.components.map((component) => [component.ref, component.properties?.[0]?.name]),
        ref === undefined ? undefined : [[ref, "inferred"]],
      );
    });
  }

  it("each have a row above", () => {
    const tested = new Set(rows.map(([, , ref]) => /generic\/(.*)@/.exec(ref ?? "")?.[1]));
    for (const { name } of KNOWN_PROGRAMS) assert.ok(tested.has(name), name);
  });
});
