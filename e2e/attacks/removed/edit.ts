/** The shape of a removed defence, and where the sources are. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

export type Removals = Readonly<Record<string, readonly Edit[]>>

const ENGINE = 'packages/engine/src'
const HTTP = 'packages/server/src/http'

export const engine = (name: string): string => `${ENGINE}/${name}.ts`
export const rows = (name: string): string => `${ENGINE}/stores/sql/${name}.ts`
export const http = (name: string): string => `${HTTP}/${name}.ts`
