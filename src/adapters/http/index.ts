/** The door of `adapters/http`: the only place where amap opens HTTP connections. */
export { createHttpClient, type HttpClientOptions } from "./node-http-client.ts";
