import type { RouteResponse } from "../../api/index.ts";
import type { ImageDetail, Store } from "../../app/index.ts";
import { flagOf, found, type HandlersOf, imageOf, pageOf, present, type ReadOnly } from "../contract.ts";

/** An image's way from source to cluster, as the API gives it. */
export type ChainOf = (detail: ImageDetail) => Promise<ReadOnly<RouteResponse<"GET /api/v1/images/:image">["chain"]>>;

type ImageRoutes =
  | "GET /api/v1/images"
  | "GET /api/v1/images/:image"
  | "GET /api/v1/images/:image/document"
  | "GET /api/v1/findings";

/** Images, their documents and their findings. */
export function imageRoutes(store: Store, chainOf: ChainOf): HandlersOf<ImageRoutes> {
  const { images } = store;
  return {
    "GET /api/v1/images": async ({ query: { cursor, limit, running, ...rest } }) =>
      images.list({ ...pageOf({ cursor, limit }), ...present({ ...rest, running: flagOf(running) }) }),
    "GET /api/v1/images/:image": async ({ params: { image } }) => {
      const detail = found(await images.get(imageOf(image)), `image ${image}`);
      return { ...detail, chain: await chainOf(detail) };
    },
    "GET /api/v1/images/:image/document": async ({ params: { image }, query: { id } }) =>
      found(await images.document(imageOf(image), id), `document ${id} of ${image}`),
    "GET /api/v1/findings": async ({ query: { cursor, limit, image, fixable, ...rest } }) =>
      images.findings({
        ...pageOf({ cursor, limit }),
        ...present({ ...rest, fixable: flagOf(fixable) }),
        ...(image === undefined ? {} : imageOf(image)),
      }),
  };
}
