/** The door of `adapters/http`: the only place where amap opens HTTP connections to registries and services. */
export { chooseProxy, type ProxyChoice } from "./choose-proxy.ts";
export { createHttpClient, type HttpClientOptions } from "./node-http-client.ts";
