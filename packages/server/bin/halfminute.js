#!/usr/bin/env node
import os from 'node:os'

/*
 * Checks the version of Node before anything that an old one cannot read is loaded, then hands over to
 * src/cli/run.ts. Written in the JavaScript of 2015 on purpose, so that an old Node gets as far as the
 * sentence below.
 */
var LEAST_MAJOR = 24

if (parseInt(process.versions.node, 10) >= LEAST_MAJOR) {
  // Set before the first use of the pool: what runs there is password hashing, 19 MiB at a time, and more
  // of them than cores only push each other out of the caches.
  if (process.env.UV_THREADPOOL_SIZE === undefined) {
    process.env.UV_THREADPOOL_SIZE = String(os.availableParallelism())
  }
  void import('#cli')
    .then(function (cli) {
      return cli.main(process.argv.slice(2))
    })
    .then(function (status) {
      process.exitCode = status
      return status
    })
} else {
  console.error(
    'halfminute: error: this needs Node ' +
      LEAST_MAJOR +
      ' or newer, and here runs ' +
      process.versions.node +
      ': install a newer one from https://nodejs.org, or, inside the checkout,' +
      ' use `npm start` or `npx halfminute`, which bring their own.',
  )
  process.exitCode = 1
}
