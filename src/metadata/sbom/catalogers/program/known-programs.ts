import type { KnownProgram } from "./known-program.ts";
import { MORE_PROGRAMS } from "./more-programs.ts";

/** The table is searched by the files' names alone; only then their bytes are looked at. */
export const KNOWN_PROGRAMS: readonly KnownProgram[] = [
  {
    name: "node",
    fileName: /^node(?:js)?$/,
    version: /node\.js\/v(\d{1,4}\.\d{1,4}\.\d{1,6})|\0(?:node )?v([0456]\.\d{1,2}\.\d{1,2})\0/g,
    cpe: "nodejs:node.js",
  },
  {
    name: "python",
    fileName: /^(?:lib)?python(\d\.\d{1,2})(?:[dmtu]{0,2})(?:\.so[\d.]{0,10})?$/,
    version: /(?:\0|\/|[Pp]ython-)(\d{1,4}\.\d{1,4}\.\d{1,6}(?:(?:a|b|rc)\d{1,2})?)\+?(?=\0)/g,
    cpe: "python:python",
  },
  {
    name: "ruby",
    fileName: /^(?:ruby[\d.]{0,5}|libruby[\w.-]{0,20}\.so[\d.]{0,12})$/,
    version: /ruby (\d{1,4}\.\d{1,4}\.\d{1,6}(?:p\d{1,4}|preview\d|rc\d)?) ?\(/g,
    cpe: "ruby-lang:ruby",
  },
  {
    name: "php",
    fileName: /^(?:php(?:-cli|-fpm|-cgi)?[\d.]{0,5}|libphp[\d.]{0,5}\.so)$/,
    version: /X-Powered-By: PHP\/(\d{1,4}\.\d{1,4}\.\d{1,6}(?:(?:alpha|beta|RC)\d{1,2})?)/g,
    cpe: "php:php",
  },
  {
    name: "perl",
    fileName: /^(?:perl(?:5[\d.]{0,8})?|libperl\.so[\d.]{0,10})$/,
    version: /\/perl5?\/(?:[a-z_]{1,20}\/)?(\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "perl:perl",
  },
  { name: "bash", fileName: /^bash$/, version: /@\(#\)Bash version (\d{1,4}\.\d{1,4}\.\d{1,6})\(/g, cpe: "gnu:bash" },
  {
    name: "busybox",
    fileName: /^busybox(?:\.[a-z]{1,12})?$/,
    version: /BusyBox v(\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "busybox:busybox",
  },
  {
    name: "openssl",
    fileName: /^(?:openssl|libcrypto\.so[\d.]{0,8})$/,
    version: /\0OpenSSL (\d{1,4}\.\d{1,4}\.\d{1,6}[a-z]{0,2}(?:-(?:alpha|beta)\d{1,2})?) /g,
    cpe: "openssl:openssl",
  },
  {
    name: "zlib",
    fileName: /^libz\.so[\d.]{0,10}$/,
    version: / deflate (\d{1,3}\.\d{1,3}(?:\.\d{1,3}){0,2}) Copyright /g,
    cpe: "zlib:zlib",
  },
  {
    name: "curl",
    fileName: /^(?:curl|libcurl(?:-[a-z]{1,10})?\.so[\d.]{0,10})$/,
    version: /(?:curl|libcurl)[/ ](\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "haxx:curl",
  },
  {
    name: "nginx",
    fileName: /^nginx$/,
    version: /nginx version: [a-z]{1,20}\/(\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "f5:nginx",
  },
  {
    name: "httpd",
    fileName: /^(?:httpd|apache2)$/,
    version: /Apache\/(\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "apache:http_server",
  },
  {
    name: "postgresql",
    fileName: /^(?:postgres|psql)$/,
    version: /PostgreSQL\) (\d{1,2}(?:\.\d{1,3}){1,2}|\d{1,2}(?:beta|rc)\d{1,2})/g,
    cpe: "postgresql:postgresql",
  },
  {
    name: "mariadb",
    fileName: /^(?:mariadbd?|mysqld?)$/,
    version: /(\d{1,4}\.\d{1,4}\.\d{1,6})-MariaDB/g,
    cpe: "mariadb:mariadb",
  },
  {
    name: "mysql",
    fileName: /^mysqld?$/,
    version: /\/mysql-(\d{1,4}\.\d{1,4}\.\d{1,6})[/-]|\0(\d{1,2}\.\d{1,2}\.\d{1,3})\0{1,64}mysql_/g,
    cpe: "oracle:mysql",
  },
  {
    name: "memcached",
    fileName: /^memcached$/,
    version: /memcached (\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "memcached:memcached",
  },
  {
    name: "haproxy",
    fileName: /^haproxy$/,
    version:
      /HA-?Proxy version (\d{1,2}\.\d{1,3}(?:\.\d{1,3}|-dev\d{1,3})?)|version (\d{1,2}\.\d{1,3}(?:\.|-dev|-rc)\d{1,3})(?:-[0-9a-f]{6,12})?, released 20/g,
    cpe: "haproxy:haproxy",
  },
  {
    name: "lighttpd",
    fileName: /^lighttpd$/,
    version: /lighttpd\/(\d{1,4}\.\d{1,4}\.\d{1,6})/g,
    cpe: "lighttpd:lighttpd",
  },
  ...MORE_PROGRAMS,
];
