import type { OciStorage } from "../../ports/index.ts";
import { formatImageTarget } from "../image-target.ts";
import type { World } from "../world.ts";

/**
 * The same world with handles of its own for repositories, shared only by what is loaded through it: a process that
 * runs for weeks must see that a signature was deleted, although its manifest was read before.
 */
export function freshWorld(world: World): World {
  const handles = new Map<string, Promise<OciStorage>>();
  return {
    ...world,
    openStorage: (target, options) => {
      const { kind } = target;
      const name = kind === "registry" ? target.image : target.name;
      const key = name === undefined ? formatImageTarget(target) : `${kind} ${name.registry}/${name.repository}`;
      const handle = handles.get(key) ?? world.openStorage(target, { ...options, fresh: true });
      handles.set(key, handle);
      return handle;
    },
  };
}
