/**
 * How an object that holds a secret shows itself. Node's `util.inspect` (and with it `console.log`
 * and most loggers) asks this method first; Bun and Deno honour the same symbol.
 */
export const INSPECT: unique symbol = /* @__PURE__ */ Symbol.for('nodejs.util.inspect.custom')
