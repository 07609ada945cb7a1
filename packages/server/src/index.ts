/** The server for those who mount or start it from a program of their own. */
export { createApp } from './http/app.ts'
export type { AppOptions } from './http/app.ts'
export type { Log, RequestLine } from './http/log.ts'
export { start } from './main.ts'
export type { Running, StartOptions } from './main.ts'
export { readSettings, SettingsProblem } from './settings.ts'
export type { Settings, SettingSources } from './settings.ts'
export { StartProblem } from './start-problem.ts'
