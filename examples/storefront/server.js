"use strict";

// The storefront: a list of products, a cart in a signed cookie, orders, and stock changes over a web socket.
const { readFileSync } = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const axios = require("axios");
const cookieParser = require("cookie-parser");
const express = require("express");
const JSON5 = require("json5");
const jwt = require("jsonwebtoken");
const minimist = require("minimist");
const moment = require("moment");
const fetch = require("node-fetch");
const semver = require("semver");
const { v4: uuid } = require("uuid");
const WebSocket = require("ws");
const { createCatalog } = require("./catalog.js");

const API_VERSION = "1.4.0";
const options = minimist(process.argv.slice(2), { default: { port: 8080, host: "127.0.0.1" } });
const settings = JSON5.parse(readFileSync(path.join(__dirname, "settings.json5"), "utf8"));
const secret = process.env.STOREFRONT_SECRET ?? uuid();
const catalog = createCatalog(settings.products);

const app = express();
app.set("views", path.join(__dirname, "views"));
app.set("view engine", "ejs");
app.disable("x-powered-by");
// Queries are plain names and values: the nested form of qs is not needed, and so not parsed.
app.set("query parser", "simple");
app.use(cookieParser());
app.use(express.json({ limit: "16kb" }));

app.get("/healthz", (request, response) => response.json({ status: "ok", version: API_VERSION }));

app.get("/", (request, response) => {
  response.render("index", { groups: catalog.byCategory(), cart: readCart(request), today: moment().format("D MMMM YYYY") });
});

app.use("/api", (request, response, next) => {
  const wanted = request.get("accept-version") ?? "^1.0.0";
  // A range is short; a long one is not worth parsing.
  if (wanted.length <= 32 && semver.validRange(wanted) !== null && semver.satisfies(API_VERSION, wanted)) next();
  else response.status(406).json({ error: `this is API version ${API_VERSION}` });
});

app.get("/api/products", (request, response) => response.json(catalog.all()));

app.get("/api/rates", async (request, response, next) => {
  try {
    response.json(settings.ratesUrl ? await (await fetch(settings.ratesUrl, { timeout: 5000 })).json() : {});
  } catch (error) {
    next(error);
  }
});

app.post("/api/cart", (request, response) => {
  const { sku, count } = request.body;
  if (catalog.find(sku) === undefined || !Number.isInteger(count) || count < 1) {
    response.status(400).json({ error: "a cart line needs a known sku and a count" });
    return;
  }
  const cart = { ...readCart(request), [sku]: count };
  response.cookie("cart", jwt.sign({ cart }, secret, { expiresIn: "2h" }), { httpOnly: true, sameSite: "strict" });
  response.json(cart);
});

app.post("/api/orders", async (request, response, next) => {
  try {
    const lines = catalog.take(readCart(request));
    const order = { id: uuid(), placedAt: moment.utc().toISOString(), lines };
    if (settings.orderHook) await axios.post(settings.orderHook, order, { timeout: 5000 });
    broadcast({ stock: catalog.stock() });
    response.clearCookie("cart").status(201).json(order);
  } catch (error) {
    next(error);
  }
});

const server = http.createServer(app);
// Headers are limited by their size alone, never by their number, so that a handshake cannot lose some of them.
server.maxHeadersCount = 0;
const sockets = new WebSocket.Server({ server, path: "/stock" });
sockets.on("connection", (socket) => socket.send(JSON.stringify({ stock: catalog.stock() })));

function broadcast(message) {
  for (const socket of sockets.clients) {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }
}

// A cart is whatever the cookie's signature vouches for; anything else is an empty one.
function readCart(request) {
  try {
    return jwt.verify(request.cookies.cart ?? "", secret, { algorithms: ["HS256"] }).cart;
  } catch {
    return {};
  }
}

if (require.main === module) {
  server.listen(options.port, options.host, () => {
    console.log(`storefront ${API_VERSION} on http://${options.host}:${server.address().port}`);
  });
}

module.exports = { app, server };
