/** The slice of a package.json that the tools read, and the list of our packages, lowest layer first. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Folders under packages/, lowest layer first: each may import only those before it. */
export const LAYERS = ['otp', 'engine', 'server'] as const
export type Layer = (typeof LAYERS)[number]

/** A package's own name on npm. */
export const PUBLIC_NAMES: Readonly<Record<Layer, string>> = {
  otp: '@halfminute/otp',
  engine: '@halfminute/engine',
  server: 'halfminute',
}

export type Target = string | { readonly [condition: string]: Target }

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly license?: string
  readonly author?: string
  readonly files?: readonly string[]
  readonly publishConfig?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, Target>>
  readonly imports?: Readonly<Record<string, Target>>
  readonly bin?: Readonly<Record<string, string>>
  readonly engines?: Readonly<Record<string, string>>
  readonly keywords?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, 'package.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : undefined
}
