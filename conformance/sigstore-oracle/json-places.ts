/** A JSON document that is changed in place. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A value inside a document: what holds it, and under which name. */
export interface Place {
  /** `verificationMaterial.tlogEntries.*.logIndex`: positions in lists are stars. */
  readonly path: string;
  get(): Json;
  set(value: Json): void;
  remove(): void;
}

/** Every value inside a document, in the order of the text. */
export function placesOf(value: Json, path = ""): readonly Place[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => {
      const place: Place = {
        path: `${path}.*`,
        get: () => value[index] as Json,
        set: (changed) => void (value[index] = changed),
        remove: () => void value.splice(index, 1),
      };
      return [place, ...placesOf(item, place.path)];
    });
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => {
    const place: Place = {
      path: path === "" ? name : `${path}.${name}`,
      get: () => value[name] as Json,
      set: (changed) => void (value[name] = changed),
      remove: () => void Reflect.deleteProperty(value, name),
    };
    return [place, ...placesOf(item, place.path)];
  });
}

/** Whether text is base64 of some bytes, as bundles hold them. */
export function isBase64(value: Json): value is string {
  return (
    typeof value === "string" && value.length >= 8 && /^[A-Za-z0-9+/]+={0,2}$/.test(value) && value.length % 4 === 0
  );
}
