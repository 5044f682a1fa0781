/** A program or library that tells its version in words of its own. */
export interface KnownProgram {
  readonly name: string;
  /** What its files are called; a group holds the beginning of the version where the name does. */
  readonly fileName: RegExp;
  /** What stands in the file around the version, which the group holds. Nothing in it may repeat without a bound. */
  readonly version: RegExp;
  /** `vendor:product` of its CPE. */
  readonly cpe: string;
}

const NUMBER = String.raw`\d{1,4}\.\d{1,4}\.\d{1,6}`;

/** The table is searched by the files' names alone; only then their bytes are looked at. */
export const KNOWN_PROGRAMS: readonly KnownProgram[] = [
  { name: "node", fileName: /^node(?:js)?$/, version: new RegExp(`node\\.js/v(${NUMBER})`), cpe: "nodejs:node.js" },
  {
    name: "python",
    fileName: /^(?:lib)?python(\d\.\d{1,2})(?:[dmtu]{0,2})(?:\.so[\d.]{0,10})?$/,
    version: new RegExp(`(?:\0|/|[Pp]ython-)(${NUMBER}(?:(?:a|b|rc)\\d{1,2})?)\\+?(?=\0)`),
    cpe: "python:python",
  },
  {
    name: "ruby",
    fileName: /^(?:ruby[\d.]{0,5}|libruby[\w.-]{0,20}\.so[\d.]{0,12})$/,
    version: new RegExp(`ruby (${NUMBER}(?:p\\d{1,4}|preview\\d|rc\\d)?) ?\\(`),
    cpe: "ruby-lang:ruby",
  },
  {
    name: "php",
    fileName: /^(?:php(?:-cli|-fpm|-cgi)?[\d.]{0,5}|libphp[\d.]{0,5}\.so)$/,
    version: new RegExp(`X-Powered-By: PHP/(${NUMBER}(?:(?:alpha|beta|RC)\\d{1,2})?)`),
    cpe: "php:php",
  },
  {
    name: "perl",
    fileName: /^(?:perl(?:5[\d.]{0,8})?|libperl\.so[\d.]{0,10})$/,
    version: new RegExp(`/perl5?/(?:[a-z_]{1,20}/)?(${NUMBER})`),
    cpe: "perl:perl",
  },
  { name: "bash", fileName: /^bash$/, version: new RegExp(`@\\(#\\)Bash version (${NUMBER})\\(`), cpe: "gnu:bash" },
  {
    name: "busybox",
    fileName: /^busybox(?:\.[a-z]{1,12})?$/,
    version: new RegExp(`BusyBox v(${NUMBER})`),
    cpe: "busybox:busybox",
  },
  {
    name: "openssl",
    fileName: /^(?:openssl|libcrypto\.so[\d.]{0,8})$/,
    version: new RegExp(`\0OpenSSL (${NUMBER}[a-z]{0,2}(?:-(?:alpha|beta)\\d{1,2})?) `),
    cpe: "openssl:openssl",
  },
  {
    name: "zlib",
    fileName: /^libz\.so[\d.]{0,10}$/,
    version: / deflate (\d{1,3}\.\d{1,3}(?:\.\d{1,3}){0,2}) Copyright /,
    cpe: "zlib:zlib",
  },
  {
    name: "curl",
    fileName: /^(?:curl|libcurl(?:-[a-z]{1,10})?\.so[\d.]{0,10})$/,
    version: new RegExp(`(?:curl|libcurl)[/ ](${NUMBER})`),
    cpe: "haxx:curl",
  },
  {
    name: "nginx",
    fileName: /^nginx$/,
    version: new RegExp(`nginx version: [a-z]{1,20}/(${NUMBER})`),
    cpe: "f5:nginx",
  },
  {
    name: "httpd",
    fileName: /^(?:httpd|apache2)$/,
    version: new RegExp(`Apache/(${NUMBER})`),
    cpe: "apache:http_server",
  },
  {
    name: "postgresql",
    fileName: /^(?:postgres|psql)$/,
    version: /PostgreSQL\) (\d{1,2}(?:\.\d{1,3}){1,2}|\d{1,2}(?:beta|rc)\d{1,2})/,
    cpe: "postgresql:postgresql",
  },
  {
    name: "mariadb",
    fileName: /^(?:mariadbd?|mysqld?)$/,
    version: new RegExp(`(${NUMBER})-MariaDB`),
    cpe: "mariadb:mariadb",
  },
  { name: "mysql", fileName: /^mysqld?$/, version: new RegExp(`/mysql-(${NUMBER})/`), cpe: "oracle:mysql" },
  {
    name: "memcached",
    fileName: /^memcached$/,
    version: new RegExp(`memcached (${NUMBER})`),
    cpe: "memcached:memcached",
  },
  {
    name: "haproxy",
    fileName: /^haproxy$/,
    version: /HA-?Proxy version (\d{1,2}\.\d{1,3}(?:\.\d{1,3}|-dev\d{1,3})?)/,
    cpe: "haproxy:haproxy",
  },
  {
    name: "lighttpd",
    fileName: /^lighttpd$/,
    version: new RegExp(`lighttpd/(${NUMBER})`),
    cpe: "lighttpd:lighttpd",
  },
];
