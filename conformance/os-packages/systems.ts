/** A file by which a system names itself: where it lies in an image, and what it says. */
interface SystemCase {
  readonly place: string;
  /** os-release's ID and VERSION_ID, or those of the system that an older file names; `none`. */
  readonly expected: string;
}

const release = (expected: string): SystemCase => ({ place: "etc/os-release", expected });

/** What Trivy's samples say; Trivy's own names of the same systems are others (`rhel` is its `redhat`). */
export const SYSTEMS: Readonly<Record<string, SystemCase>> = {
  "debian/testdata/empty": { place: "etc/debian_version", expected: "none" },
  "release/testdata/alma": release("almalinux 9.4"),
  "release/testdata/azurelinux-3.0": release("azurelinux 3.0"),
  "release/testdata/centos-stream": release("centos 8"),
  "release/testdata/coreos": release("coreos 3.15.4"),
  "release/testdata/mariner-1.0": release("mariner 1.0"),
  "release/testdata/mariner-2.0": release("mariner 2.0"),
  "release/testdata/minimos": release("minimos 20241031"),
  "release/testdata/no-version": release("alpine"),
  "release/testdata/opensuseleap-15.2.1": release("opensuse-leap 15.2.1"),
  "release/testdata/opensuseleap-42.3": release("opensuse 42.3"),
  "release/testdata/opensusetumbleweed": release("opensuse-tumbleweed 20220412"),
  "release/testdata/rhel": release("rhel 9.4"),
  "release/testdata/rocky": release("rocky 9.3"),
  "release/testdata/slemicro": release("sle-micro 5.3"),
  "release/testdata/unknown": release("unknown 4.3.2"),
  "redhatbase/testdata/alma/almalinux-release": { place: "etc/almalinux-release", expected: "almalinux 8.4" },
  "redhatbase/testdata/centos/centos-release": { place: "etc/centos-release", expected: "centos 7.6.1810" },
  "redhatbase/testdata/fedora_29/fedora-release": { place: "etc/fedora-release", expected: "fedora 29" },
  "redhatbase/testdata/not_redhatbase/empty": { place: "etc/redhat-release", expected: "none" },
  "redhatbase/testdata/oracle_7/oracle-release": { place: "etc/oracle-release", expected: "ol 7.6" },
  "redhatbase/testdata/redhat_6/redhat-release": { place: "etc/redhat-release", expected: "rhel 6.2" },
  "ubuntu/testdata/invalid": { place: "etc/lsb-release", expected: "none" },
  "ubuntu/testdata/lsb-release": { place: "etc/lsb-release", expected: "ubuntu 18.04" },
  // Whether extended support is switched on is not read: the files are no part of who the system is.
  "ubuntu/testdata/esm_disabled_status.json": { place: "var/lib/ubuntu-advantage/status.json", expected: "none" },
  "ubuntu/testdata/esm_enabled_status.json": { place: "var/lib/ubuntu-advantage/status.json", expected: "none" },
};

/** A database: where it lies in an image, and the packages that it states as installed. */
interface SampleCase {
  readonly place: string;
  readonly expected: readonly string[];
}

/** Samples whose outcome their own text leaves no doubt about. */
export const SAMPLES: Readonly<Record<string, SampleCase>> = {
  "bottlerocket_inventory/testdata/application-inventory.json": {
    place: "usr/share/bottlerocket/application-inventory.json",
    expected: [
      "glibc 1:2.43-1.1781747852.5f13b929.br1",
      "kernel-6.1 6.1.172-1.1779997967.64782dc8.br1",
      "runc 1:1.3.5-1.1781747852.5f13b929.br1",
      "coreutils 9.10-1.1781747852.5f13b929.br1",
      "grub 1:2.06-1.1779997967.64782dc8.br1",
    ],
  },
  "dpkg/testdata/digest.txtar": { place: "", expected: ["sed 4.4-2", "tar 1.34+dfsg-1"] },
  "dpkg/testdata/md5sums.txtar": { place: "", expected: ["tar 1.29b-2"] },
  "dpkg/testdata/only-apt.txtar": { place: "", expected: ["apt 1.6.3ubuntu0.1"] },
  "dpkg/testdata/third-party.txtar": {
    place: "",
    expected: ["docker-ce 5:20.10.7~3-0~debian-buster", "apt 1.6.3ubuntu0.1"],
  },
};
