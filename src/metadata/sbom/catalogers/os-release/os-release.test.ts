import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../../../base/index.ts";
import { osReleaseCataloger, parseOsRelease } from "./os-release.ts";

describe("parseOsRelease", () => {
  const rows: readonly (readonly [name: string, text: string, expected: ReturnType<typeof parseOsRelease>])[] = [
    [
      "Debian",
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n',
      {
        id: "debian",
        versionId: "12",
        codename: "bookworm",
        prettyName: "Debian GNU/Linux 12 (bookworm)",
        idLike: [],
      },
    ],
    ["Windows line ends", "ID=alpine\r\nVERSION_ID=3.19.1\r\n", { id: "alpine", versionId: "3.19.1", idLike: [] }],
    [
      "single quotes",
      "ID='rocky'\nID_LIKE='rhel centos fedora'",
      { id: "rocky", idLike: ["rhel", "centos", "fedora"] },
    ],
    ["escapes", 'ID=x\nPRETTY_NAME="a \\"b\\" \\$c"', { id: "x", prettyName: 'a "b" $c', idLike: [] }],
    ["upper case and comments", "# comment\nID=Wolfi\nnonsense\n", { id: "wolfi", idLike: [] }],
    ["no ID", 'NAME="Something"', undefined],
    ["an ID that is none", "ID=../../x", undefined],
    ["nothing", "", undefined],
  ];
  for (const [name, text, expected] of rows) it(name, () => assert.deepEqual(parseOsRelease(text), expected));
});

describe("the os-release cataloger", () => {
  it("prefers etc/os-release", () => {
    const files = new Map([
      ["usr/lib/os-release", encodeUtf8("ID=debian\nVERSION_ID=11")],
      ["etc/os-release", encodeUtf8("ID=debian\nVERSION_ID=12")],
    ]);
    const result = osReleaseCataloger.read(files, {});
    assert.equal(result.operatingSystem?.versionId, "12");
    assert.deepEqual(
      result.components.map(({ ref, kind, version, locations }) => ({ ref, kind, version, locations })),
      [{ ref: "os:debian@12", kind: "operating-system", version: "12", locations: ["/etc/os-release"] }],
    );
  });

  it("says so when a file names no system", () => {
    const result = osReleaseCataloger.read(new Map([["etc/os-release", encodeUtf8("NAME=x")]]), {});
    assert.equal(result.operatingSystem, undefined);
    assert.deepEqual(
      result.notLookedAt.map(({ path }) => path),
      ["/etc/os-release"],
    );
  });

  const older: readonly (readonly [path: string, text: string, found: string])[] = [
    ["etc/alpine-release", "3.4.6\n", "alpine 3.4.6"],
    ["etc/alpine-release", "not a version", "none"],
    ["etc/debian_version", "12.5\n", "debian 12.5"],
    ["etc/debian_version", "trixie/sid\n", "debian trixie"],
    ["etc/debian_version", "", "none"],
    ["etc/lsb-release", "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_CODENAME=trusty\n", "ubuntu 14.04"],
    ["etc/lsb-release", 'LSB_VERSION=core\nDISTRIB_ID="Arch"\nDISTRIB_RELEASE="rolling"\n', "arch"],
    ["etc/lsb-release", "DISTRIB_ID=../x", "none"],
    ["etc/openwrt_release", "DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='22.03.5'\n", "openwrt 22.03.5"],
    ["etc/redhat-release", "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n", "rhel 6.10"],
    ["etc/redhat-release", "CentOS release 6.10 (Final)\n", "centos 6.10"],
    ["etc/redhat-release", "Something else release 1\n", "none"],
    ["etc/centos-release", "CentOS Stream release 8\n", "centos 8"],
    ["etc/rocky-release", "Rocky Linux release 8.9 (Green Obsidian)\n", "rocky 8.9"],
    ["etc/almalinux-release", "AlmaLinux release 9.3 (Shamrock Pampas Cat)\n", "almalinux 9.3"],
    ["etc/fedora-release", "Fedora release 39 (Thirty Nine)\n", "fedora 39"],
    ["etc/oracle-release", "Oracle Linux Server release 6.10\n", "ol 6.10"],
    ["etc/enterprise-release", "Enterprise Linux Enterprise Linux Server release 5.11 (Carthage)\n", "ol 5.11"],
    ["etc/system-release", "Amazon Linux AMI release 2018.03\n", "amzn 2018.03"],
    ["etc/system-release", "Amazon Linux release 2 (Karoo)\n", "amzn 2"],
    ["etc/SuSE-release", "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n", "sles 11.4"],
    ["etc/SuSE-release", "openSUSE 13.1 (x86_64)\nVERSION = 13.1\nCODENAME = Bottle\n", "opensuse 13.1"],
    ["etc/SuSE-release", "SUSE LINUX 10\nVERSION = x\n", "none"],
    ["etc/photon-release", "VMware Photon OS 3.0\nPHOTON_BUILD_NUMBER=a0f216d\n", "photon 3.0"],
    ["etc/mariner-release", "CBL-Mariner 2.0.20240123\nMARINER_BUILD_NUMBER=1\n", "mariner 2.0.20240123"],
    ["etc/azurelinux-release", "Microsoft Azure Linux 3.0.20240624\n", "azurelinux 3.0.20240624"],
    ["etc/gentoo-release", "Gentoo Base System release 2.14\n", "gentoo 2.14"],
    ["etc/slackware-version", "Slackware 15.0\n", "slackware 15.0"],
    ["etc/arch-release", "", "arch"],
    ["etc/system-release", `Amazon Linux ${"release ".repeat(10_000)}`, "none"],
  ];
  for (const [path, text, found] of older) {
    it(`reads ${path}: ${text.split("\n")[0]?.slice(0, 60)}`, () => {
      const { operatingSystem: system, components } = osReleaseCataloger.read(new Map([[path, encodeUtf8(text)]]), {});
      const shown = system === undefined ? "none" : `${system.id} ${system.versionId ?? system.codename ?? ""}`.trim();
      assert.equal(shown, found);
      assert.deepEqual(
        components.map(({ locations }) => locations),
        system === undefined ? [] : [[`/${path}`]],
      );
    });
  }

  const together: readonly (readonly [name: string, files: Readonly<Record<string, string>>, found: string])[] = [
    [
      "os-release before the others",
      { "etc/os-release": "ID=rocky\nVERSION_ID=9.3", "etc/redhat-release": "Rocky Linux release 9.2" },
      "rocky 9.3",
    ],
    ["a version beside os-release", { "etc/os-release": "ID=alpine", "etc/alpine-release": "3.15.4" }, "alpine 3.15.4"],
    ["not another system's version", { "etc/os-release": "ID=wolfi", "etc/alpine-release": "3.15.4" }, "wolfi"],
    [
      "no version of a release to come",
      { "etc/os-release": "ID=debian\nVERSION_CODENAME=trixie", "etc/debian_version": "trixie/sid" },
      "debian trixie",
    ],
    [
      "Ubuntu before the Debian that it has, too",
      { "etc/debian_version": "jessie/sid", "etc/lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04" },
      "ubuntu 14.04",
    ],
    [
      "an os-release without ID",
      { "etc/os-release": "NAME=x", "etc/centos-release": "CentOS Linux release 7.9.2009 (Core)" },
      "centos 7.9.2009",
    ],
    [
      "Bottlerocket's",
      { "x86_64-bottlerocket-linux-gnu/sys-root/usr/lib/os-release": "ID=bottlerocket\nVERSION_ID=1.20.0" },
      "bottlerocket 1.20.0",
    ],
  ];
  for (const [name, files, found] of together) {
    it(`reads ${name}`, () => {
      const bytes = new Map(Object.entries(files).map(([path, text]) => [path, encodeUtf8(text)]));
      const { operatingSystem: system, components } = osReleaseCataloger.read(bytes, {});
      assert.equal(`${system?.id} ${system?.versionId ?? system?.codename ?? ""}`.trim(), found);
      assert.equal(components.length, 1);
    });
  }

  it("names both files that a system's name and version are from", () => {
    const files = new Map([
      ["etc/os-release", encodeUtf8("ID=alpine")],
      ["etc/alpine-release", encodeUtf8("3.15.4")],
    ]);
    const [component] = osReleaseCataloger.read(files, {}).components;
    assert.deepEqual(
      [component?.ref, component?.locations],
      ["os:alpine@3.15.4", ["/etc/alpine-release", "/etc/os-release"]],
    );
  });
});
