/**
 * Load for a server on this machine: a fixed number of requests over keep-alive connections.
 * Promises: bounded in count; anything but the expected status stops the run.
 */
import { Agent, request } from 'node:http'

export interface Shot {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
  readonly cookie?: string
}

/**
 * Sends `shots`, `parallel` at a time.
 * @returns requests per second
 */
export async function fire(
  base: string,
  shots: readonly Shot[],
  parallel: number,
  expectedStatus = 200,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: parallel })
  const started = performance.now()
  let at = 0
  const lane = async () => {
    for (let shot = shots[at++]; shot !== undefined; shot = shots[at++]) {
      const { status, text } = await send(base, shot, agent)
      if (status !== expectedStatus) throw new Error(`${shot.path} answered ${status}: ${text}`)
    }
  }
  await Promise.all(Array.from({ length: parallel }, lane))
  agent.destroy()
  return (shots.length * 1000) / (performance.now() - started)
}

export function send(
  base: string,
  { method, path, body, cookie }: Shot,
  agent?: Agent,
): Promise<{ status: number; text: string; cookie: string | undefined }> {
  const payload = body === undefined ? undefined : JSON.stringify(body)
  return new Promise((done, fail) => {
    const outgoing = request(
      base + path,
      {
        method,
        ...(agent && { agent }),
        headers: {
          ...(payload !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(payload),
          }),
          ...(cookie !== undefined && { cookie }),
        },
      },
      (incoming) => {
        let text = ''
        incoming.setEncoding('utf8')
        incoming.on('data', (chunk: string) => (text += chunk))
        incoming.on('end', () => {
          const set = incoming.headers['set-cookie']?.[0]?.split(';')[0]
          done({ status: incoming.statusCode ?? 0, text, cookie: set })
        })
      },
    )
    outgoing.on('error', fail)
    outgoing.end(payload)
  })
}
