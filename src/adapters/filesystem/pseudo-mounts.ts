import { readFileSync, realpathSync } from "node:fs";

/** File systems in which the kernel shows itself: their files are made when they are read, and no software lies there. */
const KERNEL_TYPES: ReadonlySet<string> = new Set(
  "proc sysfs devtmpfs devfs devpts udev cgroup cgroup2 securityfs debugfs tracefs pstore bpf configfs fusectl efivarfs mqueue hugetlbfs binfmt_misc rpc_pipefs nsfs autofs selinuxfs".split(
    " ",
  ),
);
/** Places at which memory is used for what a running system notes down; elsewhere it may hold anything. */
const RUNTIME_PLACES = /^\/(?:run|dev|sys|var\/run|var\/lock)(?:\/|$)/;

/**
 * Folders below `root`, relative to it, at which the kernel's own file systems are mounted, each with its type. Empty where
 * the system does not tell its mounts.
 */
export function pseudoMountsBelow(root: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const real = realpathSync(root);
  const beginning = real === "/" ? "/" : `${real}/`;
  for (const { place, type } of readMounts()) {
    const isPseudo = KERNEL_TYPES.has(type) || (type === "tmpfs" && RUNTIME_PLACES.test(place));
    if (isPseudo && place.startsWith(beginning) && place !== real) found.set(place.slice(beginning.length), type);
  }
  return found;
}

/** The mounts of this process (proc(5), /proc/pid/mountinfo): the place is the fifth word, the type is behind a dash. */
function readMounts(): readonly { readonly place: string; readonly type: string }[] {
  let text: string;
  try {
    text = readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const [before = "", behind] = line.split(" - ");
    const place = before.split(" ")[4];
    const type = behind?.split(" ")[0];
    return place === undefined || type === undefined ? [] : [{ place: unescape(place), type }];
  });
}

/** Spaces and the like are written as three octal digits. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
