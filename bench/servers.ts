/** The processes that are measured: the login server, and a bare `node:http` that says hello. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Server {
  readonly url: string
  stop(): Promise<void>
}

const BIN = fileURLToPath(new URL('../packages/server/bin/halfminute.js', import.meta.url))
const HELLO = fileURLToPath(new URL('hello.ts', import.meta.url))

export function startHalfminute(folder: string): Promise<Server> {
  const env = { HALFMINUTE_PORT: '0', HALFMINUTE_LOG_LEVEL: 'error' }
  return started(spawn(process.execPath, [BIN, 'serve'], { cwd: folder, env, stdio: 'pipe' }))
}

export function startHello(): Promise<Server> {
  return started(spawn(process.execPath, [HELLO], { stdio: 'pipe' }))
}

async function started(child: ChildProcess): Promise<Server> {
  let said = ''
  const url = await new Promise<string>((done, fail) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString()
      const found = /http:\/\/localhost:\d+/.exec(said)?.[0]
      if (found !== undefined) done(found)
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('exit', () => {
      fail(new Error(`the server did not start: ${said}`))
    })
  })
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
