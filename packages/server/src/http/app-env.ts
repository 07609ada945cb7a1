/** What every handler finds in its context. */
import type { HttpBindings } from '@hono/node-server'
import type { Client } from '@halfminute/engine'

export interface AppEnv {
  /** Absent where the app is called as a function, without a socket. */
  Bindings: Partial<HttpBindings>
  Variables: {
    nonce: string
    requestId: string
    client: Client
    /** For the log only: why it failed. */
    failure: { code: string; detail?: string | undefined; cause?: unknown } | undefined
  }
}
