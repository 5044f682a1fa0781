"use strict";

const _ = require("lodash");

/** The products in memory, with how many of each are left. */
function createCatalog(products) {
  const items = new Map(products.map((product) => [product.sku, { ...product }]));
  return {
    all: () => [...items.values()],
    find: (sku) => items.get(sku),
    byCategory: () => _.groupBy(_.sortBy([...items.values()], "name"), "category"),
    stock: () => Object.fromEntries([...items].map(([sku, item]) => [sku, item.stock])),
    take(cart) {
      const lines = Object.entries(cart).map(([sku, count]) => ({ item: items.get(sku), count }));
      const short = lines.find(({ item, count }) => item === undefined || item.stock < count);
      if (short !== undefined || lines.length === 0) throw new Error("the cart cannot be delivered");
      for (const { item, count } of lines) item.stock -= count;
      return lines.map(({ item, count }) => ({ sku: item.sku, count, price: item.price }));
    },
  };
}

module.exports = { createCatalog };
