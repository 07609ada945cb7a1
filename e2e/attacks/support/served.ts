/**
 * One server under attack, in a process of its own: `node served.ts '{"flags":{…},"nowSeconds":…}'`.
 *
 * Promises: it is the server that everybody gets, but for its clock, which stands still until its parent
 * sends another time; it ends with its parent. Leaves to `remove-defence.ts`: servers that are not sound.
 */
import { readSettings, start } from 'halfminute'

/** What the parent hands over on the command line. */
export interface Serving {
  readonly flags: Readonly<Record<string, string>>
  readonly nowSeconds: number
}

const { flags, nowSeconds } = JSON.parse(process.argv[2] ?? '{}') as Serving
let now = nowSeconds

process.on('message', (seconds) => {
  now = Number(seconds)
  process.send?.('moved')
})
process.once('disconnect', () => {
  process.exit()
})
const { port } = await start(readSettings({ env: {}, flags }), { clock: { nowSeconds: () => now } })
// Where it is, whatever name it goes by.
process.send?.(`http://localhost:${port}`)
