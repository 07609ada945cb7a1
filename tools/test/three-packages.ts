/** A repository in small: three packages that use each other, one with a command and a stylesheet. */

const common = { version: '0.1.0', private: true, license: 'MIT', type: 'module' }

export function threePackages(): Record<string, string | object> {
  return {
    LICENSE: 'MIT\n',
    'CHANGELOG.md': '# Changes\n',
    'packages/otp/package.json': {
      ...common,
      name: '@halfminute/otp',
      sideEffects: false,
      exports: { '.': './src/index.ts' },
    },
    'packages/otp/README.md': '# otp\n',
    'packages/otp/src/index.ts': "export { code, type Code } from './code.ts'\n",
    'packages/otp/src/code.ts': [
      'export type Code = string',
      'export const code = (step: number): Code => String(step)',
      '',
    ].join('\n'),
    'packages/otp/test/code.test.ts': "import '../src/code.ts'\n",
    'packages/engine/package.json': {
      ...common,
      name: '@halfminute/engine',
      sideEffects: false,
      exports: { '.': './src/index.ts', './testing': './src/testing/index.ts' },
      dependencies: { '@halfminute/otp': '0.1.0' },
    },
    'packages/engine/src/index.ts': [
      "import { code, type Code } from '@halfminute/otp'",
      'export const codes = (steps: readonly number[]): Code[] => steps.map(code)',
      '',
    ].join('\n'),
    'packages/engine/src/testing/index.ts': "export { codes as same } from '../index.ts'\n",
    'packages/server/package.json': {
      ...common,
      name: 'halfminute',
      bin: { halfminute: 'bin/halfminute.js' },
      exports: { '.': './src/index.ts' },
      imports: { '#cli': './src/cli/run.ts' },
      dependencies: { '@halfminute/engine': '0.1.0' },
    },
    'packages/server/bin/halfminute.js': [
      '#!/usr/bin/env node',
      "const { answer } = await import('#cli')",
      'console.log(answer(process.argv.slice(2)))',
      '',
    ].join('\n'),
    'packages/server/src/index.ts': [
      "import { readFileSync } from 'node:fs'",
      "import { codes } from '@halfminute/engine'",
      "const file = new URL('./pages/style.css', import.meta.url)",
      "export const page = (): string => readFileSync(file, 'utf8') + codes([1]).join()",
      '',
    ].join('\n'),
    'packages/server/src/pages/style.css': 'body {}\n',
    'packages/server/src/cli/run.ts': [
      'export const answer = (argv: readonly string[]): string =>',
      "  argv[0] === '--version' ? '0.1.0' : 'usage: halfminute'",
      '',
    ].join('\n'),
  }
}
