import type { Value } from "./value.ts";

/**
 * A list of the value tree whose items are made when they are asked for, each time anew, and are not kept: a long list
 * that is gone through costs the memory of one item. It is read as any other list.
 */
export function computedList(length: number, itemAt: (index: number) => Value): readonly Value[] {
  const indexOf = (key: string | symbol): number | undefined => {
    const index = typeof key === "string" && /^\d/.test(key) ? Number(key) : -1;
    return index >= 0 && index < length ? index : undefined;
  };
  const places: Value[] = [];
  places.length = length;
  return new Proxy<readonly Value[]>(places, {
    get: (list, key) => {
      const index = indexOf(key);
      return index === undefined ? Reflect.get(list, key) : itemAt(index);
    },
    has: (list, key) => indexOf(key) !== undefined || Reflect.has(list, key),
    set: () => false,
  });
}
